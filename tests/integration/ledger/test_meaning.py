"""Parts, tags, files and rules: what they say is exact, has a history, can be taken back, and is nobody else's."""

from datetime import date
from decimal import Decimal as D
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from fintwin.db.engine import app_engine
from fintwin.db.work import sqlstate, system_work, work
from fintwin.kernel.clock import system_clock, today
from fintwin.kernel.errors import Conflict, FinTwinError, Invalid, InvalidFields, NotFound, Refused
from fintwin.kernel.money import currency
from fintwin.ledger import (
    attachments,
    categories,
    category_tree,
    changes,
    meaning,
    posting,
    register,
    rules,
    service,
    splits,
    tags,
    verify,
)
from fintwin.ledger.category_tree import Used
from fintwin.ledger.parts import Part
from fintwin.ledger.rules import Rule
from fintwin.payments import schedules
from fintwin.payments.schedules import Plan

EUR = currency("EUR")
DAY = date(2026, 3, 2)


class Books:
    """Maya's books, each call in a unit of work of its own."""

    def __init__(self, maya, omar, here, key):
        self.maya, self.omar, self.here, self.key = maya, omar, here, key
        self.named = {one.code: one.id for one in self.call(categories.ensure)}

    def call(self, use_case, *, who=None, **named):
        who = who or self.maya
        with work(who.person) as session:
            return use_case(session, who, **named)

    def spend(self, amount="30.00", payee="Shop", **more):
        return self.call(
            service.withdraw, account=self.here.id, amount=amount, key=self.key(), payee=payee, **more
        ).transaction

    def category_of(self, transaction):
        return self.call(register.get, transaction=transaction).row.category

    def history(self, transaction):
        return [(one.what, one.before, one.after) for one in self.call(meaning.history, transaction=transaction)][::-1]


@pytest.fixture
def books(person, opened, key):
    maya, omar = person(), person("Omar")
    return Books(maya, omar, opened(maya, "1000000.00"), key)


def sound():
    with system_work() as session:
        assert verify.run(session) == []


def test_parts_are_exact_and_lead_and_have_a_history(books):
    food, home = books.named["groceries"], books.named["utilities"]
    spent = books.spend(category=home)
    books.call(splits.split, transaction=spent, parts=[Part(home, D("9.99"), "bulbs"), Part(food, None)])
    found = books.call(splits.whole_of, transaction=spent)
    assert [(part.name, part.amount, part.note) for part in found.parts] == [
        ("Utilities", D("9.9900"), "bulbs"),
        ("Groceries", D("20.0100"), ""),
    ]
    assert books.category_of(spent) == food, "the largest part is what a list shows"
    books.call(service.classify, transaction=spent, note="late", category=food)
    assert len(books.call(splits.whole_of, transaction=spent).parts) == 2, "saying the same again changes no parts"
    books.call(service.classify, transaction=spent, category=home)
    assert books.call(splits.whole_of, transaction=spent).parts == (), "one category takes the place of the parts"
    assert sorted(books.history(spent)) == [
        ("category", "Groceries", "Utilities"),
        ("category", "Utilities", "Groceries"),
        ("note", "", "late"),
        ("split", "", "Utilities 9.99, Groceries 20.01"),
        ("split", "Utilities 9.99, Groceries 20.01", ""),
    ]
    assert {one.by for one in books.call(meaning.history, transaction=spent)} == {"You"}
    sound()


@given(data=st.data())
@settings(max_examples=15)
def test_whatever_is_split_again_and_again_sums_to_the_whole(books, data):
    labels = list(books.named.values())
    total = data.draw(st.integers(2, 100_000))
    spent = books.spend(str(D(total) / 100))
    rows = books.call(register.get, transaction=spent).lines
    many_changes = 0
    for _ in range(data.draw(st.integers(1, 3))):
        cuts = sorted(data.draw(st.sets(st.integers(1, total - 1), max_size=5)))
        sizes = [high - low for low, high in zip([0, *cuts], [*cuts, total], strict=True)]
        parts = [Part(data.draw(st.sampled_from(labels)), D(size) / 100) for size in sizes]
        before = books.call(splits.whole_of, transaction=spent).parts
        books.call(splits.split, transaction=spent, parts=parts)
        after = books.call(splits.whole_of, transaction=spent).parts
        many_changes += before != after
        assert sum(part.amount for part in after) == (D(total) / 100 if len(sizes) > 1 else 0)
    kept = [one for one in books.call(meaning.history, transaction=spent) if one.what == "split"]
    assert len(kept) == many_changes
    for newer, older in pairwise(kept):
        assert newer.before == older.after, "each entry begins where the one before ended"
    assert books.call(register.get, transaction=spent).lines == rows, "postings never change"
    sound()


