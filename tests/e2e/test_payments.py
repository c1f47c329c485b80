"""Two people in two browsers: money asked for, paid, called off and given back, seen by both as it happens."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import SOON
from tests.e2e.test_accessible import assert_accessible


def with_wallet(page: Page, balance: str) -> str:
    """Open an account kept here; its number, as its page for getting paid says it."""
    page.goto("/accounts?new=1")
    page.get_by_text("Kept here").first.click()
    page.get_by_role("textbox", name="Name").fill("Wallet")
    page.get_by_label("Balance").fill(balance)
    page.get_by_role("dialog").get_by_role("button", name="Open account").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.goto("/payments?receive=1")
    dialog = page.get_by_role("dialog", name="Get paid")
    number = dialog.get_by_text(re.compile(r"^\d{4} \d{4} \d{4} \d{2}$")).inner_text()
    dialog.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    return number


def pay(page: Page, *, pin: str = "") -> None:
    """From the amount to the payment that is being sent."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Review").click()
    if pin:
        dialog.get_by_label("PIN").fill(pin)
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(dialog).to_contain_text("Leaves in")


def test_asked_called_off_paid_and_given_back(settled):
    maya, omar = settled("Maya Rao"), settled("Omar Diaz", viewport={"width": 360, "height": 740})
    here, there = with_wallet(maya, "100"), with_wallet(omar, "0")
    assert here != there
    omar.goto("/payments?new=ask")
    ask = omar.get_by_role("dialog")
    ask.get_by_label("Account number").fill(here)
    ask.get_by_label("Amount").fill("20")
    ask.get_by_label("What for").fill("Cinema")
    assert_accessible(omar)
    ask.get_by_role("button", name="Ask", exact=True).click()
    expect(maya.get_by_role("heading", name="Asked of you")).to_be_visible()
    assert_accessible(maya)

    maya.get_by_role("link", name="Pay", exact=True).click()
    dialog = maya.get_by_role("dialog")
    expect(dialog.get_by_label("Amount")).to_have_value("20.00")
    assert_accessible(maya)
    pay(maya)
    maya.get_by_role("button", name="Cancel it").click()  # before it has left
    expect(dialog).to_contain_text("Nothing was sent.")
    expect(omar.get_by_text(re.compile("until "))).to_be_visible()
    dialog.get_by_role("button", name="Close").click()

    maya.get_by_role("link", name="Pay", exact=True).click()
    pay(maya)
    expect(omar.get_by_text("being paid")).to_be_visible()
    assert_accessible(maya)
    maya.reload()
    expect(dialog.get_by_text("Done", exact=True)).to_be_visible(timeout=40_000)
    received = omar.get_by_role("link", name=re.compile("Cinema .*20.00")).first
    expect(received).to_be_visible(timeout=SOON)
    received.click()
    panel = omar.get_by_role("dialog")
    panel.get_by_role("button", name="Give back").click()
    panel.get_by_label("Amount").fill("7.50")
    panel.get_by_role("button", name="Give back").click()
    expect(panel).to_contain_text("Partly given back")
    assert_accessible(omar)
    expect(dialog).to_contain_text("Partly given back", timeout=SOON)


def test_a_pin_and_an_equal_payment_ask_once_more(settled):
    maya, omar = settled("Maya Rao"), settled("Omar Diaz")
    with_wallet(maya, "100")
    there = with_wallet(omar, "0").replace(" ", "")
    maya.get_by_role("link", name="Set a PIN for Wallet").click()
    dialog = maya.get_by_role("dialog")
    dialog.get_by_label("PIN", exact=True).fill("0042")
    dialog.get_by_label("Ask for it above").fill("10")
    dialog.get_by_role("button", name="Save").click()
    expect(maya.get_by_text("PIN above £10.00")).to_be_visible()
    maya.goto(f"/payments?to={there}")
    dialog.get_by_label("Amount").fill("30")
    dialog.get_by_role("button", name="Review").click()
    dialog.get_by_label("PIN").fill("9999")
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(dialog).to_contain_text("4 tries are left")
    dialog.get_by_label("PIN").fill("0042")
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(dialog).to_contain_text("Leaves in")
    maya.goto(f"/payments?to={there}&amount=30")
    expect(dialog.get_by_label("Amount")).to_have_value("30")
    dialog.get_by_role("button", name="Review").click()
    dialog.get_by_label("PIN").fill("0042")
    dialog.get_by_role("button", name="Send", exact=True).click()
    dialog.get_by_role("button", name="Send once more").click()
    expect(dialog).to_contain_text("Leaves in")
    expect(maya.get_by_text("−£30.00")).to_have_count(3)
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    assert_a_transfer_asks_too(maya)


def assert_a_transfer_asks_too(page: Page) -> None:
    """More than the amount leaves for an own account with the PIN alone."""
    page.goto("/accounts?new=1")
    page.get_by_role("textbox", name="Name").fill("Bank")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Open account").click()
    expect(dialog).to_have_count(0)
    page.goto("/transactions?new=transfer")
    dialog.locator("select[name=account]").select_option(
        label=dialog.locator("option", has_text="Wallet").first.inner_text()
    )
    dialog.locator("select[name=to]").select_option(label="Bank")
    dialog.get_by_label("Amount").fill("10.01")
    dialog.get_by_role("button", name="Move it").click()
    expect(dialog.get_by_label("PIN of the account")).to_be_focused()
    expect(dialog).to_contain_text("Enter the PIN of Wallet.")
    assert_accessible(page)
    dialog.get_by_label("PIN of the account").fill("0042")
    dialog.get_by_role("button", name="Move it").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("£10.01 moved from Wallet to Bank.")).to_be_visible()
