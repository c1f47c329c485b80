"""The register as a daily tool: many at once, undone again, edited with history, kept views, review, pairs."""

from datetime import UTC, date, datetime
from decimal import Decimal as D

import pytest
from sqlalchemy import text

from fintwin.db.work import system_work, work
from fintwin.kernel.errors import Conflict, FinTwinError, Invalid, NotFound, Refused
from fintwin.kernel.money import currency
from fintwin.ledger import (
    bulk,
    categories,
    changes,
    edits,
    legs,
    meaning,
    pairs,
    posting,
    register,
    result,
    review,
    saved_views,
    service,
    verify,
)
from fintwin.ledger.posting import Status
from fintwin.ledger.register import Filter

EUR = currency("EUR")


def clock():
    return datetime(2026, 3, 20, 12, tzinfo=UTC)


@pytest.fixture
def books(person, opened, key, imported):
    """Maya's bank, wallet, categories, and a maker of rows: `row(day, amount, payee, from_file=True)`."""
    maya = person("Maya")
    bank = opened(maya, custody="tracked", name="Bank", bank_number="DE1")
    cash = opened(maya, custody="tracked", name="Savings", bank_number="DE2")
    file = imported(maya)
    with work(maya.person) as session:
        named = {one.code: one.id for one in categories.ensure(session, maya)}

    def row(day, amount, payee="", *, account=bank, from_file=True, category=None, note=""):
        with work(maya.person) as session:
            item = posting.movement(
                account=account.id,
                amount=D(amount),
                currency=EUR,
                booked=date(2026, 3, day),
                payee=payee,
                category=category,
                note=note,
            )
            [done] = service.post_batch(session, maya, [item], imported=file if from_file else None)
            return done.transaction

    return maya, bank, cash, named, row


def rows(who, filter):
    with work(who.person, read_only=True) as session:
        return register.page(session, who, filter=filter).rows


ALL = Filter()
BIN = Filter(reversed=True, binned=True)


def test_many_are_classified_and_put_back(books):
    maya, _, _, named, row = books
    ids = [row(1, "-5", "A", note="old"), row(2, "-6", "B", category=named["leisure"]), row(3, "-7", "C")]
    with work(maya.person) as session:
        assert bulk.chosen(session, maya, filter=ALL) == ids[::-1]
        assert bulk.chosen(session, maya, filter=ALL, most=2) == ids[:0:-1]
        done = bulk.classify(session, maya, transactions=ids[:2], category=named["travel"], note="trip", what="A trip")
    with work(maya.person) as session:
        more = bulk.classify(
            session, maya, transactions=ids[2:], category=named["travel"], note="trip", change=done.change
        )
        assert (done.many, more.many, more.change) == (2, 1, done.change)
    assert {(one.category, one.note) for one in rows(maya, ALL)} == {(named["travel"], "trip")}
    with work(maya.person) as session:
        assert bulk.classify(session, maya, transactions=ids, note="trip") == bulk.Changed(0, 0)
        assert {one.act for one in meaning.history(session, maya, transaction=ids[0])} == {"A trip"}
    # What was changed again since stays.
    with work(maya.person) as session:
        service.classify(session, maya, transaction=ids[1], note="work")
    with work(maya.person) as session:
        assert changes.take_back(session, maya, change=done.change) == 2
        assert changes.take_back(session, maya, change=done.change) == 0
    assert [(one.payee, one.category, one.note) for one in rows(maya, ALL)] == [
        ("C", None, ""),
        ("B", named["travel"], "work"),
        ("A", None, "old"),
    ]


def test_own_transfers_and_parts_keep_their_category(books, key):
    maya, bank, cash, named, row = books
    split = row(1, "-10", "A", category=named["leisure"])
    with work(maya.person) as session:
        moved = service.own_transfer(
            session, maya, giving=bank.id, taking=cash.id, amount=D(3), key=key(), booked=date(2026, 3, 2)
        )
        session.connection().execute(
            text(
                "INSERT INTO split (owner, transaction, line, category, amount) VALUES (:o, :t, 1, :c, 4), (:o, :t, 2, :c, 6)"
            ),
            {"o": maya.person, "t": split, "c": named["leisure"]},
        )
    with work(maya.person) as session:
        both = [split, moved.transaction]
        assert bulk.classify(session, maya, transactions=both, category=named["travel"]).many == 0
        with pytest.raises(NotFound):
            bulk.classify(session, maya, transactions=both, category=10**12)
        with pytest.raises(Invalid):
            bulk.classify(session, maya, transactions=[1] * 1001, note="x")


