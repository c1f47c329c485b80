"""What somebody else does is seen at once, without a reload."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import SOON
from tests.e2e.test_money import ask


def open_wallet(page: Page, balance: str) -> str:
    """Open an account kept here; its number."""
    page.get_by_role("button", name=re.compile("New account|Add an account")).first.click()
    page.get_by_text("Kept here").first.click()
    page.get_by_role("textbox", name="Name").fill("Wallet")
    page.get_by_label("Balance").fill(balance)
    page.get_by_role("dialog").get_by_role("button", name="Open account").click()
    ask(page.get_by_role("listitem").filter(has_text="Wallet"), "Number and QR code")
    dialog = page.get_by_role("dialog")
    number = dialog.get_by_text(re.compile(r"^\d{4} \d{4} \d{4} \d{2}$")).inner_text()
    page.keyboard.press("Escape")
    return number


def test_money_from_another_person_appears_without_a_reload(settled):
    ada, eve = settled("Ada", "/accounts"), settled("Eve", "/accounts")
    open_wallet(ada, "100")
    number = open_wallet(eve, "7")
    expect(eve.get_by_text("£7.00").first).to_be_visible()
    eve.evaluate("window.sameLoad = true")

    ada.goto("/transactions")
    ada.get_by_role("button", name="New").first.click()
    ada.get_by_role("dialog").get_by_text("Send", exact=True).click()
    dialog = ada.get_by_role("dialog", name="Send money to")
    dialog.get_by_label("Account number").fill(number)
    dialog.get_by_role("button", name="Next").click()
    dialog = ada.get_by_role("dialog")
    dialog.get_by_label("Amount").fill("12.50")
    dialog.get_by_role("button", name="Review").click()
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(dialog.get_by_text("Done", exact=True)).to_be_visible(timeout=40_000)
    expect(eve.get_by_text("£19.50").first).to_be_visible(timeout=SOON)
    assert eve.evaluate("window.sameLoad") is True
