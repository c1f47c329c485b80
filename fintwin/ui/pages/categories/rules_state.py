"""A person's rules: their order, a preview of what one would change, and its change of older transactions."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal

import reflex as rx
from pydantic import StringConstraints
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Invalid, together
from fintwin.kernel.money import currency
from fintwin.kernel.wording import amount_text, count_text, counted, date_text, parse_amount
from fintwin.ledger import accounts, categories, changes
from fintwin.ledger import rules as book
from fintwin.ledger.rules import Preview, Rule
from fintwin.ui.act import Form, act, look, parse
from fintwin.ui.pages.categories.state import MOST_STEPS, Categories
from fintwin.ui.state import Page, notify
from fintwin.web.gate import principal


class RuleForm(Form):
    """A rule as its form gives it; amounts as a person types them, tags with commas between."""

    looks_at: Literal["payee", "description", "any"] = "any"
    how: Literal["contains", "equals", "starts"] = "contains"
    words: Annotated[str, StringConstraints(max_length=100)] = ""
    account: Annotated[str, StringConstraints(pattern=r"^([0-9a-f-]{36})?$")] = ""
    flow: Literal["", "in", "out"] = ""
    least: Annotated[str, StringConstraints(max_length=40)] = ""
    most: Annotated[str, StringConstraints(max_length=40)] = ""
    category: Annotated[str, StringConstraints(pattern=r"^\d{0,18}$")] = ""
    payee: Annotated[str, StringConstraints(max_length=140)] = ""
    tags: Annotated[str, StringConstraints(max_length=400)] = ""
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A rule in the list."""

    id: int = 0
    when: str = ""
    gives: str = ""
    active: bool = True
    first: bool = False
    last: bool = False


@dataclass(frozen=True, slots=True)
class Fields:
    """A rule as its form shows it."""

    looks_at: str = "any"
    how: str = "contains"
    words: str = ""
    account: str = ""
    flow: str = ""
    least: str = ""
    most: str = ""
    category: str = ""
    payee: str = ""
    tags: str = ""


@dataclass(frozen=True, slots=True)
class Touched:
    """A transaction that would be changed."""

    title: str = ""
    line: str = ""
    amount: str = ""


@dataclass(frozen=True, slots=True)
class _Shown:
    rules: list[Rule]
    accounts: list[accounts.AccountView]
    categories: list[categories.CategoryView]


