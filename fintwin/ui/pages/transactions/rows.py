"""The register in words: what a row, a sum and one transaction say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from fintwin.identity.principal import Principal
from fintwin.kernel.ids import reference
from fintwin.kernel.money import currency
from fintwin.kernel.wording import amount_text, count_text, date_text, instant_text, rate_text
from fintwin.ledger import conversion, register
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.conversion import Sides
from fintwin.ledger.edits import Edit
from fintwin.ledger.pending import Pending
from fintwin.ledger.posting import Kind, Status
from fintwin.ledger.wording import KIND_WORDS, status_words
from fintwin.payments.behind import Behind

_NOMINAL_WORDS = {
    "income": "Income",
    "expense": "Spending",
    "opening": "Opening balance",
    "people": "Other people",
    "trading": "Exchange",
}

_NEVER_RESTORED = frozenset({Kind.REVERSAL, Kind.BETWEEN_PEOPLE})


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the register."""

    reference: str = ""
    day: str = ""
    title: str = ""
    category: str = ""
    choosable: bool = False
    """Whether a category is missing that could be chosen."""
    account: str = ""
    aside: str = ""
    """The account, for narrow screens, to stand after the category."""
    line: str = ""
    """Day, category where there is one, and account: the day first, so that it is never cut off."""
    status: str = ""
    plain: bool = True
    """Whether the status is the usual one."""
    amount: str = ""
    second: str = ""
    """What arrived in another currency, or what it was given for."""
    part_of: str = ""
    """The whole payment, where `amount` is only a part of it: "of 30.00"."""
    inflow: bool = False
    letters: str = ""
    payee: str = ""
    note: str = ""
    restorable: bool = False
    """Whether it was taken back and may be booked anew."""
    unbooked: bool = False
    """Whether it moved nothing, or nothing yet."""
    waits: bool = False
    """Whether it is pending."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What the filter adds up to in one currency."""

    many: str = ""
    inflow: str = ""
    came: bool = False
    """Whether any came in."""
    outflow: str = ""
    net: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A name and what stands beside it."""

    name: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """One transaction in full."""

    reference: str = ""
    title: str = ""
    amount: str = ""
    inflow: bool = False
    status: str = ""
    day: str = ""
    valued: str = ""
    """Empty where it is the booking date."""
    payee: str = ""
    category: str = ""
    uncategorised: str = ""
    """What stands in the category's place where none is given."""
    note: str = ""
    facts: list[Line] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    related: str = ""
    """The reference of the transaction that this one undoes, or that undid it."""
    reverses: bool = False
    reversible: bool = False
    editable: bool = False
    """Whether amount and day may be changed."""
    restorable: bool = False
    size: str = ""
    """The amount without a sign, as a field shows it."""
    booked: str = ""
    """The booking date as ISO."""
    edits: list[str] = field(default_factory=list)
    latter: str = ""
    """The reference of what was booked in its place."""
    unbooked: bool = False
    waits: bool = False
    """Whether it is pending."""
    ends_at: str = ""
    """The address of what ends it, where that is a payment or an order to a bank; "": it is ended here."""
    ends_as: str = ""
    """What that is called."""


@dataclass(frozen=True, slots=True)
class AccountChoice:
    """An account as forms offer it."""

    uuid: str = ""
    name: str = ""


def row(found: register.Row, who: Principal, *, today: date, symbol: bool = False, sides: Sides | None = None) -> Row:
    """A row of the register; amounts carry their currency only where it is not the person's own.

    Args:
        symbol: show the currency always.
        sides: both amounts of a conversion.
    """
    day = date_text(found.booked, locale=who.locale, style="day" if found.booked.year == today.year else "medium")
    account = _account(found)
    title = title_of(found) if sides is None else converted_title(found, sides)
    category = _category(found)
    if sides is not None and not found.category:
        category = f"Exchanged at {rate_text(conversion.rate(gave=sides.gave, got=sides.got), locale=who.locale)}"
    choosable = not category
    return Row(
        reference=found.reference,
        day=day,
        title=title,
        category=category,
        choosable=choosable,
        account=account,
        aside=f" · {account}" if category or choosable else account,
        line=" · ".join(part for part in (day, category, account) if part),
        status=status_words(found.status),
        plain=found.status in {Status.POSTED, Status.ARCHIVED},
        amount=amount_of(found, who, symbol=symbol),
        second="" if sides is None else _second(found, sides, who),
        part_of=""
        if found.part_of is None
        else f"of {amount_text(abs(found.part_of), of=found.currency, locale=who.locale, symbol=False)}",
        inflow=found.amount > 0 and not found.own_transfer,
        letters=letters(title),
        payee=found.named,
        note=found.note,
        restorable=found.status is Status.REVERSED and found.kind not in _NEVER_RESTORED,
        unbooked=not found.is_booked,
        waits=found.status is Status.PENDING,
    )


