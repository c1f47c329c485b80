"""From a file to the books and back."""

import json
from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from sqlalchemy import create_engine, text

from fintwin.db import migrate
from fintwin.db.address import parsed
from fintwin.db.work import work
from fintwin.kernel.errors import Invalid, InvalidFields, NotFound, Refused
from fintwin.kernel.money import currency
from fintwin.ledger import accounts, categories, posting, reconciliation
from fintwin.ledger import service as books
from fintwin.statements import batches, booking, jobs, matching, service, undoing
from tests.integration.statements.conftest import Desk

EUR = currency("EUR")


def test_a_file_opens_its_account_and_fills_it(desk):
    found = desk.check("nl_rabobank.csv")
    assert (found.status, found.counts) == ("ready", {"new": 2})
    [part] = found.parts
    assert (part.number, part.account, part.name) == ("NL02RABO0123456789", None, "Account ··6789")
    assert part.proof.holds
    assert desk.accounts() == []

    done = desk.book(found)
    assert (done.status, done.done, done.total, done.counts) == ("done", 2, 2, {"new": 2})
    [account] = desk.accounts()
    assert (account.custody, account.bank_number, account.posted) == ("tracked", "NL02RABO0123456789", D("4751.89"))
    assert account.known_since == date(2026, 11, 17)
    assert done.parts[0].books == done.parts[0].proof.closing == D("4751.89")
    assert sorted((row.booked, row.amount) for row in desk.register() if row.payee) == [
        (date(2026, 11, 18), D("3900.00")),
        (date(2026, 11, 20), D("-148.11")),
    ]


def test_whoever_begins_with_a_file_can_choose_among_the_usual_categories(desk):
    found = desk.check("nl_rabobank.csv")
    assert desk.call(categories.categories) == []
    desk.book(found)
    assert len(desk.call(categories.categories)) == len(categories.DEFAULTS)


def test_books_from_before_get_the_usual_categories_with_their_next_file(desk, csv_of, admin):
    desk.take("begin.csv", csv_of(("2026-11-20", "Shop", "-1.50")))
    admin("DELETE FROM category")
    desk.take("more.csv", csv_of(("2026-11-21", "Shop", "-2.50")))
    assert len(desk.call(categories.categories)) == len(categories.DEFAULTS)


def test_the_same_file_again_adds_nothing(desk):
    desk.take("de_sparkasse_cp1252.csv")
    again = desk.check("de_sparkasse_cp1252.csv")
    assert again.counts == {"duplicate": 4, "left_out": 1}
    done = desk.book(again)
    assert (done.status, done.total) == ("done", 0)
    assert len(desk.register()) == 4


def test_two_checks_of_one_file_book_it_once(desk):
    first, second = desk.check("de_sparkasse_cp1252.csv"), desk.check("de_sparkasse_cp1252.csv")
    assert first.counts == second.counts
    desk.book(first)
    assert desk.book(second).counts == {"duplicate": 4, "left_out": 1}
    assert len(desk.register()) == 4


def test_an_overlapping_file_adds_only_the_new_ones(desk, csv_of):
    early = [("2026-11-01", "Shop", "-1.50"), ("2026-11-02", "Bus", "-2.00"), ("2026-11-02", "Bus", "-2.00")]
    late = [*early[1:], ("2026-11-02", "Bus", "-2.00"), ("2026-11-05", "Salary", "900.00")]
    desk.take("early.csv", csv_of(*early))
    assert desk.take("late.csv", csv_of(*late)).counts == {"duplicate": 2, "new": 2}
    [account] = desk.accounts()
    assert account.posted == D("892.50")
    assert not account.known


