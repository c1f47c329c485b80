"""OFX and QFX files: SGML of version 1, XML of version 2, and what banks make of them."""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from fintwin.kernel.errors import Invalid
from fintwin.kernel.money import currency
from fintwin.statements.amounts import decimal_sign, fitted, read_amount
from fintwin.statements.dates import read_date
from fintwin.statements.numbers import bare_number
from fintwin.statements.ofx_tokens import Token, tokens
from fintwin.statements.recognised import Chosen, Example, Recognised
from fintwin.statements.records import RAW
from fintwin.statements.statement import CUT, MOST_ROWS, Balance, Fault, LeftOut, Row, Statement

_MOST_ACCOUNTS = 100
_STATEMENTS = {"STMTRS": "", "CCSTMTRS": "credit", "INVSTMTRS": "investment"}
_KINDS = {"CHECKING": "checking", "SAVINGS": "savings", "MONEYMRKT": "savings", "CREDITLINE": "credit", "CD": "savings"}
_ACCOUNTS = frozenset({"BANKACCTFROM", "CCACCTFROM", "INVACCTFROM"})
_BLOCKS = _ACCOUNTS | {"BANKACCTTO", "CCACCTTO", "LEDGERBAL", "AVAILBAL", "PAYEE", "CURRENCY", "ORIGCURRENCY", "FI"}
_OUT = frozenset({"DEBIT", "CHECK", "DIRECTDEBIT", "ATM", "POS", "FEE", "SRVCHG"})