class Rules(Page, rx.State):
    """The rules in their order, and the one that is being written."""

    loaded: bool = False
    rows: list[Row] = []
    accounts: list[tuple[str, str]] = []
    categories: list[tuple[str, str]] = []
    is_open: bool = False
    fields: Fields = Fields()
    version: int = 0
    previewed: bool = False
    preview_words: str = ""
    touched: list[Touched] = []
    applicable: str = ""
    """What its button says; "" where nothing would change."""
    done: str = ""
    undoable: bool = False
    working: str = ""
    _wanted: Rule | None = None
    _overwrite: bool = False
    _number: int = 0
    _change: int = 0
    _dropped: Rule | None = None

    @rx.event
    async def load(self) -> Any:
        """Show the rules, and the tree beside them."""
        self.is_open = False
        await self._read()
        self.loaded = True
        return Categories.load

    @rx.event
    async def write(self) -> None:
        """Open the form for a new rule."""
        await self._open(0, Fields())

    @rx.event
    async def edit(self, number: int) -> None:
        """Open the form of a rule."""
        found = await look(book.rule, number=_id(number))
        shown = await look(_shown)
        uuid = next((str(one.uuid) for one in shown.accounts if one.id == found.account), "")
        await self._open(
            found.id,
            Fields(
                looks_at=found.looks_at,
                how=found.how,
                words=found.words,
                account=uuid,
                flow=found.flow or "",
                least=_typed(found.least),
                most=_typed(found.most),
                category=str(found.category or ""),
                payee=found.payee,
                tags=", ".join(found.tags),
            ),
        )

    @rx.event
    def put_away(self) -> None:
        """Close the form; nothing is kept."""
        self.is_open = False

    @rx.event
    def changed(self) -> None:
        """The form says something else than what was previewed, so that cannot be kept any more."""
        self.previewed, self._wanted = False, None

    @rx.event
    async def preview(self, form: dict[str, Any]) -> None:
        """Show what the rule would change of what is booked already; nothing is kept yet."""
        self.previewed, self._wanted = False, None
        wanted = await self._rule(form)
        self._overwrite = parse(RuleForm, form).overwrite
        found = await look(book.preview, wanted=wanted, overwrite=self._overwrite)
        who = principal()
        self._wanted = wanted
        self.touched = [_touched(one, who) for one in found.rows]
        self.applicable = f"Keep it and change {_many(found.count)}" if found.count else ""
        self.preview_words = _previewed(found)
        self.previewed = True

    @rx.event
    async def keep(self) -> None:
        """Keep the rule that was previewed, for what is new."""
        await self._keep()
        self.is_open = False
        await notify(self, "The rule is kept. It speaks for what is new.")
        await self._read()

    @rx.event
    async def apply(self) -> Any:
        """Keep the rule that was previewed, and change what is booked already, a step at a time."""
        number = await self._keep()
        self._change = await act(book.begin_apply, number=number)
        changed = 0
        for _ in range(MOST_STEPS):
            step = await act(book.apply, number=number, change=self._change, overwrite=self._overwrite)
            changed += step.changed
            if step.done:
                break
            self.working = f"{count_text(changed, locale=principal().locale)} changed"
            yield
        self.working, self.is_open = "", False
        self.done, self.undoable, self._dropped = f"{_many(changed)} changed.", True, None
        await self._read()

    @rx.event
    async def undo(self) -> Any:
        """Take back what a rule changed, or bring a rule back that was taken away."""
        if self._dropped is not None:
            await act(book.keep, wanted=self._dropped)
        else:
            for _ in range(MOST_STEPS):
                if not self._change or not await act(changes.take_back, change=self._change):
                    break
                yield
        self._forget()
        await self._read()

    @rx.event
    def forget(self) -> None:
        """Put the line about what was done away."""
        self._forget()

    @rx.event
    async def drop(self, number: int) -> None:
        """Take a rule away; what it gave stays."""
        self._dropped = await act(book.drop, number=_id(number))
        self.done, self.undoable = "The rule was taken away. What it gave stays.", True
        await self._read()

    @rx.event
    async def switch(self, number: int, active: bool) -> None:
        """Let a rule rest, or work again."""
        await act(book.switch, number=_id(number), active=active is True)
        await self._read()

    @rx.event
    async def earlier(self, number: int) -> None:
        """Try a rule one place earlier."""
        await act(book.reorder, number=_id(number), by=-1)
        await self._read()

    @rx.event
    async def later(self, number: int) -> None:
        """Try a rule one place later."""
        await act(book.reorder, number=_id(number), by=1)
        await self._read()

    def _forget(self) -> None:
        self.done, self.undoable, self._change, self._dropped = "", False, 0, None

    async def _open(self, number: int, fields: Fields) -> None:
        await self._read()
        self._number, self.fields = number, fields
        self.previewed, self.touched, self.applicable = False, [], ""
        self._wanted = None
        self.version += 1
        self.is_open = True

    async def _rule(self, form: dict[str, Any]) -> Rule:
        given = parse(RuleForm, form)
        who = principal()
        shown = await look(_shown)
        account = next((one for one in shown.accounts if str(one.uuid) == given.account), None)
        if given.account and account is None:
            raise Invalid("There is no such account in your books.", code="unknown_account", field="account")
        of = account.currency if account else currency(who.currency)

        def size(text: str, name: str) -> Decimal | None:
            return parse_amount(text, of=of, locale=who.locale, field=name) if text else None

        least, most = together(lambda: size(given.least, "least"), lambda: size(given.most, "most"))
        known = next((one for one in shown.rules if one.id == self._number), None)
        return Rule(
            words=given.words,
            looks_at=given.looks_at,
            how=given.how,
            account=account.id if account else None,
            least=least,
            most=most,
            flow=given.flow or None,
            category=int(given.category) if given.category else None,
            payee=given.payee,
            tags=tuple(tag.strip() for tag in given.tags.split(",") if tag.strip()),
            active=known.active if known else True,
            id=self._number if known else 0,
        )

    async def _keep(self) -> int:
        if self._wanted is None:
            raise Invalid("Look at the preview first.", code="no_preview")
        kept = await act(book.keep, wanted=self._wanted)
        self._number, self._wanted = kept.id, kept
        return kept.id

    async def _read(self) -> None:
        shown = await look(_shown)
        who = principal()
        names = {one.id: one.name for one in shown.categories}
        self.accounts = [("", "Any account"), *((str(one.uuid), one.name) for one in shown.accounts)]
        self.categories = [
            ("", "None"),
            *(
                (str(one.id), f"{names[one.parent]} › {one.name}" if one.parent in names else one.name)
                for one in shown.categories
                if not one.archived
            ),
        ]
        of_account = {one.id: one.name for one in shown.accounts}
        end = len(shown.rules) - 1
        self.rows = [
            Row(one.id, _when(one, of_account, who), _gives(one, names), one.active, at == 0, at == end)
            for at, one in enumerate(shown.rules)
        ]


def _shown(session: Session, who: Principal) -> _Shown:
    return _Shown(
        book.rules(session, who),
        accounts.accounts(session, who, closed=True),
        categories.categories(session, who),
    )


def _when(rule: Rule, of_account: dict[int, str], who: Principal) -> str:
    parts = [rule.sentence] if rule.words else []
    if rule.flow:
        parts.append("money in" if rule.flow == "in" else "money out")
    if rule.account is not None:
        parts.append(f"on {of_account.get(rule.account, 'an account')}")
    for words, size in (("at least", rule.least), ("at most", rule.most)):
        if size is not None:
            parts.append(f"{words} {amount_text(size, of=currency(who.currency), locale=who.locale, symbol=False)}")
    sentence = ", ".join(parts)
    return sentence[:1].upper() + sentence[1:]


def _gives(rule: Rule, names: dict[int, str]) -> str:
    parts = [names.get(rule.category, "")] if rule.category else []
    if rule.payee:
        parts.append(f"payee {rule.payee}")
    parts += [f"#{tag}" for tag in rule.tags]
    return ", ".join(parts)


def _touched(one: book.Touched, who: Principal) -> Touched:
    day = date_text(one.booked, locale=who.locale)
    return Touched(
        one.title or "No payee",
        f"{day} · {one.category_name or 'no category'}",
        amount_text(one.amount, of=one.currency, locale=who.locale, signed=True),
    )


def _previewed(found: Preview) -> str:
    if not found.count:
        return "Nothing that is booked already would change."
    shown = f", here are the newest {len(found.rows)}" if found.count > len(found.rows) else ""
    return f"It would change {_many(found.count)} that {'is' if found.count == 1 else 'are'} booked already{shown}."


def _many(count: int) -> str:
    return counted(count, "transaction", locale=principal().locale)


def _typed(size: Decimal | None) -> str:
    who = principal()
    return "" if size is None else amount_text(size, of=currency(who.currency), locale=who.locale, symbol=False)


def _id(number: Any) -> int:
    if not isinstance(number, int) or not 0 < number < 2**63:
        raise Invalid("There is no such rule.", code="unknown_rule")
    return number