def test_the_database_itself_refuses_parts_that_do_not_sum(books):
    food, spent = books.named["groceries"], books.spend(category=books.named["groceries"])
    insert = (
        "INSERT INTO split (owner, transaction, line, category, amount) VALUES (:owner, :id, :line, :food, :amount)"
    )
    for amounts in (["29.99", "0.02"], ["30.00"], ["10", "10"]):
        with pytest.raises(DBAPIError) as caught, work(books.maya.person) as session:
            for line, amount in enumerate(amounts, 1):
                session.connection().execute(
                    text(insert),
                    {"owner": books.maya.person, "id": spent, "line": line, "food": food, "amount": D(amount)},
                )
        assert sqlstate(caught.value) == "LG040"
    books.call(splits.split, transaction=spent, parts=[Part(food, D(10)), Part(food, D(10)), Part(food, None)])
    for sql in ("DELETE FROM split WHERE line = 3", "DELETE FROM split WHERE line > 1"):
        with pytest.raises(DBAPIError) as caught, work(books.maya.person) as session:
            session.connection().execute(text(sql))
        assert sqlstate(caught.value) == "LG040"
    with pytest.raises(DBAPIError), work(books.maya.person) as session:
        session.connection().execute(text("UPDATE split SET amount = amount + 1"))
    with pytest.raises(DBAPIError), work(books.maya.person) as session:
        session.connection().execute(text("UPDATE meaning_past SET after = 'x'"))
    sound()


def test_what_has_no_classified_amount_has_no_parts(books, opened, admin):
    food = books.named["groceries"]
    other = opened(books.maya)
    moved = books.call(service.own_transfer, giving=books.here.id, taking=other.id, amount="5.00", key=books.key())
    taken_back = books.spend()
    books.call(service.reverse, transaction=taken_back, key=books.key())
    [(opening,)] = admin("SELECT min(id) FROM transaction WHERE kind = 1")
    for transaction in (moved.transaction, taken_back, opening):
        with pytest.raises(Refused) as caught:
            books.call(splits.split, transaction=transaction, parts=[Part(food, D(1)), Part(food, None)])
        assert caught.value.code == "no_parts"


def test_what_is_entered_anew_keeps_its_meaning(books):
    food, home = books.named["groceries"], books.named["utilities"]
    spent = books.spend()
    books.call(splits.split, transaction=spent, parts=[Part(home, D(10)), Part(food, None)])
    books.call(tags.tag, transaction=spent, name="Flat")
    books.call(attachments.attach, transaction=spent, name="bon.txt", data=b"bon")
    books.call(service.reverse, transaction=spent, key=books.key())
    again = books.call(service.restore, transaction=spent, key=books.key()).transaction
    assert [part.amount for part in books.call(splits.whole_of, transaction=again).parts] == [D(10), D(20)]
    assert books.call(tags.tags_of, transaction=again) == ["Flat"]
    assert [one.name for one in books.call(attachments.attachments, transaction=again)] == ["bon.txt"]
    dearer = books.call(service.amend, transaction=again, amount="31.00", key=books.key()).transaction
    assert books.call(splits.whole_of, transaction=dearer).parts == ()
    assert books.category_of(dearer) == food
    assert books.call(tags.tags_of, transaction=dearer) == ["Flat"]
    sound()


