"""The PIN of an account, as a form's handler asks for it."""

from uuid import UUID

from fintwin.ledger import accounts
from fintwin.payments import pins
from fintwin.payments.pins import Approval
from fintwin.ui.act import act, look


async def approved(account: int | UUID, pin: str, *, field: str = "pin") -> Approval:
    """The approval that a PIN gives. The attempt is kept before it is judged, so that nothing takes its count back.

    Args:
        account: its id, or its uuid.
        field: the form's field that a refusal stands beside.

    Raises:
        NotFound: `unknown_account`.
        Refused: `no_pin`, `wrong_pin` or `pin_locked`.
    """
    number = (await look(accounts.by_uuid, account)).id if isinstance(account, UUID) else account
    judged = await act(pins.judge, taken=await act(pins.attempt, account=number, pin=pin))
    if judged.refusal is not None:
        judged.refusal.field = field
    return judged.approved()
