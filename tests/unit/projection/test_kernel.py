"""The kernel against a plain numpy one, the exact line and the invariants of a projection."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal as D

import numpy as np
import pytest

from fintwin.projection import exact
from fintwin.projection.arrays import arrays
from fintwin.projection.compile import Changes, Flow, Growth, Move, RateShift, compiled
from fintwin.projection.paths import NEVER, opening
from fintwin.projection.run import run
from fintwin.projection.shocks import bank, model
from fintwin.projection.snapshot import Account, Assumptions, Kind, Rest, Snapshot, calm
from tests.unit.projection.household import TODAY, household, oracle, stream

EVERYTHING = Changes(
    flows=(
        Flow("trip", D(-2500), date(2027, 6, 1)),
        Flow("raise", D(100), date(2027, 2, 1), every="month", indexed=True),
    ),
    rates=(RateShift("rates", D("0.02"), date(2027, 5, 1), (Kind.SAVINGS, Kind.CREDIT, Kind.LOAN)),),
    growths=(Growth("market", D("0.04"), date(2028, 1, 1)),),
    moves=(
        Move("fund", D(120), date(2027, 1, 1), Kind.SAVINGS, monthly=True, target=D(9000)),
        Move("invest", D(3000), date(2027, 3, 1), Kind.INVESTMENT),
    ),
)


def paths_of(snapshot, *, months=120, paths=2048, changes=None, seed=7, real=False, limit=D(0), **how):
    program = compiled(snapshot, months=months, changes=changes or Changes(), limit=limit)
    told = arrays(program)
    shocks = bank(model(program, seed=seed, paths=paths))
    return run(told, shocks, opening(told, months=months, paths=paths), real=real, **how), told, shocks


@pytest.mark.parametrize("changes", [Changes(), EVERYTHING], ids=["baseline", "everything"])
def test_agrees_with_a_plain_numpy_kernel(changes):
    out, told, shocks = paths_of(household(), months=240, changes=changes)
    worth, cash, first = oracle(told, shocks)
    size = np.abs(worth).max()
    assert np.abs(out.worth - worth).max() / size < 1e-5
    assert np.abs(out.cash - cash).max() / size < 1e-5
    assert np.mean(out.first_short != first) < 1e-3
    assert 0.02 < np.mean(first < NEVER) < 0.98


@pytest.mark.parametrize("changes", [Changes(), EVERYTHING], ids=["baseline", "everything"])
def test_without_chance_every_path_is_the_exact_line(changes):
    still = calm(household())
    line = exact.run(compiled(still, months=360, changes=changes))
    out, *_ = paths_of(still, months=360, paths=1024, changes=changes)
    size = max(abs(float(value)) for value in line.worth)
    for told, wanted in ((out.worth, line.worth), (out.cash, line.cash)):
        assert np.ptp(told, axis=1).max() == 0
        assert np.abs(told[:, 0] - np.array(wanted[1:], dtype=float)).max() < 1e-5 * size + 0.25


def test_the_exact_line_does_not_depend_on_chance():
    still, lively = (exact.run(compiled(books, months=60)) for books in (calm(household()), household()))
    assert still == lively


def test_same_seed_same_bytes_with_any_number_of_threads():
    one, *_ = paths_of(household(), real=True)
    with ThreadPoolExecutor(3) as pool:
        three, *_ = paths_of(household(), real=True, pool=pool, threads=3)
    other, *_ = paths_of(household(), real=True, seed=8)
    assert all(left.tobytes() == right.tobytes() for left, right in zip(one, three, strict=True))
    assert one.worth.tobytes() != other.worth.tobytes()


def test_splitting_the_horizon_gives_the_same_path():
    whole, told, shocks = paths_of(household(), changes=EVERYTHING)
    split = opening(told, months=120, paths=2048)
    run(told, shocks, split, real=False, months=(0, 37))
    run(told, shocks, split, real=False, months=(37, 120))
    assert all(left.tobytes() == right.tobytes() for left, right in zip(whole, split, strict=True))


def test_fewer_months_are_the_beginning_of_more():
    long, *_ = paths_of(household(), months=120)
    short, *_ = paths_of(household(), months=48)
    assert np.array_equal(long.cash[:48], short.cash)


def test_more_spending_never_helps_on_any_path():
    before = None
    for extra in (0, 40, 120, 400):
        out, *_ = paths_of(household(extra=extra))
        if before is not None:
            assert np.all(out.first_short <= before.first_short)
            assert np.all(out.worth <= before.worth + 0.5)
        before = out


@pytest.mark.parametrize("scale", [2, 1024])
def test_all_money_times_k_gives_all_results_times_k(scale):
    one, *_ = paths_of(household())
    many, *_ = paths_of(household(scale=scale))
    assert np.array_equal(one.first_short, many.first_short)
    assert np.array_equal(one.worth * np.float32(scale), many.worth)


def test_changes_of_nothing_leave_every_bit():
    nothing = Changes(
        flows=(Flow("none", D(0), date(2027, 6, 1)),),
        rates=(RateShift("none", D(0), date(2027, 5, 1), (Kind.LOAN,)),),
        growths=(Growth("none", Assumptions().market_mean, date(2027, 5, 1)),),
        moves=(Move("none", D(0), date(2027, 6, 1), Kind.SAVINGS, monthly=True),),
    )
    plain, *_ = paths_of(household())
    same, *_ = paths_of(household(), changes=nothing)
    assert all(left.tobytes() == right.tobytes() for left, right in zip(plain, same, strict=True))


def test_every_month_is_conserved_exactly():
    program = compiled(household(), months=240, changes=EVERYTHING)
    line = exact.run(program)
    assert line.worth[-1] - line.worth[0] == sum(line.causes.values())
    for months in (1, 17, 100):
        part = exact.run(compiled(household(), months=months, changes=EVERYTHING))
        assert part.worth == line.worth[: months + 1]
        assert part.worth[-1] - part.worth[0] == sum(part.causes.values())


def test_moving_money_inside_the_books_changes_no_net_worth():
    still = bare(
        Account("giro", "Checking", Kind.CASH, D(900)),
        Account("s", "Savings", Kind.SAVINGS, D(100)),
        streams=(stream("wages", 100),),
        assumptions=Assumptions(savings_rate=D(0)),
    )
    aside = Changes(moves=(Move("m", D(50), TODAY, Kind.SAVINGS, monthly=True),))
    moved, left = (exact.run(compiled(still, months=12, changes=changes)) for changes in (aside, Changes()))
    assert moved.worth == left.worth
    assert moved.balances[-1][1] == D(700)


def bare(*accounts, **more):
    return Snapshot(TODAY, "EUR", 2, accounts, more.pop("streams", ()), Rest(known=False), **more)


def test_a_lump_sum_grows_as_its_formula():
    books = bare(Account("f", "Fund", Kind.INVESTMENT, D(10000)))
    line = exact.run(compiled(books, months=120))
    assert abs(line.worth[-1] - D(10000) * D("1.06") ** 10) < D("0.50")
    saved = exact.run(compiled(bare(Account("s", "Savings", Kind.SAVINGS, D(10000))), months=12))
    assert abs(saved.worth[-1] - D(10000) * (1 + D("0.015") / 12) ** 12) < D("0.05")


def test_a_loan_is_repaid_by_its_annuity_to_the_cent():
    books = bare(
        Account("giro", "Checking", Kind.CASH, D(50000)),
        Account("loan", "Loan", Kind.LOAN, D(-20000)),
        assumptions=Assumptions(loan_rate=D("0.06"), loan_months=48),
    )
    line = exact.run(compiled(books, months=60))
    rate = D("0.06") / 12
    payment = D(20000) * rate / (1 - (1 + rate) ** -48)
    paid = [before[0] - after[0] for before, after in zip(line.balances, line.balances[1:], strict=False)]
    assert all(abs(amount - payment) <= D("0.01") for amount in paid[:48])
    assert paid[48:] == [D(0)] * 12
    assert line.balances[48][1] == 0
    assert abs(sum(paid) - 48 * payment) < D("0.10")


def test_a_fixed_payment_ends_with_what_is_left():
    books = bare(
        Account("giro", "Checking", Kind.CASH, D(50000)), Account("loan", "Loan", Kind.LOAN, D(-1000), payment=D(300))
    )
    line = exact.run(compiled(books, months=6))
    paid = [before[0] - after[0] for before, after in zip(line.balances, line.balances[1:], strict=False)]
    assert paid[:3] == [D(300)] * 3
    assert D(100) < paid[3] < D(120)
    assert paid[4:] == [D(0)] * 2


def test_investments_have_the_moments_of_a_geometric_brownian_motion():
    out, *_ = paths_of(bare(Account("f", "Fund", Kind.INVESTMENT, D(10000))), months=120, paths=20000)
    last = out.worth[-1].astype(float)
    mean, spread = 10000 * 1.06**10, 0.15 * 10**0.5
    assert abs(last.mean() / mean - 1) < 0.01
    assert abs(np.log(last).std() / spread - 1) < 0.02
    assert abs(np.log(last).mean() - (np.log(mean) - spread**2 / 2)) < 0.01


def test_pure_inflation_leaves_real_quantities_alone():
    streams = (stream("wages", 2000, spread=0.0), stream("rent", -2000))
    worth = []
    for inflation in ("0", "0.05"):
        said = Assumptions(
            inflation=D(inflation),
            inflation_volatility=D(0),
            market_mean=D(inflation),
            prior_spread=D(0),
            market_volatility=D(0),
        )
        books = bare(Account("f", "Fund", Kind.INVESTMENT, D(10000)), streams=streams, assumptions=said)
        worth.append(paths_of(books, months=240, paths=64, real=True)[0].worth)
    assert np.abs(worth[0] - worth[1]).max() < 0.5


def test_what_cannot_be_paid_is_counted_and_settled_later():
    books = bare(
        Account("giro", "Checking", Kind.CASH, D(100)),
        assumptions=Assumptions(inflation=D(0), inflation_volatility=D(0)),
    )
    changes = Changes(flows=(Flow("bill", D(-400), date(2026, 12, 1)), Flow("gift", D(1000), date(2027, 2, 1))))
    line = exact.run(compiled(books, months=4, changes=changes))
    assert line.short == {0: D(300)}
    assert line.first_short() == 0
    assert line.cash == (D(100), D(-300), D(-300), D(700), D(700))
    out, *_ = paths_of(books, months=4, paths=64, changes=changes)
    assert set(out.first_short) == {0.0}
    assert set(out.deepest) == {300.0}


def test_accounts_pay_in_their_order():
    books = bare(
        Account("giro", "Checking", Kind.CASH, D(100)),
        Account("s", "Savings", Kind.SAVINGS, D(100)),
        Account("f", "Fund", Kind.INVESTMENT, D(100)),
        Account("c", "Card", Kind.CREDIT, D(0), credit_limit=D(100)),
        assumptions=Assumptions(savings_rate=D(0), market_mean=D(0), credit_rate=D(0)),
    )
    for bill, left in ((150, (0, 50, 100, 0)), (250, (0, 0, 50, 0)), (350, (0, 0, 0, -50)), (450, (0, 0, 0, -100))):
        line = exact.run(compiled(books, months=1, changes=Changes(flows=(Flow("bill", D(-bill), TODAY),))))
        assert line.balances[1] == tuple(D(value) for value in left)
        assert line.short == ({0: D(50)} if bill == 450 else {})


def test_an_account_that_is_overdrawn_today_is_not_short_for_that():
    line = exact.run(compiled(bare(Account("giro", "Checking", Kind.CASH, D(-250))), months=3))
    assert line.short == {}


def test_the_stated_income_stands_in_for_an_empty_history():
    books = bare(Account("giro", "Checking", Kind.CASH, D(0)), income=D(2000), assumptions=Assumptions(inflation=D(0)))
    assert exact.run(compiled(books, months=12)).worth[-1] == D(24000)
    assert compiled(books, months=12).income_spread == pytest.approx(0.377)


def test_under_six_months_the_prior_widens_the_pool_but_keeps_its_mean():
    pool = compiled(household(months=2), months=1).pool
    own = household(months=2).rest.months
    assert len(pool) == 6
    assert abs(sum(pool) / 6 - sum(own) / 2) < D("0.01")
    assert compiled(household(months=9), months=1).pool == household(months=9).rest.months
