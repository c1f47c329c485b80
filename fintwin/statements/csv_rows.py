"""Records of a recognised delimited file to movements, faults and lines that are none."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import currency
from fintwin.statements.amounts import fitted, read_amount
from fintwin.statements.beside import known_currency, stated_balance, tells_balance, tells_opening
from fintwin.statements.dates import date_like, read_date
from fintwin.statements.dialect import direction
from fintwin.statements.headings import folded
from fintwin.statements.numbers import bare_number
from fintwin.statements.recognised import Example, Recognised
from fintwin.statements.records import Record
from fintwin.statements.sepa import parted
from fintwin.statements.statement import CUT, Fault, LeftOut, Row

_WAITING = re.compile(
    r"\b(pending|vorgemerkt|vormerkung|offen|unbooked|authori[sz]ed|in behandeling|gereserveerd|en attente|a venir"
    r"|pendiente|retenido|in attesa|non contabilizzat\w+|pendente|reserverad|reserveret|reservert|varaus|oczekujac\w+)\b"
)
_UNDONE = re.compile(
    r"\b(reverted|declined|failed|cancel\w*|rejected|storniert|abgelehnt|geweigerd|refuse\w*|rechazad\w+|denied|expired)\b"
)
_TOTAL = re.compile(r"(grand |sub ?)?total|summe|totaal|somme|totale|suma|umsatzsumme")
_BALANCE = "A balance, not a movement."
_MONEY = ("amount", "debit", "credit")


class Cells:
    """A record's cells by role."""

    __slots__ = ("_cells", "_first", "_where", "money")

    def __init__(self, cells: Sequence[str], where: Mapping[str, tuple[int, ...]]) -> None:
        many = len(cells)
        self._cells = cells
        self._where = where
        self._first = {role: cells[at[0]] for role, at in where.items() if at[0] < many}
        self.money = [text for role in _MONEY if (text := self._first.get(role))]
        """The filled cells that say how much moved."""

    def get(self, role: str) -> str:
        """The first cell of a role, "" where the record or the file has none."""
        return self._first.get(role, "")

    def joined(self, role: str) -> str:
        """All cells of a role in order, each text once; cells without a letter or digit say nothing."""
        at = self._where.get(role, ())
        if len(at) == 1:
            text = self._first.get(role, "")
            return text if any(map(str.isalnum, text)) else ""
        texts = (self._cells[one] for one in at if one < len(self._cells))
        return " ".join(dict.fromkeys(text for text in texts if any(map(str.isalnum, text))))