def test_tags_are_one_whatever_their_case_and_an_unused_one_goes(books):
    one, two = books.spend(), books.spend()
    assert books.call(tags.tag, transaction=one, name=" #Holiday ") == ["Holiday"]
    assert books.call(tags.tag, transaction=two, name="HOLIDAY") == ["Holiday"]
    assert books.call(tags.tag, transaction=two, name="Spain") == ["Holiday", "Spain"]
    assert books.call(tags.tags) == ["Holiday", "Spain"]
    assert books.call(tags.untag, transaction=two, name="spain") == ["Holiday"]
    assert books.call(tags.tags) == ["Holiday"]
    assert books.history(two) == [
        ("tags", "", "Holiday"),
        ("tags", "Holiday", "Holiday, Spain"),
        ("tags", "Holiday, Spain", "Holiday"),
    ]
    for name, code in (("", "no_name"), ("a,b", "bad_name"), ("x" * 41, "too_long")):
        with pytest.raises(Invalid) as caught:
            books.call(tags.tag, transaction=one, name=name)
        assert caught.value.code == code
    with pytest.raises(Invalid) as caught:
        books.call(tags.give, transaction=one, names=[str(number) for number in range(21)])
    assert caught.value.code == "too_many_tags"


def test_files_lie_beside_and_come_back_from_the_bin(books, admin):
    one, two = books.spend(), books.spend()
    first = books.call(attachments.attach, transaction=one, name="bon.pdf", data=b"%PDF-1.7")
    books.call(attachments.attach, transaction=two, name="same.pdf", data=b"%PDF-1.7")
    assert admin("SELECT count(*) FROM blob") == [(1,)], "the same file lies here once"
    found, data = books.call(attachments.content, uuid=first.uuid)
    assert (found.name, found.type, found.size, data) == ("bon.pdf", "application/pdf", 8, b"%PDF-1.7")
    books.call(attachments.detach, uuid=first.uuid)
    with pytest.raises(NotFound):
        books.call(attachments.content, uuid=first.uuid)
    books.call(attachments.bring_back, uuid=first.uuid)
    assert books.call(attachments.content, uuid=first.uuid)[1] == b"%PDF-1.7"
    books.call(attachments.detach, uuid=first.uuid)
    admin("UPDATE attachment SET removed_at = removed_at - interval '31 days' WHERE removed_at IS NOT NULL")
    other = books.call(attachments.attach, transaction=one, name="other.txt", data=b"other")
    books.call(attachments.detach, uuid=other.uuid)
    with pytest.raises(NotFound):
        books.call(attachments.bring_back, uuid=first.uuid)
    assert admin("SELECT count(*) FROM blob") == [(2,)], "what somebody has still, or lies in the bin, stays"
    assert books.history(one)[:3] == [
        ("attachment", "", "bon.pdf"),
        ("attachment", "bon.pdf", ""),
        ("attachment", "", "bon.pdf"),
    ]
    for data, code in ((b"", "file_empty"), (b"x" * (attachments.LARGEST + 1), "file_too_large")):
        with pytest.raises(Invalid) as caught:
            books.call(attachments.attach, transaction=one, name="x", data=data)
        assert caught.value.code == code


def test_nobody_else_reaches_any_of_it(books):
    food = books.named["groceries"]
    spent = books.spend()
    books.call(splits.split, transaction=spent, parts=[Part(food, D(1)), Part(food, None)])
    books.call(tags.tag, transaction=spent, name="Mine")
    file = books.call(attachments.attach, transaction=spent, name="bon", data=b"bon")
    kept = books.call(rules.keep, wanted=Rule(words="shop", category=food))
    omar = books.omar
    attempts = [
        (splits.whole_of, {"transaction": spent}),
        (splits.split, {"transaction": spent, "parts": [Part(food, D(1)), Part(food, None)]}),
        (tags.tag, {"transaction": spent, "name": "his"}),
        (attachments.attach, {"transaction": spent, "name": "x", "data": b"x"}),
        (attachments.content, {"uuid": file.uuid}),
        (attachments.detach, {"uuid": file.uuid}),
        (attachments.bring_back, {"uuid": file.uuid}),
        (attachments.content, {"uuid": "nonsense"}),
        (rules.rule, {"number": kept.id}),
        (rules.keep, {"wanted": Rule(words="x", category=food)}),
        (rules.drop, {"number": kept.id}),
        (category_tree.rename, {"number": food, "name": "His"}),
        (category_tree.archive, {"number": food}),
        (category_tree.remove, {"number": food}),
        (changes.take_back, {"change": 1}),
    ]
    for use_case, named in attempts:
        with pytest.raises(NotFound):
            books.call(use_case, who=omar, **named)
    assert books.call(meaning.history, who=omar, transaction=spent) == []
    assert books.call(tags.tags, who=omar) == []
    assert books.call(rules.preview, who=omar, wanted=Rule(words="shop", payee="x")).count == 0
    with work(omar.person) as session:
        for table in ("split", "tag", "tagging", "attachment", "meaning_past", "category_rule", "meaning_change"):
            assert session.connection().scalar(text(f"SELECT count(*) FROM {table}")) == 0
    for table, columns, values in (
        ("tagging", "tag", "1"),
        ("attachment", "blob, name", "1, 'x'"),
        ("meaning_past", "what, before, after", "'tags', '', ''"),
    ):
        with pytest.raises(DBAPIError), work(omar.person) as session:
            session.connection().execute(
                text(f"INSERT INTO {table} (owner, transaction, {columns}) VALUES (:owner, :id, {values})"),
                {"owner": omar.person, "id": spent},
            )


