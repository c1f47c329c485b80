"""What staff do in other people's books: each with a row in the audit that says what was before and after."""

import csv
import io
from datetime import date
from decimal import Decimal as D

import pytest

from fintwin.db.work import system_work, work
from fintwin.identity import desk
from fintwin.kernel.errors import FinTwinError, Forbidden, Invalid, NotFound, Refused
from fintwin.ledger import accounts, history, pending, posting, service, staff, verify

WHY = "Reported by phone, case 17"


@pytest.fixture
def sam(person):
    return person("Sam", role="staff")


@pytest.fixture
def books(person, opened, key):
    """Maya has 100 and has sent 40 of them to Omar."""
    maya, omar = person("Maya"), person("Omar")
    here, his = opened(maya, "100.00"), opened(omar, "5.00")
    with work(maya.person) as session:
        paid = service.pay_person(session, maya, account=here.id, number=his.number, amount="40.00", key=key())
    return maya, omar, here, his, paid


@pytest.fixture
def audited(admin):
    """Kind, actor, reason, before and after of a person's audit rows, oldest first."""
    return lambda who: admin(
        "SELECT kind, actor, reason, before, after FROM audit_event WHERE owner = :owner ORDER BY id", owner=who.person
    )


def do(who, call, *args, **named):
    with work(who.person) as session:
        return call(session, who, *args, **named)


def refused(who, call, **named) -> str:
    with pytest.raises(FinTwinError) as caught:
        do(who, call, **named)
    return caught.value.code


def test_a_block_by_staff_is_not_the_owners_to_lift_and_says_why(sam, books, audited, key):
    maya, _, here, _, _ = books
    [done] = do(sam, staff.block, accounts=[here.uuid], block=True, reason=WHY)
    assert done.refusal is None
    seen = do(maya, accounts.account, here.id)
    assert (seen.status, seen.blocked_by, seen.blocked_reason) == ("frozen", "staff", WHY)
    assert refused(maya, service.withdraw, account=here.id, amount=D(1), key=key()) == "account_frozen"
    assert refused(maya, accounts.unfreeze, account=here.id) == "blocked_by_staff"
    assert refused(maya, accounts.close, account=here.id) == "blocked_by_staff"
    do(maya, service.deposit, account=here.id, amount=D(1), key=key())
    do(sam, staff.block, accounts=[here.uuid], block=False, reason="Cleared up")
    assert do(maya, accounts.account, here.id).status == "active"
    assert audited(maya)[-2:] == [
        ("staff_blocked", sam.person, WHY, {"status": "active"}, {"status": "frozen", "blocked_by": "staff"}),
        (
            "staff_unblocked",
            sam.person,
            "Cleared up",
            {"status": "frozen", "blocked_by": "staff"},
            {"status": "active"},
        ),
    ]


def test_an_own_block_is_audited_lifted_by_its_owner_and_taken_over_by_staff(sam, books, audited):
    maya, _, here, _, _ = books
    do(maya, accounts.freeze, account=here.id, reason="Card lost")
    seen = do(maya, accounts.account, here.id)
    assert (seen.blocked_by, seen.blocked_reason) == ("self", "Card lost")
    assert audited(maya)[-1] == (
        "account_blocked",
        maya.person,
        "Card lost",
        {"status": "active"},
        {"status": "frozen", "blocked_by": "self"},
    )
    do(sam, staff.block, accounts=[here.uuid], block=True, reason=WHY)
    assert refused(maya, accounts.unfreeze, account=here.id) == "blocked_by_staff"
    do(sam, staff.block, accounts=[here.uuid], block=False, reason=WHY)
    do(maya, accounts.freeze, account=here.id)
    assert do(maya, accounts.unfreeze, account=here.id).blocked_by == ""


def test_several_are_blocked_each_on_its_own(sam, books, opened, person):
    _, _, here, his, _ = books
    own = opened(sam, "1.00")
    demo = opened(person("Dee", issuer="demo"), "1.00")
    done = do(sam, staff.block, accounts=[own.uuid, here.uuid, demo.uuid, his.uuid], block=True, reason=WHY)
    codes = {one.account: one.refusal.code if one.refusal else "" for one in done}
    assert codes == {here.uuid: "", his.uuid: "", own.uuid: "own_case", demo.uuid: "no_such_person"}
    assert refused(sam, staff.block, accounts=[], block=True, reason=WHY) == "bad_choice"


