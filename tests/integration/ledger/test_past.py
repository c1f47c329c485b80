"""The history of a balance: whatever happens, its lines lead from nothing to what the account holds now."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fintwin.db.work import perform
from fintwin.kernel.errors import FinTwinError, NotFound
from fintwin.ledger import accounts, ended, past, pending, reversal, service
from fintwin.ledger.past import LET_GO
from fintwin.ledger.posting import Kind, Status


@pytest.fixture
def maya(person):
    return person("Maya")


@pytest.fixture
def here(maya, opened):
    return opened(maya, "1000.00").id


@pytest.fixture
def there(maya, opened):
    return opened(maya, "10.00", name="Savings").id


@pytest.fixture
def bank(maya, opened):
    return opened(maya, "300.00", custody="tracked", name="Bank").id


@pytest.fixture
def unknown(maya, opened):
    return opened(maya, None, custody="tracked", name="Card").id


def act(who, call, **named):
    return perform(who.person, lambda session: call(session, who, **named))


def walked(who, account, *, rows=50):
    """All changes of an account, page by page, the latest first."""
    found, after = [], None
    while True:
        page = act(who, past.past, account=account, after=after, rows=rows)
        found += page.changes
        assert len(page.changes) == rows or page.after is None
        if page.after is None:
            return found
        after = past.place(str(page.after))


def fits(who, account):
    """Each line follows from the one before it, and the latest is what the account holds."""
    seen = perform(who.person, lambda session: accounts.account(session, who, account))
    changes = walked(who, account)
    available = posted = Decimal(0)
    for one in reversed(changes):
        available, posted = available + one.amount, posted + one.moved
        assert (one.available, one.posted) == (available, posted), one
        assert one.pending == one.posted - one.available if seen.held else one.available == one.posted
        assert one.pending >= 0
    assert (posted, available) == (seen.posted, seen.available)
    if changes:
        assert changes[0].pending == seen.pending
    places = [(one.place.version, one.place.step) for one in changes]
    assert places == sorted(places, reverse=True)
    for rows in (2, 5):
        again = walked(who, account, rows=rows)
        assert [one.place for one in again] == [one.place for one in changes]
    return changes


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["in", "out", "keep", "keep_in", "settle", "part", "go", "many", "back", "move"]),
        st.integers(1, 30),
    ),
    max_size=14,
)


@settings(max_examples=12)
@given(steps=STEPS)
def test_the_lines_of_any_life_lead_to_what_is_there(maya, here, there, key, steps):
    kept = []
    for what, size in steps:
        amount = Decimal(size)
        try:
            if what == "in":
                act(maya, service.deposit, account=here, amount=amount, key=key())
            elif what == "out":
                act(maya, service.withdraw, account=here, amount=amount, key=key())
            elif what == "keep":
                made = act(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here, amount=amount, key=key())
                kept.append(made.transaction)
            elif what == "keep_in":
                made = act(maya, pending.hold, kind=Kind.DEPOSIT, taking=here, amount=amount, key=key())
                kept.append(made.transaction)
            elif what == "move":
                act(maya, service.own_transfer, giving=here, taking=there, amount=amount, key=key())
            elif what == "back":
                made = act(maya, service.deposit, account=there, amount=amount, key=key())
                act(maya, reversal.take_back, transaction=made.transaction, key=key(), reason="wrong")
            elif kept and what == "settle":
                act(maya, pending.settle, transaction=kept.pop())
            elif kept and what == "part":
                act(maya, pending.settle, transaction=kept[-1], amount=amount, last=False, key=key())
            elif kept and what == "go":
                act(maya, pending.void, transaction=kept.pop(0), reason="no more")
            elif kept and what == "many":
                act(maya, pending.settle_many, transactions=list(reversed(kept)))
                kept = []
        except FinTwinError:
            continue
    fits(maya, here)
    fits(maya, there)


def test_a_batch_runs_down_what_was_kept_back_entry_by_entry(maya, here, key):
    kept = [
        act(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here, amount=size, key=key()).transaction
        for size in ("5", "7", "11")
    ]
    act(maya, pending.settle_many, transactions=[kept[1], kept[2], kept[0]])
    assert [(one.moved, one.pending, one.amount) for one in fits(maya, here)[:3]] == [
        (-5, 0, 0),
        (-11, 5, 0),
        (-7, 16, 0),
    ]


def test_a_part_settled_for_good_lets_the_rest_go(maya, here, key):
    kept = act(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here, amount="50", key=key()).transaction
    act(maya, pending.settle, transaction=kept, amount="20")
    latest = fits(maya, here)[0]
    assert (latest.moved, latest.amount, latest.pending, latest.reason) == (-20, 30, 0, "withdrawal")


def test_what_an_account_at_a_bank_announces_does_not_change_its_balance(maya, bank, key):
    kept = act(maya, pending.hold, kind=Kind.WITHDRAWAL, account=bank, amount="50", key=key()).transaction
    act(maya, pending.void, transaction=kept)
    latest = fits(maya, bank)[0]
    assert (latest.reason, latest.amount, latest.pending) == (LET_GO, 0, 0)


def test_an_unknown_balance_stays_unknown(maya, unknown, key):
    act(maya, service.deposit, account=unknown, amount="5", key=key())
    [only] = walked(maya, unknown)
    assert (only.posted, only.available, only.moved) == (None, None, 5)


def test_what_was_pending_before_the_books_kept_it_is_not_known(maya, here, key, admin):
    act(maya, service.deposit, account=here, amount="5", key=key())
    admin(
        "INSERT INTO hold_past (owner, account, currency, amount, held, version)"
        " SELECT owner, id, currency, 0, held_balance, version FROM account WHERE id = :id",
        id=here,
    )
    act(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here, amount="2", key=key())
    act(maya, service.deposit, account=here, amount="1", key=key())
    assert [(one.posted, one.pending) for one in walked(maya, here)] == [
        (1006, 2),
        (1005, 2),
        (1005, None),
        (1000, None),
    ]


def test_the_history_is_its_owners_alone(maya, here, person):
    omar = person("Omar")
    with pytest.raises(NotFound):
        act(omar, past.past, account=here)
    [(many,)] = perform(
        omar.person, lambda session: session.connection().exec_driver_sql("SELECT count(*) FROM hold_past").all()
    )
    assert many == 0


@pytest.mark.parametrize("text", ["x", "W10", "eyJhIjoxfQ", "WzEsLTFd", "W3RydWUsMF0", "W" * 200])
def test_a_damaged_page_address_is_refused(text):
    with pytest.raises(FinTwinError) as refused:
        past.place(text)
    assert refused.value.code == "bad_cursor"


def test_what_ended_unbooked_says_what_it_would_have_moved(maya, here, bank, key):
    away = act(maya, pending.hold, kind=Kind.WITHDRAWAL, account=here, amount="7", key=key(), payee="Inn").transaction
    to_come = act(maya, pending.hold, kind=Kind.DEPOSIT, taking=bank, amount="9", key=key()).transaction
    for one in (away, to_come):
        act(maya, pending.void, transaction=one, reason="called off")
    latest, first = act(maya, ended.ended)
    assert (first.transaction, first.account, first.taking, first.amount) == (away, here, None, 7)
    assert (first.payee, first.reason, first.status) == ("Inn", "called off", Status.FAILED)
    assert (latest.account, latest.taking, latest.currency.code) == (None, bank, "EUR")
    assert [one.transaction for one in act(maya, ended.ended, before=to_come)] == [away]
    assert [one.transaction for one in act(maya, ended.ended, account=bank)] == [to_come]
    assert act(maya, ended.one, transaction=away) == first
    booked = act(maya, service.deposit, account=here, amount="1", key=key()).transaction
    with pytest.raises(NotFound):
        act(maya, ended.one, transaction=booked)