def test_a_rule_shows_what_it_would_change_and_changes_that_and_gives_it_back(books):
    food, home = books.named["groceries"], books.named["utilities"]
    plain = [books.spend(f"{number}.00", payee="REWE City") for number in range(1, 4)]
    chosen = books.spend(payee="Rewe", category=home)
    other = books.spend(payee="Aldi")
    in_parts = books.spend(payee="Rewe")
    books.call(splits.split, transaction=in_parts, parts=[Part(home, D(1)), Part(home, None)])
    wanted = Rule(words="rewe", looks_at="payee", category=food, tags=("Food",))
    seen = books.call(rules.preview, wanted=wanted)
    assert (seen.count, [row.id for row in seen.rows]) == (3, plain[::-1])
    assert books.call(rules.preview, wanted=wanted, overwrite=True).count == 4
    kept = books.call(rules.keep, wanted=wanted)
    change = books.call(rules.begin_apply, number=kept.id)
    steps = []
    while not steps or not steps[-1].done:
        steps.append(books.call(rules.apply, number=kept.id, change=change, most=2))
    assert [step.changed for step in steps] == [2, 1]
    assert [books.category_of(one) for one in (*plain, chosen, other)] == [food, food, food, home, None]
    assert books.call(tags.tags_of, transaction=plain[0]) == ["Food"]
    assert {one.act for one in books.call(meaning.history, transaction=plain[0])} == {
        "Your rule: payee contains “rewe”"
    }
    books.call(service.classify, transaction=plain[0], category=home)
    while books.call(changes.take_back, change=change, most=2):
        pass
    assert [books.category_of(one) for one in plain] == [home, None, None], "what was changed since stays"
    assert books.call(tags.tags_of, transaction=plain[1]) == []
    sound()


def test_rules_speak_when_no_category_is_chosen_and_in_their_order(books):
    food, home = books.named["groceries"], books.named["utilities"]
    first = books.call(rules.keep, wanted=Rule(words="market", category=food))
    second = books.call(rules.keep, wanted=Rule(words="super", how="starts", looks_at="payee", category=home))
    assert books.category_of(books.spend(payee="Supermarket")) == food
    books.call(rules.reorder, number=second.id, by=-1)
    assert [one.id for one in books.call(rules.rules)] == [second.id, first.id]
    assert books.category_of(books.spend(payee="Supermarket")) == home
    assert books.category_of(books.spend(payee="Supermarket", category=food)) == food
    books.call(rules.switch, number=second.id, active=False)
    assert books.category_of(books.spend(payee="Supermarket")) == food
    gone = books.call(rules.drop, number=first.id)
    assert books.category_of(books.spend(payee="Supermarket")) is None
    assert books.call(rules.keep, wanted=gone).words == "market"


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        (Rule(words="100%", payee="x"), True),
        (Rule(words="1_0", payee="x"), False),
        (Rule(words="SHOP", how="equals", payee="x"), True),
        (Rule(words="hop", how="starts", payee="x"), False),
        (Rule(words="off", looks_at="payee", payee="x"), False),
        (Rule(least=D("30"), most=D("30"), payee="x"), True),
        (Rule(least=D("30.01"), payee="x"), False),
        (Rule(words="shop", flow="in", payee="x"), False),
        (Rule(words="shop", flow="out", payee="x"), True),
        (Rule(words="shop", payee="Shop"), False),
    ],
)
def test_words_stand_for_themselves_and_all_conditions_count(books, rule, fits):
    books.spend(description="100% off")
    assert books.call(rules.preview, wanted=rule).count == fits


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (Rule(payee="x"), "looks_at_nothing"),
        (Rule(words="x"), "gives_nothing"),
        (Rule(words="x" * 101, payee="x"), "too_long"),
        (Rule(least=D(2), most=D(1), payee="x"), "bad_amount"),
        (Rule(least=D("NaN"), payee="x"), "bad_amount"),
        (Rule(words="x", category=10**12), "unknown_category"),
        (Rule(words="x", payee="y", account=10**12), "unknown_account"),
    ],
)
def test_a_rule_without_sense_is_refused(books, rule, code):
    with pytest.raises(FinTwinError) as caught:
        books.call(rules.keep, wanted=rule)
    assert caught.value.code == code