def test_the_bin_lets_go_of_what_was_taken_back_more_than_thirty_days_ago(books, admin):
    maya, *_, row = books
    ids = [row(1, "-5", "A"), row(2, "-6", "B")]
    with work(maya.person) as session:
        backs = [one.transaction for one in bulk.take_back(session, maya, transactions=ids)]
    for days, back in zip((31, 29), backs, strict=True):
        admin(
            "ALTER TABLE transaction DISABLE TRIGGER append_only;"
            f"UPDATE transaction SET created_at = now() - interval '{days} days' WHERE id = {back};"
            "ALTER TABLE transaction ENABLE ALWAYS TRIGGER append_only"
        )
    assert [one.id for one in rows(maya, BIN)] == ids[1:]
    assert {one.id for one in rows(maya, Filter(reversed=True))} >= set(ids)


def test_the_bin_holds_what_was_taken_back_until_it_is_restored(books):
    maya, *_, row = books
    ids = [row(1, "-5", "A"), row(2, "-6", "B")]
    with work(maya.person) as session:
        first = bulk.take_back(session, maya, transactions=[*ids, 10**12])
        assert [one.refusal is None for one in first] == [True, True, False]
        again = bulk.take_back(session, maya, transactions=ids)
        assert all(one.replayed for one in again)
    assert [one.id for one in rows(maya, BIN)] == ids[::-1]
    assert rows(maya, ALL) == []
    with work(maya.person) as session:
        [done] = bulk.restore(session, maya, transactions=ids[:1])
        [twice] = bulk.restore(session, maya, transactions=ids[:1])
        assert (done.refusal, done.transaction) == (None, twice.transaction)
    assert [one.id for one in rows(maya, BIN)] == ids[1:]
    assert [(one.payee, one.amount) for one in rows(maya, ALL)] == [("A", D(-5))]


def test_an_edit_is_one_step_with_history(books, admin):
    maya, *_, row = books
    old = row(1, "-20", "A", note="n")
    with work(maya.person) as session:
        connection = session.connection()
        tag = connection.scalar(text("INSERT INTO tag (owner, name) VALUES (:o, 't') RETURNING id"), {"o": maya.person})
        connection.execute(text("INSERT INTO tagging VALUES (:o, :t, :g)"), {"o": maya.person, "t": old, "g": tag})
        one = service.amend(session, maya, transaction=old, amount="25", key="k1", clock=clock)
        same = service.amend(session, maya, transaction=old, amount="25", key="k1", clock=clock)
        assert same.transaction == one.transaction
        two = service.amend(session, maya, transaction=one.transaction, booked=date(2026, 3, 4), key="k2", clock=clock)
        past = edits.edits(session, maya, transaction=two.transaction)
        assert edits.stands_for(session, maya, transaction=old) == one.transaction
    assert [(one.amount, one.became, one.booked.day, one.became_booked.day, one.edited) for one in past] == [
        (D(25), D(25), 1, 4, True),
        (D(20), D(25), 1, 1, True),
    ]
    assert [(one.payee, one.note, one.amount) for one in rows(maya, ALL)] == [("A", "n", D(-25))]
    assert [one.id for one in rows(maya, Filter(tags=(tag,)))] == [two.transaction]
    assert rows(maya, BIN) == []


def test_views_are_kept_renamed_and_dropped(books, person):
    maya, omar = books[0], person("Omar")
    with work(maya.person) as session:
        one = saved_views.keep(session, maya, name=" Food ", query="text=category%3Afood")
        with pytest.raises(Conflict):
            saved_views.keep(session, maya, name="food", query="")
        with pytest.raises(Invalid):
            saved_views.keep(session, maya, name="x", query="text=" + "a" * 700)
        with pytest.raises(Invalid):
            saved_views.keep(session, maya, name=" ", query="")
        saved_views.rename(session, maya, view=one.id, name="Eating")
    with work(omar.person) as session:
        assert saved_views.views(session, omar) == []
        for call in (saved_views.drop, lambda *a, **k: saved_views.rename(*a, **k, name="mine")):
            with pytest.raises(NotFound):
                call(session, omar, view=one.id)
    with work(maya.person) as session:
        assert [view.name for view in saved_views.views(session, maya)] == ["Eating"]
        assert saved_views.drop(session, maya, view=one.id).query == "text=category%3Afood"
        for n in range(saved_views.MOST):
            saved_views.keep(session, maya, name=f"v{n}", query="")
        with pytest.raises(Refused):
            saved_views.keep(session, maya, name="more", query="")


