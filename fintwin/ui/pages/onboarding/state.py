"""The questions of the first minutes. Each answer is kept at once, so nothing is lost when a step fails or is left."""

from typing import Annotated, Any, Literal

import reflex as rx
from pydantic import StringConstraints
from sqlmodel import Session

from fintwin.identity import service
from fintwin.identity.principal import Principal
from fintwin.identity.profile import FIELDS, Profile
from fintwin.kernel.errors import Invalid, InvalidFields, all_of
from fintwin.kernel.money import currency, current_currencies
from fintwin.kernel.wording import amount_text, parse_amount
from fintwin.ledger.accounts import accounts, open_account
from fintwin.ui.act import Argument, Form, act, look, parse
from fintwin.ui.state import Page

_ASKED = frozenset({"name", "phone", "monthly_income", "currency", "goal", "risk_appetite"})


class Answer(Argument):
    """One field of the profile as its control sends it."""

    field: Literal[tuple(sorted(_ASKED))]  # type: ignore[valid-type]
    value: Annotated[str, StringConstraints(max_length=200)] = ""


class FirstAccount(Form):
    """The account of the second step."""

    name: Annotated[str, StringConstraints(max_length=80)] = ""
    custody: Literal["tracked", "held"] = "tracked"
    balance: Annotated[str, StringConstraints(max_length=40)] = ""


class Onboarding(Page, rx.State):
    """Step 1 asks about the person, step 2 about the first account; step 3 is the three doors."""

    step: int = 0
    name: str = ""
    phone: str = ""
    monthly_income: str = ""
    currency: str = ""
    goal: str = ""
    risk_appetite: str = ""
    currencies: list[tuple[str, str]] = []

    @rx.event
    async def load(self) -> None:
        """Go on where the person left."""
        profile = await look(service.profile)
        self._show(profile)
        names = current_currencies("en")
        self.currencies = [(code, f"{code} · {name}") for code, name in names]
        if profile.completed_at is not None:
            self.step = 3
        else:
            self.step = 1 if profile.missing else 2

    def _show(self, profile: Profile) -> None:
        self.name, self.phone, self.currency = profile.name, profile.phone, profile.currency
        self.goal, self.risk_appetite = profile.goal, profile.risk_appetite
        self.monthly_income = (
            ""
            if profile.monthly_income is None
            else amount_text(profile.monthly_income, of=currency(profile.currency), locale=profile.locale, symbol=False)
        )

    @rx.event
    async def keep(self, field: str, value: str) -> None:
        """Save one answer as soon as it is given."""
        answer = parse(Answer, {"field": field, "value": value})
        if answer.value == getattr(self, answer.field):
            return
        self._show(await act(service.save_profile, changes={answer.field: answer.value}))

    @rx.event
    async def finish_person(self, form: dict[str, Any]) -> None:
        """The first step as a whole; whatever is missing is asked for beside its field."""
        parse(Form, form)
        given = {name: value for name, value in form.items() if name in _ASKED & set(FIELDS) and isinstance(value, str)}
        unanswered = [
            Invalid("Choose one of the answers.", code="missing_answer", field=name)
            for name in ("goal", "risk_appetite")
            if not (given.get(name) or getattr(self, name))
        ]
        try:
            self._show(await act(service.save_profile, changes=given))
        except InvalidFields as wrong:
            raise all_of([*wrong.faults, *unanswered]) from None
        except Invalid as wrong:
            raise all_of([wrong, *unanswered]) from None
        if unanswered:
            raise all_of(unanswered)
        self.step = 2

    @rx.event
    def back(self) -> None:
        """To the first step."""
        if self.step == 2:
            self.step = 1

    @rx.event
    async def open_first(self, form: dict[str, Any]) -> None:
        """Open the account of the second step and end the questions."""
        wanted = parse(FirstAccount, form)
        await act(_open_first, wanted=wanted)
        self.step = 3

    @rx.event
    async def skip(self) -> None:
        """End the questions without an account."""
        await act(service.complete_profile)
        self.step = 3


def _open_first(session: Session, who: Principal, *, wanted: FirstAccount) -> None:
    """Open the first account and end the questions, both or neither; a tab that comes second opens no other one."""
    profile = service.profile(session, who)
    if not accounts(session, who):
        of = currency(profile.currency)
        open_account(
            session,
            who,
            name=wanted.name or "Everyday",
            type="checking" if wanted.custody == "tracked" else "wallet",
            custody=wanted.custody,
            currency=of,
            opening=parse_amount(wanted.balance, of=of, locale=profile.locale, field="balance")
            if wanted.balance
            else None,
            key="onboarding",
        )
    service.complete_profile(session, who)