def test_all_that_makes_no_sense_of_a_rule_is_named_at_once(books):
    for rule, fields in (
        (Rule(), ["words", "category"]),
        (Rule(words="x" * 101, tags=("x" * 41,), least=D(2), most=D(1)), ["words", "tags", "most"]),
    ):
        with pytest.raises(InvalidFields) as caught:
            books.call(rules.preview, wanted=rule)
        assert [fault.field for fault in caught.value.faults] == fields


def test_tags_of_many_are_undone_at_once_each_to_what_it_had(books):
    spent = [books.spend(payee="Rewe") for _ in range(6)]
    books.call(tags.give, transaction=spent[1], names=["Mine", "food"])
    books.call(tags.give, transaction=spent[2], names=["Mine"])
    kept = books.call(rules.keep, wanted=Rule(words="rewe", tags=("Food", "Shop")))
    change = books.call(rules.begin_apply, number=kept.id)
    assert books.call(rules.apply, number=kept.id, change=change).changed == 6
    books.call(rules.drop, number=kept.id)
    books.call(tags.give, transaction=spent[5], names=["Own", "Food", "Shop"])
    said = []
    event.listen(app_engine(), "before_cursor_execute", lambda *given: said.append(given[2]))
    assert books.call(changes.take_back, change=change) == 5
    assert sum("tag" in one for one in said) < 10
    standing = [books.call(tags.tags_of, transaction=one) for one in spent]
    assert standing == [[], ["food", "Mine"], ["Mine"], [], [], ["food", "Own", "Shop"]]
    assert books.call(changes.take_back, change=change) == 0
    books.call(tags.give, transaction=spent[5], names=["Own"])
    assert sorted(books.call(tags.tags)) == ["Mine", "Own", "food"]
    assert [one for one in books.history(spent[2]) if one[0] == "tags"][-1] == ("tags", "food, Mine, Shop", "Mine")


def test_what_has_no_room_for_a_tag_is_not_looked_at_for_ever(books):
    full, free = books.spend(payee="Rewe"), books.spend(payee="Rewe")
    books.call(tags.give, transaction=full, names=[f"t{n}" for n in range(tags.MOST)])
    kept = books.call(rules.keep, wanted=Rule(words="rewe", tags=("food",)))
    assert [row.id for row in books.call(rules.preview, wanted=kept).rows] == [free]
    change = books.call(rules.begin_apply, number=kept.id)
    steps = [books.call(rules.apply, number=kept.id, change=change, most=1) for _ in range(2)]
    assert [(step.changed, step.done) for step in steps] == [(1, False), (0, True)]
    assert books.call(tags.tags_of, transaction=free) == ["food"]
    assert len(books.call(tags.tags_of, transaction=full)) == tags.MOST


