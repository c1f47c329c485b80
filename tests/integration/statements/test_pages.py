"""The pages of an import's rows and of the files so far, as the presenter takes them."""

from fintwin.statements import service
from fintwin.ui.pages.import_ import state


def test_the_list_shown_moves_on_where_it_has_become_empty(desk, csv_of):
    found = desk.check("two.csv", csv_of(("2026-11-01", "Shop", "-1.50"), ("2026-11-02", "Bus", "-2.00")))
    row = desk.rows(found, "new")[0]
    desk.call(service.choose_row, uuid=found.uuid, number=row.number, add=False)
    shown = desk.call(state._whole, uuid=str(found.uuid), tab="left_out", seen=[])
    assert (shown.tab, [one.number for one in shown.rows]) == ("left_out", [row.number])
    desk.call(service.choose_row, uuid=found.uuid, number=row.number, add=True)
    shown = desk.call(state._whole, uuid=str(found.uuid), tab="left_out", seen=[row.number])
    assert (shown.tab, shown.seen, len(shown.rows)) == ("new", [], 2)


def test_a_page_that_has_become_empty_is_the_one_before(desk, csv_of, monkeypatch):
    monkeypatch.setattr(state, "_AT_ONCE", 2)
    found = desk.check("three.csv", csv_of(*((f"2026-11-0{day}", "Shop", f"-{day}.00") for day in (1, 2, 3))))
    first = desk.call(state._whole, uuid=str(found.uuid), tab="new", seen=[])
    assert ([one.number for one in first.rows], first.older) == ([2, 1], True)
    second = desk.call(state._whole, uuid=str(found.uuid), tab="new", seen=[1])
    assert ([one.number for one in second.rows], second.older) == ([0], False)
    desk.call(service.choose_row, uuid=found.uuid, number=0, add=False)
    again = desk.call(state._whole, uuid=str(found.uuid), tab="new", seen=[1])
    assert ([one.number for one in again.rows], again.seen, again.older) == ([2, 1], [], False)


def test_files_begin_anew_where_the_last_one_seen_is_gone(desk, csv_of, monkeypatch):
    monkeypatch.setattr(state, "_FILES_AT_ONCE", 1)
    for name in ("a.csv", "b.csv"):
        desk.check(name, csv_of(("2026-11-01", "Shop", "-1.50")))
    first = desk.call(state._files, seen=[])
    assert ([one.name for one in first.files], first.older) == (["b.csv"], True)
    last = str(first.files[0].uuid)
    assert [one.name for one in desk.call(state._files, seen=[last]).files] == ["a.csv"]
    desk.call(service.discard, uuid=last)
    assert [one.name for one in desk.call(state._files, seen=[last]).files] == ["a.csv"]