@dataclass(slots=True)
class _Row:
    """What one STMTTRN says, by tag; the tags of blocks inside it are written `BLOCK.TAG`."""

    at: int
    end: int
    values: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Account:
    """What one statement says; tags of blocks are written `BLOCK.TAG`."""

    kind: str
    values: dict[str, str] = field(default_factory=dict)
    rows: list[_Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Place:
    """What all rows of one statement share."""

    number: str
    currency: str
    recognised: Recognised


@dataclass(slots=True)
class _File:
    bank: str = ""
    accounts: list[_Account] = field(default_factory=list)


def encoding_hint(head: str) -> str:
    """The encoding that an OFX header names, as a key of `encoding.KNOWN`; "" where it names none that helps."""
    found = re.search(r"CHARSET\s*:\s*(?:ISO-)?([\w-]+)", head[:2000]) or re.search(
        r"encoding=[\"']([\w-]+)", head[:300]
    )
    name = found[1].lower() if found else ""
    return {"1252": "cp1252", "8859-1": "cp1252", "1250": "cp1250", "1251": "cp1251", "8859-15": "iso8859-15",
            "iso-8859-1": "cp1252", "windows-1252": "cp1252", "windows-1250": "cp1250"}.get(name, "")  # fmt: skip


def recognise_ofx(text: str, *, name: str, encoding: str, chosen: Chosen) -> Recognised:
    """How an OFX file is to be read, with what was chosen put in place of what was found.

    Raises:
        Invalid: no statement in it (code `no_statement`), or it declares entities (`entities`).
    """
    file = _gathered(text)
    money = [value for value in _money(file) if value]
    decimal = chosen.decimal or decimal_sign(money, digits=_digits(file))
    rows = [row for account in file.accounts for row in account.rows]
    kinds = {row.values.get("TRNTYPE", "").upper() for row in rows}
    unsigned = len(rows) > 1 and bool(kinds & _OUT) and not any("-" in row.values.get("TRNAMT", "") for row in rows)
    numbers = {_number(account) for account in file.accounts}
    found = Recognised(
        name=name,
        format="ofx",
        encoding=encoding,
        decimal=decimal,
        signs="flag" if unsigned else "signed",
        flip=bool(chosen.flip),
        currency=chosen.currency or next((coin for account in file.accounts if (coin := _currency(account))), ""),
        account=numbers.pop() if len(numbers) == 1 else "",
        bank=file.bank,
    )
    return replace(found, example=_example(file, found))


def _example(file: _File, found: Recognised) -> Example | None:
    for account in file.accounts:
        place = _Place(_number(account), _currency(account) or found.currency, found)
        for one in account.rows:
            try:
                row = _row(one, place, line=0, raw="")
            except Invalid:
                continue
            day = one.values.get("DTPOSTED") or one.values.get("DTUSER", "")
            return Example(day[:60], row.booked, one.values["TRNAMT"][:60], row.amount)
    return None


def read_ofx(text: str, recognised: Recognised) -> tuple[Statement, ...]:
    """Every statement of the file, movements or none.

    Raises:
        Invalid: no statement in it (code `no_statement`), or it declares entities (`entities`).
    """
    file = _gathered(text)
    starts = [0, *(found.end() for found in re.finditer(r"\r\n|\n|\r", text))]
    return tuple(_statement(account, file, text, starts, recognised) for account in file.accounts)


class _Gatherer:
    """Takes the tags of a file one by one; what is left open ends where the next of its kind begins."""

    def __init__(self) -> None:
        self.file = _File()
        self._account: _Account | None = None
        self._row: _Row | None = None
        self._block = ""
        self._count = 0

    def take(self, token: Token) -> None:
        """One tag, opening, closing, or with its value."""
        if token.name in _STATEMENTS:
            self._begin_statement(token)
        elif token.name == "STMTTRN":
            self._begin_row(token)
        elif token.name in _BLOCKS:
            self._block = "" if token.closing else token.name
        elif token.name == "BANKTRANLIST":
            self._row, self._block = None, ""
        elif token.value:
            self._keep(token)

    def _begin_statement(self, token: Token) -> None:
        self._row, self._block, self._account = None, "", None
        if not token.closing:
            if len(self.file.accounts) >= _MOST_ACCOUNTS:
                raise Invalid(f"it has more than {_MOST_ACCOUNTS} accounts.", code="too_many_accounts", field="file")
            self._account = _Account(_STATEMENTS[token.name])
            self.file.accounts.append(self._account)

    def _begin_row(self, token: Token) -> None:
        self._row, self._block = None, ""
        if token.closing or self._account is None:
            return
        self._count += 1
        if self._count > MOST_ROWS:
            raise Invalid(f"it has more than {MOST_ROWS:,} rows.", code="too_many_rows", field="file")
        self._row = _Row(token.at, token.end)
        self._account.rows.append(self._row)

    def _keep(self, token: Token) -> None:
        name = f"{self._block}.{token.name}" if self._block else token.name
        if name in ("FI.ORG", "ORG"):
            self.file.bank = self.file.bank or token.value[:100]
        elif self._row is not None:
            self._row.values.setdefault(name, token.value)
            self._row.end = token.end
        elif self._account is not None:
            self._account.values.setdefault(name, token.value)


def _gathered(text: str) -> _File:
    if re.search(r"<!(ENTITY|DOCTYPE)", text, re.IGNORECASE):
        raise Invalid("it declares entities of its own, which no bank does.", code="entities", field="file")
    gatherer = _Gatherer()
    for token in tokens(text, begin=_begin(text)):
        gatherer.take(token)
    if not gatherer.file.accounts:
        raise Invalid("it has no bank statement in it.", code="no_statement", field="file")
    return gatherer.file


def _begin(text: str) -> int:
    """Where the OFX element begins; what stands before it is the header."""
    found = re.search(r"<OFX\b", text, re.IGNORECASE)
    return found.start() if found else 0


def _money(file: _File) -> list[str]:
    rows = [row.values.get("TRNAMT", "") for account in file.accounts for row in account.rows]
    return rows + [account.values.get("LEDGERBAL.BALAMT", "") for account in file.accounts]


def _currency(account: _Account) -> str:
    text = account.values.get("CURDEF", "")
    try:
        return currency(text).code
    except Invalid:
        return ""


def _digits(file: _File) -> int:
    codes = {_currency(account) for account in file.accounts} - {""}
    return currency(codes.pop()).digits if len(codes) == 1 else 2


def _number(account: _Account) -> str:
    for block in sorted(_ACCOUNTS):
        if text := account.values.get(f"{block}.ACCTID"):
            return bare_number(text)
    return ""


def _statement(account: _Account, file: _File, text: str, starts: Sequence[int], recognised: Recognised) -> Statement:
    place = _Place(_number(account), _currency(account) or recognised.currency, recognised)
    rows: list[Row] = []
    faults: list[Fault] = []
    left_out: list[LeftOut] = []
    for found in account.rows:
        line = bisect_right(starts, found.at)
        raw = text[found.at : min(found.end, found.at + RAW)].strip()
        try:
            rows.append(_row(found, place, line=line, raw=raw))
        except Invalid as fault:
            if fault.code == "nothing_moved":
                left_out.append(LeftOut(line, fault.sentence, raw))
            else:
                faults.append(_fault(found, place, line=line, raw=raw, sentence=fault.sentence))
    return Statement(
        account=place.number,
        bank=file.bank or account.values.get("BANKACCTFROM.BANKID", ""),
        kind=account.kind or _KINDS.get(account.values.get("BANKACCTFROM.ACCTTYPE", "").upper(), ""),
        currency=place.currency,
        opening=None,
        closing=_closing(account, decimal=recognised.decimal),
        rows=tuple(rows),
        faults=tuple(faults),
        left_out=tuple(left_out),
    )


def _closing(account: _Account, *, decimal: str) -> Balance | None:
    """The ledger balance; a file without one, or with one that cannot be read, has none."""
    text = account.values.get("LEDGERBAL.BALAMT", "")
    try:
        amount = read_amount(text, decimal=decimal)
    except Invalid:
        return None
    try:
        return Balance(amount, _day(account.values.get("LEDGERBAL.DTASOF", "")))
    except Invalid:
        return Balance(amount, None)


def _day(text: str) -> date:
    """The literal day: `20230301233000[-5:EST]` is 1 March, whatever the offset would make of it."""
    if not text:
        raise Invalid("The date is missing.", code="date_missing", field="booked")
    return read_date(text[:8] if text[:8].isascii() and text[:8].isdigit() else text, order="ymd")


def _row(found: _Row, place: _Place, *, line: int, raw: str) -> Row:
    values = found.values
    booked = _day(values.get("DTPOSTED", "") or values.get("DTUSER", ""))
    text = values.get("TRNAMT", "")
    if not text:
        raise Invalid("The amount is missing.", code="amount_missing", field="amount")
    amount = read_amount(text, decimal=place.recognised.decimal)
    outward = place.recognised.signs == "flag" and values.get("TRNTYPE", "").upper() in _OUT
    amount, note = fitted(-amount if outward != place.recognised.flip else amount, of=place.currency)
    try:
        value = _day(values["DTAVAIL"]) if "DTAVAIL" in values else booked
    except Invalid:
        value = booked
    return Row(
        line=line,
        account=place.number,
        booked=booked,
        value=value,
        amount=amount,
        currency=place.currency,
        payee=_payee(values),
        payee_account=bare_number(values.get("BANKACCTTO.ACCTID", "") or values.get("CCACCTTO.ACCTID", "")),
        purpose=values.get("MEMO", "")[: CUT["purpose"]],
        reference=values.get("FITID", "")[: CUT["reference"]],
        end_to_end=values.get("REFNUM", "")[: CUT["end_to_end"]],
        balance=None,
        note=note,
        raw=raw,
    )


def _payee(values: Mapping[str, str]) -> str:
    return (values.get("NAME") or values.get("PAYEE.NAME", ""))[: CUT["payee"]]


def _fault(found: _Row, place: _Place, *, line: int, raw: str, sentence: str) -> Fault:
    return Fault(
        line=line,
        sentence=sentence,
        account=place.number,
        booked=found.values.get("DTPOSTED", "")[:60],
        amount=found.values.get("TRNAMT", "")[:40],
        currency=place.currency,
        payee=_payee(found.values),
        purpose=found.values.get("MEMO", "")[: CUT["purpose"]],
        raw=raw,
    )
