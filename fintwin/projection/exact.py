"""The deterministic line: the program run once in Decimal, every amount rounded to the cent, every cause counted."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from fintwin.projection.compile import Program
from fintwin.projection.snapshot import Kind

_ZERO = Decimal(0)
_ONE = Decimal(1)
_LIQUID = (Kind.CASH, Kind.SAVINGS)


@dataclass(frozen=True, slots=True)
class Line:
    """The most likely course. Each tuple begins with today and has one value for the end of each month.

    `worth` and `cash` are in future money, what could not be paid taken off; `index` is the price level (1 today).
    `balances[t]` are those of the accounts. `causes` says what each cause has added to net worth up to the end: they
    sum to its change. `short` is what could not be paid, by month; `undone` what could not be put aside, by cause.
    """

    worth: tuple[Decimal, ...]
    cash: tuple[Decimal, ...]
    index: tuple[Decimal, ...]
    balances: tuple[tuple[Decimal, ...], ...]
    causes: dict[str, Decimal]
    short: dict[int, Decimal]
    undone: dict[str, Decimal]

    def first_short(self) -> int | None:
        """The first month in which something could not be paid."""
        return min(self.short, default=None)


class _Books:
    """Balances under way."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.cent = _ONE.scaleb(-program.digits)
        self.balances = list(program.opening)
        self.kinds = [account.kind for account in program.accounts]
        self.unpaid = _ZERO
        self.index = _ONE
        self.causes: dict[str, Decimal] = defaultdict(Decimal)
        self.short: dict[int, Decimal] = {}
        self.undone: dict[str, Decimal] = defaultdict(Decimal)

    def rounded(self, amount: Decimal) -> Decimal:
        return amount.quantize(self.cent, rounding=ROUND_HALF_EVEN)

    def outside(self, cause: str, account: int, amount: Decimal) -> None:
        """Money from outside the books (above zero) or to it."""
        self.balances[account] += amount
        self.causes[cause] += amount

    def of(self, *kinds: Kind) -> list[int]:
        return [index for index, kind in enumerate(self.kinds) if kind in kinds]

    def spare(self, account: int) -> Decimal:
        return max(self.balances[account] - max(self.program.floors[account], _ZERO), _ZERO)

    def month(self, month: int) -> None:
        """One month: prices, interest and returns, flows, loans, what is short, what is left over."""
        self.index *= self.program.inflation
        self.earn(month)
        for row in self.program.rows:
            amount = row.amounts.get(month)
            if amount is not None:
                grown = amount if row.nature == "nominal" else amount * self.index
                self.outside(row.cause, row.account, self.rounded(grown))
        if self.program.pool:
            mean = sum(self.program.pool, _ZERO) / len(self.program.pool)
            self.outside("rest", self.program.rest_account, self.rounded(mean * self.index))
        self.repay_loans(month)
        self.cover(month)
        self.put_aside(month)
        self.clear()

    def earn(self, month: int) -> None:
        for account, rate in enumerate(self.program.rates[month]):
            balance = self.balances[account]
            kind = self.kinds[account]
            owed = kind in (Kind.CREDIT, Kind.LOAN)
            if rate and ((owed and balance < 0) or (not owed and balance > 0)):
                cause = "returns" if kind is Kind.INVESTMENT else f"interest:{kind.value}"
                self.outside(cause, account, self.rounded(balance * rate))

    def repay_loans(self, month: int) -> None:
        for loan in self.program.loans:
            owed = max(-self.balances[loan.account], _ZERO)
            payment = loan.payment
            if payment is None:
                payment = self.rounded(owed * _share(self.program.rates[month][loan.account], loan.months - month))
            payment = min(payment, owed)
            self.balances[0] -= payment
            self.balances[loan.account] += payment

    def cover(self, month: int) -> None:
        """What is under its floor is filled up from the accounts in order; what is still missing stays unpaid."""
        need = _ZERO
        for account in self.of(Kind.CASH, Kind.SAVINGS, Kind.INVESTMENT, Kind.CREDIT):
            lack = max(self.program.floors[account] - self.balances[account], _ZERO)
            self.balances[account] += lack
            need += lack
        for account in self.of(Kind.CASH, Kind.SAVINGS, Kind.INVESTMENT, Kind.CREDIT):
            floor = self.program.floors[account]
            if self.kinds[account] is not Kind.CREDIT:
                floor = max(floor, _ZERO)
            take = min(max(self.balances[account] - floor, _ZERO), need)
            self.balances[account] -= take
            need -= take
        if need:
            self.unpaid += need
            self.short[month] = need

    def put_aside(self, month: int) -> None:
        for move in self.program.moves:
            amount = move.amounts.get(month, _ZERO)
            if move.target is not None:
                amount = min(amount, max(move.target - self.balances[move.account], _ZERO))
            got = _ZERO
            for account in range(self.of(self.kinds[move.account])[0]):
                give = min(self.spare(account), amount - got)
                self.balances[account] -= give
                got += give
            self.balances[move.account] += got
            if amount > got:
                self.undone[move.cause] += amount - got

    def clear(self) -> None:
        """Spare cash settles what is unpaid, then the cards."""
        cards = self.of(Kind.CREDIT)
        want = self.unpaid + sum((max(-self.balances[card], _ZERO) for card in cards), _ZERO)
        got = _ZERO
        for account in self.of(Kind.CASH):
            give = min(self.spare(account), want - got)
            self.balances[account] -= give
            got += give
        settled = min(got, self.unpaid)
        self.unpaid -= settled
        got -= settled
        for card in cards:
            pay = min(max(-self.balances[card], _ZERO), got)
            self.balances[card] += pay
            got -= pay


def _share(rate: Decimal, months: int) -> Decimal:
    """`arrays.annuity_share` in Decimal."""
    if months <= 1:
        return _ONE
    if not rate:
        return _ONE / months
    return rate / (1 - (1 + rate) ** -months) / (1 + rate)


def run(program: Program) -> Line:
    """The deterministic course of a program: every stream at its level, the rest at its mean, markets at theirs."""
    books = _Books(program)
    liquid = books.of(*_LIQUID)
    worth, cash, index, balances = [], [], [], []
    with localcontext() as context:
        context.prec = 34
        for month in range(-1, program.months):
            if month >= 0:
                books.month(month)
            worth.append(sum(books.balances, -books.unpaid))
            cash.append(sum((books.balances[account] for account in liquid), -books.unpaid))
            index.append(books.index)
            balances.append(tuple(books.balances))
    return Line(
        worth=tuple(worth),
        cash=tuple(cash),
        index=tuple(index),
        balances=tuple(balances),
        causes={cause: total for cause, total in books.causes.items() if total},
        short=books.short,
        undone={cause: left for cause, left in books.undone.items() if left},
    )