def test_the_review_offers_what_the_payee_was_given_and_ends(books):
    maya, _, _, named, row = books
    row(1, "-5", "Rewe", category=named["groceries"])
    row(2, "-5", "Other", category=named["leisure"])
    old, new, salary = row(3, "-6", "REWE"), row(4, "-7", "Rewe"), row(5, "100", "Acme")
    with work(maya.person) as session:
        assert review.left(session, maya) == 3
        one = review.question(session, maya)
        assert one.row.id == salary
        assert {offer.category.flow for offer in one.offers} == {"in"}
        later = review.question(session, maya, after=one.after)
        assert (later.row.id, later.alike) == (new, (old,))
        assert (later.offers[0].category.id, later.offers[0].times) == (named["groceries"], 1)
        assert later.offers[1].category.id == named["leisure"]
        bulk.classify(session, maya, transactions=[new, *later.alike], category=named["groceries"])
        bulk.classify(session, maya, transactions=[salary], category=named["salary"])
        assert (review.left(session, maya), review.question(session, maya)) == (0, None)


def test_the_review_says_where_there_are_more_alike_than_one_answer_changes(books, monkeypatch):
    maya, _, _, _, row = books
    monkeypatch.setattr(review, "MOST_ALIKE", 3)
    ids = [row(day, "-6", "Rewe") for day in (1, 2, 3)]
    with work(maya.person) as session:
        one = review.question(session, maya)
        assert (one.row.id, one.alike, one.more) == (ids[2], (ids[1], ids[0]), False)
    ids.append(row(4, "-6", "Rewe"))
    with work(maya.person) as session:
        one = review.question(session, maya)
        assert (one.row.id, one.alike, one.more) == (ids[3], (ids[2], ids[1]), True)


def test_duplicates_are_found_accepted_and_kept_apart(books):
    maya, _, _, named, row = books
    hand = row(4, "-31.99", "By hand", from_file=False, category=named["leisure"])
    file = row(6, "-31.99", "PAYPAL")
    row(15, "-31.99", "PAYPAL")
    with work(maya.person) as session:
        [pair] = pairs.pairs(session, maya, clock=clock)
        assert (pair.kind, pair.first.id, pair.second.id) == ("duplicate", hand, file)
        pairs.keep_apart(session, maya, first=file, second=hand)
        assert pairs.pairs(session, maya, clock=clock) == []
        pairs.ask_again(session, maya, first=hand, second=file)
        change = pairs.accept(session, maya, kind="duplicate", first=hand, second=file, clock=clock)
        assert pairs.pairs(session, maya, clock=clock) == []
        assert register.get(session, maya, transaction=hand).row.status is Status.REVERSED
        kept = register.get(session, maya, transaction=file).row
        assert (kept.payee, kept.category) == ("PAYPAL", named["leisure"])
        with pytest.raises(NotFound):
            pairs.accept(session, maya, kind="duplicate", first=hand, second=file, clock=clock)
    with work(maya.person) as session:
        assert changes.take_back(session, maya, change=change) == 1
        assert register.get(session, maya, transaction=file).row.category is None


def test_legs_of_a_transfer_are_linked_and_unlinked(books):
    maya, _, cash, _, row = books
    out, came = row(4, "-400", "To savings"), row(5, "400", "From bank", account=cash)
    with work(maya.person) as session:
        [pair] = pairs.pairs(session, maya, clock=clock)
        assert (pair.kind, pair.first.id, pair.second.id) == ("transfer", out, came)
        pairs.accept(session, maya, kind="transfer", first=out, second=came, clock=clock)
        assert pairs.pairs(session, maya, clock=clock) == []
    assert {one.id for one in rows(maya, Filter(own=True))} == {out, came}
    with system_work() as session:
        assert "matched_is_mutual" not in {finding.rule for finding in verify.run(session)}
    with work(maya.person) as session:
        legs.unlink(session, maya, first=came, second=out)
        with pytest.raises(Refused):
            legs.unlink(session, maya, first=came, second=out)
        assert len(pairs.pairs(session, maya, clock=clock)) == 1


