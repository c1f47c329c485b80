"""An account's balance beside a statement's: where they agree it is locked, where they differ by how much."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import reflex as rx
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.wording import amount_text, date_text, instant_text, parse_amount
from fintwin.ledger import accounts, reconciliation, register
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.reconciliation import Lock
from fintwin.ui.act import Form, act, look, parse
from fintwin.ui.pages.accounts.state import AccountRow, Accounts, Chosen, account_row, as_booked
from fintwin.ui.state import Page, notify
from fintwin.ui.wanted import Balance, Day
from fintwin.web.gate import principal


class CompareForm(Form):
    """What a statement says of the end of a day."""

    day: Day
    balance: Balance


@dataclass(frozen=True, slots=True)
class Difference:
    """What keeps the books and a statement apart, and where to look for it."""

    sentence: str = ""
    apart: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class LockRow:
    """A balance that was confirmed, in words."""

    day: str = ""
    balance: str = ""
    line: str = ""
    holds: bool = True


def difference(account: AccountView, *, day: date, said: Decimal, books: Decimal, locale: str) -> Difference:
    """How a statement's balance and the books' differ; both as the books sign them."""
    theirs, ours = (as_booked(amount, class_=account.class_) for amount in (said, books))
    on = date_text(day, locale=locale)
    verb = "owe" if account.class_ == "liability" else "have"

    def words(amount: Decimal) -> str:
        return amount_text(amount, of=account.currency, locale=locale)

    more = "more" if ours > theirs else "less"
    return Difference(
        sentence=f"At the end of {on} the books {verb} {words(ours)}, the statement says {words(theirs)}.",
        apart=f"The books {verb} {words(abs(ours - theirs))} {more}. Look for what is missing or booked twice, then"
        " compare again.",
        href=f"/transactions?{urlencode({'account': str(account.uuid), 'to': day.isoformat()})}",
    )


def lock_row(lock: Lock, account: AccountView, who: Principal) -> LockRow:
    """A lock in words."""
    at = lock.released_at or lock.made_at
    when = instant_text(at, zone=who.zone, locale=who.locale)
    return LockRow(
        day=date_text(lock.day, locale=who.locale),
        balance=amount_text(as_booked(lock.balance, class_=account.class_), of=account.currency, locale=who.locale),
        line=f"released {when}" if lock.released_at else f"compared {when}",
        holds=lock.released_at is None,
    )


class Reconciling(Page, rx.State):
    """The dialog that compares one account with a statement."""

    is_open: bool = False
    account: AccountRow = AccountRow()
    differs: Difference = Difference()
    locks: list[LockRow] = []
    locked: str = ""
    """The day up to which it is locked, in words."""
    releasing: bool = False
    version: int = 0

    @rx.event
    async def begin(self, account: str) -> None:
        """Open the dialog for an account."""
        wanted = parse(Chosen, {"account": account}).account
        self.differs, self.releasing = Difference(), False
        self.version += 1
        await self._show(wanted)
        self.is_open = True

    @rx.event
    def leave(self) -> None:
        """Close it."""
        self.is_open = False

    @rx.event
    async def compare(self, form: dict[str, Any]) -> Any:
        """Compare a day's balance; where both agree, lock what is booked up to it."""
        self.releasing, self.differs = False, Difference()
        wanted, who = parse(CompareForm, form), principal()
        chosen = parse(Chosen, {"account": self.account.uuid}).account
        self.differs = await act(_compare, account=chosen, form=wanted)
        if self.differs.sentence:
            return None
        self.version += 1
        await self._show(chosen)
        day = date_text(wanted.day, locale=who.locale)
        await notify(self, f"Both agree. {self.account.name} is locked up to {day}.")
        return Accounts.refresh

    @rx.event
    def ask(self) -> None:
        """Ask before a lock is released."""
        self.releasing = True

    @rx.event
    def keep(self) -> None:
        """Keep the lock."""
        self.releasing = False

    @rx.event
    async def release(self) -> Any:
        """Release the latest lock."""
        chosen = parse(Chosen, {"account": self.account.uuid}).account
        await act(_release, account=chosen)
        self.releasing = False
        await self._show(chosen)
        await notify(self, "The lock is released. Compare again to set it anew.")
        return Accounts.refresh

    async def _show(self, account: UUID) -> None:
        who = principal()
        seen, locks = await look(_read, account=account)
        self.account = account_row(seen, locale=who.locale)
        self.locks = [lock_row(one, seen, who) for one in locks[:24]]
        self.locked = "" if seen.locked_until is None else date_text(seen.locked_until, locale=who.locale)


def _read(session: Session, who: Principal, *, account: UUID) -> tuple[AccountView, list[Lock]]:
    seen = accounts.by_uuid(session, who, account)
    return seen, reconciliation.locks(session, who, account=seen.id)


def _compare(session: Session, who: Principal, *, account: UUID, form: CompareForm) -> Difference:
    """Lock the balance; where the books have another one, the difference and no lock."""
    seen = accounts.by_uuid(session, who, account)
    typed = parse_amount(form.balance, of=seen.currency, locale=who.locale, field="balance")
    said = as_booked(typed, class_=seen.class_)
    books = register.balance_at(session, who, account=seen.id, on=form.day)
    if books is not None and books != said:
        return difference(seen, day=form.day, said=said, books=books, locale=who.locale)
    reconciliation.assert_balance(session, who, account=seen.id, day=form.day, balance=said)
    return Difference()


def _release(session: Session, who: Principal, *, account: UUID) -> None:
    reconciliation.release(session, who, account=accounts.by_uuid(session, who, account).id)
