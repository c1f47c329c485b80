"""Journals of whole books, read by beancount and hledger: both find them clean and agree with the books to the cent."""

import csv
import io
import itertools
import os
import subprocess
import sys
from collections import defaultdict
from datetime import date
from decimal import Decimal as D
from pathlib import Path
from uuid import UUID

import pytest
from beancount import loader
from beancount.core.data import Transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fintwin.db.work import work
from fintwin.demo import service as demo
from fintwin.identity.service import Browser
from fintwin.ledger import accounts, books, categories, export, plain_text, register, service, splits, tags
from fintwin.ledger.books import BookAccount, BookCategory, Booking, Chart, Leg, Use
from fintwin.ledger.parts import Part
from fintwin.ledger.posting import Kind, Status
from fintwin.settings import settings as configured
from tools.hledger import hledger as find_hledger

ON = date(2026, 11, 25)
HELL = (
    "Everyday",
    "everyday",
    "Every day",
    "Every:day",
    "Assets:Everyday",
    "Everyday-2",
    "  ",
    "💶💶",
    "現金",
    "ﬁrst",
    "ß-Konto",
    "Ωmega; type:X",
    'He said "no" \\ yes\n2026-01-01 open',
    "(virtual)",
    "[balanced]",
    "2nd",
    "Uncategorised",
    "é́clair",
    "a" * 80,
    "date:2026-13-45",
    "; comment | pipe",
    "-minus",
    "\u202eRTL",
)
KINDS = {"income": "income", "expense": "expense", "opening": "equity", "people": "equity", "trading": "equity"}

Sums = dict[tuple[str, str], D]


@pytest.fixture(scope="session")
def hledger() -> str:
    found = find_hledger()
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("hledger is not here and could not be fetched: CI must have it")
        pytest.skip("hledger is not installed here (on Debian: apt install hledger)")
    return found


def by_beancount(journal: str) -> Sums:
    entries, errors, _ = loader.load_string(journal)
    assert [error.message for error in errors] == []
    found: Sums = defaultdict(D)
    for one in entries:
        if isinstance(one, Transaction):
            for posting in one.postings:
                found[posting.account, posting.units.currency] += posting.units.number
    return {key: amount for key, amount in found.items() if amount}


