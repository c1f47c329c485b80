"""The demo family's life as plain tables: what they earn, owe, buy and treat themselves to, in euros.

Maya Rao works full time and carries rent, car and most bills; Ben Rao works part time and pays for child care and his
half of the rent. Tara is four. Names of shops are invented.
"""

from dataclasses import dataclass
from decimal import Decimal

MAYA, BEN = 0, 1
NAMES = ("Maya Rao", "Ben Rao")

ALL_YEAR = tuple(range(1, 13))
_HEATING = (2.1, 1.9, 1.4, 0.9, 0.4, 0.3, 0.3, 0.3, 0.5, 1.0, 1.5, 1.9)
_LIGHT = (1.25, 1.15, 1.05, 0.95, 0.9, 0.85, 0.85, 0.85, 0.95, 1.05, 1.15, 1.25)
_EVEN = (1.0,) * 12


@dataclass(frozen=True, slots=True)
class Place:
    """An account; `opening` is what is in it before the story begins, below zero where it is owed."""

    adult: int
    key: str
    name: str
    type: str
    custody: str
    opening: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Bill:
    """Paid on about the same day of each of its months; `season` weighs the months, `noise` is relative."""

    adult: int
    account: str
    payee: str
    category: str
    day: int
    amount: Decimal
    months: tuple[int, ...] = ALL_YEAR
    season: tuple[float, ...] = _EVEN
    noise: float = 0.0
    rise: Decimal = Decimal(0)
    """Every January, relative."""


@dataclass(frozen=True, slots=True)
class Habit:
    """Bought so often a week on average, between low and high, mostly near typical; prices rise slowly."""

    adult: int
    account: str
    payees: tuple[str, ...]
    category: str
    weekly: float
    low: Decimal
    typical: Decimal
    high: Decimal
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)


@dataclass(frozen=True, slots=True)
class Occasion:
    """Comes once a year, about that date."""

    adult: int
    account: str
    payee: str
    category: str
    month: int
    day: int
    amount: Decimal
    income: bool = False


def _e(text: str) -> Decimal:
    return Decimal(text)


PLACES = (
    Place(MAYA, "checking", "Everyday account", "checking", "tracked", _e("3640.55")),
    Place(MAYA, "savings", "Rainy day", "savings", "tracked", _e("7400")),
    Place(MAYA, "card", "Credit card", "credit", "tracked", _e("-412.80")),
    Place(MAYA, "fund", "World index fund", "investment", "tracked", _e("9250")),
    Place(MAYA, "loan", "Car loan", "loan", "tracked", _e("-11800")),
    Place(MAYA, "wallet", "Wallet", "wallet", "held"),
    Place(BEN, "checking", "Current account", "checking", "tracked", _e("2420.18")),
    Place(BEN, "savings", "Savings", "savings", "tracked", _e("2900")),
    Place(BEN, "wallet", "Wallet", "wallet", "held"),
)

SALARIES = (
    (MAYA, "Northwind Engineering", _e("2990"), 27),
    (BEN, "City Library", _e("1890"), 31),
)
RAISE = _e("0.03")
BONUS = (MAYA, "Northwind Engineering", _e("1900"))
"""Paid with the salary of November."""