def amount_of(found: register.Row, who: Principal, *, symbol: bool = False) -> str:
    """What a transaction moved, signed; without a sign where it only went from one own account to another."""
    return amount_text(
        found.amount,
        of=found.currency,
        locale=who.locale,
        signed=not (found.own_transfer and found.amount > 0),
        symbol=symbol or found.currency != currency(who.currency),
    )


def title_of(found: register.Row) -> str:
    """Whom or what a transaction is about: the payee, else its description, else its kind."""
    if found.kind is Kind.OWN_TRANSFER and found.giving and found.taking and not found.payee:
        return f"{found.giving.name} to {found.taking.name}"
    return found.payee or found.description or KIND_WORDS[found.kind]


def each_once(found: Sequence[register.Row], sides: Mapping[int, Sides]) -> list[register.Row]:
    """Rows of which a conversion is one: without an account it has a row per currency, of which what left stays."""
    left = {one.id for one in found if one.id in sides and one.currency == sides[one.id].of}
    return [one for one in found if one.id not in left or one.id not in sides or one.currency == sides[one.id].of]


def converted_title(found: register.Row, sides: Sides) -> str:
    """A conversion's title: what it was called, else its two accounts."""
    return found.payee or found.description or f"{sides.giving} to {sides.taking}"


def rate_words(sides: Sides, *, locale: str) -> str:
    """A conversion's rate both ways: `1 EUR = 1.087 USD · 1 USD = 0.919963 EUR`."""
    there = conversion.rate(gave=sides.gave, got=sides.got)
    back = conversion.rate(gave=sides.got, got=sides.gave)
    of, into = sides.of.code, sides.into.code
    return f"1 {of} = {rate_text(there, locale=locale)} {into} · 1 {into} = {rate_text(back, locale=locale)} {of}"


def _second(found: register.Row, sides: Sides, who: Principal) -> str:
    if found.currency == sides.of:
        return f"→ {amount_text(sides.got, of=sides.into, locale=who.locale)}"
    return f"for {amount_text(sides.gave, of=sides.of, locale=who.locale)}"


def sums(found: register.Sums, who: Principal) -> Sums:
    """Totals in words; each says its currency where it is not the person's own."""
    of, symbol = found.currency, found.currency != currency(who.currency)

    def words(amount: Decimal) -> str:
        return amount_text(amount, of=of, locale=who.locale, signed=True, symbol=symbol)

    return Sums(
        many=count_text(found.count, locale=who.locale),
        inflow=words(found.inflow),
        came=found.inflow > 0,
        outflow=words(-found.outflow),
        net=words(found.net),
    )


def seen(
    found: register.Detail,
    who: Principal,
    *,
    past: Sequence[Edit] = (),
    latter: int | None = None,
    sides: Sides | None = None,
    waits: Pending | None = None,
    ends: Behind | None = None,
) -> Seen:
    """One transaction in full, with the steps that led to it, what stands for it by now and what ends it where it waits."""
    one = found.row
    href, called = ends_at(ends)
    linked = found.reverses or found.reversed_by
    facts = [
        Line("Reference", one.reference),
        Line("Kind", KIND_WORDS[one.kind]),
        *([] if sides is None else _exchange(sides, who)),
        *([] if one.is_booked else _sides(one)),
        Line("Description", one.description),
        Line("Bank reference", found.external_reference),
        Line("Came by", "import" if found.imported else ""),
        Line("Entered", instant_text(found.created_at, zone=who.zone, locale=who.locale)),
        *([] if waits is None else _end(waits, who)),
    ]
    return Seen(
        reference=one.reference,
        title=title_of(one) if sides is None else converted_title(one, sides),
        amount=amount_of(one, who, symbol=True),
        inflow=one.amount > 0 and not one.own_transfer,
        status=status_words(one.status),
        day=("" if one.is_booked else "announced ") + date_text(one.booked, locale=who.locale, style="long"),
        valued=date_text(found.valued, locale=who.locale) if found.valued and found.valued != one.booked else "",
        payee=one.named,
        category=str(one.category or ""),
        uncategorised=_by_kind(one) or "None",
        note=one.note,
        facts=[fact for fact in facts if fact.value],
        lines=[
            Line(
                f"{_NOMINAL_WORDS.get(line.credit, line.credit)} → {_NOMINAL_WORDS.get(line.debit, line.debit)}",
                amount_text(line.amount, of=line.currency, locale=who.locale),
            )
            for line in found.lines
        ],
        related=reference(linked) if linked else "",
        reverses=found.reverses is not None,
        reversible=found.reversible,
        editable=found.reversible and one.kind in {Kind.DEPOSIT, Kind.WITHDRAWAL, Kind.OWN_TRANSFER},
        restorable=one.status is Status.REVERSED and one.kind not in _NEVER_RESTORED and latter is None,
        size=amount_text(abs(one.amount), of=one.currency, locale=who.locale, symbol=False),
        booked=one.booked.isoformat(),
        edits=[_edit(step, one, who) for step in past],
        latter=reference(latter) if latter else "",
        unbooked=not one.is_booked,
        waits=one.status is Status.PENDING,
        ends_at=href,
        ends_as=called,
    )


