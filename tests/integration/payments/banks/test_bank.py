"""Payments through banks: held back, sent, settled once, and made good where the bank does not carry them out."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from fintwin.db.work import system_work, work
from fintwin.identity.principal import Principal
from fintwin.kernel.clock import system_clock, today
from fintwin.kernel.errors import Busy, Conflict, FinTwinError, Invalid, InvalidFields, NotFound, Refused
from fintwin.ledger import accounts, history, reconciliation, verify
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.awaited import Seen
from fintwin.payments import bank, bank_orders, bank_outcomes
from fintwin.payments.bank_answers import read
from fintwin.payments.rail import Answer
from fintwin.payments.trial_rail import TrialRail
from tests.integration.crowd import locks_lower_first

OWN = "DE89370400440532013000"
THEIRS = "NL91ABNA0417164300"
TODAY = today(system_clock, zone="UTC")


@dataclass
class Desk:
    """One person's bank orders."""

    who: Principal
    account: AccountView
    key: object
    admin: object

    def call(self, use_case, *positional, **named):
        with work(self.who.person) as session:
            return use_case(session, self.who, *positional, **named)

    def order(self, amount="30.00", **more):
        values = {"account": self.account.id, "name": "Jörg", "iban": THEIRS, "remittance": "Rent", "key": self.key()}
        return self.call(bank.order, amount=amount, **{**values, **more})

    def send(self, **more):
        return self.call(bank.send, account=self.account.id, payer_iban=OWN, **more)

    def answer(self, *answers):
        return self.call(bank_outcomes.take_answers, answers=answers)

    def view(self, order):
        return self.call(bank_orders.view, order=order.id)

    def money(self) -> tuple[D, D]:
        """What is booked and what is held back."""
        return self.admin("SELECT posted_balance, held_balance FROM account WHERE id = :id", id=self.account.id)[0]

    def whole(self) -> None:
        with system_work() as session:
            assert verify.run(session) == []


@pytest.fixture(params=["held", "tracked"])
def desk(request, database, person, opened, key, admin) -> Desk:
    maya = person("Maya")
    return Desk(maya, opened(maya, "100.00", custody=request.param), key, admin)


@pytest.fixture
def held(database, person, opened, key, admin) -> Desk:
    maya = person("Maya")
    return Desk(maya, opened(maya, "100.00"), key, admin)


def settled(order, **more) -> Answer:
    return Answer("settled", order.end_to_end, amount=order.amount, currency="EUR", **more)


def returned(order) -> Answer:
    return Answer("returned", order.end_to_end, amount=order.amount, currency="EUR", reason="AC04")


def test_an_order_waits_goes_out_and_is_settled_once(desk):
    order = desk.order()
    assert (order.status, desk.money()) == ("ready", (D(100), D(30)))
    file = desk.send()
    assert desk.view(order).status == "sent"
    message, document = desk.call(bank.file, file=file)
    assert order.end_to_end.encode() in document
    assert desk.call(bank.file, file=file) == (message, document)
    assert desk.answer(settled(order, on=TODAY), settled(order)).settled == 1
    assert desk.answer(settled(order)).known == 1
    assert (desk.view(order).status, desk.money()) == ("settled", (D(70), D(0)))
    desk.whole()


def test_an_order_keeps_what_was_typed_and_its_file_spells_it_for_every_bank(held):
    order = held.order(name="  Łukasz & Söhne ", remittance="Miete für März")
    assert (order.name, order.remittance) == ("Łukasz & Söhne", "Miete für März")
    assert bank_orders.in_file(order) == ("Lukasz + Soehne", "Miete fuer Maerz")
    _, document = held.call(bank.file, file=held.send())
    text = document.decode()
    assert "<Nm>Lukasz + Soehne</Nm>" in text
    assert "<Ustrd>Miete fuer Maerz</Ustrd>" in text
    held.whole()


def test_a_refused_order_lets_its_money_go_once_and_says_why(desk, admin):
    order = desk.order()
    desk.send()
    told = admin("SELECT count(*) FROM outbox WHERE kind = 25")[0][0]
    taken = desk.answer(Answer("refused", order.end_to_end, reason="AC04"))
    assert (taken.refused, desk.answer(Answer("refused", order.end_to_end)).known) == (1, 1)
    seen = desk.view(order)
    assert (seen.status, seen.reason, desk.money()) == ("refused", "The account is closed.", (D(100), D(0)))
    assert admin("SELECT count(*) FROM outbox WHERE kind = 25")[0][0] == told + 1
    desk.whole()


