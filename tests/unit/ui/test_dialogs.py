"""Dialogs: what no address names is put away when its page is entered, and what is missing is told with the way to it."""

import asyncio
import re
from typing import Any

import pytest

import fintwin.fintwin  # noqa: F401 - brings all pages
from fintwin.ui import palette, shell
from fintwin.ui.components import dialogs_of
from fintwin.ui.pages.accounts import dialogs
from fintwin.ui.pages.accounts.state import Accounts
from fintwin.ui.pages.categories import tree
from fintwin.ui.pages.payments import forms, wizard
from fintwin.ui.pages.payments.ways import Ways
from fintwin.ui.pages.staff.funds_state import Funds
from fintwin.ui.pages.transactions.kept import Kept
from fintwin.ui.pages.transactions.many import Many


@pytest.mark.parametrize(
    ("route", "handler"),
    [
        ("/transactions", Kept.close),
        ("/transactions", Many.close),
        ("/payments", Ways.leave),
        ("/staff", Funds.dismiss),
    ],
)
def test_a_page_begins_without_the_dialogs_that_its_address_does_not_name(route, handler):
    """A tab remembers them: half a minute later, or after a reload, they would stand over another list."""
    assert handler in shell._declared[route].load


def test_putting_away_puts_away():
    kept, many, ways = Kept(naming=True), Many(asking="payee", binning=True), Ways(adding=True)
    for state, name in ((kept, "close"), (many, "close"), (ways, "leave")):
        asyncio.run(state.event_handlers[name].fn(state))
    assert (kept.naming, many.asking, many.binning, ways.adding) == (False, "", False, False)


def _drawn(view: Any) -> str:
    with dialogs_of("/payments"):
        return str(view())


@pytest.mark.parametrize("view", [wizard.dialogs, forms._receive, forms.dialogs])
def test_who_has_no_account_here_is_led_to_one_that_is_kept_here(view):
    """Of the two kinds only that one sends and receives; the form begins with it."""
    assert '"/accounts?new=held"' in _drawn(view)


def test_the_form_of_a_new_account_begins_with_where_the_money_is():
    drawn = _drawn(dialogs._opening)
    assert f"defaultChecked:({Accounts.custody!s}" in drawn.replace(" ", "")


@pytest.mark.parametrize(
    ("word", "address"),
    [
        ("send", "/payments?new=pay"),
        ("pay", "/payments?new=pay"),
        ("request", "/payments?new=ask"),
        ("transfer", "/transactions?new=transfer"),
        ("deposit", "/transactions?new=deposit"),
        ("spend", "/transactions?new=withdrawal"),
        ("standing order", "/payments/schedules"),
        ("iban", "/payments/outside"),
    ],
)
def test_what_people_call_it_finds_it_in_the_palette(word, address):
    drawn = str(
        palette.palette(
            pages=shell._existing((*shell._NAVIGATION, *shell._MORE_PAGES)),
            actions=shell._existing(shell._ADD),
            goes={},
            also=shell._ALSO,
            on_search=shell.Palette.find,
        )
    )
    also = {to: words for words, to in re.findall(r'"data-also":"([^"]*)"[^{}]*?to:"([^"]*)"', drawn)}
    assert word in also[address]


def test_the_menu_of_the_plus_leads_to_the_payments_on_the_phone():
    assert 'to:"/payments"' in str(shell._add_menu())


def test_a_category_can_be_renamed_where_all_else_is_done_to_it():
    """Its name in the list is a field too, which only a pointer above it shows."""
    drawn = _drawn(tree._one)
    assert '"Rename"' in drawn
    assert 'name:"name"' in drawn