def places(columns: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Role -> the columns that have it."""
    return {role: tuple(at for at, had in enumerate(columns) if had == role) for role in dict.fromkeys(columns) if role}


def rows(body: Iterable[Record], recognised: Recognised) -> Iterator[Row | Fault | LeftOut]:
    """What each record is; a record that is not understood is a fault, never passed over."""
    where = places(recognised.columns)
    for record in body:
        cells = Cells(record.cells, where)
        if len(record.cells) > recognised.width and any(record.cells[recognised.width :]):
            sentence = f"This line has {len(record.cells)} cells, the others {recognised.width}."
            yield _fault(record, cells, recognised, sentence=sentence)
        elif reason := _no_movement(record, cells, recognised):
            yield LeftOut(record.line, reason, record.raw)
        else:
            try:
                yield _row(record, cells, recognised)
            except Invalid as fault:
                if fault.code == "nothing_moved":
                    yield LeftOut(record.line, fault.sentence, record.raw)
                else:
                    yield _fault(record, cells, recognised, sentence=fault.sentence)


def example(body: Iterable[Record], recognised: Recognised) -> Example | None:
    """The first row that can be read, beside what the file says; None where there is none."""
    where = places(recognised.columns)
    for record in body:
        for row in rows([record], recognised):
            if isinstance(row, Row):
                cells = Cells(record.cells, where)
                flag = cells.get("flag") if recognised.signs == "flag" else ""
                written = f"{cells.money[0]} {flag}".strip()
                return Example((cells.get("booked") or cells.get("value"))[:60], row.booked, written[:60], row.amount)
    return None


def _no_movement(record: Record, cells: Cells, recognised: Recognised) -> str:
    """Why a record is no booked movement, as a sentence; "" where it is one, readable or not."""
    day = cells.get("booked") or cells.get("value")
    dated = date_like(day)
    status = cells.get("status") if dated else f"{cells.get('status')} {day}"
    if status and (told := _status(folded(status))):
        return told
    words = f"{cells.get('payee')} {cells.joined('purpose')}".strip()
    if dated and cells.money:
        return _BALANCE if tells_opening(words) or words.casefold() == "endsaldo" else ""
    label = words or next(cell for cell in record.cells if cell)
    if stated_balance(record.cells, decimal=recognised.decimal, dates=recognised.dates) or (
        not cells.money and (dated or not day) and (cells.get("balance") or tells_balance(label))
    ):
        # A day and words that name no balance are a movement whose amount is missing, with a balance after it or none.
        return "" if dated and words and not any(map(tells_balance, record.cells)) else _BALANCE
    if not dated and (_TOTAL.match(folded(label)) or not cells.money):
        return "A total, not a movement." if cells.money else "Not a movement: it has no date and no amount."
    return ""


def _status(words: str) -> str:
    """What a status means for a row that is not booked; "" where it is."""
    if found := _WAITING.search(words):
        return f"Not booked yet at the bank ({found[0]})."
    found = _UNDONE.search(words)
    return f"It did not happen ({found[0]})." if found else ""


def _row(record: Record, cells: Cells, recognised: Recognised) -> Row:
    day = cells.get("booked") or cells.get("value")
    if not day:
        raise Invalid("The date is missing.", code="date_missing", field="booked")
    booked = read_date(day, order=recognised.dates)
    named = cells.get("currency")
    coin = (known_currency(named) or currency(named).code) if named else recognised.currency
    amount, note = fitted(_amount(cells, recognised), of=coin)
    sepa = parted(cells.joined("purpose"))
    other = (cells.get("payer") if amount > 0 else "") or cells.get("payee") or cells.get("payer")
    return Row(
        line=record.line,
        account=bare_number(cells.get("account")) or recognised.account,
        booked=booked,
        value=_day_or(cells.get("value"), booked, order=recognised.dates),
        amount=amount,
        currency=coin,
        payee=other[: CUT["payee"]],
        payee_account=bare_number(cells.get("payee_account")),
        purpose=sepa.purpose[: CUT["purpose"]],
        reference=cells.get("reference")[: CUT["reference"]],
        end_to_end=(cells.get("end_to_end") or sepa.end_to_end)[: CUT["end_to_end"]],
        balance=_balance(cells.get("balance"), decimal=recognised.decimal),
        note=note,
        raw=record.raw,
    )


def _day_or(text: str, booked: date, *, order: str) -> date:
    try:
        return read_date(text, order=order) if text else booked
    except Invalid:
        return booked


def _balance(text: str, *, decimal: str) -> Decimal | None:
    try:
        return read_amount(text, decimal=decimal) if text else None
    except Invalid:
        return None


def _amount(cells: Cells, recognised: Recognised) -> Decimal:
    """The signed amount of a row by the file's convention; a fee that is not in it yet is taken off.

    Raises:
        Invalid: unreadable, missing, or a flag that says neither in nor out.
    """
    sign = recognised.decimal
    if not cells.money:
        raise Invalid("The amount is missing.", code="amount_missing", field="amount")
    if recognised.signs == "columns":
        out, came = (abs(read_amount(cells.get(role) or "0", decimal=sign)) for role in ("debit", "credit"))
        amount = came - out
    else:
        amount = read_amount(cells.get("amount"), decimal=sign)
    if recognised.signs == "flag":
        inflow = direction(cells.get("flag"))
        if inflow is None:
            shown = cells.get("flag")[:20]
            raise Invalid(f"“{shown}” says neither in nor out.", code="flag_unreadable", field="amount")
        amount = amount if inflow else -amount
    amount = -amount if recognised.flip else amount
    if recognised.fees_apart and (fee := cells.get("fee")):
        amount -= abs(read_amount(fee, decimal=sign))
    return amount


def _fault(record: Record, cells: Cells, recognised: Recognised, *, sentence: str) -> Fault:
    money = cells.get("amount") or cells.get("credit")
    if not money and cells.get("debit"):
        money = "-" + cells.get("debit").lstrip("-")
    return Fault(
        line=record.line,
        sentence=sentence,
        account=bare_number(cells.get("account")) or recognised.account,
        booked=cells.get("booked")[:60],
        amount=money[:40],
        currency=known_currency(cells.get("currency")) or recognised.currency,
        payee=(cells.get("payee") or cells.get("payer"))[: CUT["payee"]],
        purpose=cells.joined("purpose")[: CUT["purpose"]],
        raw=record.raw,
    )