def by_hledger(program: str, file: Path, journal: str) -> Sums:
    file.write_text(journal)
    quiet = {**os.environ, "LC_ALL": "C.UTF-8"}

    def said(*words: str) -> str:
        done = subprocess.run(
            [program, "-f", str(file), *words], capture_output=True, text=True, env=quiet, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    said("check", "--strict", "ordereddates")
    rows = csv.DictReader(io.StringIO(said("bal", "--flat", "-N", "--layout=bare", "-O", "csv")))
    return {(row["account"], row["commodity"]): D(row["balance"]) for row in rows if D(row["balance"])}


def totals(chart: Chart, bookings: list[Booking]) -> Sums:
    names, found = plain_text.names_of(chart), defaultdict(D)
    for one in bookings:
        for leg in one.legs:
            found[names[leg.account, leg.category], leg.currency] += leg.amount
    return {key: amount for key, amount in found.items() if amount}


WORDS = st.one_of(st.sampled_from(("", *HELL)), st.text(st.characters(exclude_categories=("Cs",)), max_size=20))


@st.composite
def whole_books(draw):
    """Any books: accounts and categories with any names, in three currencies of 0, 2 and 3 decimals, all kinds."""
    cents = {"EUR": D("0.01"), "JPY": D(1), "KWD": D("0.001")}
    codes = draw(st.lists(st.sampled_from(sorted(cents)), min_size=1, max_size=6))
    labels = draw(st.lists(WORDS, max_size=5))
    tree = [
        BookCategory(i + 1, None if i < 2 else draw(st.sampled_from((None, 1, 2))), x) for i, x in enumerate(labels)
    ]
    real = {
        i + 1: (code, draw(st.sampled_from(("asset", "liability"))), draw(WORDS), draw(st.booleans()))
        for i, code in enumerate(codes)
    }
    nominal = {(kind, code): 100 + i for i, (kind, code) in enumerate(itertools.product(KINDS, sorted(set(codes))))}
    movements, balances, uses = [], defaultdict(D), {}
    for number in range(draw(st.integers(0, 8))):
        day = draw(st.dates(date(1900, 1, 1), date(2200, 12, 31)))
        category = draw(st.sampled_from((None, *(one.id for one in tree))))
        kind = draw(st.sampled_from([k for k in Kind if k is not Kind.REVERSAL]))
        mine = draw(st.sampled_from(sorted(real)))
        code = real[mine][0]
        size = draw(st.integers(1, 10**9)) * cents[code] * draw(st.sampled_from((1, -1)))
        others = [one for one in real if one != mine and (real[one][0] == code or kind is Kind.CONVERSION)]
        type_ = {
            Kind.OPENING: "opening",
            Kind.DEPOSIT: "income",
            Kind.WITHDRAWAL: "expense",
            Kind.BETWEEN_PEOPLE: "people",
            Kind.CONVERSION: "trading",
        }.get(kind, "income")
        there = nominal[type_, code]
        legs = [Leg(mine, None, size, code), Leg(there, category, -size, code)]
        if kind is Kind.OWN_TRANSFER and others:
            legs[1] = Leg(draw(st.sampled_from(others)), None, -size, code)
        if kind is Kind.CONVERSION and others:
            other = draw(st.sampled_from(others))
            got = -draw(st.integers(1, 10**6)) * cents[real[other][0]] * (1 if size > 0 else -1)
            legs += [
                Leg(nominal["trading", real[other][0]], category, -got, real[other][0]),
                Leg(other, None, got, real[other][0]),
            ]
        movements.append((day, number, kind, tuple(legs), ""))
        if draw(st.booleans()):
            mirror = tuple(Leg(leg.account, leg.category, -leg.amount, leg.currency) for leg in legs)
            movements.append((day, number + 100, Kind.REVERSAL, mirror, str(number)))
    movements.sort(key=lambda one: one[:2])
    bookings = []
    for day, number, kind, legs, reverses in movements:
        for leg in legs:
            balances[leg.account] += leg.amount
            uses.setdefault((leg.account, leg.category), Use(leg.account, leg.category, day))
        text = [draw(WORDS) for _ in range(4)]
        bookings.append(
            Booking(f"{number}*", day, draw(st.none() | st.just(ON)), kind, Status.POSTED, *text, reverses, legs)
        )
    accounts = [
        BookAccount(i, UUID(int=i), words, "", class_, "checking", True, code, closed, balances[i])
        for i, (code, class_, words, closed) in real.items()
    ] + [
        BookAccount(i, UUID(int=i), kind, "", KINDS[kind], kind, False, code, False, D(0))
        for (kind, code), i in nominal.items()
    ]
    last = max((one.booked for one in bookings), default=None)
    return Chart(tuple(accounts), tuple(tree), tuple(uses.values()), last), bookings, draw(WORDS)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(whole_books())
def test_any_books_are_clean_for_beancount_and_agree(whole):
    chart, bookings, owner = whole
    journal = "".join(plain_text.beancount_lines(chart, bookings, owner=owner, on=ON))
    assert by_beancount(journal) == totals(chart, bookings)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(whole_books())
def test_any_books_are_clean_for_hledger_and_agree(hledger, tmp_path_factory, whole):
    chart, bookings, owner = whole
    journal = "".join(plain_text.hledger_lines(chart, bookings, owner=owner, on=ON))
    file = tmp_path_factory.getbasetemp() / "any.journal"
    assert by_hledger(hledger, file, journal) == totals(chart, bookings)


def test_a_cent_too_many_is_found_by_both(hledger, tmp_path):
    """What the proofs are worth: the kept balance is wrong by the smallest amount there is."""
    account = BookAccount(1, UUID(int=1), "Everyday", "", "asset", "checking", True, "KWD", False, D("1.001"))
    income = BookAccount(2, UUID(int=2), "income", "", "income", "income", False, "KWD", False, D(0))
    legs = (Leg(1, None, D("1.000"), "KWD"), Leg(2, None, D("-1.000"), "KWD"))
    one = Booking("1", ON, None, Kind.DEPOSIT, Status.POSTED, "", "", "", "", "", legs)
    chart = Chart((account, income), (), (Use(1, None, ON), Use(2, None, ON)), ON)
    with pytest.raises(AssertionError, match="Balance failed"):
        by_beancount("".join(plain_text.beancount_lines(chart, [one], owner="", on=ON)))
    with pytest.raises(AssertionError, match="balance assertion"):
        by_hledger(hledger, tmp_path / "x", "".join(plain_text.hledger_lines(chart, [one], owner="", on=ON)))


def trial_balance(admin, who) -> Sums:
    """The books' own, by root and currency, asked of the rows past every line of ours."""
    rows = admin(
        """
        SELECT a.class, e.currency, sum(e.amount) FROM entry e JOIN account a ON a.id = e.account
        WHERE e.owner = :owner GROUP BY 1, 2 HAVING sum(e.amount) <> 0
        """,
        owner=who.person,
    )
    return {(plain_text.ROOTS[str(class_)], str(code)): D(str(amount)) for class_, code, amount in rows}


def by_root(sums: Sums) -> Sums:
    found: Sums = defaultdict(D)
    for (name, code), amount in sums.items():
        found[name.partition(":")[0], code] += amount
    return {key: amount for key, amount in found.items() if amount}


def exchange(admin, who, giving, taking, gave, got):
    """A currency exchange as its door books it: out of one account and into another, each through `trading`."""
    admin(
        """
        WITH n AS (
          INSERT INTO account (owner, name, class, type, currency)
          VALUES (:owner, 'trading', 'equity', 'trading', 'EUR'), (:owner, 'trading', 'equity', 'trading', 'JPY') RETURNING id, currency),
        a AS (
          UPDATE account SET version = version + 1, posted_balance = posted_balance + CASE id WHEN :giving THEN -:gave ELSE :got END
          WHERE id IN (:giving, :taking) RETURNING id, posted_balance, version),
        t AS (INSERT INTO transaction (owner, booked, kind, status) VALUES (:owner, :day, 6, 2) RETURNING id)
        INSERT INTO posting (transaction, line, owner, booked, currency, amount, debit, credit, debit_version, credit_version, debit_balance, credit_balance)
        SELECT t.id, 1, :owner, :day, 'EUR', CAST(:gave AS numeric), n.id, a.id, NULL::bigint, a.version, NULL::numeric, a.posted_balance
        FROM t, n, a WHERE n.currency = 'EUR' AND a.id = :giving
        UNION ALL
        SELECT t.id, 2, :owner, :day, 'JPY', CAST(:got AS numeric), a.id, n.id, a.version, NULL, a.posted_balance, NULL
        FROM t, n, a WHERE n.currency = 'JPY' AND a.id = :taking
        """,
        owner=who.person,
        day=ON,
        giving=giving.id,
        taking=taking.id,
        gave=gave,
        got=got,
    )


@pytest.fixture
def rich(person, opened, key, admin):
    """Books with every kind, names from hell, three currencies, pairs that cancel out, and an account that is closed."""
    maya, ben = person("Maya"), person('Ben "B" \\')
    euros = opened(maya, "1000.00", name="Every:day ")
    mirror = opened(maya, "-12.34", name="Every day", custody="tracked", type="credit")
    yen = opened(maya, "5000", name="現金", of="JPY")
    opened(maya, "1.234", name="💶", of="KWD", custody="tracked", type="loan")
    there = opened(ben, "50.00", name="Everyday")
    old = opened(maya, None, name="Old")
    with work(maya.person) as session:
        tree = {one.code: one.id for one in categories.ensure(session, maya)}
        odd = categories.add(session, maya, name="Uncategorised", flow="out").id
        pay = service.deposit(session, maya, account=euros.id, amount="0.01", key=key(), payee='"', note="a\n;b")
        for category in (None, odd, *itertools.islice(tree.values(), 4)):
            service.withdraw(session, maya, account=euros.id, amount="3.33", key=key(), category=category)
        lost = service.withdraw(session, maya, account=mirror.id, amount="7.77", key=key(), category=odd)
        service.own_transfer(session, maya, giving=euros.id, taking=mirror.id, amount="10", key=key())
        service.own_transfer(session, maya, giving=euros.id, taking=old.id, amount="1", key=key())
        service.own_transfer(session, maya, giving=old.id, taking=euros.id, amount="1", key=key())
        service.pay_person(
            session, maya, account=euros.id, number=there.number, amount="20", key=key(), description="; x | y"
        )
        parted = service.withdraw(session, maya, account=euros.id, amount="30", key=key(), payee="Bazaar")
        gone = service.withdraw(session, maya, account=euros.id, amount="8", key=key(), payee="Bazaar")
        for whole, rest in ((parted, "18"), (gone, "5")):
            first = D(30 if whole is parted else 8) - D(rest)
            halves = [Part(tree["shopping"], first), Part(tree["gifts"], D(rest))]
            splits.split(session, maya, transaction=whole.transaction, parts=halves)
        tags.give(session, maya, transaction=parted.transaction, names=["Été 2026", "休日"])
        for one in (pay, lost, gone):
            service.reverse(session, maya, transaction=one.transaction, key=key())
        accounts.close(session, maya, account=old.id)
    exchange(admin, maya, euros, yen, D("100.00"), D(16000))
    return maya


def check(who, admin, hledger, folder):
    """Both readers find a person's journals clean and come to the sums that the books have themselves."""
    with work(who.person, read_only=True, repeatable=True) as session:
        chart = books.chart(session, who)
        booked = list(books.bookings(session, who))
    bean = "".join(plain_text.beancount_lines(chart, booked, owner=who.name, on=ON))
    (folder / "books.beancount").write_text(bean)
    done = subprocess.run(
        [sys.executable, "-m", "beancount.scripts.check", str(folder / "books.beancount")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    read = by_beancount(bean)
    ledger = "".join(plain_text.hledger_lines(chart, booked, owner=who.name, on=ON))
    assert by_hledger(hledger, folder / "books.journal", ledger) == read
    assert by_root(read) == trial_balance(admin, who)
    names = plain_text.names_of(chart)
    kept = {(names[one.id, None], one.currency): one.balance for one in chart.accounts if one.real and one.balance}
    assert {key: amount for key, amount in read.items() if key[0] in {name for name, _ in kept}} == kept
    return read, bean


def test_bean_check_and_hledger_agree_with_the_books_to_the_cent(rich, admin, hledger, tmp_path):
    read, bean = check(rich, admin, hledger, tmp_path)
    assert read["Equity:Trading", "EUR"] == D("100.00")
    assert read["Assets:現金" if "Assets:現金" in bean else "Assets:Account-現金", "JPY"] == D(21000)
    assert ("Income:Uncategorised", "EUR") not in read  # what was taken back cancels out where it stood
    assert read["Expenses:Uncategorised-2", "EUR"] == D("3.33")
    assert bean.count("close Assets:Old") == 1


def test_parts_are_legs_of_their_own_and_tags_go_along(rich, admin, hledger, tmp_path):
    """30 at the bazaar are 12 and 18; what was taken back cancels out part by part."""
    read, bean = check(rich, admin, hledger, tmp_path)
    assert sorted(amount for amount in read.values() if amount in {12, 18, 30, 8, 3, 5}) == [12, 18]
    assert "#Ete-2026" in bean
    with work(rich.person, read_only=True) as session:
        [table] = [one for one in export.csv_lines(register.export(session, rich)) if "18.00" in one]
        journal = "".join(
            plain_text.hledger_lines(books.chart(session, rich), books.bookings(session, rich), owner="", on=ON)
        )
    assert "12.00; " in table
    assert "Été 2026" in table
    assert "; tag: 休日\n" in journal


def test_they_agree_on_the_demo_household(admin, hledger, tmp_path, monkeypatch):
    monkeypatch.setenv("FINTWIN_DATA_DIR", str(tmp_path / "data"))
    configured.cache_clear()
    try:
        who = demo.open(Browser(agent="", locale="de-DE", zone="Europe/Berlin"), seed=1).who
        read, _ = check(who, admin, hledger, tmp_path)
    finally:
        configured.cache_clear()
    assert len(read) > 15


def test_books_of_nothing_are_clean(person, admin, hledger, tmp_path):
    assert check(person("Nobody"), admin, hledger, tmp_path)[0] == {}


def test_journals_are_written_as_they_are_read():
    """Nothing is kept of what was written: the first lines are there before the second booking is asked for."""

    def endless():
        legs = (Leg(1, None, D(1), "EUR"), Leg(2, None, D(-1), "EUR"))
        yield Booking("1", ON, None, Kind.DEPOSIT, Status.POSTED, "first", "", "", "", "", legs)
        raise AssertionError("read on")

    accounts_ = (
        BookAccount(1, UUID(int=1), "A", "", "asset", "cash", True, "EUR", False, D(1)),
        BookAccount(2, UUID(int=2), "income", "", "income", "income", False, "EUR", False, D(0)),
    )
    chart = Chart(accounts_, (), (Use(1, None, ON), Use(2, None, ON)), ON)
    for write in (plain_text.beancount_lines, plain_text.hledger_lines, export.json_lines):
        assert any("first" in line for line in write(chart, endless(), owner="Maya", on=ON))