def test_csv_then_ofx_of_the_same_account_adds_nothing(desk):
    number = b"NL91ABNA0417164300"
    csv = (
        b"Rekening;Datum;Naam;Bedrag;Munt\n"
        + number
        + b";20-11-2026;Energie BV;-148,11;EUR\n"
        + number
        + b";18-11-2026;Noorderwind;3900,00;EUR\n"
    )
    ofx = (
        b"OFXHEADER:100\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR<BANKACCTFROM><BANKID>ABNA<ACCTID>0417164300"
        b"</BANKACCTFROM><BANKTRANLIST><STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20261120<TRNAMT>-148.11<FITID>F1<NAME>ENERGIE</STMTTRN>"
        b"<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20261118<TRNAMT>3900.00<FITID>F2<NAME>NOORDERWIND</STMTTRN></BANKTRANLIST>"
        b"<LEDGERBAL><BALAMT>4751.89<DTASOF>20261121</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
    )
    desk.take("november.csv", csv)
    [before] = desk.accounts()
    done = desk.take("november.ofx", ofx)
    assert done.counts == {"duplicate": 2}
    [account] = desk.accounts()
    assert account.id == before.id
    assert (account.posted, account.known) == (D("4751.89"), True)


def test_an_older_file_keeps_the_balance_of_today(desk, csv_of):
    desk.take(
        "november.csv", csv_of(("2026-11-10", "Shop", "-10.00"), ("2026-11-20", "Salary", "500.00"), opening="100.00")
    )
    desk.take(
        "october.csv", csv_of(("2026-10-10", "Shop", "-30.00"), ("2026-10-20", "Salary", "70.00"), opening="60.00")
    )
    [account] = desk.accounts()
    assert (account.posted, account.known_since) == (D("590.00"), date(2026, 10, 9))
    openings = [row for row in desk.register() if row.booked == date(2026, 10, 9)]
    assert [row.amount for row in openings] == [D("60.00")]


def test_what_a_person_said_of_the_balance_stays_when_older_rows_come(desk, csv_of):
    with work(desk.who.person) as session:
        account = accounts.open_account(
            session, desk.who, name="Everyday", type="checking", custody="tracked", currency=EUR, key="k",
            opening=D("1000.00"), opened=date(2026, 11, 21), bank_number="DE02120300000000202051",
        )  # fmt: skip
    done = desk.take("november.csv", csv_of(("2026-11-10", "Shop", "-10.00"), ("2026-11-12", "Salary", "500.00")))
    assert done.parts[0].account.id == account.id
    [account] = desk.accounts()
    assert (account.posted, account.known_since) == (D("1000.00"), date(2026, 11, 9))
    undone = desk.undo(done)
    [account] = desk.accounts()
    assert (undone.status, account.posted) == ("undone", D("1000.00"))


def test_one_step_undoes_a_whole_import(desk):
    done = desk.take("nl_rabobank.csv")
    undone = desk.undo(done)
    assert (undone.status, undone.counts) == ("undone", {"new": 2})
    assert desk.register() == []
    [account] = desk.accounts(closed=True)
    assert (account.posted, account.status, account.known) == (D("0.0000"), "closed", False)
    again = desk.take("nl_rabobank.csv")
    assert again.counts == {"new": 2}
    [account] = desk.accounts()
    assert account.posted == D("4751.89")


def test_rows_changed_since_are_kept_and_listed_by_an_undo(desk, csv_of):
    rows = [("2026-11-01", "Shop", "-1.50"), ("2026-11-02", "Bus", "-2.00"), ("2026-11-03", "Kiosk", "-3.00")]
    done = desk.take("three.csv", csv_of(*rows))
    by_payee = {row.payee: row for row in desk.register()}
    desk.call(books.classify, transaction=by_payee["Bus"].id, note="to my aunt")
    desk.call(books.reverse, transaction=by_payee["Kiosk"].id, key="gone")
    undone = desk.undo(done)
    assert undone.counts == {"new": 1, "kept": 1, "removed": 1}
    assert [row.payee for row in desk.rows(undone, "kept")] == ["Bus"]
    assert [row.payee for row in desk.register()] == ["Bus"]
    assert desk.take("three.csv", csv_of(*rows)).counts == {"new": 1, "duplicate": 2}
    assert sorted(row.payee for row in desk.register()) == ["Bus", "Shop"]


def test_a_row_that_a_person_removed_singly_is_not_brought_back(desk, csv_of):
    rows = [("2026-11-01", "Shop", "-1.50"), ("2026-11-02", "Bus", "-2.00")]
    desk.take("two.csv", csv_of(*rows))
    shop = next(row for row in desk.register() if row.payee == "Shop")
    desk.call(books.reverse, transaction=shop.id, key="gone")
    assert desk.take("two.csv", csv_of(*rows)).counts == {"duplicate": 2}


