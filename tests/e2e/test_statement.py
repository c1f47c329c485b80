"""A month's statement and the files of the books, as somebody gets them who needs them on paper or elsewhere."""

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.e2e.test_accessible import assert_accessible


def test_a_statement_is_read_printed_and_taken_away(looking):
    page = looking("/accounts")
    row = page.get_by_role("listitem").filter(has_text="Everyday account")
    row.get_by_role("button", name="More about Everyday account").click()
    page.get_by_role("dialog").get_by_role("link", name="Statement").click()
    expect(page.get_by_text("Balance so far")).to_be_visible()
    page.get_by_role("link", name="The month before").click()
    expect(page).to_have_url(re.compile(r"month=\d{4}-\d\d"))
    expect(page.get_by_text("Closing balance")).to_be_visible()
    assert_accessible(page)
    closing = page.get_by_text("Closing balance").locator("xpath=following-sibling::dd").inner_text()

    with page.expect_popup() as opened:
        page.get_by_role("link", name="Print or PDF").click()
    paper = opened.value
    expect(paper.get_by_role("heading", name="Account statement")).to_be_visible()
    expect(paper.locator(".sums")).to_contain_text(closing)
    found = Axe().run(paper)
    assert found.violations_count == 0, found.generate_report()
    paper.evaluate("window.print = () => { document.title = 'printed'; }")
    paper.get_by_role("button", name="Print or save as PDF").click()
    expect(paper).to_have_title("printed")
    paper.emulate_media(media="print")
    expect(paper.get_by_role("button")).to_have_count(0)
    assert paper.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    paper.close()

    with page.expect_download() as got:
        page.get_by_role("link", name="CSV").click()
    assert re.fullmatch(r"fintwin-statement-\d{4}-\d\d\.csv", got.value.suggested_filename)

    page.get_by_role("link", name="Balance history").click()
    changes = page.get_by_role("table", name="Changes of the balance")
    expect(changes.get_by_role("row")).to_have_count(51)
    first = changes.locator("tbody tr").first.inner_text()
    page.get_by_role("link", name="Earlier").click()
    expect(page.get_by_role("link", name="Latest")).to_be_visible()
    expect(changes.locator("tbody tr").first).not_to_have_text(first)
    assert_accessible(page)

    page.goto("/transactions")
    page.get_by_role("button", name="Export").click()
    menu = page.get_by_role("dialog", name="Export")
    expect(menu.get_by_role("link")).to_have_count(4)
    assert_accessible(page)
    with page.expect_download() as got:
        menu.get_by_role("link", name="beancount journal").click()
    assert re.fullmatch(r"fintwin-books-\d{4}-\d\d-\d\d\.beancount", got.value.suggested_filename)