def test_two_categories_become_one_and_two_again(books):
    food, out = books.named["groceries"], books.named["eating_out"]
    whole, parted = books.spend(category=out), books.spend()
    books.call(splits.split, transaction=parted, parts=[Part(out, D(20)), Part(food, None)])
    kept = books.call(rules.keep, wanted=Rule(words="bar", category=out))
    with pytest.raises(Refused):
        books.call(category_tree.remove, number=out)
    change = books.call(category_tree.begin_merge, source=out, target=food)
    while books.call(category_tree.move_transactions, source=out, target=food, change=change, most=1):
        pass
    books.call(category_tree.remove, number=out)
    assert [books.category_of(one) for one in (whole, parted)] == [food, food]
    assert [part.name for part in books.call(splits.whole_of, transaction=parted).parts] == ["Groceries", "Groceries"]
    assert books.call(rules.rule, number=kept.id).category == food
    assert ("category", "Eating out", "Groceries") in books.history(whole)
    sound()
    while books.call(changes.take_back, change=change, most=1):
        pass
    assert [books.category_of(one) for one in (whole, parted)] == [out, out]
    assert [part.name for part in books.call(splits.whole_of, transaction=parted).parts] == ["Eating out", "Groceries"]
    assert next(one for one in books.call(categories.categories) if one.id == out).code == "eating_out"
    sound()


def test_what_gave_a_category_and_what_stood_below_it_go_with_it_and_come_back(books, opened):
    food, out = books.named["food"], books.named["eating_out"]
    books.call(category_tree.move, number=out, parent=None)
    bars = books.call(categories.add, name="Bars", flow="out", parent=out).id
    rule = books.call(rules.keep, wanted=Rule(words="bar", category=out)).id
    bank = opened(books.maya, custody="tracked")
    day = today(system_clock, zone=books.maya.zone)
    plan = Plan(kind="withdrawal", account=bank.id, amount=D(5), starts=day, category=out)
    schedule = books.call(schedules.create, plan=plan, key="s").id
    assert books.call(category_tree.used)[out] == Used(transactions=0, rules=1, schedules=1)
    with pytest.raises(Refused):
        books.call(category_tree.remove, number=out)
    books.call(category_tree.archive, number=out)

    def stand():
        parents = {one.id: one.parent for one in books.call(categories.categories)}
        given = books.call(rules.rule, number=rule).category, books.call(schedules.view, schedule=schedule).category
        return parents.get(bars), given

    change = books.call(category_tree.begin_merge, source=out, target=food)
    books.call(category_tree.remove, number=out)
    assert stand() == (food, (food, food))
    books.call(changes.take_back, change=change)
    assert stand() == (out, (out, out))
    assert next(one for one in books.call(categories.categories) if one.id == out).archived


def test_the_tree_is_two_levels_deep_and_names_are_free(books):
    food, out, salary = (books.named[code] for code in ("food", "eating_out", "salary"))
    assert books.call(category_tree.move, number=out, parent=None).parent is None
    for number, parent, code in ((food, out, "too_deep"), (salary, food, "other_flow"), (out, out, "too_deep")):
        with pytest.raises(Invalid) as caught:
            books.call(category_tree.move, number=number, parent=parent)
        assert caught.value.code == code
    with pytest.raises(Conflict):
        books.call(category_tree.rename, number=out, name="food")
    assert books.call(category_tree.rename, number=out, name="Restaurants").code == "eating_out"
    books.call(category_tree.archive, number=out)
    assert out not in {one.id for one in books.call(categories.ensure)}
    assert out in {one.id for one in books.call(categories.categories)}
    books.call(category_tree.archive, number=out, archived=False)
    assert out in {one.id for one in books.call(categories.ensure)}


def test_old_books_are_grouped_on_request_and_keep_their_codes(books, admin):
    admin("UPDATE category SET parent = NULL")
    admin("DELETE FROM category WHERE code IN ('home', 'food', 'everyday', 'family', 'free_time', 'obligations')")
    before = {one.code: one.id for one in books.call(categories.categories)}
    assert books.call(category_tree.groupable)
    books.call(category_tree.group)
    after = {one.code: one for one in books.call(categories.categories)}
    assert {code: after[code].id for code in before} == before
    assert after["groceries"].parent == after["food"].id
    assert not books.call(category_tree.groupable)


def test_an_import_listens_to_the_rules(books, imported, admin):
    food = books.named["groceries"]
    books.call(rules.keep, wanted=Rule(words="corner", category=food))
    items = [
        posting.movement(account=books.here.id, amount=D(-3), currency=EUR, booked=DAY, payee=payee)
        for payee in ("Corner shop", "Elsewhere")
    ]
    outcomes = books.call(lambda session, who: service.post_batch(session, who, items))
    numbers = [one.transaction for one in outcomes]
    books.call(rules.on_booked, transactions=numbers)
    assert [books.category_of(one) for one in numbers] == [food, None]