def test_what_was_entered_by_hand_is_linked_not_booked_again(desk, csv_of):
    done = desk.take("one.csv", csv_of(("2026-11-01", "Shop", "-1.50")))
    account = done.parts[0].account
    desk.call(books.withdraw, account=account.id, amount="9.90", key="hand", booked=date(2026, 11, 4), payee="Bakery")
    found = desk.check("two.csv", csv_of(("2026-11-06", "BAKERY SOL", "-9.90"), ("2026-11-07", "Kiosk", "-2.00")))
    assert found.counts == {"same": 1, "new": 1}
    assert desk.rows(found, "same")[0].sentence == "The same as what you entered for 4 Nov 2026."
    desk.book(found)
    assert len(desk.register()) == 3
    assert desk.take("two.csv", csv_of(("2026-11-06", "BAKERY SOL", "-9.90"))).counts == {"duplicate": 1}


def test_rows_can_be_put_right_left_out_and_added_anyway(desk, csv_of):
    found = desk.check("faulty_rows.csv")
    assert found.counts == {"new": 2, "error": 3, "left_out": 2}
    bakery, kiosk = (next(r for r in desk.rows(found, "error") if r.line == line) for line in (3, 4))
    with pytest.raises(Invalid, match="There is no 31 February"):
        desk.call(service.mend_row, uuid=found.uuid, number=bakery.number, booked="31.02.2026", amount="-8.70")
    with pytest.raises(InvalidFields) as wrong:
        desk.call(service.mend_row, uuid=found.uuid, number=bakery.number, booked="31.02.2026", amount="much")
    assert [fault.field for fault in wrong.value.faults] == ["booked", "amount"]
    assert (
        desk.call(service.mend_row, uuid=found.uuid, number=bakery.number, booked="28.02.2026", amount="-8.70") == "new"
    )
    assert (
        desk.call(service.mend_row, uuid=found.uuid, number=kiosk.number, booked="2026-11-19", amount="-2.00") == "new"
    )
    strom = next(row for row in desk.rows(found, "new") if row.payee == "Strom AG")
    assert desk.call(service.choose_row, uuid=found.uuid, number=strom.number, add=False) == "left_out"
    assert [(part.left, part.left_sum) for part in desk.view(found.uuid).parts] == [(1, strom.amount)]
    assert desk.view(found.uuid).rows == found.rows
    done = desk.book(desk.view(found.uuid))
    assert done.counts == {"new": 3, "error": 1, "left_out": 3}
    assert sorted(row.amount for row in desk.register()) == [D("-8.70"), D("-2.00"), D("3900.00")]

    desk.take("twin.csv", csv_of(("2026-11-01", "Shop", "-1.50")))
    again = desk.check("twin.csv", csv_of(("2026-11-01", "Shop", "-1.50")))
    [row] = desk.rows(again, "duplicate")
    assert desk.call(service.choose_row, uuid=again.uuid, number=row.number, add=True) == "new"
    assert desk.book(desk.view(again.uuid)).counts == {"new": 1}


def test_questions_are_answered_before_booking(desk):
    found = desk.check("ambiguous_days.csv")
    with pytest.raises(Refused) as refusal:
        desk.call(service.commit, uuid=found.uuid)
    assert refusal.value.code == "question_open"
    desk.call(service.choose, uuid=found.uuid, dates="mdy")
    answered = desk.read(found.uuid)
    assert answered.recognised.ask == ()
    assert desk.book(answered).status == "done"
    assert {row.booked for row in desk.register()} == {date(2026, 3, 4), date(2026, 5, 4), date(2026, 4, 6)}


def test_a_file_without_a_number_asks_for_nothing_twice(desk):
    with work(desk.who.person) as session:
        names = ["Everyday", "Savings"]
        everyday, savings = (
            accounts.open_account(session, desk.who, name=n, type="checking", custody="tracked", currency=EUR, key=n)
            for n in names
        )
    found = desk.check("es_fecha.csv")
    assert found.parts[0].account is None
    desk.call(service.choose, uuid=found.uuid, account=(0, savings.id))
    done = desk.book(desk.read(found.uuid))
    assert done.parts[0].account.id == savings.id
    again = desk.check("es_fecha.csv")
    assert (again.seen_before, again.parts[0].account.id) == (True, savings.id)
    desk.call(service.choose, uuid=again.uuid, account=(0, matching.NEW))
    assert desk.read(again.uuid).parts[0].account is None
    assert everyday.id != savings.id


