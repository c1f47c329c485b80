"""Money between currencies, a balance beside its statement, and what is pending, in a browser."""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from tests.e2e.test_accessible import assert_accessible
from tests.e2e.test_money import ask, book, open_account, rows


def open_in(page: Page, name: str, code: str, balance: str) -> None:
    """Open a tracked account in a currency."""
    page.goto("/accounts?new=1")
    dialog = page.get_by_role("dialog")
    for field, value in {"name": name, "balance": balance, "opened": "2026-01-01"}.items():
        dialog.locator(f"[name={field}]").fill(value)
    dialog.locator("[name=currency]").select_option(code)
    dialog.get_by_role("button", name="Open account").click()
    expect(dialog).to_have_count(0)


def test_a_conversion_takes_the_own_rate_and_shows_both_amounts(settled):
    page = settled("Cora")
    open_in(page, "Everyday", "GBP", "500")
    open_in(page, "Dollars", "USD", "0")
    page.goto("/dashboard")
    page.get_by_role("button", name=re.compile("Net worth")).click()
    page.get_by_role("link", name="Say what USD is worth").click()
    page.wait_for_url("**/rates?from=USD")
    expect(page.locator("[name=base]")).to_have_value("USD")
    page.locator("[name=rate]").fill("0.80")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("1 USD = 0.8 GBP", exact=True)).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name=re.compile("Take away 1 USD")).click()
    expect(page.get_by_text("No rate yet.")).to_be_visible()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("1 USD = 0.8 GBP", exact=True)).to_be_visible()

    book(page, "transfer", "", account="Everyday", to="Dollars")
    dialog = page.get_by_role("dialog")
    dialog.locator("[name=amount]").fill("100")
    expect(dialog.locator("[name=arrives]")).to_have_value("125.00")
    dialog.locator("[name=arrives]").fill("120")
    expect(dialog).to_contain_text("1 GBP = 1.2 USD")
    assert_accessible(page)
    dialog.get_by_role("button", name="Move it").click()
    expect(dialog).to_have_count(0)
    row = rows(page).first
    expect(row).to_contain_text("Everyday to Dollars")
    expect(row).to_contain_text(re.compile(r"Exchanged at 1\.2.*−100\.00.*→ .*\$120\.00"))
    row.click()
    expect(page.get_by_role("dialog")).to_contain_text("1 GBP = 1.2 USD · 1 USD = 0.833333 GBP")
    assert_accessible(page)


def test_a_reconciled_day_is_refused_in_place_until_its_lock_is_released(settled):
    page = settled("Remy")
    open_in(page, "Everyday", "GBP", "500")
    day = (datetime.now(UTC).date() - timedelta(days=10)).isoformat()
    book(page, "withdrawal", "20", payee="Rewe", booked=day)
    page.get_by_role("button", name="Book it").click()
    expect(rows(page).first).to_contain_text("Rewe")
    page.goto("/accounts")
    ask(page.get_by_role("listitem").filter(has_text="Everyday"), "Compare with a statement")
    dialog = page.get_by_role("dialog")
    dialog.locator("[name=day]").fill(day)
    dialog.locator("[name=balance]").fill("470")
    dialog.get_by_role("button", name="Compare").click()
    expect(dialog.get_by_role("alert")).to_contain_text("10.00 more")
    expect(dialog.get_by_role("link", name=re.compile("Look at what is booked"))).to_have_attribute(
        "href", re.compile(f"to={day}")
    )
    dialog.locator("[name=balance]").fill("480")
    dialog.get_by_role("button", name="Compare").click()
    expect(dialog.get_by_text("Locked", exact=True)).to_be_visible()
    assert_accessible(page)
    page.goto("/transactions")
    rows(page).first.click()
    panel = page.get_by_role("dialog")
    panel.get_by_role("button", name="Undo this transaction").click()
    expect(panel.get_by_role("alert")).to_contain_text("Everyday is reconciled and locked up to")
    page.goto("/accounts")
    ask(page.get_by_role("listitem").filter(has_text="Everyday"), "Compare with a statement")
    dialog.get_by_role("button", name=re.compile("Release the lock")).click()
    dialog.get_by_role("button", name="Release it").click()
    expect(dialog.get_by_text("Released", exact=True)).to_be_visible()


def test_what_is_pending_is_settled_in_part_and_a_part_of_that_goes_back(settled):
    page = settled("Pia")
    open_account(page, "Wallet", held=True, balance="100")
    book(page, "withdrawal", "40", payee="Hotel")
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Not booked yet").click()
    dialog.get_by_role("button", name="Keep it pending").click()
    strip = page.get_by_label("Pending", exact=True)
    expect(strip).to_contain_text(re.compile("1 pending: .*40.00 kept back"))
    assert_accessible(page)
    strip.get_by_role("button", name="Settle Hotel").click()
    dialog.locator("[name=amount]").fill("30")
    expect(dialog).to_contain_text("What about the other £10.00?")
    assert_accessible(page)
    dialog.get_by_role("button", name="Book it").click()
    expect(strip).to_contain_text("10.00 kept back")
    strip.get_by_role("button", name="Let go Hotel").click()
    dialog.locator("[name=reason]").fill("Cheaper")
    dialog.get_by_role("button", name="Let it go").click()
    expect(strip).to_have_count(0)
    rows(page).first.click()
    dialog.get_by_role("button", name="Take back a part").click()
    dialog.locator("[name=part]").fill("5")
    dialog.get_by_role("button", name="Take it back").click()
    expect(dialog).to_contain_text("£25.00 of £30.00 is left.")
    assert_accessible(page)
    page.goto("/transactions?text=is:failed")
    expect(rows(page)).to_have_count(1)
    rows(page).first.click()
    expect(dialog).to_contain_text(re.compile(r"A part was booked: £30\.00.*Let go.*Cheaper", re.S))
    expect(dialog).to_contain_text("Nothing was booked.")
    assert_accessible(page)