def test_a_settled_order_that_comes_back_is_reversed_once_and_linked(desk, admin):
    order = desk.order()
    desk.send()
    assert desk.answer(settled(order), returned(order), returned(order), settled(order)) == bank_outcomes.Taken(
        1, 0, 1, 2
    )
    seen = desk.view(order)
    assert (seen.status, seen.reason, desk.money()) == ("returned", "The account is closed.", (D(100), D(0)))
    assert admin("SELECT related FROM transaction WHERE id = :id", id=seen.reversal) == [(order.transaction,)]
    desk.whole()


def test_another_amount_changes_nothing_and_is_said(desk):
    order = desk.order()
    desk.send()
    taken = desk.answer(Answer("settled", order.end_to_end, amount=D("29.99"), currency="EUR"))
    assert "another amount" in taken.odd[0]
    assert (desk.view(order).status, desk.money()) == ("sent", (D(100), D(30)))


def test_an_answer_for_a_blocked_account_waits_and_keeps_no_other_back(desk, opened):
    other = Desk(desk.who, opened(desk.who, "100.00", name="Other"), desk.key, desk.admin)
    blocked, free = desk.order(), other.order()
    desk.send()
    other.send()
    desk.call(accounts.freeze, account=desk.account.id)
    file = (settled(blocked), settled(free))
    for known in (0, 1):
        taken = desk.answer(*file)
        assert (taken.settled, taken.returned, taken.known) == (1 - known, 0, known)
        [sentence] = taken.waiting
        assert "paid Jörg" in sentence
        assert "blocked" in sentence
        assert (desk.view(blocked).status, desk.view(blocked).reason) == ("sent", sentence)
        assert (desk.money(), other.money()) == ((D(100), D(30)), (D(70), D(0)))
    desk.call(accounts.unfreeze, account=desk.account.id)
    assert desk.answer(*file) == bank_outcomes.Taken(settled=1, known=1)
    assert (desk.view(blocked).status, desk.money()) == ("settled", (D(70), D(0)))
    desk.whole()


@pytest.mark.parametrize("files", ["two", "one", "newest_first"])
def test_what_comes_back_while_it_waits_to_be_settled_never_left_and_says_so(desk, files):
    order = desk.order()
    desk.send()
    desk.call(accounts.freeze, account=desk.account.id)
    said = (settled(order), returned(order))
    if files == "two":
        assert len(desk.answer(said[0]).waiting) == 1
        assert desk.answer(said[1]) == bank_outcomes.Taken(returned=1)
    else:
        assert desk.answer(*said[:: 1 if files == "one" else -1]) == bank_outcomes.Taken(returned=1)
    for _ in range(2):
        seen = desk.view(order)
        assert (seen.status, seen.reversal, seen.waits) == ("returned", None, False)
        assert seen.reason == "The bank paid it and gave it back. The account is closed."
        assert desk.money() == (D(100), D(0))
        desk.call(accounts.unfreeze, account=desk.account.id)
        assert desk.answer(*said) == bank_outcomes.Taken(known=2)
    rows = [Seen(n, desk.account.id, "EUR", D(30 * (-1) ** n), TODAY, order.end_to_end) for n in (1, 2)]
    assert desk.call(bank_outcomes.settle_rows, rows) == {}
    desk.whole()


def test_what_left_counts_before_what_came_back_however_the_bank_lists_them(desk):
    order = desk.order()
    desk.send()
    assert desk.answer(returned(order), settled(order)) == bank_outcomes.Taken(settled=1, returned=1)
    assert desk.view(order).reversal is not None
    assert desk.money() == (D(100), D(0))
    desk.whole()


def test_an_answer_for_a_day_that_is_closed_waits_until_the_day_is_open_again(database, person, opened, key, admin):
    maya, day = person("Maya"), TODAY - timedelta(days=3)
    desk = Desk(maya, opened(maya, custody="tracked"), key, admin)
    before = {"balance": D(100), "on": day - timedelta(days=3), "key": key()}
    desk.call(accounts.state_balance, account=desk.account.id, **before)
    first, second = desk.order(), desk.order()
    desk.send()
    desk.answer(settled(first, on=day))
    desk.call(reconciliation.assert_balance, account=desk.account.id, day=day, balance="70.00")
    file = (replace(returned(first), on=day), settled(second, on=day))
    assert len(desk.answer(*file).waiting) == 2
    assert [(desk.view(one).status, desk.view(one).waits) for one in (first, second)] == [
        ("settled", True),
        ("sent", True),
    ]
    assert [one.id for one in desk.call(bank_orders.orders)] == [second.id, first.id]
    desk.call(reconciliation.release, account=desk.account.id)
    assert desk.answer(*file) == bank_outcomes.Taken(settled=1, returned=1)
    assert desk.money() == (D(70), D(0))
    desk.whole()


