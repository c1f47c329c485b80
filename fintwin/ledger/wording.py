"""The books' own words for people."""

from fintwin.ledger.posting import Kind, Outside, Status, outside

KIND_WORDS = {
    Kind.OPENING: "Opening balance",
    Kind.DEPOSIT: "Money in",
    Kind.WITHDRAWAL: "Money out",
    Kind.OWN_TRANSFER: "Own transfer",
    Kind.BETWEEN_PEOPLE: "Between people",
    Kind.CONVERSION: "Currency exchange",
    Kind.REVERSAL: "Taken back",
}

TYPE_WORDS = {
    "checking": "Checking",
    "savings": "Savings",
    "credit": "Credit card",
    "wallet": "Wallet",
    "loan": "Loan",
    "investment": "Investments",
    "cash": "Cash in hand",
}
"""Types of accounts in words, in the order they are offered."""

OUTSIDE_WORDS = {
    Outside.PENDING: "Pending",
    Outside.PROCESSING: "Processing",
    Outside.SUCCESS: "Posted",
    Outside.FAILED: "Failed",
}

_OWN_WORDS = {Status.REVERSED: "Undone", Status.EXPIRED: "Lapsed"}


def status_words(status: Status, *, under_way: bool = False) -> str:
    """Where a transaction stands, in a word: the outside view, but for one that lapsed, or was undone after it was booked."""
    return _OWN_WORDS.get(status) or OUTSIDE_WORDS[outside(status, under_way=under_way)]
