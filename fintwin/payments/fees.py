"""What a payment costs, behind a port: nothing, until a room of fees answers."""

from decimal import Decimal
from typing import Protocol

from fintwin.kernel.money import Currency


class Fees(Protocol):
    """Says what a payment would cost its payer, in the payment's currency."""

    def quote(self, *, amount: Decimal, currency: Currency, type: str, method: str) -> Decimal: ...


class Free:
    """Payments between people cost nothing."""

    def quote(self, *, amount: Decimal, currency: Currency, type: str, method: str) -> Decimal:
        """Zero, whatever is paid."""
        return Decimal(0)


fees: Fees = Free()
