"""Schedules run once for each due date, in order, and say why where they do not."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest

from fintwin.db import work as units
from fintwin.db.work import system_work
from fintwin.events.outbox import Kind
from fintwin.kernel.errors import Busy, Conflict, Invalid, NotFound, Refused
from fintwin.ledger import accounts, pins, service, verify
from fintwin.payments import patience, running, schedules
from tests.integration.payments.schedules.conftest import MONDAY

TUESDAY = MONDAY + timedelta(days=1)


def told(admin, kind):
    return admin("SELECT count(*) FROM outbox WHERE kind = :kind", kind=int(kind))[0][0]


def test_once_today_is_paid_once_and_ended(desk, balance):
    made = desk.create()
    assert desk.run(made) == 1
    assert desk.run(made) == 0
    assert balance(desk.other) == D("10")
    assert desk.view(made).ended
    assert desk.runs(made) == [("2026-11-23", "done")]


def test_nothing_runs_before_its_day(desk, balance, clock):
    made = desk.create(starts=TUESDAY)
    assert desk.run(made) == 0
    clock.on(TUESDAY)
    assert desk.run(made) == 1
    assert balance(desk.other) == D("10")


def test_missed_dates_are_made_up_for_in_order(desk, balance, clock, admin):
    made = desk.create("FREQ=DAILY", amount="1.00")
    clock.on(MONDAY + timedelta(days=39))
    assert desk.run(made) == running.AT_ONCE
    assert desk.run(made) == 40 - running.AT_ONCE
    assert balance(desk.other) == D("40")
    dues = [date.fromisoformat(due) for due, _ in desk.runs(made)]
    booked = admin("SELECT due FROM schedule_run ORDER BY transaction")
    assert dues == [MONDAY + timedelta(days=n) for n in range(40)][-len(dues) :]
    assert [due for (due,) in booked] == sorted(due for (due,) in booked)
    assert desk.view(made).next_due == MONDAY + timedelta(days=40)


def test_two_workers_at_once_pay_once(desk, balance, clock):
    made = desk.create("FREQ=DAILY;COUNT=12", amount="1.00")
    clock.on(MONDAY + timedelta(days=30))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(desk.run, [made] * 4))
    assert balance(desk.other) == D("12")
    assert len(desk.runs(made)) == 12
    assert desk.view(made).ended


def test_a_killed_run_leaves_nothing_and_is_done_again(desk, balance, monkeypatch, admin):
    made = desk.create()

    def killed(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(schedules, "place", killed)  # after the posting and its run, before the commit
        with pytest.raises(KeyboardInterrupt):
            desk.run(made)
    assert balance(desk.other) == 0
    assert admin("SELECT count(*) FROM schedule_run") == [(0,)]
    assert desk.run(made) == 1
    assert balance(desk.other) == D("10")


def test_the_due_row_alone_keeps_a_date_from_running_again(desk, admin, money_rows):
    made = desk.create()
    desk.run(made)
    admin("UPDATE schedule SET next_due = '2026-11-23', next_on = '2026-11-23' WHERE id = :id", id=made.id)
    before = money_rows()
    with pytest.raises(RuntimeError):
        desk.run(made)
    assert money_rows() == before


def test_missing_money_is_tried_on_the_next_two_days(desk, balance, clock, admin):
    made = desk.create(amount="5000.00")
    assert desk.run(made) == 0
    seen = desk.view(made)
    assert (seen.waiting, seen.next_due) == (True, MONDAY)
    assert "not enough" in seen.failed
    clock.later(hours=3)
    assert desk.run(made) == 0  # asked too early: no attempt
    assert desk.call(schedules.runs, schedule=made.uuid)[0].attempts == 1
    for days in (1, 2):
        clock.on(MONDAY + timedelta(days=days))
        desk.run(made)
    seen = desk.view(made)
    assert (seen.ended, seen.waiting) == (True, False)
    [run] = desk.call(schedules.runs, schedule=made.uuid)
    assert (run.status, run.attempts) == ("failed", 3)
    assert balance(desk.account) == D("1000")
    assert told(admin, Kind.SCHEDULE) == 4  # made, waits, waits, failed


def test_money_that_came_meanwhile_is_enough(desk, balance, clock):
    made = desk.create(amount="1200.00")
    desk.run(made)
    desk.call(service.deposit, account=desk.account.id, amount="500.00", key="more", clock=clock)
    clock.on(TUESDAY)
    assert desk.run(made) == 1
    assert balance(desk.other) == D("1200")


def test_a_busy_database_is_waited_for(desk, balance, clock, monkeypatch):
    made = desk.create()
    with monkeypatch.context() as patch:
        patch.setattr(running.service, "pay", _busy)
        for attempt in range(1, patience.PASSING_TRIES):
            assert desk.run(made) == 0
            assert desk.view(made).waiting
            assert desk.call(schedules.runs, schedule=made.uuid)[0].attempts == attempt
            clock.later(hours=1, minutes=1)
    assert desk.run(made) == 1
    assert balance(desk.other) == D("10")


def test_a_database_that_stays_busy_fails_the_date_in_the_end(desk, clock, monkeypatch):
    made = desk.create("FREQ=DAILY")
    monkeypatch.setattr(running.service, "pay", _busy)
    for _ in range(patience.PASSING_TRIES):
        desk.run(made)
        clock.later(hours=1, minutes=1)
    assert desk.runs(made)[0] == ("2026-11-23", "failed")
    assert desk.view(made).next_due == TUESDAY


def _busy(*_, **__):
    raise Busy("The books are busy.")


def test_a_blocked_account_fails_at_once_and_the_next_date_comes(desk, clock):
    made = desk.create("FREQ=WEEKLY")
    desk.call(accounts.freeze, account=desk.account.id)
    desk.run(made)
    seen = desk.view(made)
    assert desk.runs(made) == [("2026-11-23", "failed")]
    assert (seen.next_due, seen.paused) == (MONDAY + timedelta(days=7), False)


def test_a_payee_who_is_gone_pauses_the_schedule(desk, admin):
    made = desk.create("FREQ=WEEKLY")
    admin("UPDATE account SET number = '99999999999999' WHERE id = :id", id=desk.other.id)
    desk.run(made)
    seen = desk.view(made)
    assert seen.paused
    assert seen.failed == "The payee's account is closed."


def test_a_fault_of_our_own_is_given_up_on(desk):
    made = desk.create("FREQ=WEEKLY")
    running.give_up(desk.who.person, made.id, clock=desk.clock)
    assert desk.view(made).paused
    assert desk.runs(made) == [("2026-11-23", "failed")]


def test_pause_resume_skip_change_end_delete(desk, balance, clock):
    made = desk.create("FREQ=DAILY", amount="1.00")
    desk.call(schedules.skip, schedule=made.uuid, due=MONDAY)
    with pytest.raises(Refused) as twice:
        desk.call(schedules.skip, schedule=made.uuid, due=MONDAY)
    assert twice.value.code == "not_next"
    assert desk.run(made) == 0
    clock.on(TUESDAY)
    assert desk.run(made) == 1
    desk.call(schedules.pause, schedule=made.uuid)
    clock.on(MONDAY + timedelta(days=5))
    assert desk.run(made) == 0
    desk.call(schedules.resume, schedule=made.uuid, clock=clock)
    assert desk.view(made).next_due == MONDAY + timedelta(days=5)
    assert desk.run(made) == 1
    changed = desk.plan("FREQ=DAILY", starts=MONDAY + timedelta(days=5), amount="3.00")
    desk.call(schedules.change, schedule=made.uuid, plan=changed, clock=clock)
    assert desk.run(made) == 0  # this day has run before the change
    clock.on(MONDAY + timedelta(days=6))
    assert desk.run(made) == 1
    assert balance(desk.other) == D("5")
    desk.call(schedules.end, schedule=made.uuid)
    clock.on(MONDAY + timedelta(days=9))
    assert desk.run(made) == 0
    desk.call(schedules.delete, schedule=made.uuid)
    with pytest.raises(NotFound):
        desk.view(made)
    assert balance(desk.other) == D("5")


def test_the_same_form_twice_makes_one(desk):
    plan = desk.plan("FREQ=DAILY")
    first = desk.call(schedules.create, plan=plan, key="form", clock=desk.clock)
    assert desk.call(schedules.create, plan=plan, key="form", clock=desk.clock) == first
    with pytest.raises(Conflict):
        desk.call(schedules.create, plan=desk.plan("FREQ=WEEKLY"), key="form", clock=desk.clock)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"starts": MONDAY - timedelta(days=1)}, "date_in_past"),
        ({"starts": date(2150, 1, 1)}, "date_too_late"),
        ({"amount": "0"}, "amount_not_positive"),
        ({"amount": "-5"}, "amount_not_positive"),
        ({"rule": "FREQ=DAILY;UNTIL=20200101"}, "never_due"),
        ({"rule": "FREQ=DAILY", "adjustment": "following"}, "bad_rule"),
        ({"number": "12345678901234"}, "bad_account_number"),
        ({"kind": "own"}, "same_account"),
        ({"kind": "withdrawal"}, "not_tracked"),
        ({"category": 99999}, "unknown_category"),
        ({"account": 99999}, "unknown_account"),
    ],
)
def test_what_cannot_be_scheduled_is_refused_in_words(desk, more, code):
    with pytest.raises((Invalid, NotFound, Refused)) as refused:
        desk.create(**more)
    assert refused.value.code == code
    assert desk.call(schedules.schedules) == []


def test_the_pin_is_given_once_for_all_runs(desk, balance, clock):
    desk.call(pins.set_pin, account=desk.account.id, pin="2468", threshold=D("5.00"), clock=clock)
    with pytest.raises(Refused) as asked:
        desk.create("FREQ=DAILY")
    assert asked.value.code == "pin_needed"
    taken = desk.call(pins.attempt, account=desk.account.id, pin="2468")
    attempt = desk.call(pins.judge, taken=taken, clock=clock)
    plan = desk.plan("FREQ=DAILY")
    made = desk.call(schedules.create, plan=plan, key="with-pin", approval=attempt.approved(), clock=clock)
    clock.on(TUESDAY)
    assert desk.run(made) == 2
    assert balance(desk.other) == D("20")


def test_what_was_paused_goes_on_with_the_pin(desk, opened, balance, clock):
    savings = opened(desk.who, "0.00", name="Savings")
    person, own = desk.create("FREQ=DAILY"), desk.create("FREQ=DAILY", kind="own", taking=savings.id)
    small = desk.create("FREQ=DAILY", amount="5.00")
    desk.call(pins.set_pin, account=desk.account.id, pin="2468", threshold=D("5.00"), clock=clock)
    for one in (person, own, small):
        desk.call(schedules.pause, schedule=one.uuid)
    for one in (person, own):
        with pytest.raises(pins.PinNeeded):
            desk.call(schedules.resume, schedule=one.uuid, clock=clock)
        assert desk.view(one).paused
    desk.call(schedules.resume, schedule=small.uuid, clock=clock)
    attempt = desk.call(pins.judge, taken=desk.call(pins.attempt, account=desk.account.id, pin="2468"), clock=clock)
    for one in (person, own):
        desk.call(schedules.resume, schedule=one.uuid, approval=attempt.approved(), clock=clock)
        assert not desk.call(schedules.resume, schedule=one.uuid, clock=clock).paused  # again: nothing more
    assert desk.run(own) == 1
    assert balance(savings) == D("10")


def test_what_has_ended_goes_on_with_the_pin_alone(desk, balance, clock):
    made = desk.create("FREQ=DAILY")
    desk.call(pins.set_pin, account=desk.account.id, pin="2468", threshold=D("5.00"), clock=clock)
    desk.call(schedules.end, schedule=made.uuid)
    desk.call(schedules.pause, schedule=made.uuid)
    assert desk.call(schedules.resume, schedule=made.uuid, clock=clock).ended
    with pytest.raises(Refused) as asked:
        desk.call(schedules.change, schedule=made.uuid, plan=desk.plan("FREQ=DAILY"), clock=clock)
    assert asked.value.code == "pin_needed"
    clock.on(TUESDAY)
    assert desk.run(made) == 0
    assert balance(desk.other) == D(0)


def test_a_plan_to_an_own_account_asks_for_the_pin_once(desk, opened, balance, clock):
    savings = opened(desk.who, "0.00", name="Savings")
    desk.call(pins.set_pin, account=desk.account.id, pin="2468", threshold=D("5.00"), clock=clock)
    with pytest.raises(Refused) as asked:
        desk.create("FREQ=DAILY", kind="own", taking=savings.id)
    assert asked.value.code == "pin_needed"
    small = desk.create("FREQ=DAILY", kind="own", taking=savings.id, amount="5.00")
    plan = desk.plan("FREQ=DAILY", kind="own", taking=savings.id)
    with pytest.raises(Refused) as asked:
        desk.call(schedules.change, schedule=small.uuid, plan=plan, clock=clock)
    assert asked.value.code == "pin_needed"
    attempt = desk.call(pins.judge, taken=desk.call(pins.attempt, account=desk.account.id, pin="2468"), clock=clock)
    made = desk.call(schedules.change, schedule=small.uuid, plan=plan, approval=attempt.approved(), clock=clock)
    clock.on(TUESDAY)
    assert desk.run(made) == 2
    assert balance(savings) == D("20")


def test_an_own_transfer_and_a_plan_on_a_banks_account(desk, opened, balance, clock):
    savings = opened(desk.who, "0.00", name="Savings")
    bank = opened(desk.who, "100.00", custody="tracked", name="Bank")
    moved = desk.create(kind="own", taking=savings.id)
    rent = desk.create(kind="withdrawal", account=bank.id, payee="Landlord", amount="70.00", starts=TUESDAY)
    clock.on(MONDAY + timedelta(days=4))
    assert (desk.run(moved), desk.run(rent)) == (1, 1)
    assert (balance(savings), balance(bank)) == (D("10"), D("30"))
    [run] = desk.call(schedules.runs, schedule=rent.uuid)
    with system_work() as session:
        assert verify.run(session) == []
    assert run.due == TUESDAY


def test_a_plan_on_a_banks_account_is_booked_on_its_day(desk, opened, clock, admin):
    bank = opened(desk.who, "100.00", custody="tracked", name="Bank")
    rent = desk.create(kind="withdrawal", account=bank.id, amount="70.00", starts=TUESDAY)
    clock.on(MONDAY + timedelta(days=4))
    desk.run(rent)
    assert admin("SELECT t.booked FROM transaction t JOIN schedule_run r ON r.transaction = t.id") == [(TUESDAY,)]


def test_weekends_move_the_run_but_not_what_it_is_known_by(desk, clock):
    saturday = MONDAY + timedelta(days=5)
    made = desk.create("FREQ=WEEKLY", starts=saturday, adjustment="following")
    assert (made.next_due, made.next_on) == (saturday, saturday + timedelta(days=2))
    clock.on(saturday)
    assert desk.run(made) == 0
    clock.on(saturday + timedelta(days=2))
    assert desk.run(made) == 1
    assert desk.runs(made) == [(saturday.isoformat(), "done")]


def test_a_day_begins_in_the_persons_zone(desk, clock, admin):
    admin("UPDATE profile SET zone = 'America/New_York' WHERE owner = :owner", owner=desk.who.person)
    made = desk.create(starts=TUESDAY)
    clock.now = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)  # still Monday evening there
    assert desk.run(made) == 0
    clock.now = datetime(2026, 11, 24, 5, 30, tzinfo=UTC)
    assert desk.run(made) == 1


def test_the_worker_finds_what_is_due_once(desk, clock):
    made = desk.create()
    desk.create(starts=TUESDAY)
    paused = desk.create()
    desk.call(schedules.pause, schedule=paused.uuid)
    with system_work() as session:
        assert running.take_due(session, now=clock(), most=10) == [(desk.who.person, made.id)]
        assert running.take_due(session, now=clock(), most=10) == []
        clock.later(minutes=6)
        assert running.take_due(session, now=clock(), most=10) == [(desk.who.person, made.id)]


def test_nobody_sees_or_changes_anothers_schedule(desk, person):
    made = desk.create()
    with units.work((stranger := person("Eve")).person) as session:
        assert schedules.schedules(session, stranger) == []
        for call in (schedules.pause, schedules.resume, schedules.end, schedules.delete, schedules.by_uuid):
            with pytest.raises(NotFound):
                call(session, stranger, schedule=made.uuid)


def test_books_hold_after_a_month_of_schedules(desk, clock):
    for _ in range(3):
        desk.create("FREQ=WEEKLY;BYDAY=MO,TH", amount="7.30")
    clock.on(MONDAY + timedelta(days=31))
    for one in desk.call(schedules.schedules):
        desk.run(one)
    with system_work() as session:
        assert verify.run(session) == []
