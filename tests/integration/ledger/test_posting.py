"""Money moves as the books say, or is refused by name and leaves every row as it was."""

import json
from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from fintwin.db.work import sqlstate, work
from fintwin.kernel.errors import Conflict, FinTwinError, Invalid, NotFound, Refused
from fintwin.kernel.money import currency
from fintwin.ledger import accounts, categories, posting, service
from fintwin.ledger.posting import Item, Kind

EUR = currency("EUR")
DAY = date(2026, 3, 2)


def balance(who, account):
    with work(who.person) as session:
        return accounts.account(session, who, account.id).posted


def entries(who, account):
    with work(who.person) as session:
        return (
            session.connection()
            .execute(
                text("SELECT amount, balance_after, version FROM entry WHERE account = :a ORDER BY version"),
                {"a": account.id},
            )
            .all()
        )


def test_deposit_withdrawal_and_own_transfer_move_what_they_say(person, opened, key):
    maya = person()
    everyday, savings = opened(maya, "100.00"), opened(maya, custody="tracked", type="savings")
    with work(maya.person) as session:
        service.deposit(session, maya, account=everyday.id, amount=D("50.00"), key=key(), payee="Acme", note="May")
        service.withdraw(session, maya, account=everyday.id, amount="20.50", key=key())
        service.own_transfer(session, maya, giving=everyday.id, taking=savings.id, amount=D("29.50"), key=key())
        service.withdraw(session, maya, account=savings.id, amount=D(40), key=key())
    assert balance(maya, everyday) == D("100.00")
    assert balance(maya, savings) == D("-10.50")
    assert [tuple(row) for row in entries(maya, everyday)] == [
        (D(100), D(100), 1),
        (D(50), D(150), 2),
        (D("-20.5"), D("129.5"), 3),
        (D("-29.5"), D(100), 4),
    ]


def test_a_debt_opens_below_zero(person, opened):
    maya = person()
    card = opened(maya, "-250.10", custody="tracked", type="credit")
    assert (card.posted, card.class_, card.known) == (D("-250.10"), "liability", True)


def test_a_payment_stands_in_both_books_at_once(person, opened, key):
    maya, omar = person("Maya Keller"), person("Omar Haddad")
    hers, his = opened(maya, "100.00"), opened(omar)
    with work(maya.person) as session:
        assert service.payee(session, maya, number=his.number) == service.Payee("O••• H•••", own=False)
        sent = service.pay_person(
            session, maya, account=hers.id, number=his.number, amount=D("30.00"), key=key(), description="Tickets"
        )
    assert (balance(maya, hers), balance(omar, his)) == (D(70), D(30))
    for who, other, way in ((maya, "O••• H•••", -30), (omar, "M••• K•••", 30)):
        with work(who.person) as session:
            [row] = session.connection().execute(
                text("SELECT t.owner, t.transfer, t.description FROM transaction t WHERE t.kind = 5")
            )
            assert (row.owner, row.transfer, row.description) == (who.person, sent.transfer, "Tickets")
            assert service.counterparts(session, transfers=[sent.transfer]) == {sent.transfer: other}
            assert [
                amount
                for (amount,) in session.connection().execute(
                    text(
                        "SELECT amount FROM entry WHERE transaction IN (SELECT id FROM transaction WHERE kind = 5) AND version IS NOT NULL"
                    )
                )
            ] == [D(way)]


def refused(call, error, code, field=None):
    with pytest.raises(error) as caught:
        call()
    assert caught.value.code == code
    if field is not None:
        assert caught.value.field == field


