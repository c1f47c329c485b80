"""Where a payment stands, and how its parts add up: values only."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from fintwin.kernel.errors import Invalid
from fintwin.kernel.ids import reference
from fintwin.kernel.money import Currency
from fintwin.ledger.posting import Outside, Status, outside

_IN_THE_BOOKS = {
    "initiated": Status.PENDING,
    "processing": Status.PENDING,
    "completed": Status.POSTED,
    "failed": Status.FAILED,
    "reversed": Status.REVERSED,
}
"""What a payment's status says of the transaction that it moves."""

MOST_PARTS = 120
"""Equal parts of a total."""


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A payment as one of its two people sees it."""

    id: int
    side: str
    """`out`: this person pays; `in`: this person is paid."""
    type: str
    """`transfer` to a person, `payment` to the outside, `topup` of an own account."""
    method: str
    """`wallet` or `bank_transfer`."""
    status: str
    """`initiated` (can still be cancelled), `processing`, `completed`, `failed`, `reversed` (all of it was given back)."""
    account: int
    """The own account it leaves or reaches."""
    currency: Currency
    amount: Decimal
    refunded: Decimal
    """What was given back of it so far."""
    number: str
    """The payee's account number; "" on the payee's side."""
    name: str
    """The other person: by the own name for them, else as far as this person may know it."""
    known: bool
    """Whether the number is among this person's contacts."""
    description: str
    reason: str
    """Why it failed: a refusal's code, `cancelled`, or a sentence."""
    transaction: int | None
    """What it moves in this person's books; None where nothing ever reached them."""
    plan: int | None
    settles_at: datetime | None
    created_at: datetime
    processed_at: datetime | None
    replayed: bool = False
    """Whether the same call was answered before."""

    @property
    def reference(self) -> str:
        """The payment's id as people see it."""
        return reference(self.id)

    @property
    def rest(self) -> Decimal:
        """What can still be given back."""
        return self.amount - self.refunded

    @property
    def stands(self) -> Outside:
        """The outside view, the same as its transaction's: processing while it settles by itself."""
        return outside(_IN_THE_BOOKS[self.status], under_way=self.settles_at is not None)

    @property
    def live(self) -> bool:
        """Whether it is on its way."""
        return self.stands in (Outside.PENDING, Outside.PROCESSING)

    @property
    def cancelled(self) -> bool:
        """Whether its payer called it off."""
        return self.status == "failed" and self.reason == "cancelled"

    def cancellable(self, now: datetime) -> bool:
        """Whether its payer can still call it off."""
        return (
            self.side == "out" and self.status == "initiated" and self.settles_at is not None and now < self.settles_at
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a payment's way.

    `what` is `started`, `sending`, `sent`, `arrived`, `cancelled`, `failed`, `received`, `not_received`, `given_back` or
    `partly_given_back`; `state` is `done`, `now`, `todo` or `bad`.
    """

    what: str
    state: str
    at: datetime | None = None


def steps(one: PaymentView) -> tuple[Step, ...]:
    """How far a payment is, step by step, the ones to come included."""
    back: tuple[Step, ...] = ()
    if one.refunded:
        back = (Step("given_back" if one.status == "reversed" else "partly_given_back", "done"),)
    if one.side == "in":
        if one.status == "failed":
            return (Step("not_received", "bad"),)
        return (Step("received", "done", one.processed_at), *back)
    started = Step("started", "done", one.created_at)
    if one.cancelled:
        return (started, Step("cancelled", "bad"))
    if one.status == "failed":
        return (started, Step("failed", "bad"))
    if one.live:
        return (started, Step("sending", "now"), Step("arrived", "todo"))
    return (started, Step("sent", "done"), Step("arrived", "done", one.processed_at), *back)


def equal_parts(total: Decimal, parts: int, *, of: Currency) -> tuple[Decimal, ...]:
    """A total in equal parts of whole cents, the last of which takes what rounding left over.

    Raises:
        Invalid: fewer than 2 or more than 120 parts, or parts of nothing (`too_many_parts`).
    """
    if not 2 <= parts <= MOST_PARTS:
        raise Invalid(f"Choose 2 to {MOST_PARTS} parts.", code="bad_parts", field="parts")
    unit = Decimal(1).scaleb(-of.digits)
    part = (total / parts).quantize(unit, rounding=ROUND_DOWN)
    if part <= 0:
        raise Invalid("These are more parts than there are coins.", code="too_many_parts", field="parts")
    return (*[part] * (parts - 1), total - part * (parts - 1))


def next_part(total: Decimal, paid: Decimal, parts: int | None, *, of: Currency) -> Decimal:
    """What to pay next of a total: the part that comes next, or all that is left where parts are of any size.

    Amounts that were paid out of line make no difference to what is due by now: the next part brings the sum to the
    next step, so the last one is exact.
    """
    rest = total - paid
    if parts is None or rest <= 0:
        return max(rest, Decimal(0))
    due = Decimal(0)
    for part in equal_parts(total, parts, of=of):
        due += part
        if due > paid:
            return due - paid
    return rest
