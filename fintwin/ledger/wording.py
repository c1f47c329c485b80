"""The books' own words for people."""

from fintwin.ledger.posting import Kind

KIND_WORDS = {
    Kind.OPENING: "Opening balance",
    Kind.DEPOSIT: "Money in",
    Kind.WITHDRAWAL: "Money out",
    Kind.OWN_TRANSFER: "Own transfer",
    Kind.BETWEEN_PEOPLE: "Between people",
    Kind.CONVERSION: "Currency exchange",
    Kind.REVERSAL: "Taken back",
}