def test_an_amount_that_is_none_is_refused(person, opened, key, money_rows):
    maya, omar = person(), person("Omar")
    here, there, his = opened(maya, "500.00"), opened(maya), opened(omar)
    before = money_rows()
    for amount, code in (
        ("-100", "amount_not_positive"),
        ("0", "amount_not_positive"),
        ("NaN", "amount_not_finite"),
        ("Infinity", "amount_not_finite"),
        ("-Infinity", "amount_not_finite"),
        ("1.005", "amount_decimals"),
        ("99999999999999999", "amount_too_large"),
        ("ten", "amount_unreadable"),
    ):
        with work(maya.person) as session:
            for call, where in (
                (service.deposit, {"account": here.id}),
                (service.withdraw, {"account": here.id}),
                (service.own_transfer, {"giving": here.id, "taking": there.id}),
                (service.pay_person, {"account": here.id, "number": his.number}),
            ):
                asked = {**where, "amount": amount, "key": key()}
                refused(lambda call=call, asked=asked: call(session, maya, **asked), Invalid, code, "amount")
    assert money_rows() == before


def test_the_door_itself_refuses_an_amount_that_is_none(person, opened, key, money_rows):
    maya = person()
    here, there = opened(maya, "500.00"), opened(maya)
    before = money_rows()
    for amount in ("-100", "0", "NaN", "Infinity", "1.00005", "99999999999999999"):
        item = Item(Kind.OWN_TRANSFER, D(amount), "EUR", DAY, giving=here.id, taking=there.id, key=key())
        refused(lambda item=item: post(maya, item), Invalid, "bad_amount")
        with work(maya.person) as session:
            [outcome] = service.post_batch(session, maya, [item])
        assert outcome.refusal.code == "bad_amount"
    assert money_rows() == before


def post(who, item, number=None):
    with work(who.person) as session:
        return service.post(session, who, item, number=number)


def test_every_refusal_has_its_name_and_leaves_nothing(person, opened, key, money_rows):
    maya, omar, demo = person(), person("Omar"), person("Dora", issuer="demo")
    held, tracked, dollars = opened(maya, "100.00"), opened(maya, custody="tracked"), opened(maya, "10.00", of="USD")
    frozen, closed, his, his_dollars, dem = (
        opened(maya, "50.00"),
        opened(maya),
        opened(omar, "100.00"),
        opened(omar, of="USD"),
        opened(demo),
    )
    his_closed = opened(omar)
    with work(maya.person) as session:
        accounts.freeze(session, maya, account=frozen.id)
        accounts.close(session, maya, account=closed.id)
    with work(omar.person) as session:
        accounts.close(session, omar, account=his_closed.id)
    before = money_rows()

    def out(account, amount="1.00"):
        return Item(Kind.WITHDRAWAL, D(amount), "EUR", DAY, giving=account, key=key())

    def into(account):
        return Item(Kind.DEPOSIT, D(1), "EUR", DAY, taking=account, key=key())

    def move(giving, taking, amount="1.00"):
        return Item(Kind.OWN_TRANSFER, D(amount), "EUR", DAY, giving=giving, taking=taking, key=key())

    for item, error, code in (
        (out(held.id, "100.01"), Refused, "not_enough_funds"),
        (move(held.id, tracked.id, "100.01"), Refused, "not_enough_funds"),
        (out(frozen.id), Refused, "account_frozen"),
        (out(closed.id), Refused, "account_closed"),
        (into(closed.id), Refused, "account_closed"),
        (out(his.id), NotFound, "unknown_account"),
        (into(his.id), NotFound, "unknown_account"),
        (move(his.id, held.id), NotFound, "unknown_account"),
        (move(held.id, his.id), NotFound, "unknown_account"),
        (out(10**12), NotFound, "unknown_account"),
        (into(10**12), NotFound, "unknown_account"),
        (move(held.id, held.id), Invalid, "same_account"),
        (move(held.id, dollars.id), Refused, "currency_mismatch"),
        (out(dollars.id), Refused, "currency_mismatch"),
        (Item(Kind.CONVERSION, D(1), "EUR", DAY, giving=held.id, taking=tracked.id, key=key()), Invalid, "bad_shape"),
        (Item(Kind.DEPOSIT, D(1), "EUR", DAY, giving=held.id, key=key()), Invalid, "bad_shape"),
        (
            Item(Kind.WITHDRAWAL, D(1), "EUR", DAY, giving=held.id, category=10**9, key=key()),
            NotFound,
            "unknown_category",
        ),
    ):
        refused(lambda item=item: post(maya, item), error, code)
        with work(maya.person) as session:
            [outcome] = service.post_batch(session, maya, [item])
        assert (type(outcome.refusal), outcome.refusal.code, outcome.transaction) == (error, code, None)
        with pytest.raises(error), work(maya.person) as session:
            service.post_batch(session, maya, [item], whole=True)

    def send(account, number, amount="1.00"):
        return lambda: post(maya, Item(Kind.BETWEEN_PEOPLE, D(amount), "EUR", DAY, giving=account, key=key()), number)

    for call, error, code in (
        (send(held.id, his.number, "100.01"), Refused, "not_enough_funds"),
        (send(held.id, "00000000000000"), NotFound, "unknown_payee"),
        (send(held.id, dem.number), NotFound, "unknown_payee"),
        (send(held.id, held.number), Refused, "own_payee"),
        (send(tracked.id, his.number), Refused, "not_held"),
        (send(frozen.id, his.number), Refused, "account_frozen"),
        (send(held.id, his_dollars.number), Refused, "payee_currency"),
        (send(held.id, his_closed.number), Refused, "payee_unavailable"),
        (send(his_dollars.id, his.number), NotFound, "unknown_account"),
        (send(10**12, his.number), NotFound, "unknown_account"),
    ):
        refused(call, error, code)
    assert money_rows() == before