def test_rows_of_two_accounts_go_to_two_accounts(desk):
    done = desk.take("xml_two_accounts.qfx")
    assert [(part.name, part.account.type, part.account.posted) for part in done.parts] == [
        ("Checking ··2051", "checking", D("4751.89")),
        ("Credit card ··0004", "credit", D("-31.99")),
    ]


def test_a_killed_import_goes_on_where_it_ended(desk, csv_of, monkeypatch):
    rows = [(f"2026-{1 + n // 100:02d}-{1 + n % 28:02d}", f"Shop {n}", "-1.00") for n in range(250)]
    found = desk.check("many.csv", csv_of(*rows, opening="1000.00"))
    monkeypatch.setattr(batches, "BATCH", 100)
    desk.call(service.commit, uuid=found.uuid)
    committed = 0

    def killed():
        nonlocal committed
        committed += 1
        if committed == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(batches, "checkpoint", killed)
    with pytest.raises(KeyboardInterrupt):
        booking.book(desk.who.person, found.id)
    half = desk.view(found.uuid)
    assert (half.status, half.done, half.total) == ("booking", 200, 250)
    monkeypatch.setattr(batches, "checkpoint", lambda: None)
    booking.book(desk.who.person, found.id)
    booking.book(desk.who.person, found.id)
    done = desk.view(found.uuid)
    assert (done.status, done.done, len(desk.rows(done, "new"))) == ("done", 250, 200)
    [account] = desk.accounts()
    assert account.posted == D("750.00")
    assert done.parts[0].books == D("750.00")


def test_what_another_file_is_still_booking_into_the_same_new_account_is_not_booked_twice(desk, csv_of, monkeypatch):
    rows = [("2026-11-10", f"Shop {n}", f"-{n}.00") for n in range(1, 31)]
    first, second = (desk.check(name, csv_of(*rows, opening="1000.00")) for name in ("first.csv", "second.csv"))
    assert first.counts == second.counts == {"new": 30}
    monkeypatch.setattr(batches, "BATCH", 10)

    def killed():
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(batches, "checkpoint", killed)
        desk.book(first)
    assert desk.view(first.uuid).done == 10
    assert desk.book(second).counts == {"duplicate": 30}
    booking.book(desk.who.person, first.id)
    [account] = desk.accounts()
    assert account.posted == D("1000.00") - sum(range(1, 31))


def test_a_batch_whose_answer_was_lost_is_not_booked_twice(desk, csv_of, monkeypatch):
    """The commit reached the database, its answer did not: the try after it finds nothing left to book."""
    rows = [("2026-11-10", f"Shop {n}", "-1.00") for n in range(30)]
    found = desk.check("thirty.csv", csv_of(*rows, opening="100.00"))
    desk.call(service.commit, uuid=found.uuid)
    once = batches.perform

    def twice(person, call):
        if "_called" in str(call):
            once(person, call)
        return once(person, call)

    monkeypatch.setattr(batches, "BATCH", 10)
    monkeypatch.setattr(batches, "perform", twice)
    booking.book(desk.who.person, found.id)
    done = desk.view(found.uuid)
    assert (done.status, done.done, done.total) == ("done", 30, 30)
    assert desk.accounts()[0].posted == D("70.00")
    desk.call(service.revert, uuid=found.uuid)
    undoing.undo(desk.who.person, found.id)
    undone = desk.view(found.uuid)
    assert (undone.status, undone.counts) == ("undone", {"new": 30})


def test_a_migration_back_and_forth_loses_no_row_and_no_duplicate(desk, database, admin):
    desk.take("nl_rabobank.csv")
    [account] = desk.accounts()
    migrate.downgrade(database.admin_url, to="0026")
    try:
        rows = admin("SELECT account FROM statement_row WHERE owner = :owner", owner=desk.who.person)
    finally:
        migrate.upgrade(database.admin_url)
    assert rows == [(account.id,)] * 2
    assert desk.check("nl_rabobank.csv").counts == {"duplicate": 2}


