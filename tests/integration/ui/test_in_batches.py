"""What pages do in batches over real books: each batch committed, broken off and gone on with; rates and locks."""

import asyncio
from contextlib import asynccontextmanager
from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from sqlalchemy import text

from fintwin.db.work import perform, work
from fintwin.kernel.clock import system_clock, today
from fintwin.kernel.errors import FinTwinError, Refused
from fintwin.kernel.money import currency
from fintwin.ledger import accounts, categories, conversion, pending, rates, reconciliation, register, service
from fintwin.ledger.posting import Kind, Status
from fintwin.ui import act, state
from fintwin.ui.pages.accounts import archiving
from fintwin.ui.pages.accounts.archiving import Archiving
from fintwin.ui.pages.accounts.reconciling import CompareForm, _compare
from fintwin.ui.pages.transactions import many, movements, waiting
from fintwin.ui.pages.transactions.movements import DepositForm, TransferForm, WithdrawalForm
from fintwin.ui.pages.transactions.waiting import Waiting

DAY = date(2026, 3, 2)


def do(who, call, /, *args, **named):
    return perform(who.person, lambda session: call(session, who, *args, **named))


@pytest.fixture
def maya(person, monkeypatch):
    """Somebody whose handlers run without a browser around them."""
    who = person("Maya")

    @asynccontextmanager
    async def flushed(_state):
        yield

    async def unheard(*_args, **_named):
        return None

    for module in (archiving, waiting, state):
        monkeypatch.setattr(module, "flushing", flushed)
    for module in (archiving, waiting):
        monkeypatch.setattr(module, "notify", unheard)
        monkeypatch.setattr(module, "principal", lambda: who)
    monkeypatch.setattr(act, "principal", lambda: who)
    return who


def opened(who, opening="0", *, of="EUR", custody="tracked", name="Everyday", key="open"):
    with work(who.person) as session:
        return accounts.open_account(
            session,
            who,
            name=name,
            type="checking",
            custody=custody,
            currency=currency(of),
            opening=D(opening),
            opened=date(2026, 1, 1),
            key=f"{key}:{name}",
        )


def announced(who, account, many):
    """So many pending withdrawals of one, written as the door writes them."""
    with work(who.person) as session:
        for number in range(many):
            pending.hold(session, who, kind=Kind.WITHDRAWAL, account=account, amount="1.00", key=f"hold:{number}")


async def run(handler):
    if hasattr(handler, "__aiter__"):
        return [event async for event in handler]
    return await handler


def bare(state):
    return state(_reflex_internal_init=True)


def test_all_of_an_account_is_settled_in_batches_and_goes_on_where_it_broke_off(maya, monkeypatch):
    here = opened(maya, "5000", custody="held")
    announced(maya, here.id, 3000)
    batches = []
    plain = pending.settle_many

    def breaks_off(session, who, *, transactions):
        if len(batches) == 1:
            batches.append(0)
            raise Refused("The power went.", code="away")
        batches.append(len(transactions))
        return plain(session, who, transactions=transactions)

    monkeypatch.setattr(pending, "settle_many", breaks_off)
    asyncio.run(run(Waiting.settle_all.fn(bare(Waiting), str(here.uuid))))
    assert do(maya, pending.count) == 2000
    seen = do(maya, accounts.account, here.id)
    assert (seen.posted, seen.pending) == (D(4000), D(2000))

    tab = bare(Waiting)
    asyncio.run(run(Waiting.settle_all.fn(tab, str(here.uuid))))
    assert batches == [1000, 0, 1000, 1000]
    assert (tab.done, tab.of, tab.progress, tab.running) == (2000, 2000, "2,000 of 2,000", False)
    seen = do(maya, accounts.account, here.id)
    assert (seen.posted, seen.pending, do(maya, pending.count)) == (D(2000), D(0), 0)


def test_old_transactions_are_closed_in_batches_and_only_when_meant(maya, monkeypatch):
    monkeypatch.setattr(archiving, "BATCH", 4)
    here = opened(maya, "100")
    for number in range(9):
        do(maya, service.withdraw, account=here.id, amount="1.00", key=f"w:{number}", booked=DAY)
    do(maya, service.withdraw, account=here.id, amount="1.00", key="later", booked=DAY + timedelta(days=1))
    tab = bare(Archiving)
    for form, code in (
        ({"until": DAY.isoformat()}, "not_sure"),
        ({"until": "2199-01-01", "sure": "on"}, "date_too_late"),
        ({"until": "1990-01-01", "sure": "on"}, "nothing_to_close"),
    ):
        asyncio.run(run(Archiving.close.fn(tab, form)))
        assert tab.problem.code == code
    asyncio.run(run(Archiving.close.fn(tab, {"until": DAY.isoformat(), "sure": "on"})))
    assert (tab.done, tab.many, tab.words, tab.running) == (10, 10, "10 of 10 closed", False)
    page = do(maya, register.page)
    assert [row.status for row in page.rows].count(Status.ARCHIVED) == 10
    assert page.rows[0].status is Status.POSTED


