"""The house's own accounts in the console: what is in them, and an administrator who moves money of the house."""

from typing import Annotated, Any
from uuid import uuid4

import reflex as rx
from pydantic import StringConstraints
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.money import currency
from fintwin.kernel.wording import parse_amount
from fintwin.ledger import staff
from fintwin.ledger.staff import Fund
from fintwin.ui.act import Form, act, look, parse
from fintwin.ui.pages.staff.rows import fund_text
from fintwin.ui.pages.staff.state import REASON, refuse_others
from fintwin.ui.state import Page, notify
from fintwin.ui.wanted import AS_AMOUNT, Read, Wanted


class FundForm(Form):
    """Which account of the house, and how much."""

    purpose: Annotated[str, StringConstraints(min_length=1, max_length=10), Wanted("Choose what the account is for.")]
    currency: Annotated[
        str,
        StringConstraints(min_length=3, max_length=3, to_upper=True),
        Read(lambda text, _: currency(text)),
        Wanted("Enter a currency, such as EUR."),
    ]
    amount: Annotated[str, StringConstraints(max_length=40), AS_AMOUNT] = ""
    reason: REASON


class Funds(Page, rx.State):
    """The house's own accounts."""

    loaded: bool = False
    admin: bool = False
    rows: list[str] = []
    asking: bool = False
    currency: str = ""
    version: int = 0
    """Counts up with each form, so that it is empty again."""
    _key: str = ""

    @rx.event
    async def begin(self) -> None:
        """What is in them."""
        who = refuse_others()
        self.admin, self.currency = who.role == "admin", who.currency
        await self._read()

    @rx.event
    def ask(self) -> None:
        """Ask how much is moved, and why."""
        refuse_others()
        self.asking, self._key = True, str(uuid4())
        self.version += 1

    @rx.event
    def dismiss(self) -> None:
        """Close the form."""
        refuse_others()
        self.asking = False

    @rx.event
    async def fund(self, form: dict[str, Any]) -> None:
        """Open the account where there is none, and book what was asked."""
        who = refuse_others()
        made = await act(_fund, form=parse(FundForm, form), key=self._key)
        self.asking = False
        await self._read()
        await notify(self, f"Done. {fund_text(made, who=who)}.")

    async def _read(self) -> None:
        who = refuse_others()
        self.rows = [fund_text(one, who=who) for one in await look(staff.pool)]
        self.loaded = True


def _fund(session: Session, who: Principal, *, form: FundForm, key: str) -> Fund:
    of = currency(form.currency)
    amount = parse_amount(form.amount, of=of, locale=who.locale) if form.amount else None
    return staff.fund_house(session, who, purpose=form.purpose, of=of, amount=amount, reason=form.reason, key=key)