def test_what_comes_back_after_the_archive_is_said_and_keeps_no_other_answer_back(desk):
    first, other = desk.order(), desk.order()
    desk.send()
    desk.answer(settled(first))
    assert desk.call(history.archive, until=TODAY) > 0
    taken = desk.answer(returned(first), settled(other))
    assert (taken.settled, taken.returned) == (1, 0)
    [sentence] = taken.odd
    assert "is archived" in sentence
    assert [desk.view(one).status for one in (first, other)] == ["settled", "settled"]
    assert desk.money() == (D(40), D(0))
    desk.whole()


def test_a_whole_message_or_one_day_of_it_is_refused(held):
    now, later = held.order("10.00"), held.order("20.00", execute_on=TODAY + timedelta(days=2))
    message, _ = held.call(bank.file, file=held.send())
    assert held.answer(Answer("refused", message=f"{message}-2")).refused == 1
    assert (held.view(now).status, held.view(later).status) == ("sent", "refused")
    assert held.answer(Answer("refused", message=message)) == bank_outcomes.Taken(refused=1, known=1)
    assert held.answer(Answer("refused", message="FTnobody")) == bank_outcomes.Taken()


def test_what_is_held_back_cannot_be_ordered_twice(held):
    held.order("80.00")
    with pytest.raises(Refused) as poor:
        held.order("30.00")
    assert poor.value.code == "not_enough_funds"


def test_an_order_can_be_cancelled_until_it_leaves(desk):
    first, second = desk.order("10.00"), desk.order("20.00")
    assert desk.call(bank.cancel, order=first.uuid).status == "cancelled"
    assert desk.call(bank.cancel, order=first.uuid).status == "cancelled"
    desk.send()
    with pytest.raises(Refused) as gone:
        desk.call(bank.cancel, order=second.uuid)
    assert gone.value.code == "already_sent"
    assert desk.money() == (D(100), D(20))
    with pytest.raises(Refused):
        desk.send()


def test_the_same_form_twice_orders_once(desk):
    first = desk.order(key="form")
    assert desk.order(key="form") == first
    with pytest.raises(Conflict):
        desk.order("31.00", key="form")
    assert desk.money() == (D(100), D(30))


@pytest.mark.parametrize(
    ("mood", "status", "money"),
    [
        ("settles", "settled", (D(70), D(0))),
        ("answers_twice", "settled", (D(70), D(0))),
        ("refuses_later", "refused", (D(100), D(0))),
        ("returns", "returned", (D(100), D(0))),
        ("silent", "sent", (D(100), D(30))),
    ],
)
def test_a_rail_in_every_mood(held, mood, status, money):
    rail = TrialRail(mood)
    order = held.order(rail="trial")
    held.send(rail=rail)
    for _ in range(2):
        held.call(bank_outcomes.poll, rail=rail)
    assert (held.view(order).status, held.money()) == (status, money)
    held.whole()


def test_a_rail_that_refuses_at_once_costs_nothing(held):
    order = held.order(rail="trial")
    assert held.send(rail=TrialRail("refuses")) is None
    seen = held.view(order)
    assert (seen.status, seen.reason) == ("refused", "The bank does not take this.")
    assert held.money() == (D(100), D(0))


def test_a_rail_that_times_out_is_asked_again_and_pays_once(held):
    rail = TrialRail("times_out")
    order = held.order(rail="trial")
    with pytest.raises(Busy):
        held.send(rail=rail)
    assert (held.view(order).status, held.money()) == ("ready", (D(100), D(30)))
    rail.mood = "settles"
    held.send(rail=rail)
    held.call(bank_outcomes.poll, rail=rail)
    assert rail.carried == [order.end_to_end]
    assert held.money() == (D(70), D(0))


def test_a_row_of_a_statement_settles_and_gives_back(desk):
    order = desk.order()
    desk.send()
    out = Seen(7, desk.account.id, "EUR", D("-30.00"), TODAY, order.end_to_end)
    back = Seen(8, desk.account.id, "EUR", D("30.00"), TODAY, order.end_to_end)
    other = Seen(9, desk.account.id, "EUR", D("-31.00"), TODAY, order.end_to_end)
    assert desk.call(bank_outcomes.settle_rows, [other]) == {}
    assert desk.call(bank_outcomes.settle_rows, [out]) == {7: order.transaction}
    assert desk.call(bank_outcomes.settle_rows, [out]) == {7: order.transaction}
    found = desk.call(bank_outcomes.settle_rows, [back, out])
    assert found == {7: order.transaction, 8: desk.view(order).reversal}
    assert desk.money() == (D(100), D(0))
    desk.whole()


