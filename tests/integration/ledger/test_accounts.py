"""Accounts are opened once, named, blocked, closed when empty, and seen by nobody else."""

from datetime import date
from decimal import Decimal as D

import pytest

from fintwin.db.work import work
from fintwin.kernel.errors import Conflict, FinTwinError, NotFound, Refused
from fintwin.kernel.ids import checked_account_number
from fintwin.kernel.money import currency
from fintwin.ledger import accounts, categories, category_tree, service

EUR, USD = currency("EUR"), currency("USD")


def test_a_held_account_has_a_number_and_a_known_balance(person, opened):
    maya = person()
    held, tracked, known = opened(maya, "10.00"), opened(maya, custody="tracked"), opened(maya, "0", custody="tracked")
    assert checked_account_number(held.number) == held.number
    assert (held.known, held.available, held.pending, held.version) == (True, D(10), D(0), 1)
    assert (tracked.number, tracked.known, tracked.posted) == ("", False, D(0))
    assert (known.known, known.version) == (True, 0)


def test_the_same_key_opens_one_account(person, admin):
    maya = person()

    def once(**more):
        with work(maya.person) as session:
            asked = {"name": "Everyday", "type": "checking", "custody": "held", "currency": EUR, "opening": D(5)} | more
            return accounts.open_account(session, maya, key="form-1", **asked)

    assert once().id == once().id
    assert admin("SELECT count(*) FROM account WHERE custody IS NOT NULL") == [(1,)]
    for other in ({"currency": USD}, {"type": "savings"}, {"opening": D(6)}):
        with pytest.raises(Conflict) as caught:
            once(**other)
        assert caught.value.code == "key_reused"


def test_the_first_account_brings_the_usual_categories_and_a_later_one_leaves_them_as_they_are(person, opened):
    maya, leo = person(), person()
    opened(maya, custody="tracked")
    with work(maya.person) as session:
        there = categories.categories(session, maya)
        assert {one.code for one in there} == {code for code, *_ in categories.DEFAULTS}
        above = {one.id: one.code for one in there}
        assert {(one.code, above.get(one.parent, "")) for one in there} == {
            (c, a) for c, _, _, a in categories.DEFAULTS
        }
        category_tree.rename(session, maya, number=there[0].id, name="Mine")
    opened(maya, "1.00")
    with work(maya.person) as session:
        assert sorted(one.name for one in categories.categories(session, maya)) == sorted(
            "Mine" if one.id == there[0].id else one.name for one in there
        )
    with work(leo.person) as session:
        assert categories.categories(session, leo) == []


def test_what_cannot_be_opened_is_named(person, admin):
    maya = person()
    for asked, code in (
        ({"name": "  "}, "no_name"),
        ({"name": "x" * 81}, "too_long"),
        ({"type": "income"}, "unknown_type"),
        ({"custody": "mine"}, "unknown_custody"),
        ({"type": "credit"}, "type_not_held"),
        ({"opening": D(-1)}, "opening_below_zero"),
        ({"opening": D("NaN")}, "amount_not_finite"),
        ({"opening": D("0.001")}, "amount_decimals"),
        ({"opened": date(2999, 1, 1)}, "date_in_future"),
        ({"key": ""}, "no_key"),
        ({"custody": "tracked", "bank_number": "1" * 41}, "too_long"),
        ({"custody": "tracked", "bank_number": "x?"}, "too_short"),
    ):
        values = {"name": "A", "type": "checking", "custody": "held", "currency": EUR, "key": "k"} | asked
        with pytest.raises(FinTwinError) as caught, work(maya.person) as session:
            accounts.open_account(session, maya, **values)
        assert caught.value.code == code
    assert admin("SELECT count(*) FROM account") == [(0,)]


def test_a_bank_number_names_one_account_of_a_person_and_currency(person, opened):
    maya, omar = person(), person("Omar")
    first = opened(maya, custody="tracked", bank_number="de12 3456-78")
    assert first.bank_number == "DE12345678"
    opened(maya, custody="tracked", bank_number="DE12345678", of="USD")
    opened(omar, custody="tracked", bank_number="DE12345678")
    with pytest.raises(Conflict) as caught:
        opened(maya, custody="tracked", bank_number="DE12345678")
    assert caught.value.code == "bank_number_taken"
    second = opened(maya, custody="tracked")
    with pytest.raises(Conflict), work(maya.person) as session:
        accounts.set_bank_number(session, maya, account=second.id, bank_number="DE12345678")
    with work(maya.person) as session:
        assert accounts.by_bank_number(session, maya, bank_number="DE 12345678", of=EUR).id == first.id
        assert accounts.by_bank_number(session, maya, bank_number="DE0", of=EUR) is None
        assert accounts.set_bank_number(session, maya, account=first.id, bank_number="").bank_number == ""