def test_several_own_accounts_are_changed_each_on_its_own(person, opened):
    maya = person()
    full, bare = opened(maya, "1.00", name="Full"), opened(maya, name="Bare")
    done = do(maya, accounts.change_many, accounts=[full.uuid, bare.uuid], change="close")
    assert [(one.name, one.refusal.code if one.refusal else "") for one in done] == [
        ("Full", "balance_not_zero"),
        ("Bare", ""),
    ]
    assert [one.name for one in do(maya, accounts.accounts)] == ["Full"]
    with pytest.raises(NotFound):
        do(person("Omar"), accounts.change_many, accounts=[full.uuid], change="block")
    with pytest.raises(Invalid):
        do(maya, accounts.change_many, accounts=[full.uuid], change="delete")


def test_a_payment_is_taken_back_in_both_books_and_told_to_both(sam, books, audited, key, admin):
    maya, omar, here, his, paid = books
    admin("DELETE FROM outbox")
    one = key()
    for _ in range(2):
        do(sam, staff.reverse, transaction=paid.transaction, amount="15.00", of=here.currency, reason=WHY, key=one)
    assert (do(maya, accounts.account, here.id).posted, do(omar, accounts.account, his.id).posted) == (D(75), D(30))
    for who in (maya, omar):
        assert audited(who)[-1] == (
            "staff_reversed",
            sam.person,
            WHY,
            {"status": 2, "left": "40.0000"},
            {"status": 2, "left": "25.0000"},
        )
        assert [row[0] for row in audited(who)].count("staff_reversed") == 1
    assert sorted(row[0] for row in admin("SELECT DISTINCT owner FROM outbox")) == sorted([maya.person, omar.person])
    [told] = do(maya, history.events, transaction=paid.transaction)
    assert (told.reason, told.by) == (WHY, "somebody else")
    do(sam, staff.reverse, transaction=paid.transaction, reason=WHY, key=key())
    assert refused(sam, staff.reverse, transaction=paid.transaction, reason=WHY, key=key()) == "already_reversed"
    with system_work() as session:
        assert verify.run(session) == []


def test_taking_back_stops_at_what_the_receiver_has_and_no_block_of_staff_stands_in_its_way(sam, books, key):
    _, omar, _, his, paid = books
    do(omar, service.withdraw, account=his.id, amount=D(20), key=key())
    assert refused(sam, staff.reverse, transaction=paid.transaction, reason=WHY, key=key()) == "not_enough_funds"
    do(sam, staff.block, accounts=[his.uuid], block=True, reason=WHY)
    do(sam, staff.reverse, transaction=paid.transaction, amount="25.00", of=his.currency, reason=WHY, key=key())
    seen = do(omar, accounts.account, his.id)
    assert (seen.posted, seen.status, seen.blocked_by, seen.blocked_reason) == (D(0), "frozen", "staff", WHY)


def test_only_payments_between_other_people_are_taken_back(sam, books, opened, person, key):
    maya, _, here, _, _ = books
    saved = do(maya, service.deposit, account=here.id, amount=D(3), key=key())
    assert refused(sam, staff.reverse, transaction=saved.transaction, reason=WHY, key=key()) == "not_between_people"
    mine = opened(sam, "5.00")
    to_staff = do(maya, service.pay_person, account=here.id, number=mine.number, amount="1.00", key=key())
    assert refused(sam, staff.reverse, transaction=to_staff.transaction, reason=WHY, key=key()) == "own_case"
    assert refused(sam, staff.reverse, transaction=10**9, reason=WHY, key=key()) == "unknown_transaction"


def test_what_is_pending_is_stopped(sam, books, audited, key):
    maya, _, here, _, _ = books
    kept = do(maya, pending.hold, kind=posting.Kind.WITHDRAWAL, account=here.id, amount=D(10), key=key())
    assert do(sam, staff.void, transaction=kept.transaction, reason=WHY)
    assert not do(sam, staff.void, transaction=kept.transaction, reason=WHY)
    assert do(maya, accounts.account, here.id).pending == 0
    assert audited(maya)[-1] == (
        "staff_voided",
        sam.person,
        WHY,
        {"status": 1, "kept_back": "10.0000"},
        {"status": 4},
    )
    [told] = do(maya, history.events, transaction=kept.transaction)
    assert (told.kind, told.reason, told.by) == (history.Happened.FAILED, WHY, "somebody else")