def test_money_may_reach_a_blocked_account(person, opened, key):
    maya = person()
    here = opened(maya, "10.00")
    with work(maya.person) as session:
        accounts.freeze(session, maya, account=here.id)
        service.deposit(session, maya, account=here.id, amount=D(5), key=key())
        accounts.unfreeze(session, maya, account=here.id)
        service.withdraw(session, maya, account=here.id, amount=D(15), key=key())
    assert balance(maya, here) == 0


def test_not_enough_funds_says_what_there_is(person, opened, key):
    maya = person()
    here = opened(maya, "12.30")
    with pytest.raises(Refused, match=r"€12\.30 available"), work(maya.person) as session:
        service.withdraw(session, maya, account=here.id, amount=D(13), key=key())


def test_the_same_key_answers_as_the_first_time_and_another_body_is_refused(person, opened, key):
    maya, omar = person(), person("Omar")
    here, his = opened(maya, "100.00"), opened(omar)
    once = key()
    with work(maya.person) as session:
        first = service.pay_person(session, maya, account=here.id, number=his.number, amount=D("60.00"), key=once)
    with work(maya.person) as session:
        again = service.pay_person(session, maya, account=here.id, number=his.number, amount=D(60), key=once)
    assert (again.transaction, again.transfer, again.replayed) == (first.transaction, first.transfer, True)
    assert balance(maya, here) == 40
    refused(
        lambda: post(maya, Item(Kind.WITHDRAWAL, D(1), "EUR", DAY, giving=here.id, key=once)), Conflict, "key_reused"
    )
    with work(omar.person) as session:
        assert not service.deposit(session, omar, account=his.id, amount=D(1), key=once).replayed


def test_a_refused_key_may_run_again_once_the_cause_is_gone(person, opened, key):
    maya = person()
    here = opened(maya, "5.00")
    item = Item(Kind.WITHDRAWAL, D(8), "EUR", DAY, giving=here.id, key=key())
    refused(lambda: post(maya, item), Refused, "not_enough_funds")
    with work(maya.person) as session:
        service.deposit(session, maya, account=here.id, amount=D(5), key=key())
    assert not post(maya, item).replayed
    assert balance(maya, here) == 2


def test_a_key_is_asked_for(person, opened):
    maya = person()
    here = opened(maya, "5.00")
    refused(lambda: post(maya, Item(Kind.WITHDRAWAL, D(1), "EUR", DAY, giving=here.id)), Invalid, "no_key")