def test_an_import_into_a_blocked_account_ends_with_a_note(desk, csv_of):
    desk.take("october.csv", csv_of(("2026-10-10", "Shop", "-10.00"), opening="100.00"))
    [account] = desk.accounts()
    desk.call(accounts.freeze, account=account.id)
    done = desk.take("november.csv", csv_of(("2026-11-10", "Salary", "50.00"), opening="20.00"))
    assert (done.status, done.counts) == ("done", {"new": 1})
    assert done.parts[0].note == "This account is blocked: no money can leave it."
    [account] = desk.accounts()
    assert account.posted == D("140.00")
    undone = desk.undo(done)
    assert undone.status == "undone"
    assert undone.counts == {"kept": 1}
    assert "blocked" in desk.rows(undone, "kept")[0].sentence


def test_a_row_behind_a_reconciled_day_is_refused_alone_and_says_why(desk, csv_of):
    desk.take("october.csv", csv_of(("2026-10-10", "Shop", "-10.00"), opening="100.00"))
    [account] = desk.accounts()
    desk.call(reconciliation.assert_balance, account=account.id, day=date(2026, 10, 31), balance="90.00")
    done = desk.take("more.csv", csv_of(("2026-10-20", "Late", "-5.00"), ("2026-11-10", "Salary", "50.00")))
    assert done.counts == {"error": 1, "new": 1}
    assert "reconciled balance locks this account" in desk.rows(done, "error")[0].sentence
    assert desk.accounts()[0].posted == D("140.00")


def test_a_row_that_would_burst_the_balance_is_refused_alone(desk, csv_of):
    done = desk.take(
        "huge.csv",
        csv_of(("2026-11-10", "A", "3.00"), ("2026-11-11", "B", "9999999999999999"), ("2026-11-12", "C", "1.00")),
    )
    assert (done.status, done.counts) == ("done", {"new": 2, "error": 1})
    assert desk.rows(done, "error")[0].sentence == "The balance would be larger than the books can hold."
    [account] = desk.accounts()
    assert account.posted == D("4.00")


def test_an_import_that_cannot_go_on_is_settled_and_can_be_taken_back(desk, csv_of, monkeypatch):
    rows = [(f"2026-11-{1 + n:02d}", f"Shop {n}", "-1.00") for n in range(6)]
    file = csv_of(*rows, opening="10.00")
    found = desk.check("six.csv", file)
    desk.call(service.commit, uuid=found.uuid)
    fault = RuntimeError("disk")
    ids = {"person": desk.who.person, "what": found.id}
    jobs._gave_up_booking(Refused("No room.", code="x"), **ids)
    ready = desk.view(found.uuid)
    assert (ready.status, ready.problem) == ("ready", "This file could not be added. No room.")
    desk.call(service.commit, uuid=found.uuid)
    assert desk.view(found.uuid).problem == ""

    with monkeypatch.context() as patched:
        patched.setattr(batches, "BATCH", 2)
        patched.setattr(batches, "checkpoint", _breaks(fault, after=1))
        with pytest.raises(RuntimeError):
            booking.book(desk.who.person, found.id)
    jobs._gave_up_booking(fault, **ids)
    done = desk.view(found.uuid)
    assert (done.status, done.counts) == ("done", {"new": 4, "error": 2})
    assert done.problem == "This file was not added to the end. Something went wrong on our side."
    jobs._gave_up_booking(fault, **ids)
    assert desk.view(found.uuid) == done

    desk.call(service.revert, uuid=found.uuid)
    with monkeypatch.context() as patched:
        patched.setattr(batches, "BATCH", 2)
        patched.setattr(batches, "checkpoint", _breaks(fault, after=0))
        with pytest.raises(RuntimeError):
            undoing.undo(desk.who.person, found.id)
    jobs._gave_up_undoing(fault, **ids)
    half = desk.view(found.uuid)
    assert (half.status, half.problem) == (
        "done",
        "This import was not taken back to the end. Something went wrong on our side.",
    )
    undone = desk.undo(half)
    assert (undone.status, undone.problem) == ("undone", "")
    assert undone.counts == {"new": 4, "error": 2}
    assert desk.register() == []
    assert desk.take("six.csv", file).counts == {"new": 6}


