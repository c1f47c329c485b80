"""No amount is cut off, and no name of one long word pushes an amount or the way out of a dialog out of sight."""

import reflex as rx

from fintwin.ui.components import dialogs_of
from fintwin.ui.components.account_lines import account_line
from fintwin.ui.components.pieces import amount, dialog, figure, sum_size
from fintwin.ui.pages.statement import views as statement
from fintwin.ui.pages.statement.state import Line
from fintwin.ui.pages.transactions import list_views
from fintwin.ui.pages.transactions.rows import Sums


def test_amounts_of_a_strip_are_never_cut_off():
    sums = rx.Var("sums", _var_type=Sums).to(Sums)
    for drawn in (
        list_views._sums_of(sums),
        statement._sum("In", rx.Var("text").to(str)),
        figure("Net worth", amount("€123,456,789,012")),
    ):
        assert "truncate" not in str(drawn)
        assert "overflow-wrap:anywhere" in str(drawn)


def test_a_long_amount_is_smaller_where_its_strip_is_narrow():
    asked, answers = str(sum_size(rx.Var("text").to(str))).split("?", 1)
    long, short = answers.split('" : "')
    assert "text" in asked
    assert ("text-sm" in long, "lg:text-lg" in long, "text-sm" in short) == (True, True, False)


def test_a_title_of_one_long_word_leaves_the_amounts_of_a_line_in_sight():
    one = rx.Var("one", _var_type=Line).to(Line)
    assert str(account_line(one, when="")).count("overflow-wrap:anywhere") == 2


def test_a_title_of_one_long_word_leaves_the_way_out_of_a_dialog_in_sight():
    with dialogs_of("/accounts"):
        drawn = str(dialog(title="x" * 80, is_open=rx.Var("open").to(bool), on_close=rx.console_log("")))
    assert "break-words text-base" in drawn