def test_a_batch_is_as_if_posted_one_by_one(person, opened, key, imported):
    maya = person()
    held, tracked = opened(maya, "10.00"), opened(maya, custody="tracked", type="credit")
    with work(maya.person) as session:
        food = next(one for one in categories.ensure(session, maya) if one.code == "groceries")
        outcomes = service.post_batch(
            session,
            maya,
            [
                posting.movement(
                    account=tracked.id, amount=D("-25.00"), currency=EUR, booked=DAY, payee="Shop", category=food.id
                ),
                Item(Kind.WITHDRAWAL, D(11), "EUR", DAY, giving=held.id),
                Item(Kind.DEPOSIT, D(1), "EUR", DAY, taking=held.id, key="again"),
                Item(Kind.DEPOSIT, D(1), "EUR", DAY, taking=held.id, key="again"),
                Item(Kind.DEPOSIT, D(2), "EUR", DAY, taking=held.id, key="again"),
                Item(Kind.WITHDRAWAL, D(11), "EUR", DAY, giving=held.id),
                Item(Kind.OWN_TRANSFER, D(5), "EUR", DAY, giving=tracked.id, taking=held.id),
            ],
            imported=imported(maya),
        )
    assert [outcome.refusal.code if outcome.refusal else None for outcome in outcomes] == [
        None,
        "not_enough_funds",
        None,
        None,
        "key_reused",
        None,
        None,
    ]
    assert outcomes[3].replayed
    assert outcomes[3].transaction == outcomes[2].transaction
    assert (balance(maya, held), balance(maya, tracked)) == (D(5), D(-30))
    assert [tuple(row) for row in entries(maya, held)][1:] == [(D(1), D(11), 2), (D(-11), D(0), 3), (D(5), D(5), 4)]
    with work(maya.person) as session:
        again = service.post_batch(session, maya, [Item(Kind.DEPOSIT, D(1), "EUR", DAY, taking=held.id, key="again")])
    assert again[0].replayed


def test_a_balance_stays_within_what_the_books_can_hold(person, opened, key, money_rows):
    maya = person()
    most = D("9999999999999999")
    full, owed = opened(maya, "3.00", custody="tracked"), opened(maya, "-3.00", custody="tracked", type="credit")
    before = money_rows()
    for item in (
        Item(Kind.DEPOSIT, most, "EUR", DAY, taking=full.id, key=key()),
        Item(Kind.WITHDRAWAL, most, "EUR", DAY, giving=owed.id, key=key()),
        Item(Kind.OWN_TRANSFER, most, "EUR", DAY, giving=owed.id, taking=full.id, key=key()),
    ):
        refused(lambda item=item: post(maya, item), Refused, "amount_too_large")
        with work(maya.person) as session:
            [outcome] = service.post_batch(session, maya, [item])
        assert outcome.refusal.code == "amount_too_large"
    assert money_rows() == before


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_nobody_pays_a_person_who_is_not_active(person, opened, key, money_rows, admin, status):
    maya, omar = person(), person("Omar")
    held, his = opened(maya, "10.00"), opened(omar)
    admin("UPDATE person SET status = :status WHERE id = :omar", status=status, omar=omar.person)
    before = money_rows()
    item = Item(Kind.BETWEEN_PEOPLE, D(1), "EUR", DAY, giving=held.id, key=key())
    refused(lambda: post(maya, item, his.number), NotFound, "unknown_payee")
    assert money_rows() == before


