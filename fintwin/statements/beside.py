"""What stands beside the rows of a delimited file: balances, the account's number, the currency."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import currency
from fintwin.statements.amounts import amount_like, read_amount
from fintwin.statements.dates import date_like, read_date
from fintwin.statements.dialect import direction
from fintwin.statements.headings import folded
from fintwin.statements.numbers import bare_number, iban_in
from fintwin.statements.records import Record
from fintwin.statements.statement import Balance

_SYMBOLS = {"€": "EUR", "$": "USD", "£": "GBP"}
# Written as `folded` leaves them: neuer is neur, aktueller is aktuller.
_OPENING = re.compile(
    r"^(opening|beginning|previous|starting) (ledger )?balance|^balance (brought )?forward|^startsaldo|^begin ?saldo"
    r"|^(alter|anfangs?) ?(kontostand|saldo)|^vorig saldo|^ancien solde|^solde (initial|precedent|de depart)"
    r"|^saldo (inicial|iniziale|anterior|iniciale)|^ingaende saldo"
)
_CLOSING = re.compile(
    r"^((closing|ending|current|available|ledger|account|final) )?(ledger )?balance|^(neur |aktuller |letzter )?kontostand"
    r"|^end ?saldo|^eind ?saldo|^nieuw saldo|^saldo|^(nouveau )?solde|^utgaende saldo|^avail(able)? bal|^ledger bal"
)
_COIN = re.compile(
    r"^(account )?(currency( code)?|ccy)$|^(konto)?wahrung$|^munt(soort)?$|^(devise|monnaie|divisa|moneda|moeda|valuta|waluta|mena"
    r"|valuuta|penznem|deviza)$"
)
_LIKELY = ("bal", "saldo", "solde", "kontostand")
_OWN = re.compile(
    r"^(own )?(account|acct)( number| no| nr| id)?$|^iban$|^konto(nummer|nr)?$|^numero (de )?(compte|cuenta|conto)$"
    r"|^rekening(nummer)?$|^(compte|cuenta|conto|conta|girokonto|tagesgeldkonto|depot|numero conta)$"
)
_MASKED = re.compile(r"(?<![\w*•])[*•]{2,}[ -]?(\d{4,12})(?!\d)(.?)")
_LAST = re.compile(r"^letzter kontostand")
_DAY = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4}")


@dataclass(frozen=True, slots=True)
class Stated:
    """A balance that a line states, and whether it is the one before the first row.

    `last` is the bank's "last balance": the one before the rows where another line states the one behind them.
    """

    opening: bool
    balance: Balance
    last: bool = False


def tells_opening(text: str) -> bool:
    """Whether a text is a label such as "Opening balance" or "Anfangssaldo"."""
    return _likely(text) and _OPENING.match(folded(text)) is not None


def tells_balance(text: str) -> bool:
    """Whether a text is the label of a balance before or after the rows."""
    if not _likely(text):
        return False
    label = folded(text)
    return _OPENING.match(label) is not None or _CLOSING.match(label) is not None


def _likely(text: str) -> bool:
    """Whether it may be such a label at all; nearly no text of a row is."""
    low = text.casefold()
    return any(word in low for word in _LIKELY)


def stated_balance(cells: Sequence[str], *, decimal: str, dates: str) -> Stated | None:
    """The balance that a line states, as `Kontostand vom 21.11.2026:;1.234,56 EUR`; None where it states none.

    A flag such as S or DR behind the amount makes it negative.
    """
    for index, cell in enumerate(cells):
        if not tells_balance(cell) or amount_like(cell):
            continue
        label, _, tail = cell.rpartition(":")
        behind = [tail.strip(), *cells[index + 1 :]] if label else list(cells[index + 1 :])
        places = [at for at, text in enumerate(behind) if text and amount_like(text) and not date_like(text)]
        if not places:
            continue
        try:
            amount = read_amount(behind[places[0]], decimal=decimal)
        except Invalid:
            continue
        if amount > 0 and any(direction(text) is False for text in behind[places[0] + 1 :] if text):
            amount = -amount
        last = _LAST.match(folded(cell)) is not None
        return Stated(tells_opening(cell), Balance(amount, _day_in(cells, order=dates)), last)
    return None


def _day_in(cells: Iterable[str], *, order: str) -> date | None:
    for cell in cells:
        found = _DAY.search(cell)
        if found:
            try:
                return read_date(found[0], order=order)
            except Invalid:
                continue
    return None


@lru_cache(maxsize=1024)
def known_currency(text: str) -> str:
    """The ISO 4217 code that a cell names by code or sign; "" where it names none."""
    code = _SYMBOLS.get(text, text).upper()
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        return ""
    try:
        return currency(code).code
    except Invalid:
        return ""


def currency_of_amounts(cells: Iterable[str]) -> str:
    """The currency written with an amount, as `12,50 EUR`; a dollar sign alone names none."""
    for cell in cells:
        named = re.search(r"[A-Z]{3}|[€£]", cell) if amount_like(cell) else None
        if named and (code := known_currency(named[0])):
            return code
    return ""


def currency_labelled(preamble: Iterable[Record]) -> str:
    """The currency behind its label, as `Währung:;CHF` or `Currency: EUR`."""
    for record in preamble:
        for index, cell in enumerate(record.cells):
            label, _, rest = cell.partition(":")
            if _COIN.match(folded(label)):
                following = rest.strip() or next((other for other in record.cells[index + 1 :] if other), "")
                if code := known_currency(following):
                    return code
    return ""


def currency_behind_amounts(preamble: Iterable[Record]) -> str:
    """The currency in a cell of its own behind an amount, as `Saldo;1.234,56;EUR`."""
    for record in preamble:
        for index, cell in enumerate(record.cells):
            if any(map(amount_like, record.cells[:index])) and (code := known_currency(cell)):
                return code
    return ""


def own_number(preamble: Sequence[Record], *, name: str) -> str:
    """The account's number from the lines before the heading, else an IBAN in them or in the file's name; or "".

    Where the lines only have its end behind stars (`FlexDirect ****9913`), and one such end, it is that end.
    """
    for record in preamble:
        for index, cell in enumerate(record.cells):
            label, _, rest = cell.partition(":")
            if not _OWN.match(folded(label)):
                continue
            following = rest.strip() or next((other for other in record.cells[index + 1 :] if other), "")
            number = iban_in(following) or bare_number(re.sub(r"^[:_\s]+|[*•]+", "", following.split("/")[0]))
            if sum(map(str.isdigit, number)) >= 4 and len(number) <= 34:
                return number
    for record in preamble:
        for cell in record.cells:
            if found := iban_in(cell):
                return found
    ends = {end for record in preamble for cell in record.cells for end in _MASKED.findall(cell)}
    if len(ends) == 1:
        end, more = ends.pop()
        if not more:
            return str(end)
    return iban_in(re.sub(r"[_\-.]+", " ", name))
