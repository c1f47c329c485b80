"""What things cost in the demo household's currency.

The demo's amounts are written down in euros and brought to a plausible size elsewhere by one rough level per currency.
These are orders of magnitude for a story, not exchange rates; nothing in anybody's books is converted with them.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal

from fintwin.kernel.money import Currency, rounded

_LEVELS: Mapping[str, str] = {
    "AED": "4",
    "ARS": "1200",
    "AUD": "1.8",
    "BGN": "1.6",
    "BHD": "0.4",
    "BRL": "5",
    "CAD": "1.6",
    "CHF": "1.5",
    "CLP": "900",
    "CNY": "6",
    "COP": "3500",
    "CZK": "24",
    "DKK": "8",
    "EGP": "40",
    "GBP": "0.9",
    "HKD": "9",
    "HUF": "340",
    "IDR": "9000",
    "ILS": "4.5",
    "INR": "45",
    "ISK": "160",
    "JPY": "150",
    "KES": "90",
    "KRW": "1400",
    "KWD": "0.35",
    "MXN": "16",
    "MYR": "3.5",
    "NGN": "900",
    "NOK": "13",
    "NZD": "2",
    "OMR": "0.4",
    "PEN": "3.5",
    "PHP": "40",
    "PKR": "180",
    "PLN": "4",
    "QAR": "4",
    "RON": "4.5",
    "RSD": "100",
    "SAR": "4",
    "SEK": "12",
    "SGD": "1.7",
    "THB": "25",
    "TRY": "30",
    "TWD": "25",
    "UAH": "30",
    "USD": "1.2",
    "VND": "18000",
    "ZAR": "13",
}


def level(currency: Currency) -> Decimal:
    """Roughly how many units buy what a euro buys; 1 where nothing is known."""
    return Decimal(_LEVELS.get(currency.code, "1"))


def price(euros: Decimal, *, to: Currency) -> Decimal:
    """An amount at this currency's level, with its decimals; at least the smallest coin."""
    return max(rounded(euros * level(to), to=to), to.cent)


def even(euros: Decimal, *, to: Currency) -> Decimal:
    """Like `price`, but as people agree on it: two or three leading digits, the rest zeros."""
    value = euros * level(to)
    step = Decimal(1).scaleb(value.adjusted() - 2)
    half = step * 5
    if value.adjusted() >= 2:
        step = half
    return max(rounded((value / step).quantize(Decimal(1), rounding=ROUND_HALF_EVEN) * step, to=to), to.cent)