def test_a_credit_limit_is_never_less_than_what_is_drawn(sam, books, audited, key, opened):
    maya, _, here, _, _ = books
    do(sam, staff.set_credit_limit, account=here.uuid, limit=D(50), of=here.currency, reason=WHY)
    do(maya, service.withdraw, account=here.id, amount=D(90), key=key())
    with pytest.raises(Refused) as caught:
        do(sam, staff.set_credit_limit, account=here.uuid, limit=D(29), of=here.currency, reason=WHY)
    assert (caught.value.code, "€30.00" in caught.value.sentence) == ("below_drawn", True)
    do(sam, staff.set_credit_limit, account=here.uuid, limit=D(30), of=here.currency, reason="Lower")
    assert do(maya, accounts.account, here.id).credit_limit == D(30)
    assert audited(maya)[-1] == (
        "staff_credit_limit",
        sam.person,
        "Lower",
        {"credit_limit": "50.0000"},
        {"credit_limit": "30.0000"},
    )
    bank = opened(maya, custody="tracked")
    assert (
        refused(sam, staff.set_credit_limit, account=bank.uuid, limit=D(1), of=here.currency, reason=WHY) == "not_held"
    )


def test_looking_at_a_customer_is_kept_with_them_once(sam, books, audited):
    maya, _, here, _, paid = books
    for _ in range(2):
        looked = do(sam, desk.person, person=maya.uuid, reason=WHY)
        [seen] = do(sam, staff.accounts, person=maya.uuid, reason=WHY)
    assert (looked.customer.name, looked.own, seen.posted, seen.uuid) == ("Maya", False, D(60), here.uuid)
    shown, after = do(sam, staff.transactions, person=maya.uuid, reason=WHY, most=1)
    assert ([one.id for one in shown], shown[0].received) == ([paid.transaction], False)
    rest, end = do(sam, staff.transactions, person=maya.uuid, reason=WHY, after=after, most=50)
    assert ([one.kind for one in rest], end) == ([posting.Kind.OPENING], None)
    assert [(row[0], row[2]) for row in audited(maya)] == [("staff_looked", WHY)] * 2
    assert {(one.detail, one.reason) for one in do(maya, desk.done_to)} == {
        ("name and accounts", WHY),
        ("transactions", WHY),
    }
    assert do(sam, desk.done_to) == []


def test_the_general_ledger_balances_pages_and_is_written_out(sam, books, person, opened, audited):
    opened(person("Dee", issuer="demo"), "7.00")
    opened(person("Yuki", currency="JPY"), "900", of="JPY")
    days = {"since": date(2000, 1, 1), "until": date(2200, 1, 1), "reason": WHY}
    found = do(sam, staff.trial_balance, **days)
    for code, whole in (("EUR", D(185)), ("JPY", D(900))):
        assert sum(one.debits for one in found if one.currency.code == code) == whole
        assert sum(one.credits for one in found if one.currency.code == code) == whole
    lines, after = [], None
    while True:
        more, after = do(sam, staff.ledger, **days, after=after, most=2)
        lines += more
        if after is None:
            break
    assert len(lines) == len({(one.transaction, one.line) for one in lines}) == 5
    with work(sam.person, repeatable=True) as session:
        text = "".join(staff.ledger_export(session, sam, **days))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["Amount"], row["Currency"]) for row in rows] == [
        (format(one.amount, f".{one.currency.digits}f"), one.currency.code) for one in lines
    ]
    assert [row[0] for row in audited(sam)] == ["staff_ledger", "staff_exported"]
    assert refused(sam, staff.ledger, since=date(2026, 2, 1), until=date(2026, 1, 1), reason=WHY) == "bad_range"
    assert do(sam, staff.pool) == []


def test_an_export_without_a_reason_or_a_role_is_refused_before_its_first_line(sam, books):
    maya, *_ = books
    days = {"since": date(2000, 1, 1), "until": date(2200, 1, 1)}
    assert refused(sam, staff.ledger_export, **days, reason="") == "no_reason"
    with pytest.raises(Forbidden):
        do(maya, staff.ledger_export, **days, reason=WHY)


def test_the_audit_stays_whole_and_goes_with_the_person_it_is_about(sam, books, admin):
    from sqlalchemy import text

    maya, omar, here, his, _ = books
    do(sam, staff.block, accounts=[here.uuid, his.uuid], block=True, reason=WHY)
    with pytest.raises(Exception, match="append-only"):
        admin("UPDATE audit_event SET reason = 'Another'")
    with work(maya.person) as session:
        session.connection().execute(text("SELECT ask_erasure()"))
    with system_work() as session:
        session.connection().execute(text("SELECT erase_person(:who, 'asked')"), {"who": maya.person})
    assert admin("SELECT count(*) FROM audit_event WHERE owner = :who", who=maya.person) == [(0,)]
    assert {one.kind for one in do(sam, desk.trail, person=omar.uuid).rows} == {"staff_blocked"}
