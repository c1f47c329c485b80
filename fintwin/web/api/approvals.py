"""The PIN of an account, as calls bring it."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from pydantic import Field

from fintwin.identity.principal import Principal
from fintwin.ledger import pins
from fintwin.ledger.pins import Approval, PinNeeded
from fintwin.web.api.calls import act

Answer = TypeVar("Answer")

Pin = Annotated[str, Field(max_length=12, description="The account's PIN, where one is asked for.")]


async def approval(who: Principal, *, account: int, pin: str) -> Approval:
    """What a PIN gives; its count is a unit of work of its own, so that a refused payment does not take it back.

    Raises:
        Refused: `no_pin`, `wrong_pin` or `pin_locked`.
    """
    taken = await act(who, pins.attempt, account=account, pin=pin)
    return (await act(who, pins.judge, taken=taken)).approved()


async def with_pin(who: Principal, use: Callable[[Approval | None], Awaitable[Answer]], *, pin: str) -> Answer:
    """Do it, with what `pin` approves where it is asked for; so an attempt is counted only where all else holds.

    Raises:
        Refused: `pin_needed`, `wrong_pin` or `pin_locked`; or as `use`.
    """
    try:
        return await use(None)
    except PinNeeded as needed:
        if not pin:
            raise
        return await use(await approval(who, account=needed.account, pin=pin))