BILLS = (
    Bill(MAYA, "checking", "Harbour Homes", "housing", 1, _e("1290"), rise=_e("0.02")),
    Bill(MAYA, "checking", "Bright Power", "utilities", 4, _e("74"), season=_LIGHT, noise=0.05, rise=_e("0.04")),
    Bill(MAYA, "checking", "City Gas", "utilities", 6, _e("96"), season=_HEATING, noise=0.08, rise=_e("0.03")),
    Bill(MAYA, "checking", "Waterworks", "utilities", 15, _e("88"), months=(2, 5, 8, 11), noise=0.06),
    Bill(MAYA, "checking", "Fibre & Co", "utilities", 8, _e("39.90")),
    Bill(MAYA, "checking", "Blue Mobile", "utilities", 12, _e("19.90")),
    Bill(MAYA, "checking", "Shield Insurance", "insurance", 3, _e("46.20"), rise=_e("0.05")),
    Bill(MAYA, "checking", "Hearth Home Insurance", "insurance", 3, _e("14.50")),
    Bill(MAYA, "card", "Starlight Streaming", "subscriptions", 18, _e("13.99"), rise=_e("0.1")),
    Bill(MAYA, "card", "Daily Courier", "subscriptions", 21, _e("9.90")),
    Bill(BEN, "checking", "Little Oaks Nursery", "children", 2, _e("215"), months=(1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12)),
    Bill(BEN, "checking", "City Transport", "transport", 1, _e("49")),
    Bill(BEN, "checking", "Blue Mobile", "utilities", 12, _e("15.90")),
    Bill(BEN, "checking", "Corner Gym", "leisure", 5, _e("29.90")),
    Bill(BEN, "checking", "Tunes Unlimited", "subscriptions", 16, _e("10.99")),
    Bill(BEN, "checking", "River Football Club", "leisure", 10, _e("36"), months=(1, 4, 7, 10)),
    Bill(BEN, "checking", "Open Hands", "gifts", 20, _e("15")),
)

HABITS = (
    Habit(
        MAYA,
        "checking",
        ("Greenleaf Market", "Greenleaf Market", "Basket & Sons"),
        "groceries",
        1.6,
        _e("28"),
        _e("62"),
        _e("118"),
        (3, 4, 5),
    ),
    Habit(MAYA, "checking", ("Corner Bakery", "Greenleaf Market"), "groceries", 2.4, _e("3.20"), _e("8.40"), _e("24")),
    Habit(MAYA, "checking", ("Ridge Fuel",), "transport", 0.62, _e("38"), _e("56"), _e("74")),
    Habit(
        MAYA,
        "checking",
        ("Bean There", "Station Coffee"),
        "eating_out",
        2.6,
        _e("2.80"),
        _e("3.90"),
        _e("9.50"),
        (0, 1, 2, 3, 4),
    ),
    Habit(
        MAYA,
        "card",
        ("Trattoria Luna", "Saffron House", "Noodle Bar", "The Old Mill"),
        "eating_out",
        0.9,
        _e("24"),
        _e("47"),
        _e("96"),
        (4, 5, 6),
    ),
    Habit(
        MAYA,
        "card",
        ("Parcelo", "Parcelo", "Papertrail Books", "Homestead"),
        "shopping",
        1.1,
        _e("8"),
        _e("29"),
        _e("140"),
    ),
    Habit(MAYA, "card", ("Loom & Thread", "Northside Shoes"), "shopping", 0.28, _e("19"), _e("54"), _e("160"), (4, 5)),
    Habit(MAYA, "checking", ("Linden Pharmacy",), "health", 0.4, _e("4"), _e("12.50"), _e("46")),
    Habit(MAYA, "checking", ("Tiny Toes", "Toy Chest"), "children", 0.45, _e("7"), _e("21"), _e("65")),
    Habit(MAYA, "wallet", ("Farmers' market", "Flea market"), "groceries", 0.5, _e("3"), _e("9"), _e("19"), (5, 6)),
    Habit(BEN, "checking", ("Basket & Sons", "Greenleaf Market"), "groceries", 1.5, _e("12"), _e("31"), _e("69")),
    Habit(
        BEN,
        "checking",
        ("Canteen Seven", "Soup Kitchen Co", "Falafel Corner"),
        "eating_out",
        3.2,
        _e("6.20"),
        _e("8.90"),
        _e("14"),
        (0, 1, 2, 3, 4),
    ),
    Habit(BEN, "checking", ("Corner Bakery",), "groceries", 1.8, _e("2.60"), _e("5.80"), _e("13")),
    Habit(BEN, "checking", ("Hammer & Nail", "Garden Shed"), "shopping", 0.3, _e("9"), _e("32"), _e("130"), (4, 5)),
    Habit(
        BEN,
        "checking",
        ("Kino Roxy", "Puppet Theatre", "City Zoo"),
        "leisure",
        0.4,
        _e("9"),
        _e("24"),
        _e("58"),
        (4, 5, 6),
    ),
    Habit(BEN, "checking", ("Tiny Toes",), "children", 0.25, _e("9"), _e("26"), _e("70")),
    Habit(BEN, "checking", ("Clip Joint",), "other_spending", 0.2, _e("19"), _e("24"), _e("31"), (3, 4)),
)

