"""Ways to pay: what is offered, in which order, and that each person orders their own only."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from fintwin.db.work import work
from fintwin.kernel.money import currency
from fintwin.ledger import accounts
from fintwin.payments import methods
from fintwin.payments.methods import Method
from tests.integration.payments.people import act, at_once, code_of

WALLET, BANK = Method.WALLET, Method.BANK_TRANSFER
IBAN = "DE89370400440532013000"


@pytest.fixture
def three(person, opened):
    """Maya with three accounts that are kept here."""
    maya = person("Maya Lind")
    return maya, *(opened(maya, name=name) for name in ("Anna", "Bert", "Carl"))


def labels(who, method=WALLET):
    return [one.label for one in act(who, methods.offered, method=method)]


def test_where_nothing_was_said_every_account_that_can_pay_is_offered(person, opened):
    maya = person("Maya Lind")
    assert act(maya, methods.ways, method=WALLET) == act(maya, methods.ways, method=BANK) == []
    opened(maya, name="Here")
    opened(maya, name="Giro", custody="tracked")
    opened(maya, name="Dollars", of="USD")
    act(
        maya,
        accounts.open_account,
        name="A nest egg",
        type="savings",
        custody="held",
        currency=currency("EUR"),
        key="nest",
    )
    assert labels(maya) == ["Dollars", "Here", "A nest egg"]
    assert labels(maya, BANK) == ["Giro", "Here", "A nest egg"]
    assert not any(one.default for one in act(maya, methods.ways, method=WALLET))


def test_the_default_comes_first_and_there_is_one(three):
    maya, _, bert, carl = three
    assert act(maya, methods.make_default, method=WALLET, account=carl.id).default
    assert labels(maya) == ["Carl", "Anna", "Bert"]
    act(maya, methods.make_default, method=WALLET, account=bert.id)
    assert labels(maya) == ["Bert", "Anna", "Carl"]
    assert [one.default for one in act(maya, methods.ways, method=WALLET)] == [True, False, False]
    assert labels(maya, BANK) == ["Anna", "Bert", "Carl"]


def test_the_database_holds_one_default(three, admin):
    maya, anna, *_ = three
    act(maya, methods.make_default, method=WALLET, account=anna.id)
    with pytest.raises(IntegrityError, match="uq_payment_method_default"):
        admin("UPDATE payment_method SET is_default = true WHERE owner = :id", id=maya.person)


def test_two_tabs_make_different_defaults(three):
    maya, *own = three
    made = at_once(
        [lambda one=one: act(maya, methods.make_default, method=WALLET, account=one.id) for one in own for _ in "ab"]
    )
    assert all(isinstance(one, methods.Way) for one in made)
    assert sum(one.default for one in act(maya, methods.ways, method=WALLET)) == 1


def test_moving(three):
    maya, anna, bert, carl = three
    act(maya, methods.move, method=WALLET, account=carl.id, to=1)
    assert labels(maya) == ["Anna", "Carl", "Bert"]
    act(maya, methods.move, method=WALLET, account=anna.id, to=99)
    assert labels(maya) == ["Carl", "Bert", "Anna"]
    act(maya, methods.make_default, method=WALLET, account=anna.id)
    act(maya, methods.move, method=WALLET, account=bert.id, to=-5)
    assert labels(maya) == ["Anna", "Bert", "Carl"]


def test_an_own_name_and_back_to_the_accounts(three):
    maya, anna, *_ = three
    act(maya, methods.rename, method=WALLET, account=anna.id, label=" Daily\tmoney ")
    assert labels(maya) == ["Daily money", "Bert", "Carl"]
    act(maya, accounts.rename, account=anna.id, name="Zoe")
    assert act(maya, methods.rename, method=WALLET, account=anna.id, label=" ").label == "Zoe"
    assert labels(maya) == ["Zoe", "Bert", "Carl"]
    assert code_of(act, maya, methods.rename, method=WALLET, account=anna.id, label="x" * 61) == "too_long"


def test_an_account_opened_later_comes_last(three, opened):
    maya, *_, carl = three
    act(maya, methods.move, method=WALLET, account=carl.id, to=0)
    opened(maya, name="Aaron")
    assert labels(maya) == ["Carl", "Anna", "Bert", "Aaron"]


def test_removed_undone_and_added_again(three):
    maya, _, bert, _ = three
    act(maya, methods.rename, method=WALLET, account=bert.id, label="Second")
    act(maya, methods.make_default, method=WALLET, account=bert.id)
    gone = act(maya, methods.remove, method=WALLET, account=bert.id)
    assert gone.default
    assert labels(maya) == ["Anna", "Carl"]
    assert "Bert" in labels(maya, BANK)
    assert code_of(act, maya, methods.rename, method=WALLET, account=bert.id, label="x") == "unknown_way"
    act(maya, methods.restore, method=WALLET, account=bert.id, default=gone.default)
    act(maya, methods.restore, method=WALLET, account=bert.id)
    assert labels(maya) == ["Second", "Anna", "Carl"]
    act(maya, methods.remove, method=WALLET, account=bert.id)
    assert [one.id for one in act(maya, methods.addable, method=WALLET)] == [bert.id]
    assert not act(maya, methods.add, method=WALLET, account=bert.id).default
    assert labels(maya) == ["Anna", "Carl", "Bert"]
    assert code_of(act, maya, methods.add, method=WALLET, account=bert.id) == "way_known"


def test_the_last_way_stays(three):
    maya, anna, bert, carl = three
    act(maya, methods.remove, method=WALLET, account=anna.id)
    act(maya, accounts.freeze, account=bert.id)
    assert code_of(act, maya, methods.remove, method=WALLET, account=carl.id) == "last_way"
    act(maya, methods.remove, method=WALLET, account=bert.id)
    assert labels(maya) == ["Carl"]


def test_what_is_blocked_or_closed_is_shown_with_its_reason_and_not_offered(three):
    maya, anna, bert, _ = three
    act(maya, methods.make_default, method=WALLET, account=anna.id)
    act(maya, accounts.freeze, account=anna.id)
    act(maya, accounts.close, account=bert.id)
    shown = {one.label: one.unusable for one in act(maya, methods.ways, method=WALLET)}
    assert shown == {
        "Anna": "This account is blocked: no money can leave it.",
        "Bert": "This account is closed.",
        "Carl": "",
    }
    assert labels(maya) == ["Carl"]
    assert code_of(act, maya, methods.make_default, method=WALLET, account=bert.id) == "account_closed"
    act(maya, methods.remove, method=WALLET, account=anna.id)
    assert act(maya, methods.addable, method=WALLET) == []
    assert code_of(act, maya, methods.add, method=WALLET, account=anna.id) == "account_frozen"
    act(maya, accounts.unfreeze, account=anna.id)
    assert [one.id for one in act(maya, methods.addable, method=WALLET)] == [anna.id]


def test_an_account_that_was_closed_before_anything_was_said_is_not_shown(three):
    maya, anna, *_ = three
    act(maya, accounts.close, account=anna.id)
    assert [one.label for one in act(maya, methods.ways, method=WALLET)] == ["Bert", "Carl"]


def test_what_cannot_pay_is_refused(person, opened):
    maya = person("Maya Lind")
    giro, dollars = opened(maya, name="Giro", custody="tracked"), opened(maya, name="Dollars", of="USD")
    assert code_of(act, maya, methods.add, method=WALLET, account=giro.id) == "cannot_pay"
    assert code_of(act, maya, methods.add, method=BANK, account=dollars.id) == "cannot_pay"
    assert code_of(act, maya, methods.make_default, method=BANK, account=dollars.id) == "unknown_way"


def test_the_iban_is_the_accounts_own(person, opened):
    maya = person("Maya Lind")
    giro, here = opened(maya, name="Giro", custody="tracked"), opened(maya, name="Here")
    other = opened(maya, name="Other", custody="tracked")
    for one in (giro, other):
        act(maya, methods.remove, method=BANK, account=one.id)
    added = act(maya, methods.add, method=BANK, account=giro.id, iban="de89 3704 0044 0532 0130 00")
    assert added.iban == IBAN
    assert act(maya, accounts.account, number=giro.id).bank_number == IBAN
    assert code_of(act, maya, methods.add, method=BANK, account=other.id, iban="DE89 3704") == "bad_iban"
    assert code_of(act, maya, methods.add, method=BANK, account=other.id, iban=IBAN) == "bank_number_taken"
    assert labels(maya, BANK) == ["Here", "Giro"]
    assert code_of(act, maya, methods.set_iban, account=here.id, iban=IBAN) == "not_tracked"


def test_nobody_orders_or_sees_the_ways_of_another(three, person, opened, admin):
    maya, anna, *_ = three
    omar = person("Omar Haddad")
    opened(omar, name="His")
    act(maya, methods.make_default, method=WALLET, account=anna.id)
    for call, more in (
        (methods.rename, {"label": "Mine"}),
        (methods.make_default, {}),
        (methods.move, {"to": 0}),
        (methods.remove, {}),
        (methods.restore, {"default": True}),
    ):
        assert code_of(act, omar, call, method=WALLET, account=anna.id, **more) == "unknown_way"
    assert code_of(act, omar, methods.add, method=WALLET, account=anna.id) == "unknown_account"
    assert labels(omar) == ["His"]
    with work(omar.person) as session:
        assert (
            session.scalar(text("SELECT count(*) FROM payment_method WHERE owner <> :own"), {"own": omar.person}) == 0
        )
    with pytest.raises(IntegrityError, match="fk_payment_method_account"):
        admin("UPDATE payment_method SET owner = :id WHERE is_default", id=omar.person)


def test_who_leaves_takes_the_ways_along(three, admin):
    maya, anna, *_ = three
    act(maya, methods.make_default, method=WALLET, account=anna.id)
    admin("UPDATE person SET status = 'closed' WHERE id = :id", id=maya.person)
    admin("SELECT erase_person(:id, 'asked')", id=maya.person)
    assert admin("SELECT count(*) FROM payment_method") == [(0,)]
