"""The PIN of an account, as a form's handler asks for it."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import reflex as rx
from pydantic import StringConstraints

from fintwin.ledger import pins
from fintwin.ledger.pins import Approval, PinNeeded
from fintwin.ui.act import Form, act
from fintwin.ui.state import Page
from fintwin.ui.wanted import Wanted

Answer = TypeVar("Answer")

Pin = Annotated[str, StringConstraints(max_length=12)]
"""The field of a form that is there once a PIN is asked for."""


class PinForm(Form):
    """The PIN that a button's act was refused for."""

    pin: Annotated[Pin, StringConstraints(min_length=1), Wanted("Enter the PIN.")]


class AsksPin(Page, mixin=True):
    """Mix into a state whose handlers move money that an account's PIN may be asked for: `class Wizard(AsksPin, rx.State)`.

    What is done is tried without a PIN first; so a PIN is asked for, and its attempts are counted, only where all else
    of the form holds.
    """

    pin_for: str = ""
    """The act that a PIN was asked for, so that its form shows the field; "" for none."""

    async def _with_pin(
        self: rx.State, what: str, pin: str, use: Callable[[Approval | None], Awaitable[Answer]]
    ) -> Answer:
        """Do it, with what `pin` approves where that is asked for; `what` names the act.

        Raises:
            Refused: `pin_needed`, `wrong_pin` or `pin_locked`, beside the field "pin"; or as `use`.
        """
        try:
            return await use(None)
        except PinNeeded as needed:
            self.pin_for = what
            if not pin:
                raise
            return await use(await approved(needed.account, pin))


async def approved(account: int, pin: str, *, field: str = "pin") -> Approval:
    """The approval that a PIN gives. The attempt is kept before it is judged, so that nothing takes its count back.

    Args:
        field: the form's field that a refusal stands beside.

    Raises:
        Refused: `no_pin`, `wrong_pin` or `pin_locked`.
    """
    judged = await act(pins.judge, taken=await act(pins.attempt, account=account, pin=pin))
    if judged.refusal is not None:
        judged.refusal.field = field
    return judged.approved()