OCCASIONS = (
    Occasion(MAYA, "card", "Skyward Air", "travel", 5, 9, _e("612")),
    Occasion(MAYA, "card", "Cliffside Holiday Homes", "travel", 8, 3, _e("980")),
    Occasion(BEN, "checking", "Cliffside Boat Hire", "travel", 8, 9, _e("145")),
    Occasion(MAYA, "card", "Alpine Cabins", "travel", 2, 14, _e("385")),
    Occasion(MAYA, "checking", "Mill Road Garage", "transport", 4, 17, _e("415")),
    Occasion(MAYA, "checking", "Mill Road Garage", "transport", 11, 6, _e("172")),
    Occasion(MAYA, "checking", "Vehicle tax", "taxes", 3, 1, _e("148")),
    Occasion(MAYA, "card", "Toy Chest", "gifts", 12, 11, _e("118")),
    Occasion(MAYA, "card", "Parcelo", "gifts", 12, 15, _e("164")),
    Occasion(MAYA, "card", "Papertrail Books", "gifts", 12, 18, _e("72")),
    Occasion(BEN, "checking", "Toy Chest", "gifts", 12, 16, _e("88")),
    Occasion(BEN, "checking", "Bloom Florist", "gifts", 6, 21, _e("46")),
    Occasion(MAYA, "card", "Toy Chest", "gifts", 9, 23, _e("69")),
    Occasion(MAYA, "checking", "Dr Almeida, dentist", "health", 10, 13, _e("94")),
    Occasion(BEN, "checking", "Optica", "health", 3, 19, _e("129")),
    Occasion(MAYA, "checking", "Tax office", "refunds", 6, 24, _e("740"), income=True),
    Occasion(BEN, "checking", "Harbour Homes, refund of charges", "refunds", 5, 28, _e("86"), income=True),
)

BREAKDOWN = (MAYA, "card", "Whiteware Direct", "shopping", 9, _e("549"))
"""A washing machine, in the ninth month of the story."""

CHILD_BENEFIT = (MAYA, "Family office", _e("250"), 10)

RENT_SHARE = _e("680")
POCKET = _e("24")
"""What stays in the wallets each month beside the rent share."""
FAVOURS = (
    (MAYA, "Cinema, my half", "leisure", _e("14.50")),
    (MAYA, "Present for Grandma", "gifts", _e("22")),
    (BEN, "Train tickets", "transport", _e("31.40")),
    (MAYA, "Tara's swimming lesson", "children", _e("18")),
    (BEN, "Pizza on Friday", "eating_out", _e("16.80")),
    (MAYA, "Tool hire", "other_spending", _e("12")),
)

TRAILER = ("Bike trailer, my half", "children", _e("120"), 6)
"""What Maya pays Ben in so many equal parts, one a month on the twelfth."""
TRAILER_PAID = 4
"""Parts that lie behind; the others are still to come."""
TRAILER_FILLED = _e("60")
"""What she brings to her wallet the day before each."""
ASKED = (BEN, "Tickets for the puppet theatre", _e("26"))
"""What one asks of the other, who has not answered yet."""

LOAN_PAYEE, LOAN_RATE, LOAN_INSTALMENT = "Northern Car Bank", _e("0.049"), _e("266")
SAVED = (_e("350"), _e("250"))
CUSHION = (_e("2100"), _e("1200"))
LEAST = _e("180")
DRAWN = _e("400")
"""When an everyday account would fall below the least, that much comes back from savings the day before."""
INVESTED = _e("200")
SAVINGS_RATE = _e("0.018")
DIVIDEND_YIELD = _e("0.016")
INFLATION = 0.025