def test_an_account_is_renamed_closed_when_empty_and_reopened(person, opened, key):
    maya = person()
    here = opened(maya, "10.00")
    with work(maya.person) as session:
        assert accounts.rename(session, maya, account=here.id, name=" Purse ").name == "Purse"
    with pytest.raises(Refused) as caught, work(maya.person) as session:
        accounts.close(session, maya, account=here.id)
    assert caught.value.code == "balance_not_zero"
    with work(maya.person) as session:
        service.withdraw(session, maya, account=here.id, amount=D(10), key=key())
        assert accounts.close(session, maya, account=here.id).status == "closed"
        assert accounts.accounts(session, maya) == []
        assert [one.name for one in accounts.accounts(session, maya, closed=True)] == ["Purse"]
        for change in (accounts.freeze, accounts.unfreeze):
            with pytest.raises(Refused):
                change(session, maya, account=here.id)
        assert accounts.reopen(session, maya, account=here.id).status == "active"
        service.deposit(session, maya, account=here.id, amount=D(1), key=key())


def test_what_is_pending_keeps_an_account_open_and_is_not_available(person, opened, key, admin):
    maya = person()
    here = opened(maya, "10.00")
    admin(
        """
        WITH t AS (INSERT INTO transaction (owner, kind, status) VALUES (:owner, 3, 1) RETURNING id)
        INSERT INTO hold (transaction, owner, account, currency, amount) SELECT id, :owner, :account, 'EUR', 10 FROM t
        """,
        owner=maya.person,
        account=here.id,
    )
    admin("UPDATE account SET held_balance = 10 WHERE id = :account", account=here.id)
    with pytest.raises(Refused) as caught, work(maya.person) as session:
        service.withdraw(session, maya, account=here.id, amount=D("0.01"), key=key())
    assert caught.value.code == "not_enough_funds"
    with work(maya.person) as session:
        seen = accounts.account(session, maya, here.id)
        assert (seen.posted, seen.pending, seen.available) == (D(10), D(10), D(0))


def test_nobody_else_finds_or_changes_an_account(person, opened, money_rows):
    maya, omar = person(), person("Omar")
    here = opened(maya, "10.00", custody="tracked")
    before = money_rows()
    calls = [
        lambda session: accounts.account(session, omar, here.id),
        lambda session: accounts.by_uuid(session, omar, here.uuid),
        lambda session: accounts.by_uuid(session, omar, "not-an-id"),
        lambda session: accounts.rename(session, omar, account=here.id, name="Mine"),
        lambda session: accounts.close(session, omar, account=here.id),
        lambda session: accounts.reopen(session, omar, account=here.id),
        lambda session: accounts.freeze(session, omar, account=here.id),
        lambda session: accounts.state_balance(
            session, omar, account=here.id, balance=D(1), on=date(2026, 1, 1), key="x"
        ),
        lambda session: accounts.set_bank_number(session, omar, account=here.id, bank_number="1"),
    ]
    for call in calls:
        with pytest.raises(NotFound) as caught, work(omar.person) as session:
            call(session)
        assert caught.value.code == "unknown_account"
    with work(maya.person) as session:
        assert accounts.by_uuid(session, maya, str(here.uuid)) == here
    assert money_rows() == before


def test_books_that_know_a_balance_are_not_told_one(person, opened):
    maya = person()
    here = opened(maya, "10.00")
    with pytest.raises(Refused) as caught, work(maya.person) as session:
        accounts.state_balance(session, maya, account=here.id, balance=D(1), on=date(2026, 1, 1), key="x")
    assert caught.value.code == "not_tracked"


def test_a_tracked_account_is_emptied_by_correcting_its_balance_and_closed(person, opened, key):
    maya = person()
    card, here = opened(maya, "-250.00", custody="tracked", type="credit"), opened(maya, "5.00")
    for one, way_out in ((card, "or correct its balance"), (here, "Move its money away first")):
        with pytest.raises(Refused) as caught, work(maya.person) as session:
            accounts.close(session, maya, account=one.id)
        assert way_out in caught.value.sentence
    with work(maya.person) as session:
        today = service.booking_date(maya, None)
        accounts.state_balance(session, maya, account=card.id, balance=D(0), on=today, key=key())
        assert not accounts.close(session, maya, account=card.id).open


def test_an_account_has_the_ending_of_its_number(person, opened):
    maya = person()
    bank = opened(maya, custody="tracked", bank_number="DE89 3704 0044 0532 0143 00")
    assert (bank.ending, opened(maya, custody="tracked").ending) == ("4300", "")
    here = opened(maya)
    assert here.ending == here.number[-4:]