def _breaks(fault, *, after):
    calls = iter(range(after))

    def checkpoint():
        if next(calls, None) is None:
            raise fault

    return checkpoint


@pytest.mark.parametrize("name", ["nul.csv", "nul.ofx"])
def test_a_zero_byte_in_a_file_is_a_blank(desk, csv_of, name):
    csv = csv_of(("2026-11-10", "Sh\0op", "-10.00"))
    ofx = (
        b"OFXHEADER:100\n<OFX><STMTRS><CURDEF>EUR<BANKACCTFROM><ACCTID>0417164300</BANKACCTFROM><STMTTRN>"
        b"<DTPOSTED>20261110<TRNAMT>-10.00<FITID>F1<NAME>Sh\0op</STMTTRN></STMTRS></OFX>"
    )
    done = desk.take(name, csv if name.endswith("csv") else ofx)
    assert (done.status, done.counts) == ("done", {"new": 1})
    [row] = desk.rows(done)
    assert row.payee == "Sh op"


def test_an_unreadable_file_says_why_and_can_be_discarded(desk, admin):
    found = desk.check("letter.csv", b"Dear customer,\nthank you.\n")
    assert found.status == "unreadable"
    assert found.problem.startswith("letter.csv: no line has both a date and an amount")
    with pytest.raises(Refused):
        desk.call(service.commit, uuid=found.uuid)
    desk.call(service.discard, uuid=found.uuid)
    with pytest.raises(NotFound):
        desk.view(found.uuid)
    assert admin("SELECT count(*) FROM blob") == [(0,)]


def test_another_persons_import_is_not_there(desk, person):
    found = desk.check("nl_rabobank.csv")
    other = person("Noor")
    for call, named in (
        (service.view, {}),
        (service.commit, {}),
        (service.revert, {}),
        (service.rows, {"verdicts": ["new"]}),
        (service.choose, {"dates": "mdy"}),
        (service.choose_row, {"number": 0, "add": False}),
        (service.mend_row, {"number": 0, "booked": "2026-01-01", "amount": "1"}),
    ):
        with work(other.person) as session, pytest.raises(NotFound):
            call(session, other, uuid=found.uuid, **named)
    with work(other.person) as session:
        service.discard(session, other, uuid=found.uuid)
        assert service.imports(session, other) == []
    assert desk.view(found.uuid).status == "ready"


def test_formula_cells_reach_the_books_as_text(desk):
    desk.take("us_month_first.csv")
    assert "=cmd|'/C calc'!A0" in {row.description for row in desk.register()}


def test_the_last_import_is_the_last_file_that_was_booked(desk, csv_of, person):
    assert desk.call(service.last_import) is None
    first = desk.take("first.csv", csv_of(("2026-11-02", "Shop", "-1.50"), opening="10"))
    assert desk.call(service.last_import).name == "first.csv"
    desk.take("second.csv", csv_of(("2026-11-03", "Shop", "-2.50")))
    desk.check("third.csv", csv_of(("2026-11-04", "Shop", "-3.50")))
    last = desk.call(service.last_import)
    assert (last.name, last.booked_at >= first.created_at) == ("second.csv", True)
    ben = person("Ben")
    with work(ben.person) as session:
        assert service.last_import(session, ben) is None


def tracked(desk, name, *, number="", type="checking", of=EUR):
    with work(desk.who.person) as session:
        return accounts.open_account(
            session, desk.who, name=name, type=type, custody="tracked", currency=of, bank_number=number, key=name
        )


def test_the_first_numbered_file_goes_to_the_account_that_has_no_number_yet(desk, csv_of):
    everyday = tracked(desk, "Everyday")
    found = desk.check("nl_rabobank.csv")
    assert found.parts[0].account.id == everyday.id
    other = desk.check("other.csv", csv_of(("2026-11-10", "Shop", "-10.00")))
    assert other.parts[0].account is None, "another bank's file awaits the same account"
    done = desk.book(found)
    [account] = desk.accounts()
    assert (account.id, account.bank_number) == (everyday.id, "NL02RABO0123456789")
    again = desk.check("nl_rabobank.csv")
    assert (again.parts[0].account.id, again.counts) == (everyday.id, {"duplicate": 2})
    assert desk.read(other.uuid).parts[0].account is None, "it has a number now"
    assert done.parts[0].account.id == everyday.id