@pytest.mark.parametrize("field", ["booked", "valued"])
@pytest.mark.parametrize("day", ["infinity", "-infinity", "1898-12-31", "2201-01-01"])
def test_the_doors_refuse_a_day_out_of_range(person, opened, money_rows, field, day):
    maya = person()
    held = opened(maya, "10.00")
    before = money_rows()
    item = {"kind": 2, "taking": held.id, "amount": 1, "currency": "EUR", "booked": "2026-01-01"} | {field: day}
    with work(maya.person) as session:
        row = session.connection().execute(
            text("SELECT refusal FROM post_batch(CAST(:items AS jsonb))"), {"items": json.dumps([item])}
        )
        assert row.scalar() == "LG024"
    with pytest.raises(DBAPIError) as caught, work(maya.person) as session:
        session.connection().execute(
            text(
                "SELECT post(2::smallint, NULL, :taking, NULL, 1, 'EUR', CAST(:booked AS date), CAST(:valued AS date),"
                " NULL, NULL, NULL, NULL, NULL, gen_random_uuid(), 1)"
            ),
            {"valued": None} | item,
        )
    assert sqlstate(caught.value) == "LG024"
    assert money_rows() == before


def test_a_batch_of_another_persons_import_is_refused(person, opened, imported, money_rows):
    maya, omar = person(), person("Omar")
    held, his = opened(maya, "10.00"), imported(omar)
    before = money_rows()
    items = [Item(Kind.DEPOSIT, D(1), "EUR", DAY, taking=held.id)]
    for file in (his, 10**9):
        with pytest.raises(NotFound) as caught, work(maya.person) as session:
            service.post_batch(session, maya, items, imported=file)
        assert caught.value.code == "unknown_import"
    assert money_rows() == before


def test_a_whole_batch_is_booked_or_nothing_is(person, opened, money_rows):
    maya = person()
    held = opened(maya, "10.00")
    before = money_rows()
    items = [
        Item(Kind.DEPOSIT, D(1), "EUR", DAY, taking=held.id),
        Item(Kind.WITHDRAWAL, D(12), "EUR", DAY, giving=held.id),
    ]
    with pytest.raises(Refused) as caught, work(maya.person) as session:
        service.post_batch(session, maya, items, whole=True)
    assert caught.value.code == "not_enough_funds"
    assert money_rows() == before


def test_undo_takes_back_once_and_restore_books_anew(person, opened, key):
    maya = person()
    here, there = opened(maya, "100.00"), opened(maya, custody="tracked")
    with work(maya.person) as session:
        moved = service.own_transfer(
            session, maya, giving=here.id, taking=there.id, amount=D(30), key=key(), note="rent", booked=DAY
        )
        undo = key()
        back = service.reverse(session, maya, transaction=moved.transaction, key=undo)
        assert service.reverse(session, maya, transaction=moved.transaction, key=undo).transaction == back.transaction
    assert (balance(maya, here), balance(maya, there)) == (D(100), D(0))
    for number, code in (
        (moved.transaction, "already_reversed"),
        (back.transaction, "already_reversed"),
        (10**12, "unknown_transaction"),
    ):
        with pytest.raises(FinTwinError) as caught, work(maya.person) as session:
            service.reverse(session, maya, transaction=number, key=key())
        assert caught.value.code == code
    with work(maya.person) as session:
        anew = service.restore(session, maya, transaction=moved.transaction, key=key())
        row = (
            session.connection()
            .execute(
                text(
                    "SELECT t.booked, t.status, c.note FROM transaction t JOIN classification c ON c.transaction = t.id WHERE t.id = :id"
                ),
                {"id": anew.transaction},
            )
            .one()
        )
    assert tuple(row) == (DAY, 2, "rent")
    assert (balance(maya, here), balance(maya, there)) == (D(70), D(30))


def test_an_edit_is_reversed_and_entered_anew_in_one_step(person, opened, key, money_rows):
    maya = person()
    here = opened(maya, "100.00")
    with work(maya.person) as session:
        spent = service.withdraw(session, maya, account=here.id, amount=D(30), key=key(), payee="Shop", booked=DAY)
    before = money_rows()
    with pytest.raises(Refused), work(maya.person) as session:
        service.amend(session, maya, transaction=spent.transaction, amount=D(101), key=key())
    assert money_rows() == before
    with work(maya.person) as session:
        service.amend(session, maya, transaction=spent.transaction, amount=D(40), key=key())
    assert balance(maya, here) == 60


