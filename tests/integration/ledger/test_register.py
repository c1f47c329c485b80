"""The register shows what was asked for, in order, once; its sums agree with it; results count what they say."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal as D

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fintwin.db.work import work
from fintwin.kernel.errors import Invalid, NotFound
from fintwin.kernel.money import currency
from fintwin.ledger import accounts, categories, export, posting, register, result, service
from fintwin.ledger.posting import Kind, Status
from fintwin.ledger.register import Filter

EUR = currency("EUR")


def day(number):
    return date(2026, 3, number)


@pytest.fixture
def books(person, opened, key, imported):
    """Two accounts of Maya's and one of Omar's, and a few days of March."""
    maya, omar = person("Maya Keller"), person("Omar Haddad")
    held = opened(maya, "1000.00", opened=day(1), name="Here")
    bank = opened(maya, custody="tracked", name="Bank", bank_number="DE12 3456")
    his = opened(omar)
    with work(maya.person) as session:
        named = {one.code: one.id for one in categories.ensure(session, maya)}
        service.post_batch(
            session,
            maya,
            [
                posting.movement(
                    account=bank.id,
                    amount=D("2500.00"),
                    currency=EUR,
                    booked=day(2),
                    payee="Acme",
                    category=named["salary"],
                    description="SALARY 100% MARCH",
                ),
                posting.movement(
                    account=bank.id,
                    amount=D("-80.50"),
                    currency=EUR,
                    booked=day(3),
                    payee="Corner shop",
                    category=named["groceries"],
                ),
                posting.movement(
                    account=bank.id, amount=D("-19.50"), currency=EUR, booked=day(3), description="shop_2"
                ),
                posting.movement(
                    account=bank.id,
                    amount=D("-700.00"),
                    currency=EUR,
                    booked=day(4),
                    payee="Landlord",
                    category=named["housing"],
                    note="Corner flat",
                ),
            ],
            imported=imported(maya),
        )
        service.own_transfer(session, maya, giving=held.id, taking=bank.id, amount=D(200), key=key(), booked=day(5))
        service.pay_person(
            session,
            maya,
            account=held.id,
            number=his.number,
            amount=D(50),
            key=key(),
            description="Tickets",
            clock=lambda: datetime(2026, 3, 6, 12, tzinfo=UTC),
        )
        slip = service.withdraw(session, maya, account=held.id, amount=D(33), key=key(), booked=day(7))
        service.reverse(session, maya, transaction=slip.transaction, key=key())
    return maya, omar, held, bank, named


ALL = Filter()


def shown(who, filter=ALL, rows=50):
    found, after = [], None
    while True:
        with work(who.person, read_only=True) as session:
            page = register.page(session, who, filter=filter, after=after, rows=rows)
        found += page.rows
        after = page.after
        if after is None:
            return found


def test_the_register_shows_each_transaction_once_newest_first(books):
    maya, omar, *_ = books
    rows = shown(maya)
    assert [(row.booked.day, row.amount, row.kind) for row in rows] == [
        (6, D(-50), Kind.BETWEEN_PEOPLE),
        (5, D(200), Kind.OWN_TRANSFER),
        (4, D(-700), Kind.WITHDRAWAL),
        (3, D("-19.5"), Kind.WITHDRAWAL),
        (3, D("-80.5"), Kind.WITHDRAWAL),
        (2, D(2500), Kind.DEPOSIT),
        (1, D(1000), Kind.OPENING),
    ]
    assert rows[0].payee == "O••• H•••"
    assert [row.own_transfer for row in rows] == [False, True, False, False, False, False, False]
    assert (rows[1].giving.name, rows[1].taking.name) == ("Here", "Bank")
    assert (rows[2].payee, rows[2].category_name, rows[2].note) == ("Landlord", "Rent and mortgage", "Corner flat")
    for size in (1, 2, 3):
        assert shown(maya, rows=size) == rows
    assert [(row.amount, row.payee) for row in shown(omar)] == [(D(50), "M••• K•••")]


def test_an_account_shows_what_moved_on_it(books):
    maya, _, held, bank, _ = books
    assert [row.amount for row in shown(maya, Filter(account=bank.id), rows=2)] == [
        D(200),
        D(-700),
        D("-19.5"),
        D("-80.5"),
        D(2500),
    ]
    assert [row.amount for row in shown(maya, Filter(account=held.id))] == [D(-50), D(-200), D(1000)]


def test_filters_show_what_they_say_and_sums_agree(books):
    maya, _, held, bank, _ = books
    for asked, days in (
        ({"since": day(3), "until": day(4)}, [4, 3, 3]),
        ({"contains": "corner"}, [4, 3]),
        ({"contains": "CORNER s"}, [3]),
        ({"contains": "shop"}, [3, 3]),
        ({"contains": "p_2"}, [3]),
        ({"contains": "0%"}, [2]),
        ({"contains": "\\"}, []),
        ({"contains": "nothing like it"}, []),
        ({"least": D(200), "most": D(1000)}, [5, 4, 1]),
        ({"most": D(20)}, [3]),
        ({"flow": "in"}, [2, 1]),
        ({"flow": "out", "least": D(50)}, [6, 4, 3]),
        ({"kinds": (4, 5)}, [6, 5]),
        ({"category": 0}, [6, 5, 3, 1]),
        ({"reversed": True}, [7, 7]),
        ({"reversed": False, "since": day(6)}, [7, 7, 6]),
        ({"counted": True}, [6, 4, 3, 3, 2]),
        ({"imported": 1}, [4, 3, 3, 2]),
    ):
        for account in (None, held, bank):
            filter = Filter(account=account.id if account else None, **asked)
            rows = shown(maya, filter, rows=2)
            if account is None:
                assert [row.booked.day for row in rows] == days
            assert rows == [row for row in shown(maya, Filter(account=filter.account, reversed=False)) if row in rows]
            with work(maya.person, read_only=True) as session:
                totals = register.sums(session, maya, filter=filter)
            moved = [D(0) if row.own_transfer and account is None else row.amount for row in rows]
            if rows:
                [total] = totals
                assert (total.count, total.inflow, total.outflow, total.net) == (
                    len(rows),
                    sum((one for one in moved if one > 0), D(0)),
                    -sum((one for one in moved if one < 0), D(0)),
                    sum(moved, D(0)),
                )
            else:
                assert totals == []


def test_a_category_shows_its_own(books):
    maya, _, _, _, named = books
    assert [row.payee for row in shown(maya, Filter(category=named["groceries"]))] == ["Corner shop"]


def test_one_transaction_with_its_postings(books):
    maya, omar, *_ = books
    transfer = shown(maya, Filter(kinds=(4,)))[0]
    with work(maya.person, read_only=True) as session:
        detail = register.get(session, maya, transaction=transfer.id)
    [line] = detail.lines
    assert (line.credit, line.debit, line.amount, line.credit_balance, line.debit_balance) == (
        "Here",
        "Bank",
        D(200),
        D(800),
        D(1900),
    )
    assert detail.reversible
    pair = shown(maya, Filter(reversed=True))
    with work(maya.person, read_only=True) as session:
        back, slip = (register.get(session, maya, transaction=row.id) for row in pair)
    assert (back.reverses, slip.reversed_by) == (slip.row.id, back.row.id)
    assert not back.reversible
    assert slip.row.status is Status.REVERSED
    with pytest.raises(NotFound), work(omar.person, read_only=True) as session:
        register.get(session, omar, transaction=transfer.id)


def test_exported_rows_of_an_account_sum_to_its_balance(books, key):
    maya, _, held, bank, _ = books
    with work(maya.person) as session:
        service.withdraw(
            session,
            maya,
            account=held.id,
            amount=D(1),
            key=key(),
            payee="=HYPERLINK(1)",
            note="+1",
            description='a "b", c',
        )
    with work(maya.person, read_only=True) as session:
        rows = list(csv.DictReader(io.StringIO("".join(export.csv_lines(register.export(session, maya))))))
        for account in (held, bank):
            assert (
                sum(D(row["Amount"]) for row in rows if row["Account"] == account.name)
                == accounts.account(session, maya, account.id).posted
            )
    assert (rows[-1]["Payee"], rows[-1]["Note"], rows[-1]["Description"]) == ("'=HYPERLINK(1)", "'+1", 'a "b", c')
    assert rows[-1]["Amount"] == "-1.00"


def test_balances_at_a_day_and_as_a_line(books):
    maya, _, held, bank, _ = books
    with work(maya.person, read_only=True) as session:
        at = [register.balance_at(session, maya, account=held.id, on=day(n)) for n in (1, 4, 5, 6, 31)]
        assert at == [D(1000), D(1000), D(800), D(750), D(750)]
        assert register.balance_at(session, maya, account=held.id, on=date(2026, 2, 28)) is None
        assert register.balance_at(session, maya, account=bank.id, on=day(31)) is None
        worth = result.net_worth(session, maya)
        line = result.history(session, maya, of=worth.behind, since=date(2026, 2, 1), until=day(8))
    assert [(point.day.day, point.balance) for point in line] == [
        (1, D(1000)),
        (2, D(1000)),
        (3, D(1000)),
        (4, D(1000)),
        (5, D(800)),
        (6, D(750)),
        (7, D(750)),
        (8, D(750)),
    ]


def test_what_is_not_known_stays_out_and_is_named(books, opened):
    maya, _, _, bank, _ = books
    opened(maya, "5.00", of="USD")
    with work(maya.person) as session:
        worth, cash = result.net_worth(session, maya), result.cash_now(session, maya)
        assert (worth.amount, cash.amount) == (D(750), D(750))
        assert [one.name for one in worth.unknown] == ["Bank"]
        assert [one.currency.code for one in worth.foreign] == ["USD"]
        seen = accounts.state_balance(session, maya, account=bank.id, balance=D("2300.00"), on=day(3), key="known")
        assert seen.known
        # 2,300 at the end of 3 March, after 2,500 - 80.50 - 19.50: it began with -100; then 700 left and 200 came.
        assert seen.posted == D(1800)
        assert (
            accounts.state_balance(session, maya, account=bank.id, balance=D(2300), on=day(3), key="other").version
            == seen.version
        )
        assert accounts.state_balance(
            session, maya, account=bank.id, balance=D(2401), on=day(3), key="third"
        ).posted == D(1901)
        assert result.net_worth(session, maya).amount == D(2651)
        assert register.balance_at(session, maya, account=bank.id, on=day(1)) == D(1)
        assert accounts.state_balance(
            session, maya, account=bank.id, balance=D(2400), on=day(3), key="fourth"
        ).posted == D(1900)
        assert register.sums(session, maya, filter=Filter(account=bank.id, kinds=(1,))) == []


def test_without_any_known_balance_there_is_no_number(person, opened):
    maya = person()
    opened(maya, custody="tracked")
    with work(maya.person, read_only=True) as session:
        assert result.net_worth(session, maya).amount is None
        assert (
            result.history(session, maya, of=result.net_worth(session, maya).behind, since=day(1), until=day(3)) == ()
        )


def test_the_month_counts_what_came_and_went(books):
    maya, omar, *_ = books
    with work(maya.person, read_only=True) as session:
        march = result.month_result(session, maya, month=day(15))
        assert (march.inflow, march.outflow, march.net, march.count) == (D(2500), D(850), D(1650), 5)
        assert len(register.page(session, maya, filter=march.behind).rows) == 5
        assert result.month_result(session, maya, month=date(2026, 2, 1)).count == 0
        assert [one.month.month for one in result.month_results(session, maya, until=day(9), months=3)] == [1, 2, 3]
    with work(omar.person, read_only=True) as session:
        assert result.month_result(session, omar, month=day(1)).inflow == D(50)


def test_matched_legs_are_left_out_of_the_month(books, admin):
    maya, *_ = books
    admin("UPDATE classification SET matched = transaction WHERE payee = 'Landlord'")
    with work(maya.person, read_only=True) as session:
        assert result.month_result(session, maya, month=day(15)).outflow == D(150)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"min": "NaN"}, "min"),
        ({"max": "-1"}, "max"),
        ({"flow": "up"}, "flow"),
        ({"category": "x"}, "category"),
        ({"status": "?"}, "status"),
        ({"text": "x" * 101}, "text"),
        ({"account": "nobody's"}, "account"),
    ],
)
def test_a_damaged_address_is_named(query, field):
    with pytest.raises(Invalid) as caught:
        register.parse_filter(query, accounts=[])
    assert caught.value.field == field


def test_a_filter_reads_back_from_its_address(books):
    maya, _, held, bank, _ = books
    with work(maya.person, read_only=True) as session:
        mine = accounts.accounts(session, maya)

    @settings(max_examples=50)
    @given(
        st.builds(
            Filter,
            account=st.sampled_from([None, held.id, bank.id]),
            since=st.none() | st.dates(),
            until=st.none() | st.dates(),
            contains=st.none() | st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=100),
            least=st.none() | st.decimals(0, 10**9, places=2),
            most=st.none() | st.decimals(0, 10**9, places=2),
            flow=st.sampled_from([None, "in", "out"]),
            category=st.none() | st.integers(0, 10**9),
            reversed=st.sampled_from([None, True, False]),
            counted=st.sampled_from([None, True]),
        )
    )
    def reads_back(filter):
        assert register.parse_filter(register.query_of(filter, accounts=mine), accounts=mine) == filter

    reads_back()
