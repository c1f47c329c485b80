"""The panel's presenter for what one transaction means beside payee, category and note: parts, tags, files, history."""

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Annotated, Any

import reflex as rx
from pydantic import StringConstraints
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import FinTwinError, Invalid, together
from fintwin.kernel.ids import from_reference
from fintwin.kernel.money import Currency, currency
from fintwin.kernel.wording import amount_text, instant_text, parse_amount
from fintwin.ledger import attachments, categories, meaning, splits, stored_files, tags
from fintwin.ledger.parts import MOST, Part, rest
from fintwin.ui.act import Form, act, look, parse
from fintwin.ui.pages.transactions.state import LONGEST_REFERENCE, Detail, Register
from fintwin.ui.state import Page, notify
from fintwin.ui.wanted import Wanted
from fintwin.web.gate import principal

_WHAT = {
    "payee": "Payee",
    "category": "Category",
    "note": "Note",
    "matched": "Kind",
    "split": "Parts",
    "tags": "Tags",
    "attachment": "File",
}
_SUGGESTED = 6
_NOTHING = "none"


class TagForm(Form):
    """A tag to add."""

    tag: Annotated[str, StringConstraints(min_length=1, max_length=60), Wanted("Enter a tag.")]


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part as the editor shows it; `amount` is as typed, and stands for nothing in the last part."""

    key: int = 0
    field: str = ""
    category: str = ""
    name: str = ""
    amount: str = ""
    note: str = ""
    last: bool = False


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file beside the transaction."""

    uuid: str = ""
    name: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True)
class PastRow:
    """A line of the history."""

    what: str = ""
    change: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True)
class _Seen:
    whole: splits.Whole
    offered: list[categories.CategoryView]
    tags: list[str]
    known: list[str]
    files: list[attachments.AttachmentView]
    past: list[meaning.Entry]
    used: int


def typed_part(row: PartRow, *, of: Currency | None, locale: str) -> Part:
    """A part as it was typed; the last one's amount is what the others leave.

    Raises:
        Invalid: it has no category (`unknown_category`), or its amount is none (`amount_unreadable`, `no_amount`).
    """
    if not row.category:
        raise Invalid("Choose a category for this part.", code="unknown_category", field=row.field)
    if row.last or of is None:
        return Part(int(row.category), None, row.note)
    if not row.amount.strip():
        raise Invalid("Enter an amount.", code="no_amount", field=row.field)
    return Part(int(row.category), parse_amount(row.amount, of=of, locale=locale, field=row.field), row.note)