def test_a_payment_between_people_cannot_be_undone(person, opened, key):
    maya, omar = person(), person("Omar")
    here, his = opened(maya, "100.00"), opened(omar)
    with work(maya.person) as session:
        sent = service.pay_person(session, maya, account=here.id, number=his.number, amount=D(10), key=key())
    with pytest.raises(Refused) as caught, work(maya.person) as session:
        service.reverse(session, maya, transaction=sent.transaction, key=key())
    assert caught.value.code == "not_reversible"


def test_a_reversal_does_not_take_what_is_no_longer_there(person, opened, key):
    maya = person()
    here = opened(maya)
    with work(maya.person) as session:
        got = service.deposit(session, maya, account=here.id, amount=D(10), key=key())
        service.withdraw(session, maya, account=here.id, amount=D(6), key=key())
    with pytest.raises(Refused) as caught, work(maya.person) as session:
        service.reverse(session, maya, transaction=got.transaction, key=key())
    assert caught.value.code == "not_enough_funds"


def test_a_reversal_that_was_refused_may_come_again_in_the_same_batch_and_once(person, opened, key):
    maya = person()
    wallet = opened(maya)
    with work(maya.person) as session:
        came = service.deposit(session, maya, account=wallet.id, amount="100", key=key())
        service.withdraw(session, maya, account=wallet.id, amount="100", key=key())
        back = posting.reversal(of=came.transaction)
        more = posting.movement(account=wallet.id, amount=D(100), currency=currency("EUR"), booked=date(2026, 3, 2))
        outcomes = service.post_batch(session, maya, [back, more, back, back])
    assert [one.refusal and one.refusal.code for one in outcomes] == [
        "not_enough_funds",
        None,
        None,
        "already_reversed",
    ]


def test_an_import_is_taken_back_in_batches(person, opened, imported):
    maya = person()
    file = imported(maya)
    there = opened(maya, "7.00", custody="tracked")
    with work(maya.person) as session:
        service.post_batch(
            session,
            maya,
            [posting.movement(account=there.id, amount=D(n), currency=EUR, booked=DAY) for n in range(1, 8)],
            imported=file,
        )
    after, taken = 0, 0
    while True:
        with work(maya.person) as session:
            outcomes = service.reverse_imported(session, maya, imported=file, after=after, most=3)
        if not outcomes:
            break
        taken, after = taken + len(outcomes), outcomes[-1].item
        assert not any(outcome.refusal for outcome in outcomes)
    assert taken == 7
    assert balance(maya, there) == 7


def test_a_date_ahead_is_refused(person, opened, key):
    maya = person()
    here = opened(maya)
    with pytest.raises(Invalid) as caught, work(maya.person) as session:
        service.deposit(session, maya, account=here.id, amount=D(1), key=key(), booked=date.today() + timedelta(days=2))  # noqa: DTZ011
    assert caught.value.code == "date_in_future"


def test_meaning_changes_with_history_and_postings_stay(person, opened, key, admin):
    maya, omar = person(), person("Omar")
    here = opened(maya, "100.00")
    with work(maya.person) as session:
        first, second = categories.ensure(session, maya)[:2]
        spent = service.withdraw(
            session, maya, account=here.id, amount=D(30), key=key(), payee="Shop", category=first.id
        )
    rows = admin("SELECT p::text FROM posting p ORDER BY 1")
    with work(maya.person) as session:
        service.classify(session, maya, transaction=spent.transaction, category=second.id)
        service.classify(session, maya, transaction=spent.transaction, note="late")
    assert admin("SELECT p::text FROM posting p ORDER BY 1") == rows
    assert admin("SELECT payee, category, note FROM classification") == [("Shop", second.id, "late")]
    assert admin("SELECT payee, category, note FROM classification_past ORDER BY id") == [
        ("Shop", first.id, None),
        ("Shop", second.id, None),
    ]
    for who, number, category in ((omar, spent.transaction, None), (maya, spent.transaction, 10**9)):
        with pytest.raises(NotFound), work(who.person) as session:
            service.classify(session, who, transaction=number, category=category)
