"""An import in words."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal as D
from uuid import UUID

from fintwin.identity.principal import Principal
from fintwin.kernel.money import currency
from fintwin.ledger.accounts import AccountView
from fintwin.statements.balance import Proof
from fintwin.statements.recognised import Example, Recognised
from fintwin.statements.service import ImportView, PartView
from fintwin.statements.statement import DOUBTFUL
from fintwin.ui.pages.import_ import shown

EUR = currency("EUR")
WHO = Principal(1, UUID(int=1), "Ada", "", "local", "customer", locale="en-GB", zone="UTC", currency="EUR")
FOUND = Recognised(name="a.csv", format="csv", encoding="utf-8", currency="EUR", delimiter=";")
PART = PartView(
    part=0,
    number="",
    bank="",
    name="a",
    currency=EUR,
    account=None,
    proof=Proof(D("100.00"), D("50.00"), D("150.00"), True),
    closing_day=date(2026, 11, 21),
    note="",
    books=None,
)
VIEW = ImportView(
    id=1,
    uuid=UUID(int=5),
    name="a.csv",
    size=2048,
    status="ready",
    problem="",
    recognised=FOUND,
    seen_before=False,
    counts={"new": 3},
    parts=[PART],
    total=0,
    done=0,
    created_at=datetime(2026, 11, 21, tzinfo=UTC),
    booked_at=None,
    undone_at=None,
)


def account(*, posted="0", known=date(2026, 1, 1), bank_number=""):
    return AccountView(
        id=1,
        uuid=UUID(int=7),
        name="Everyday",
        number="",
        bank_number=bank_number,
        class_="asset",
        custody="tracked",
        type="checking",
        currency=EUR,
        status="active",
        posted=D(posted),
        pending=D(0),
        available=D(posted),
        credit_limit=D(0),
        known_since=known,
        version=1,
        last_transaction_at=None,
    )


def test_the_currency_is_said_and_whether_the_file_named_it():
    assert shown.file_of(VIEW, WHO).currency == "EUR"
    unnamed = replace(VIEW, recognised=replace(FOUND, currency_named=False))
    assert shown.file_of(unnamed, WHO).currency == "EUR, as the file names none"


def test_accounts_of_one_name_are_told_apart_by_number_and_balance():
    numbered = account(posted="12.00", bank_number="DE02120300000000202051")
    assert [words for _, words in shown.targets_of([numbered, account(posted="7.50"), account(known=None)], WHO)] == [
        "Everyday ··2051, €12.00",
        "Everyday, €7.50",
        "Everyday, balance not known",
        "A new account",
    ]


def test_a_proof_says_what_the_rows_left_out_would_change():
    proven = shown.part_of(PART, WHO, status="ready", alone=True)
    assert (proven.proof, proven.tone) == ("The balance proves out.", "good")
    less = shown.part_of(replace(PART, left=2, left_sum=D("-12.50")), WHO, status="ready", alone=True)
    assert (less.proof, less.tone) == ("The file’s balance proves out, but not all of its rows are added.", "warn")
    assert less.sum.endswith("= 150.00, as the file says. Without the 2 rows you left out it would be 162.50.")


def test_what_was_taken_back_is_called_so_and_warns_of_nothing():
    doubtful = replace(PART, note=DOUBTFUL)
    assert shown.part_of(doubtful, WHO, status="done", alone=True).tone == "warn"
    assert shown.part_of(doubtful, WHO, status="undone", alone=True).tone == ""
    refused = replace(PART, note="This account is blocked.")
    assert shown.part_of(refused, WHO, status="undone", alone=True).tone == "warn"
    assert [tab.name for tab in shown.tabs_of(replace(VIEW, status="undone"), locale="en-GB")] == ["Taken back"]


def test_dates_and_amounts_are_shown_by_the_files_own_first_row():
    example = Example("21.11.2026", date(2026, 11, 21), "1.148,11 S", D("-1148.11"))
    read = replace(FOUND, dates="dmy", decimal=",", signs="flag", example=example, as_before=("dates",))
    file = shown.file_of(replace(VIEW, recognised=read), WHO)
    assert file.dates == "day first: “21.11.2026” is 21 Nov 2026, as last time"
    assert file.amounts == "in or out by a mark: “1.148,11 S” is −1,148.11"
    none = shown.file_of(VIEW, WHO)
    assert (none.dates, none.amounts) == ("year first", "minus is out")


def test_rows_with_an_error_are_told_before_they_stay_out():
    one, many = replace(VIEW, counts={"new": 3, "error": 1}), replace(VIEW, counts={"new": 3, "error": 3})
    assert shown.file_of(one, WHO).foot == "1 row has an error: put it right, or it stays out."
    assert shown.file_of(many, WHO).foot == "3 rows have an error: put them right, or they stay out."
