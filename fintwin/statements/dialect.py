"""The dialect of a delimited file, sniffed once: delimiter, heading, and what each column holds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, permutations

from fintwin.kernel.errors import Invalid
from fintwin.statements.amounts import amount_like, decimal_sign, read_amount
from fintwin.statements.dates import date_like
from fintwin.statements.headings import ROLES, UNUSED, meanings
from fintwin.statements.numbers import bare_number
from fintwin.statements.records import Record, records

DELIMITERS = {";": "semicolons", ",": "commas", "\t": "tabs", "|": "bars"}
"""Delimiters that may be chosen, and their names for people."""

_OUT = (
    "d dr db debit debet dbit s soll af out outflow withdrawal - debito débito debe cargo dare uscita udgift débit "
    "expense ausgang lastschrift belastung uit paid_out"
)
_IN = (
    "c cr credit crdt h haben bij in inflow deposit + kredit credito crédito abono haber avere entrata crédit income "
    "eingang gutschrift paid_in k"
)
_DIRECTIONS = dict.fromkeys(_OUT.split(), False) | dict.fromkeys(_IN.split(), True)

_SAMPLE = 400
_PREAMBLE = 60
_CODE = frozenset({"€", "$", "£"})


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the rows of a file are and what their cells mean; lines are counted from 1."""

    delimiter: str
    quoted: bool
    header: int
    first: int
    width: int
    columns: tuple[str, ...]
    headings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Column:
    """Shares of what a column's filled cells look like."""

    filled: int
    dates: float
    amounts: float
    flags: float
    currencies: float
    distinct: int
    decimals: bool

    @classmethod
    def of(cls, cells: Sequence[str]) -> "_Column":
        filled = [cell for cell in cells if cell]
        share = 1 / len(filled) if filled else 0.0
        dates = sum(map(date_like, filled))
        return cls(
            filled=len(filled),
            dates=dates * share,
            amounts=sum(map(amount_like, filled)) * share,
            flags=sum(direction(cell) is not None for cell in filled) * share,
            currencies=sum((len(cell) == 3 and cell.isalpha() and cell.isupper()) or cell in _CODE for cell in filled)
            * share,
            distinct=len(set(filled)),
            decimals=any(char in cell for cell in filled for char in ".,+-"),
        )


def direction(cell: str) -> bool | None:
    """True for an inflow's flag (C, Haben, Bij), False for an outflow's, None for anything else."""
    return _DIRECTIONS.get(cell.casefold().strip(" .").replace(" ", "_"))


def layout(text: str, *, delimiter: str = "", columns: Mapping[int, str] | None = None) -> Layout:
    """The layout that gives the most rows with a date and an amount; quotes enclose cells unless rows get lost by it.

    Args:
        delimiter: where it was chosen. columns: roles that were chosen, by index; they win over those recognised.

    Raises:
        Invalid: no line of the file has both a date and an amount (code `no_rows`), or a chosen value is unknown.
    """
    if delimiter and delimiter not in DELIMITERS:
        raise Invalid("Choose one of the delimiters offered.", code="unknown_delimiter", field="delimiter")
    found: list[tuple[int, int, Layout]] = []
    first_fault: Invalid | None = None
    for candidate in [delimiter] if delimiter else DELIMITERS:
        tried: list[tuple[int, int, Layout]] = []
        for quoted in (True, False):
            try:
                sample = list(islice(records(text, delimiter=candidate, quoted=quoted), _SAMPLE + _PREAMBLE))
                seen = _layout(sample, candidate, quoted)
            except Invalid as fault:
                if fault.code == "line_too_long":
                    raise
                first_fault = first_fault or fault
            else:
                tried += [seen] if seen else []
        if tried:
            found.append(max(tried, key=lambda item: item[0]))
    if not found:
        if first_fault:
            raise first_fault
        raise Invalid(
            "no line has both a date and an amount, so this is no list of transactions.", code="no_rows", field="file"
        )
    best = max(found, key=lambda item: item[:2])[2]
    return _changed(best, columns or {})


def _changed(seen: Layout, columns: Mapping[int, str]) -> Layout:
    """The layout with chosen roles; a role that was given away is taken from the column that had it."""
    roles = list(seen.columns)
    for index, role in columns.items():
        if role not in ROLES and role != UNUSED:
            raise Invalid("Choose one of the meanings offered.", code="unknown_role", field="columns")
        if not 0 <= index < len(roles):
            continue
        if role not in (UNUSED, "purpose"):
            roles = [UNUSED if had == role else had for had in roles]
        roles[index] = role
    return Layout(seen.delimiter, seen.quoted, seen.header, seen.first, seen.width, tuple(roles), seen.headings)


def _is_row(record: Record) -> bool:
    return any(map(date_like, record.cells)) and any(amount_like(cell) and not date_like(cell) for cell in record.cells)