def test_a_transfer_between_currencies_is_a_conversion_and_comes_back_from_the_bin(maya):
    here, dollars = opened(maya, "100"), opened(maya, "0", of="USD", name="Dollars")
    form = TransferForm(account=here.uuid, to=dollars.uuid, amount="100", arrives="")
    with pytest.raises(FinTwinError) as caught:
        do(maya, movements.transfer, form=form, key="a")
    assert (caught.value.code, caught.value.field) == ("nothing_arrives", "arrives")
    done = do(maya, movements.transfer, form=form.model_copy(update={"arrives": "108.70"}), key="a").booked
    sides = do(maya, conversion.sides, transactions=[done.transaction])[done.transaction]
    assert (sides.gave, sides.of.code, sides.got, sides.into.code) == (D(100), "EUR", D("108.70"), "USD")
    do(maya, service.reverse, transaction=done.transaction, key="b")
    assert do(maya, accounts.account, dollars.id).posted == 0
    again = do(maya, service.restore, transaction=done.transaction, key="c")
    assert do(maya, accounts.account, dollars.id).posted == D("108.70")
    assert do(maya, conversion.sides, transactions=[again.transaction])[again.transaction] == sides


def test_what_is_announced_waits_and_comes_back_when_it_was_let_go(maya):
    here = opened(maya, "100", custody="held")
    form = WithdrawalForm(account=here.uuid, amount="40", payee="Hotel", waits="on", expires="2199-01-01")
    done = do(maya, movements.withdraw, form=form, key="a")
    assert done.pending
    assert do(maya, accounts.account, here.id).available == D(60)
    one = do(maya, pending.one, transaction=done.booked.transaction)
    do(maya, pending.void, transaction=one.transaction, reason="Cancelled")
    again = do(maya, pending.again, former=one, key="b")
    there = do(maya, pending.one, transaction=again.transaction)
    assert (there.payee, there.amount, there.expires_at) == ("Hotel", D(40), one.expires_at)
    with pytest.raises(FinTwinError) as caught:
        do(
            maya,
            movements.deposit,
            form=DepositForm(account=here.uuid, amount="1", source="opening", waits="on"),
            key="c",
        )
    assert caught.value.field == "source"


def test_a_statement_that_agrees_locks_and_one_that_differs_says_by_how_much(maya):
    here = opened(maya, "100")
    differs = do(maya, _compare, account=here.uuid, form=CompareForm(day=DAY, balance="90"))
    assert "€10.00 more" in differs.apart
    assert do(maya, accounts.account, here.id).locked_until is None
    assert not do(maya, _compare, account=here.uuid, form=CompareForm(day=DAY, balance="100")).sentence
    assert do(maya, accounts.account, here.id).locked_until == DAY
    form = WithdrawalForm(account=here.uuid, amount="1", booked=DAY.isoformat())
    with pytest.raises(FinTwinError, match="Everyday is reconciled and locked up to March 2, 2026") as caught:
        do(maya, movements.withdraw, form=form, key="a")
    assert (caught.value.code, caught.value.field) == ("locked", "booked")
    do(maya, reconciliation.release, account=here.id)
    do(maya, movements.withdraw, form=form, key="a")


def test_a_rate_taken_away_comes_back_as_it_was(maya):
    opened(maya, "1", of="USD")
    do(maya, rates.bring, data=b"2026-03-02, USD, EUR, 0.92\n2026-03-01, USD, EUR, 0.91\n")
    [pair] = do(maya, rates.pairs)
    assert (pair.latest.rate, pair.many, pair.since) == (D("0.92"), 2, date(2026, 3, 1))
    gone = do(maya, rates.forget, base="USD", quote="EUR", day=DAY)
    assert [one.rate for one in do(maya, rates.known, base="USD", quote="EUR")] == [D("0.91")]
    do(maya, rates.put_back, rate=gone)
    assert do(maya, rates.pairs) == [pair]
    assert do(maya, rates.forget, base="USD", quote="EUR", day=today(system_clock, zone="UTC")) is None


def test_pending_totals_count_an_own_transfer_on_both_sides(maya, admin):
    here, there = opened(maya, "100", custody="held"), opened(maya, "0", custody="held", name="Savings")
    do(maya, pending.hold, kind=Kind.OWN_TRANSFER, account=here.id, taking=there.id, amount="40", key="a")
    found = {one.name: (one.many, one.leaving, one.coming) for one in do(maya, pending.totals)}
    assert found == {"Everyday": (1, D(40), D(0)), "Savings": (1, D(0), D(40))}
    assert do(maya, pending.count) == 1
    with work(maya.person) as session:
        assert session.connection().scalar(text("SELECT count(*) FROM hold")) == 1


def test_whose_accounts_are_older_than_the_usual_categories_gets_them_where_they_choose(maya):
    assert do(maya, categories.categories) == []
    number = asyncio.run(many.category_named("Groceries"))
    assert number in {one.id for one in do(maya, categories.categories) if one.name == "Groceries"}
