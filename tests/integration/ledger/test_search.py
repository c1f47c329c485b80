"""The search box finds what its operators say, among one's own transactions only."""

from datetime import date
from decimal import Decimal as D

import pytest
from sqlalchemy import text

from fintwin.db.work import work
from fintwin.kernel.money import currency
from fintwin.ledger import categories, narrowing, posting, register, service
from fintwin.ledger.register import Filter
from fintwin.ledger.search_words import parse

EUR = currency("EUR")
TODAY = date(2026, 3, 20)
ALL = Filter()


@pytest.fixture
def books(person, opened, key, imported):
    """Maya's March: five rows of a file, one of them in parts, tagged, with a file beside it; one taken back by hand."""
    maya = person("Maya Keller")
    giro = opened(maya, custody="tracked", name="Giro", bank_number="DE1")
    card = opened(maya, custody="tracked", name="Credit card", bank_number="DE2")
    with work(maya.person) as session:
        named = {one.code: one.id for one in categories.ensure(session, maya)}
        fruit = categories.add(session, maya, name="Fruit", flow="out", parent=named["food"]).id

        def row(day, amount, payee="", category=None, note="", account=giro, description=""):
            return posting.movement(
                account=account.id,
                amount=D(amount),
                currency=EUR,
                booked=date(2026, 3, day),
                payee=payee,
                category=category,
                note=note,
                description=description,
            )

        done = service.post_batch(
            session,
            maya,
            [
                row(1, "-700", "Landlord", named["housing"]),
                row(2, "-80.50", "Rewe Markt", named["food"], "party"),
                row(3, "-4", "Fruit stand", fruit),
                row(4, "-100", "Bazaar", named["shopping"], account=card),
                row(5, "-31.99", "PAYPAL *HX", description="order 77 Rewe"),
                row(6, "2500", "Acme", named["salary"]),
            ],
            imported=imported(maya),
        )
        ids = [one.transaction for one in done]
        slip = service.withdraw(
            session, maya, account=giro.id, amount=D(9), key=key(), booked=date(2026, 3, 7), payee="Slip"
        )
        service.reverse(session, maya, transaction=slip.transaction, key=key())
        mine = {"owner": maya.person, "transaction": ids[3]}
        connection = session.connection()
        connection.execute(
            text(
                "INSERT INTO split (owner, transaction, line, category, amount) VALUES (:owner, :transaction, 1, :one, 60), (:owner, :transaction, 2, :two, 40)"
            ),
            mine | {"one": named["shopping"], "two": named["gifts"]},
        )
        tag = connection.scalar(text("INSERT INTO tag (owner, name) VALUES (:owner, 'Holiday') RETURNING id"), mine)
        connection.execute(text("INSERT INTO tagging VALUES (:owner, :transaction, :tag)"), mine | {"tag": tag})
        connection.execute(
            text(
                "INSERT INTO attachment (owner, transaction, blob, name) SELECT :owner, :transaction, id, 'x' FROM blob LIMIT 1"
            ),
            mine,
        )
    return maya


def found(who, typed, base=ALL):
    with work(who.person, read_only=True) as session:
        known = narrowing.known(session, who)
        narrowed = narrowing.narrow(base, parse(typed), known=known, today=TODAY)
        assert not narrowed.faults, narrowed.faults
        rows = register.page(session, who, filter=narrowed.filter).rows
        sums = register.sums(session, who, filter=narrowed.filter)
    assert sum(one.count for one in sums) == len(rows)
    return [row.booked.day for row in rows]


FINDS = (
    ("rewe", [5, 2]),
    ("rewe order", [5]),
    ("rewe -order", [2]),
    ('"rewe markt"', [2]),
    ("amount>100", [6, 1]),
    ("amount>=100", [6, 4, 1]),
    ("amount:30..90", [5, 2]),
    ("amount<4.5", [3]),
    ("category:food", [3, 2]),
    ("category:gifts", [4]),
    ("category:fruit category:rent", [3, 1]),
    ("-category:food -category:gifts", [6, 5, 1]),
    ("account:credit", [4]),
    ("-account:credit amount:100..800", [1]),
    ("tag:hol", [4]),
    ("-tag:holiday amount>90", [6, 1]),
    ("has:tag", [4]),
    ("has:attachment", [4]),
    ("-has:attachment amount:100", []),
    ("has:split", [4]),
    ("has:note", [2]),
    ("note:PARTY", [2]),
    ("payee:rewe", [2]),
    ("payee:rewe payee:acme", [6, 2]),
    ("is:uncategorised", [5]),
    ("-is:uncategorised is:out", [4, 3, 2, 1]),
    ("is:in", [6]),
    ("is:imported after:2026-03-05", [6, 5]),
    ("after:2026-03-05 before:2026-03-06", [5]),
    ("on:this-month amount:4", [3]),
    ("is:reversed", [7, 7]),
    ("is:binned", [7]),
    ("is:transfer", []),
    ("100%", []),
)
"""What is typed, and the days of March of what it finds, the latest first."""


def test_finds(books):
    for typed, days in FINDS:
        assert found(books, typed) == days, typed


def test_a_category_counts_its_part_of_a_payment_and_not_the_whole(books):
    """The 100 at the bazaar are 60 of shopping and 40 of gifts; the list leads to shopping, the larger one."""
    with work(books.person, read_only=True) as session:
        known = {one.code: one.id for one in narrowing.known(session, books).categories}
        for name, part in (("shopping", D(60)), ("gifts", D(40))):
            for filter in (Filter(category=known[name]), Filter(categories=(known[name],))):
                [row] = register.page(session, books, filter=filter).rows
                assert (row.amount, row.part_of) == (-part, D(-100))
                [sums] = register.sums(session, books, filter=filter)
                assert (sums.count, sums.inflow, sums.outflow) == (1, 0, part)
        both = Filter(categories=(known["shopping"], known["gifts"]))
        [row] = register.page(session, books, filter=both).rows
        assert (row.amount, row.part_of) == (D(-100), None)
        assert register.sums(session, books, filter=both)[0].outflow == 100
        assert register.page(session, books, filter=Filter(tagged=True)).rows[0].part_of is None


def test_a_search_narrows_what_is_filtered(books):
    assert found(books, "rewe", Filter(until=date(2026, 3, 4))) == [2]
    assert found(books, "amount>50", Filter(most=D(90))) == [2]


def test_names_that_are_not_there_are_said(books):
    with work(books.person, read_only=True) as session:
        known = narrowing.known(session, books)
    for typed, sentence in (
        ("category:yacht", "no category"),
        ("account:moon", "no account"),
        ("account:g -rewe account:credit", "takes one"),
        ("tag:x", "no tag"),
    ):
        [fault] = narrowing.narrow(Filter(), parse(typed), known=known, today=TODAY).faults
        assert sentence in fault.sentence, typed


def test_nobody_finds_what_is_another_persons(books, person):
    omar = person("Omar")
    for typed in ("rewe", "has:note", "has:tag", "has:attachment", "is:uncategorised", "is:binned", "amount>1"):
        assert found(omar, typed) == []
    with work(books.person, read_only=True) as session:
        theirs = [one.id for one in categories.categories(session, books)]
    with work(omar.person, read_only=True) as session:
        assert register.page(session, omar, filter=Filter(categories=tuple(theirs))).rows == []