def _layout(sample: Sequence[Record], delimiter: str, quoted: bool) -> tuple[int, int, Layout] | None:
    """Rows that look right, headings known, and the layout; None where nothing looks like rows."""
    rows = [record for record in sample if len(record.cells) >= 2 and _is_row(record)]
    heading, roles_known = _heading(sample, rows)
    if not rows and roles_known < 3:
        return None
    if rows:
        width = Counter(len(record.cells) for record in rows).most_common(1)[0][0]
    elif heading:
        width = len(heading.cells)
    if heading:
        data = [record for record in sample if record.line > heading.line and not record.empty]
        width = max(width, len(heading.cells))
    else:
        data = [record for record in rows if len(record.cells) == width]
    if not data:
        raise Invalid("there is a heading but no row under it.", code="no_rows", field="file")
    headings = tuple(heading.cells) + ("",) * (width - len(heading.cells)) if heading else ("",) * width
    body = [record for record in data if _is_row(record)] or data
    contents = [
        _Column.of([record.cells[index] if index < len(record.cells) else "" for record in body])
        for index in range(width)
    ]
    columns = _roles(headings, contents, body)
    if not ({"amount"} & set(columns) or {"debit", "credit"} & set(columns)) or "booked" not in columns:
        return None
    same = sum(len(record.cells) == width or bool(heading) for record in rows)
    first = data[0].line
    return (
        same,
        roles_known + width,
        Layout(delimiter, quoted, heading.line if heading else 0, first, width, columns, headings),
    )


def _heading(sample: Sequence[Record], rows: Sequence[Record]) -> tuple[Record | None, int]:
    """The record before the first row whose cells are names of columns, and how many of them are known."""
    end = rows[0].line if rows else sample[-1].line + 1 if sample else 0
    width = Counter(len(record.cells) for record in rows).most_common(1)[0][0] if rows else 0
    best: Record | None = None
    known = 0
    before = [record for record in sample if record.line < end and len(record.cells) >= 2]
    for record in before:
        roles = {found[0][0] for cell in record.cells if cell and (found := meanings(cell))} - {UNUSED}
        wordy = not any(date_like(cell) or (amount_like(cell) and any(map(str.isdigit, cell))) for cell in record.cells)
        if wordy and len(roles) >= max(2, known) and {"booked", "value"} & roles:
            best, known = record, len(roles)
    if best is None and before and rows:
        last = before[-1]
        filled = [cell for cell in last.cells if cell]
        if len(last.cells) == width and len(filled) >= 2 and len(filled) * 2 >= width:
            plain = not any(date_like(cell) or amount_like(cell) for cell in filled)
            if plain and len(set(filled)) == len(filled):
                return last, 0
    return best, known


def _fits(role: str, column: _Column) -> bool:
    """Whether a column's cells can hold what its heading says; an empty column can hold nothing but words."""
    if role in ("booked", "value"):
        return column.filled > 0 and column.dates >= 0.5
    if role in ("amount", "debit", "credit", "balance", "fee"):
        return column.filled > 0 and column.amounts >= 0.5 and column.dates < 0.9
    if role == "flag":
        return column.filled > 0 and column.flags >= 0.9
    if role == "currency":
        return column.filled > 0 and column.currencies >= 0.8
    if role == "payee":
        # An explicit column for the other side may be empty; a column just called "name" is then one's own.
        return column.dates < 0.9
    return column.filled > 0 and (role in ("account", "payee_account", "reference") or column.dates < 0.9)


def _roles(headings: Sequence[str], contents: Sequence[_Column], body: Sequence[Record]) -> tuple[str, ...]:
    """One role for each column: by its heading where the cells bear it out, by its cells where no heading tells."""
    roles = [UNUSED] * len(headings)
    wishes = sorted(
        (-1 if role == "flag" else place, index, role)
        for index, heading in enumerate(headings)
        for role, place in meanings(heading)
        if _fits(role, contents[index]) or role == UNUSED
    )
    settled: set[int] = set()
    taken: set[str] = set()
    for _place, index, role in wishes:
        if index in settled or (role in taken and role not in ("purpose", UNUSED)):
            continue
        roles[index] = role
        settled.add(index)
        if role != UNUSED:
            taken.add(role)
    _own_or_other(roles, headings, contents)
    _by_content(roles, headings, contents, body)
    if "amount" in roles and {"debit", "credit"} & set(roles):
        # A total beside its two parts says the same thing twice; the column with the more entries is the whole.
        whole = contents[roles.index("amount")].filled
        parts = sum(contents[roles.index(role)].filled for role in ("debit", "credit") if role in roles)
        drop = ("debit", "credit") if whole >= parts else ("amount",)
        roles = [UNUSED if role in drop else role for role in roles]
    if "flag" in roles and "amount" not in roles:
        roles = [UNUSED if role == "flag" else role for role in roles]
    return tuple(roles)