def test_a_numbered_file_guesses_no_account_that_may_be_another(desk, csv_of):
    rows = csv_of(("2026-11-10", "Shop", "-10.00"))
    with_number = tracked(desk, "Joint", number="NL91ABNA0417164300")
    pounds = tracked(desk, "Travel", of=currency("GBP"))
    assert desk.check("numbered.csv", rows).parts[0].account is None
    filled = tracked(desk, "Spanish")
    desk.take("es_fecha.csv")
    assert desk.view(desk.call(service.imports)[0].uuid).parts[0].account.id == filled.id
    assert desk.check("filled.csv", rows).parts[0].account is None, "another bank's file fills it"
    one, two = tracked(desk, "One"), tracked(desk, "Two")
    assert desk.check("two.csv", rows).parts[0].account is None, "two would do"
    assert len({with_number.id, pounds.id, one.id, two.id}) == 4


def test_of_several_accounts_of_a_file_none_takes_the_only_one_without_a_number(desk):
    tracked(desk, "Everyday")
    assert [part.account for part in desk.check("xml_two_accounts.qfx").parts] == [None, None]


def test_a_layout_is_read_as_it_was_corrected_the_last_time(desk):
    file = b"Date,Text,Amount,Other\n03/04/2026,Shop,1.50,Kiosk\n05/06/2026,Bus,2.00,Tram\n"
    found = desk.check("march.csv", file)
    desk.call(service.choose, uuid=found.uuid, dates="mdy", flip=True, columns={3: "payee"})
    corrected = desk.read(found.uuid)
    assert corrected.recognised.as_before == ()
    desk.book(corrected)

    later = desk.check("april.csv", file.replace(b"1.50", b"9.50"))
    assert later.recognised.as_before == ("dates", "flip", "columns")
    assert later.recognised.ask == ()
    shop = next(row for row in desk.rows(later) if row.purpose == "Shop")
    assert (shop.booked, shop.amount, shop.payee) == (date(2026, 3, 4), D("-9.50"), "Kiosk")

    desk.call(service.choose, uuid=later.uuid, flip=False)
    again = desk.read(later.uuid)
    assert again.recognised.as_before == ("dates", "columns")
    assert next(row for row in desk.rows(again) if row.purpose == "Shop").amount == D("9.50")
    desk.book(again)
    third = desk.check("may.csv", file.replace(b"1.50", b"7.50"))
    assert (third.recognised.flip, third.recognised.dates) == (False, "mdy")

    other_way = desk.check(
        "june.csv", b"Date,Text,Amount,Other\n23/04/2026,Shop,1.50,Kiosk\n25/06/2026,Bus,2.00,Tram\n"
    )
    assert other_way.counts == {"new": 2}, "the order of dates that was remembered does not fit this file"
    assert other_way.recognised.as_before == ("flip", "columns")


def test_every_row_of_a_file_and_every_file_can_be_reached(desk, csv_of):
    rows = [(f"2026-10-{1 + at % 28:02}", f"Shop {at}", "-1.00") for at in range(12)]
    found = desk.check("many.csv", csv_of(*sorted(rows)))
    seen: list[int] = []
    while page := desk.call(service.rows, uuid=found.uuid, verdicts=["new"], before=seen[-1] if seen else None, most=5):
        seen += [row.number for row in page]
    assert seen == list(range(11, -1, -1))

    for at in range(4):
        desk.store(f"{at}.csv", csv_of(("2026-11-01", "Shop", f"-{at + 1}.00")))
    first = desk.call(service.imports, most=3)
    rest = desk.call(service.imports, before=first[-1].uuid, most=3)
    assert [one.name for one in (*first, *rest)] == ["3.csv", "2.csv", "1.csv", "0.csv", "many.csv"]
    with pytest.raises(NotFound):
        desk.call(service.imports, before="00000000-0000-0000-0000-000000000000")
    assert all(one.unfinished for one in first)
    desk.call(service.discard, uuid=first[0].uuid)
    assert [one.name for one in desk.call(service.imports, most=1)] == ["2.csv"]


