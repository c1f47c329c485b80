"""QIF, CAMT and MT940 on their way into the books and out again; the same month in another format adds nothing."""

from datetime import date
from decimal import Decimal as D
from pathlib import Path

import pytest

from fintwin.kernel.errors import NotFound, Refused
from fintwin.ledger import service as books
from fintwin.statements import service
from tools.bank_files import Movement, camt, csv, mt940, ofx, qif, zipped

FILES = Path(__file__).parents[2] / "fixtures" / "statements"
MONTH = [
    Movement(date(2026, 11, 2), "Northwind", D("3900.00"), "Salary November", "R-1"),
    Movement(date(2026, 11, 20), "City Transport", D("-2.00"), "Ticket", "R-2"),
    Movement(date(2026, 11, 20), "City Transport", D("-2.00"), "Ticket", "R-3"),
    Movement(date(2026, 11, 25), "Corner Bakery", D("-8.70"), "Bread", "R-4"),
]
WRITTEN = {
    "month.csv": csv(MONTH).encode(),
    "month.ofx": ofx(MONTH).encode(),
    "month.xml": camt(MONTH, opening=D("10.00")).encode(),
    "today.xml": camt(MONTH, message=52, version=8, prefix="c:").encode(),
    "month.zip": zipped({f"{at}.xml": camt([row]) for at, row in enumerate(MONTH)}),
    "month.sta": mt940(MONTH, opening=D("10.00")).encode(),
    "month.940": mt940(MONTH, opening=D("10.00"), account="12030000/202051", shape="dutch").encode("cp1252"),
}


@pytest.mark.parametrize("first", ["month.csv", "month.xml", "month.sta"])
def test_the_same_month_in_any_other_format_adds_nothing(desk, first):
    assert desk.take(first, WRITTEN[first]).counts == {"new": 4}
    for name, data in WRITTEN.items():
        again = desk.check(name, data)
        assert (name, again.counts) == (name, {"duplicate": 4})
        assert (name, desk.book(again).total) == (name, 0)
    assert len([row for row in desk.register() if row.payee]) == 4
    assert len(desk.accounts()) == 1


def test_the_same_qif_again_goes_to_its_account_and_adds_nothing(desk):
    done = desk.take("books.qif", qif(MONTH).encode())
    assert done.counts == {"new": 4}
    again = desk.check("another name.qif", qif(MONTH).encode())
    assert (again.counts, again.parts[0].account.id) == ({"duplicate": 4}, done.parts[0].account.id)
    more = [*MONTH[1:], Movement(date(2026, 11, 28), "Kiosk", D("-1.00"))]
    assert desk.take("later.qif", qif(more).encode()).counts == {"duplicate": 3, "new": 1}


def test_several_accounts_of_a_qif_are_told_apart_by_name_when_the_file_comes_again(desk):
    first = desk.take("two_accounts_switched.qif")
    assert sorted(one.name for one in desk.accounts()) == ["Card", "Everyday"]
    again = desk.check("two_accounts_switched.qif")
    assert again.counts == {"duplicate": 4}
    assert [part.account.id for part in again.parts] == [part.account.id for part in first.parts]


def test_a_statement_s_balance_is_the_account_s_and_one_step_takes_all_back(desk):
    for name in ("month.xml", "month.sta"):
        done = desk.take(name, WRITTEN[name])
        assert done.parts[0].proof.holds
        assert done.parts[0].books == done.parts[0].proof.closing == D("3897.30")
        assert desk.undo(done).counts == {"new": 4}
        assert desk.register() == []


def test_a_batch_and_what_is_pending(desk):
    done = desk.take("camt053_v2_batch.xml")
    assert done.counts == {"new": 5, "left_out": 1}
    assert done.parts[0].books == D("1029.50")
    assert desk.take("camt053_v2_batch.xml").counts == {"duplicate": 5, "left_out": 1}


def test_faulty_rows_wait_for_the_person_and_the_others_are_added(desk):
    found = desk.check("mt940_faulty_entries.sta")
    assert found.counts == {"new": 1, "error": 3, "left_out": 1}
    broken = next(row for row in desk.rows(found, "error") if row.line == 4)
    assert (
        desk.call(service.mend_row, uuid=found.uuid, number=broken.number, booked="2026-02-28", amount="-8.70") == "new"
    )
    assert desk.book(desk.view(found.uuid)).counts == {"new": 2, "error": 2, "left_out": 1}


def test_a_question_about_qif_days_is_answered_before_booking(desk):
    found = desk.check("ambiguous_days.qif")
    with pytest.raises(Refused, match="Say first how the dates"):
        desk.call(service.commit, uuid=found.uuid)
    desk.call(service.choose, uuid=found.uuid, dates="mdy")
    desk.book(desk.read(found.uuid))
    assert {row.booked for row in desk.register()} == {date(2026, 3, 4), date(2026, 5, 6), date(2026, 7, 8)}


@pytest.mark.parametrize("name", ["camt053_cut_off.xml", "camt053_entity_bomb.xml", "investments_only.qif"])
def test_what_cannot_be_read_says_why_and_adds_nothing(desk, name):
    found = desk.check(name)
    assert (found.status, found.counts) == ("unreadable", {})
    assert found.problem.startswith(name)


def test_one_row_is_taken_out_and_no_file_brings_it_back(desk):
    done = desk.take("month.csv", WRITTEN["month.csv"])
    bakery = next(row for row in desk.rows(done) if row.payee == "Corner Bakery")
    for _ in range(2):  # asking twice takes it out once
        desk.call(service.take_out_row, uuid=done.uuid, number=bakery.number)
    view = desk.view(done.uuid)
    assert view.counts == {"new": 3, "removed": 1}
    [out] = desk.rows(view, "removed")
    assert out.sentence == "You took it out yourself; it will not be brought back."
    assert "Corner Bakery" not in {row.payee for row in desk.register()}
    assert desk.take("month.csv", WRITTEN["month.csv"]).counts == {"duplicate": 4}
    assert desk.take("month.xml", WRITTEN["month.xml"]).counts == {"duplicate": 4}
    assert desk.undo(view).counts == {"new": 3, "removed": 1}
    assert desk.take("month.sta", WRITTEN["month.sta"]).counts == {"new": 3, "duplicate": 1}


def test_a_row_taken_back_in_the_register_is_taken_out_of_its_file(desk):
    done = desk.take("month.csv", WRITTEN["month.csv"])
    bakery = next(row for row in desk.register() if row.payee == "Corner Bakery")
    desk.call(books.reverse, transaction=bakery.id, key="gone")
    desk.call(service.note_taken_out, transaction=bakery.id)
    assert desk.view(done.uuid).counts == {"new": 3, "removed": 1}


def test_only_rows_that_were_added_are_taken_out(desk, person):
    done = desk.take("month.csv", WRITTEN["month.csv"])
    again = desk.take("month.csv", WRITTEN["month.csv"])
    [first, *_] = desk.rows(again)
    with pytest.raises(Refused, match="was not added"):
        desk.call(service.take_out_row, uuid=again.uuid, number=first.number)
    with pytest.raises(NotFound):
        desk.call(service.take_out_row, uuid=done.uuid, number=999)
    waiting = desk.check("month.csv", WRITTEN["month.csv"])
    with pytest.raises(Refused):
        desk.call(service.take_out_row, uuid=waiting.uuid, number=0)
    stranger = type(desk)(person("Stranger"))
    with pytest.raises(NotFound):
        stranger.call(service.take_out_row, uuid=done.uuid, number=0)