def ends_at(ends: Behind | None) -> tuple[str, str]:
    """The address of what ends something pending, and what it is called; both "" where it is ended in the register."""
    if ends is None:
        return "", ""
    if ends.payment is not None:
        return f"/payments?open={reference(ends.payment)}", "payment"
    return f"/payments/outside?open={ends.order}", "order"


def _sides(one: register.Row) -> list[Line]:
    """From which and to which own account it would have gone: without postings nothing else says so."""
    found = (("From", one.giving), ("To", one.taking))
    return [Line(name, side.name) for name, side in found if side is not None]


def _end(waits: Pending, who: Principal) -> list[Line]:
    """When something pending ends by itself."""
    named = (("Settles by itself", waits.settles_at), ("Lapses", waits.expires_at))
    return [Line(name, instant_text(at, zone=who.zone, locale=who.locale)) for name, at in named if at is not None]


def _exchange(sides: Sides, who: Principal) -> list[Line]:
    return [
        Line("Left", f"{amount_text(sides.gave, of=sides.of, locale=who.locale)} from {sides.giving}"),
        Line("Arrived", f"{amount_text(sides.got, of=sides.into, locale=who.locale)} on {sides.taking}"),
        Line("Rate", rate_words(sides, locale=who.locale)),
    ]


def _edit(step: Edit, one: register.Row, who: Principal) -> str:
    """`Edited 3 Oct 14:05: 20.00 → 25.00, 1 Oct → 2 Oct`."""
    at = instant_text(step.at, zone=who.zone, locale=who.locale)
    if not step.edited:
        return f"Restored {at}"
    changes = []
    if step.amount != step.became:
        old, new = (
            amount_text(size, of=one.currency, locale=who.locale, symbol=False) for size in (step.amount, step.became)
        )
        changes.append(f"{old} → {new}")
    if step.booked != step.became_booked:
        old, new = (date_text(day, locale=who.locale) for day in (step.booked, step.became_booked))
        changes.append(f"{old} → {new}")
    return f"Edited {at}: {', '.join(changes) or 'nothing changed'}"


def choice(account: AccountView) -> AccountChoice:
    """An account as forms offer it; without its balance, since a list of choices cannot hide an amount."""
    ending = f"··{account.ending}" if account.ending else ""
    name = account.name if account.name.endswith(ending) else f"{account.name} {ending}"
    return AccountChoice(str(account.uuid), name)


def letters(title: str) -> str:
    """Up to two initials of a payee."""
    words = [word for word in title.split() if word[0].isalnum()]
    return ((words[0][0] + words[-1][0]) if len(words) > 1 else title.strip()[:2]).upper()


def _account(found: register.Row) -> str:
    side = found.giving or found.taking
    return side.name if side else ""


def _category(found: register.Row) -> str:
    return found.category_name or _by_kind(found)


def _by_kind(found: register.Row) -> str:
    """What a transaction without a category is; "" for spending, whose category is asked for."""
    if found.matched:
        return KIND_WORDS[Kind.OWN_TRANSFER]
    if found.kind is Kind.BETWEEN_PEOPLE:
        return "From a person" if found.amount > 0 else "To a person"
    if found.kind is Kind.DEPOSIT:
        return _NOMINAL_WORDS["income"]
    if found.kind is Kind.WITHDRAWAL:
        return ""
    return KIND_WORDS[found.kind]