def linked(maya, row, cash):
    out, came = row(4, "-400", "To savings"), row(5, "400", "From bank", account=cash)
    with work(maya.person) as session:
        pairs.accept(session, maya, kind="transfer", first=out, second=came, clock=clock)
    return out, came


def moved_in_march(maya):
    with work(maya.person, read_only=True) as session:
        found = result.month_result(session, maya, month=date(2026, 3, 1))
    with system_work() as session:
        # The rows of these books name a file that they do not come from.
        assert {finding.rule for finding in verify.run(session)} <= {"imported_once"}
    return found.inflow, found.outflow


def test_a_leg_that_is_taken_back_leaves_the_other_one_to_count(books):
    maya, _, cash, _, row = books
    out, came = linked(maya, row, cash)
    assert moved_in_march(maya) == (D(0), D(0))
    with work(maya.person) as session:
        linked_at = max(one.at for one in meaning.history(session, maya, transaction=came))
        service.reverse(session, maya, transaction=out, key="gone")
    assert moved_in_march(maya) == (D(400), D(0))
    with work(maya.person) as session:
        [ended] = [
            one for one in meaning.history(session, maya, transaction=came) if one.what == "matched" and not one.after
        ]
    assert ended.at > linked_at


def test_an_edited_leg_is_still_a_leg_as_long_as_the_amounts_are_one(books):
    maya, _, cash, _, row = books
    out, came = linked(maya, row, cash)
    with work(maya.person) as session:
        moved = service.amend(session, maya, transaction=out, booked=date(2026, 3, 6), key="day", clock=clock)
        again = service.amend(session, maya, transaction=out, booked=date(2026, 3, 6), key="day", clock=clock)
        assert again.transaction == moved.transaction
        assert register.get(session, maya, transaction=came).row.matched == moved.transaction
    assert moved_in_march(maya) == (D(0), D(0))
    with work(maya.person) as session:
        service.amend(session, maya, transaction=moved.transaction, amount="390", key="less", clock=clock)
    assert moved_in_march(maya) == (D(400), D(390))


def test_a_leg_has_one_other_leg_whoever_is_faster(books):
    maya, _, cash, _, row = books
    out, _ = linked(maya, row, cash)
    other = row(6, "400", "Again", account=cash)
    with pytest.raises(NotFound), work(maya.person) as session:
        legs.link(session, maya, first=out, second=other)
    assert moved_in_march(maya) == (D(400), D(0))


def test_nobody_touches_what_is_another_persons(books, person):
    maya, _, cash, _named, row = books
    omar = person("Omar")
    out, came = row(4, "-400", "To savings"), row(5, "400", "x", account=cash)
    hand, file = row(4, "-9", from_file=False), row(4, "-9")
    with work(omar.person) as session:
        assert bulk.classify(session, omar, transactions=[out], note="mine").many == 0
        assert bulk.meanings(session, omar, transactions=[out]) == []
        bulk.give(session, omar, meanings=[bulk.Meaning(out, "mine", None, None)])
        assert all(one.refusal for one in bulk.take_back(session, omar, transactions=[out, came]))
        assert all(one.refusal for one in bulk.restore(session, omar, transactions=[out]))
        assert edits.edits(session, omar, transaction=out) == []
        assert pairs.pairs(session, omar, clock=clock) == []
        assert review.question(session, omar) is None
        for call in (pairs.keep_apart, legs.unlink):
            with pytest.raises(FinTwinError):
                call(session, omar, first=out, second=came)
        for kind, first, second in (("transfer", out, came), ("duplicate", hand, file)):
            with pytest.raises(NotFound):
                pairs.accept(session, omar, kind=kind, first=first, second=second, clock=clock)
    assert {one.status for one in rows(maya, ALL)} == {Status.POSTED}
    assert "mine" not in {one.payee for one in rows(maya, ALL)} | {one.note for one in rows(maya, ALL)}
