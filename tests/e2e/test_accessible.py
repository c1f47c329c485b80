"""The pages of money hold the rules of accessibility, light and dark, wide and narrow."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

WIDE = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"}
NARROW = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}


def assert_accessible(page: Page) -> None:
    """No violation of any rule, best practices included; a line that comes or goes is judged as it stands between."""
    page.evaluate("document.styleSheets[0].insertRule('.toast { animation: none !important; }', 0)")
    found = Axe().run(page)
    page.evaluate("document.styleSheets[0].deleteRule(0)")
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("how", [WIDE, NARROW], ids=["wide and light", "narrow and dark"])
def test_every_page_of_money_with_the_demo_household(looking, how):
    page = looking("/dashboard", **how)
    expect(page.get_by_role("heading", name="Coming up")).to_be_visible()
    expect(
        page.locator("section", has=page.get_by_role("heading", name="Coming up")).locator("li").first
    ).to_be_visible(timeout=30_000)
    expect(page.locator(".recharts-surface").first).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name=re.compile("Net worth")).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_accessible(page)
    page.goto("/transactions")
    expect(page.locator("a[data-row]").first).to_be_visible()
    assert_accessible(page)
    page.locator("a[data-row]").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("Postings")
    assert_accessible(page)
    page.goto("/transactions?new=withdrawal&text=green")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_accessible(page)
    page.goto("/accounts")
    expect(page.get_by_role("heading", name="What you have")).to_be_visible()
    assert_accessible(page)
    page.goto("/payments?new=pay")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_accessible(page)
    page.goto("/accounts?new=1")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_accessible(page)
    page.goto("/books")
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_role("heading", name="Your books are whole.")).to_be_visible(timeout=30_000)
    assert_accessible(page)


@pytest.mark.parametrize("path", ["/dashboard", "/transactions", "/accounts", "/books"])
def test_empty_pages(settled, path):
    page = settled("Nobody Yet", path)
    expect(
        page.get_by_role("link", name="Add an account").or_(page.get_by_role("button", name="Add an account")).first
    ).to_be_visible()
    assert_accessible(page)
    wide = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert wide