class Meaning(Page, rx.State):
    """What one transaction means."""

    reference: str = ""
    splittable: bool = False
    splitting: bool = False
    parts: list[PartRow] = []
    left: str = ""
    """What the last part takes, as an amount."""
    too_much: bool = False
    options: list[tuple[str, str]] = []
    tags: list[str] = []
    suggestions: list[str] = []
    files: list[FileRow] = []
    room: str = ""
    """How much of the room for files is used; "" while there is plenty."""
    removed: str = ""
    """The name of the file that was taken away last."""
    past: list[PastRow] = []
    past_words: str = ""
    past_shown: bool = False
    version: int = 0
    _removed: str = ""
    _next: int = 0
    _whole: str = "0"
    _of: str = ""

    @rx.event
    async def open(self, reference: str) -> None:
        """Show what a transaction means."""
        if not isinstance(reference, str) or not 0 < len(reference) <= LONGEST_REFERENCE:
            raise Invalid("This is not a transaction reference.", code="bad_reference")
        self.reference, self.splitting, self.past_shown = reference, False, False
        self.removed = self._removed = ""
        await self._read()

    @rx.event
    async def again(self) -> None:
        """Read it again after a file came."""
        await self._read()

    @rx.event
    async def begin(self) -> None:
        """Open the editor of parts: those there are, or two to begin with."""
        if not self.splittable:
            return
        if not self.parts:
            seen = (await self.get_state(Detail)).seen
            self._next += 2
            self.parts = [PartRow(self._next - 1, category=seen.category), PartRow(self._next)]
        self.splitting = True
        self._count()

    @rx.event
    async def leave(self) -> None:
        """Close the editor; nothing is changed."""
        self.splitting = False
        await self._read()

    @rx.event
    def choose(self, key: int, category: str) -> None:
        """A part's category."""
        if isinstance(category, str) and category in {value for value, _ in self.options}:
            self._set(key, category=category)

    @rx.event
    def say(self, key: int, amount: str) -> None:
        """A part's amount, as it is typed; what is left follows."""
        if isinstance(amount, str) and len(amount) <= 40:
            self._set(key, amount=amount)
            self._count()

    @rx.event
    def add(self) -> None:
        """One more part at the end."""
        if self.splitting and len(self.parts) < MOST:
            self._next += 1
            self.parts = [*self.parts, PartRow(self._next)]
            self._count()

    @rx.event
    def drop(self, key: int) -> None:
        """Take a part out; the others stay."""
        if self.splitting and len(self.parts) > 1:
            self.parts = [part for part in self.parts if part.key != key]
            self._count()

    @rx.event
    async def save(self) -> Any:
        """Keep the parts."""
        number = from_reference(self.reference)
        found = await look(splits.whole_of, transaction=number)
        of, locale = found.currency, principal().locale
        wanted = together(*(partial(typed_part, part, of=of, locale=locale) for part in self.parts))
        await act(splits.split, transaction=number, parts=wanted)
        self.splitting = False
        await self._read()
        await notify(self, "Saved. No money moved.")
        return [Detail.show(self.reference), Register.refresh]

    @rx.event
    async def join(self) -> Any:
        """Take the parts away; the largest one's category stands for the whole."""
        await act(splits.split, transaction=from_reference(self.reference), parts=[])
        self.splitting = False
        await self._read()
        return [Detail.show(self.reference), Register.refresh]

    @rx.event
    async def tag(self, form: dict[str, Any]) -> None:
        """Add a tag."""
        await self._tag(parse(TagForm, form).tag)

    @rx.event
    async def suggest(self, name: str) -> None:
        """Add a tag that was suggested."""
        await self._tag(parse(TagForm, {"tag": name}).tag)

    @rx.event
    async def untag(self, name: str) -> None:
        """Take a tag off."""
        wanted = parse(TagForm, {"tag": name}).tag
        await act(tags.untag, transaction=from_reference(self.reference), name=wanted)
        await self._read()

    @rx.event
    async def detach(self, uuid: str) -> None:
        """Take a file away; it can be brought back."""
        gone = await act(attachments.detach, uuid=_uuid(uuid))
        self.removed, self._removed = gone.name, str(gone.uuid)
        await self._read()

    @rx.event
    async def bring_back(self) -> None:
        """Bring the file back that was taken away last."""
        if self._removed:
            await act(attachments.bring_back, uuid=self._removed)
            self.removed = self._removed = ""
            await self._read()

    @rx.event
    def show_past(self) -> None:
        """Show the history, or put it away."""
        self.past_shown = not self.past_shown

    async def _tag(self, name: str) -> None:
        await act(tags.tag, transaction=from_reference(self.reference), name=name)
        self.version += 1
        await self._read()

    async def _read(self) -> None:
        who = principal()
        seen = await act(_seen, transaction=from_reference(self.reference))
        names = {one.id: one.name for one in seen.offered}
        self.options = [
            (str(one.id), f"{names[one.parent]} › {one.name}" if one.parent in names else one.name)
            for one in seen.offered
        ]
        self.splittable = seen.whole.splittable
        self._whole = str(seen.whole.amount or 0)
        self._of = seen.whole.currency.code if seen.whole.currency else who.currency
        if not self.splitting:
            self._next += len(seen.whole.parts)
            of = seen.whole.currency
            self.parts = [
                PartRow(
                    key=self._next - place,
                    category=str(part.category),
                    name=part.name,
                    amount=amount_text(part.amount, of=of, locale=who.locale, symbol=False) if of else "",
                    note=part.note,
                )
                for place, part in enumerate(seen.whole.parts)
            ]
            self._count()
        self.tags = seen.tags
        given = {one.lower() for one in seen.tags}
        self.suggestions = [one for one in seen.known if one.lower() not in given][:_SUGGESTED]
        self.files = [
            FileRow(
                str(one.uuid),
                one.name,
                f"{_size(one.size)} · {instant_text(one.added_at, zone=who.zone, locale=who.locale)}",
            )
            for one in seen.files
        ]
        room = stored_files.room(who)
        self.room = f"{_size(seen.used)} of {_size(room)} for your files are used." if 2 * seen.used >= room else ""
        self.past = [_past(one, who) for one in seen.past]
        self.past_words = "1 change" if len(self.past) == 1 else f"{len(self.past)} changes"

    def _set(self, key: int, **changed: Any) -> None:
        self.parts = [replace(part, **changed) if part.key == key else part for part in self.parts]

    def _count(self) -> None:
        """Which part is the last, and what is left for it; amounts that cannot be read yet count as nothing."""
        who = principal()
        end = len(self.parts) - 1
        self.parts = [replace(part, last=at == end, field=f"part{at}") for at, part in enumerate(self.parts)]
        of = currency(self._of or who.currency)
        said = []
        for part in self.parts[:-1]:
            try:
                said.append(parse_amount(part.amount, of=of, locale=who.locale))
            except FinTwinError:
                said.append(Decimal(0))
        left = rest(Decimal(self._whole), said)
        self.too_much = left <= 0
        self.left = amount_text(left, of=of, locale=who.locale, symbol=False)


def _seen(session: Session, who: Principal, *, transaction: int) -> _Seen:
    return _Seen(
        whole=splits.whole_of(session, who, transaction=transaction),
        offered=categories.offered(session, who, transaction=transaction),
        tags=tags.tags_of(session, who, transaction=transaction),
        known=tags.tags(session, who, most=_SUGGESTED + tags.MOST),
        files=attachments.attachments(session, who, transaction=transaction),
        past=meaning.history(session, who, transaction=transaction),
        used=stored_files.used(session, who),
    )


def _past(one: meaning.Entry, who: Principal) -> PastRow:
    when = instant_text(one.at, zone=who.zone, locale=who.locale)
    if one.what == "attachment":
        change = f"{one.after} added" if one.after else f"{one.before} removed"
    else:
        change = f"{one.before or _NOTHING} → {one.after or _NOTHING}"
    return PastRow(_WHAT[one.what], change, " · ".join(part for part in (when, one.by, one.act) if part))


def _size(many: int) -> str:
    return f"{many / 1_048_576:.1f} MB" if many >= 1_048_576 else f"{max(1, round(many / 1024))} KB"


def _uuid(text: Any) -> str:
    if not isinstance(text, str) or len(text) > 40:
        raise Invalid("There is no such file.", code="unknown_file")
    return text