@pytest.mark.parametrize("first", [0, 1], ids=["oldest first", "newest first"])
def test_an_undo_gives_the_opening_back_as_the_person_said_it(desk, csv_of, first):
    number = "DE02120300000000202051"
    with work(desk.who.person) as session:
        accounts.open_account(
            session, desk.who, name="Everyday", type="checking", custody="tracked", currency=EUR, key="k",
            opening=D("1000.00"), opened=date(2026, 11, 25), bank_number=number,
        )  # fmt: skip
    [before] = desk.register()
    files = [
        desk.take(
            "october.csv", csv_of(("2026-10-10", "Shop", "-10.00"), ("2026-10-12", "Bus", "-2.00"), opening="20")
        ),
        desk.take("november.csv", csv_of(("2026-11-10", "Shop", "-10.00"), ("2026-11-12", "Salary", "5.00"))),
    ]
    for file in (files[first], files[1 - first]):
        assert desk.undo(file).status == "undone"
    [account] = desk.accounts()
    assert (account.posted, account.known_since) == (D("1000.00"), date(2026, 11, 25))
    [after] = desk.register()
    assert (after.booked, after.amount) == (before.booked, before.amount)


def test_a_batch_finds_its_transactions_by_their_ids_where_only_others_were_counted(
    desk, person, csv_of, admin, database
):
    """Of a person who was not there when the tables were counted, the planner believes that they have next to nothing."""
    for who in (person("Noah"), desk.who):
        with work(who.person) as session:
            own = accounts.open_account(
                session, who, name="Bank", type="checking", custody="tracked", currency=EUR, key="a"
            )
            for first in range(0, 8_000, 2_000):
                days = [date(2016, 1, 1) + timedelta(days=(first + at) // 4) for at in range(2_000)]
                items = [posting.movement(account=own.id, amount=D(-1), currency=EUR, booked=day) for day in days]
                books.post_batch(session, who, items)
        if who != desk.who:
            engine = create_engine(parsed(database.admin_url), isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.exec_driver_sql("VACUUM (ANALYZE) transaction")
            engine.dispose()
    newest = admin("SELECT id FROM transaction WHERE owner = :owner ORDER BY id DESC LIMIT 1000", owner=desk.who.person)
    booked = {at: number for at, (number,) in enumerate(newest)}
    found = desk.check("rows.csv", csv_of(*[("2026-11-20", f"Shop {at}", "-1.50") for at in range(1_000)]))
    values = {"imported": found.id, "first": 0, "many": 1_000, "booked": json.dumps(booked), "refused": "{}"}
    with work(desk.who.person) as session:
        explained = text("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + str(booking._BOOKED))
        [(plan,)] = session.connection().execute(explained, values)
    top = (plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]
    marked = "SELECT number, transaction FROM statement_row WHERE imported = :imported"
    assert dict(admin(marked, imported=found.id)) == booked
    assert top["Shared Hit Blocks"] + top["Shared Read Blocks"] < 30_000


def test_nobody_marks_rows_with_anothers_transaction_or_in_anothers_import(desk, person, csv_of, admin):
    noah = Desk(person("Noah"))
    done = noah.take("theirs.csv", csv_of(("2026-11-20", "Shop", "-1.50")))
    [(theirs,)] = admin("SELECT transaction FROM statement_row WHERE imported = :imported", imported=done.id)
    found = desk.check("own.csv", csv_of(("2026-11-20", "Shop", "-1.50")))

    def mark(who, **told):
        values = {"imported": found.id, "first": 0, "many": 1_000, "booked": "{}", "refused": "{}"} | told
        with work(who) as session:
            return session.connection().scalar(booking._BOOKED, values)

    assert mark(desk.who.person, booked=json.dumps({0: theirs})) == 0
    assert mark(noah.who.person, booked=json.dumps({0: theirs})) == 0
    assert mark(noah.who.person, refused=json.dumps({0: "No."})) == 0
    assert desk.view(found.uuid).counts == {"new": 1}
    assert mark(desk.who.person, refused=json.dumps({0: "No."})) == 1
    assert desk.view(found.uuid).counts == {"error": 1}