def test_by_hand_where_no_file_says_it(desk):
    first, second = desk.order("10.00"), desk.order("20.00")
    with pytest.raises(Refused):
        desk.call(bank_outcomes.answer_by_hand, order=first.uuid, settled=True)
    desk.send()
    desk.call(bank_outcomes.answer_by_hand, order=first.uuid, settled=True)
    desk.call(bank_outcomes.answer_by_hand, order=second.uuid, settled=False)
    assert desk.money() == (D(90), D(0))


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"iban": "DE88370400440532013000"}, "bad_iban"),
        ({"amount": "0"}, "amount_not_positive"),
        ({"amount": "1.001"}, "amount_decimals"),
        ({"name": "北京"}, "bad_name"),
        ({"remittance": "x" * 141}, "too_long"),
        ({"execute_on": TODAY - timedelta(days=1)}, "date_in_past"),
        ({"execute_on": date(2150, 1, 1)}, "date_too_late"),
        ({"account": 99999}, "unknown_account"),
        ({"key": ""}, "no_key"),
    ],
)
def test_what_no_bank_would_take_is_refused_in_words(held, more, code):
    with pytest.raises(FinTwinError) as refused:
        held.order(**more)
    assert refused.value.code == code
    assert held.money() == (D(100), D(0))


def test_all_that_no_bank_would_take_is_named_at_once(held):
    with pytest.raises(InvalidFields) as refused:
        held.order(name="北京", iban="NL91", amount="0", remittance="x" * 141)
    assert [fault.field for fault in refused.value.faults] == ["name", "iban", "remittance", "amount"]


def test_euros_only_and_an_iban_to_debit(held, opened):
    dollars = opened(held.who, "100.00", name="Dollars", of="USD")
    with pytest.raises(Refused) as refused:
        held.order(account=dollars.id)
    assert refused.value.code == "not_euro"
    held.order()
    with pytest.raises(Invalid) as none:
        held.call(bank.send, account=held.account.id)
    assert none.value.field == "payer_iban"


def test_nobody_answers_for_anothers_order(held, person):
    order = held.order()
    held.send()
    eve = person("Eve")
    with work(eve.person) as session:
        assert bank_outcomes.take_answers(session, eve, answers=[settled(order)]) == bank_outcomes.Taken()
        assert bank_orders.orders(session, eve) == []
        with pytest.raises(NotFound):
            bank.cancel(session, eve, order=order.uuid)
    assert held.view(order).status == "sent"


@pytest.mark.parametrize("verdict", ["settled", "returned", "refused"])
@pytest.mark.parametrize("table", ["transaction", "account"])
def test_answers_lock_the_lower_first_whichever_way_they_come(held, opened, database, verdict, table):
    lower, higher = held.account, opened(held.who, "100.00", name="Two")
    for up in (True, False):
        # The order that was made first is of the account that was opened last.
        orders = [held.order("5.00", account=account.id) for account in (higher, lower)]
        if verdict == "returned":
            held.answer(*map(settled, orders))
        answers = [Answer(verdict, one.end_to_end, reason="AC04") for one in (orders if up else orders[::-1])]
        rows = [one.transaction for one in orders] if table == "transaction" else [lower.id, higher.id]
        assert locks_lower_first(database.admin_url, lambda said=answers: held.answer(*said), table, rows), up
        assert [held.view(one).status for one in orders] == [verdict] * 2
    held.whole()


def test_sending_locks_the_lower_order_first(held, database):
    rows = [held.order("5.00").transaction for _ in range(2)]
    assert locks_lower_first(database.admin_url, held.send, "transaction", rows)


def test_a_statement_of_the_bank_as_it_comes(held):
    order = held.order()
    held.send()
    data = (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Ntry><Amt Ccy="EUR">30.00</Amt>'
        f"<CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{TODAY}</Dt></BookgDt><NtryDtls><TxDtls><Refs>"
        f"<EndToEndId>{order.end_to_end}</EndToEndId></Refs></TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>"
    ).encode()
    assert held.call(bank_outcomes.take_answers, answers=read(data)).settled == 1