def _own_or_other(roles: list[str], headings: Sequence[str], contents: Sequence[_Column]) -> None:
    """A column just called "account" is the other side's where it varies after a payee, or where the own one is there."""
    accounts = [
        index for index, heading in enumerate(headings) if any(role == "account" for role, _ in meanings(heading))
    ]
    if "account" not in roles:
        return
    own = roles.index("account")
    payee = roles.index("payee") if "payee" in roles else len(roles)
    if own > payee and "payee_account" not in roles and (contents[own].distinct > 1 or own == payee + 1):
        roles[own] = "payee_account"
    for other in accounts:
        if other != own and roles[other] == UNUSED and "payee_account" not in roles and contents[other].filled:
            roles[other] = "payee_account"


def _by_content(roles: list[str], headings: Sequence[str], contents: Sequence[_Column], body: Sequence[Record]) -> None:
    """Give the roles that headings left open to columns whose cells tell."""
    open_columns = [
        index
        for index, role in enumerate(roles)
        if role == UNUSED and contents[index].filled and not any(r == UNUSED for r, _ in meanings(headings[index]))
    ]
    unnamed = [index for index in open_columns if not meanings(headings[index])]
    dated = [index for index in unnamed if contents[index].dates >= 0.8]
    for role in ("booked", "value"):
        if role not in roles and dated:
            roles[dated.pop(0)] = role
    if "booked" not in roles and "value" in roles:
        roles[roles.index("value")] = "booked"
    numeric = [
        index
        for index in unnamed
        if roles[index] == UNUSED and contents[index].amounts >= 0.8 and contents[index].dates < 0.5
    ]
    if not {"amount", "debit", "credit"} & set(roles):
        _money_by_content(roles, numeric, contents, body)
    for index in unnamed:
        if roles[index] != UNUSED:
            continue
        if "flag" not in roles and contents[index].flags >= 0.9 and contents[index].distinct <= 2:
            roles[index] = "flag"
        elif "currency" not in roles and contents[index].currencies >= 0.9 and contents[index].distinct <= 3:
            roles[index] = "currency"
        elif not headings[index] and _account_like(index, body) and "account" not in roles:
            roles[index] = "account"
    if not {"purpose", "payee"} & set(roles):
        words = [
            index
            for index in range(len(roles))
            if roles[index] == UNUSED
            and contents[index].amounts < 0.5
            and contents[index].dates < 0.5
            and contents[index].filled
        ]
        for index in words if not any(headings) else words[:1]:
            roles[index] = "purpose"


def _account_like(index: int, body: Sequence[Record]) -> bool:
    """Whether every row has the same number of six digits or more here."""
    seen = {record.cells[index] for record in body if index < len(record.cells)}
    only = bare_number(next(iter(seen))) if len(seen) == 1 else ""
    return sum(map(str.isdigit, only)) >= 6 and len(only) <= 34


def _money_by_content(
    roles: list[str], numeric: Sequence[int], contents: Sequence[_Column], body: Sequence[Record]
) -> None:
    """Amount, debit and credit, and balance among columns of numbers that no heading explains."""
    likely = [index for index in numeric if contents[index].decimals] or list(numeric)
    cells = {index: [record.cells[index] if index < len(record.cells) else "" for record in body] for index in likely}
    for one in likely:
        for other in likely:
            if one < other and all(bool(a) != bool(b) for a, b in zip(cells[one], cells[other], strict=True)):
                roles[one], roles[other] = "debit", "credit"
                rest = [index for index in likely if index > other]
                if rest:
                    roles[rest[0]] = "balance"
                return
    full = [index for index in likely if contents[index].filled == len(body)]
    if not full:
        full = sorted(likely, key=lambda index: -contents[index].filled)[:1]
    if 3 <= len(full) <= 8:
        found = _moved_between(full, cells)
        if found:
            amount, after = found
            roles[amount], roles[after] = "amount", "balance"
            return
    if full:
        signed = [index for index in full if any("-" in cell or "−" in cell for cell in cells[index])]
        amount = signed[0] if signed else full[0]
        roles[amount] = "amount"
        rest = [index for index in full if index > amount]
        if rest:
            roles[rest[-1]] = "balance"


def _moved_between(full: Sequence[int], cells: Mapping[int, Sequence[str]]) -> tuple[int, int] | None:
    """The columns (amount, balance after) where balance before + amount = balance after on every row.

    The sum does not tell the balance before from the amount; what stands left of its own balance after is the
    balance before.
    """
    sign = decimal_sign(cell for index in full for cell in cells[index])
    try:
        read = {index: [read_amount(cell, decimal=sign) for cell in cells[index]] for index in full}
    except Invalid:
        return None
    for before, after, amount in permutations(full, 3):
        adds = all(b + a == c for b, a, c in zip(read[before], read[amount], read[after], strict=True))
        if adds and before + 1 == after and any(read[amount]):
            return amount, after
    return None
