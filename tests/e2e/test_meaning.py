"""One payment spread over categories, tagged and with its receipt; a rule that speaks for what is new."""

import re

from playwright.sync_api import expect

from tests.e2e.test_accessible import assert_accessible
from tests.e2e.test_money import book, open_account, rows


def test_a_payment_in_parts_with_tag_receipt_and_history_and_a_rule(settled):
    page = settled("Ada")
    open_account(page, "Everyday", balance="100")
    page.goto("/categories")
    page.get_by_role("button", name="Write a rule").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Write a rule")).to_be_visible()
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Write a rule").click()
    dialog.get_by_label("Words").fill("corner")
    dialog.get_by_label("Give it the category").select_option(label="Food › Groceries")
    dialog.get_by_role("button", name="Preview").click()
    expect(dialog.get_by_text("Nothing that is booked already would change.")).to_be_visible()
    preview = dialog.get_by_role("region", name="Preview")
    expect(preview).to_be_in_viewport()
    dialog.get_by_label("Tags").fill("x")
    expect(preview).to_have_count(0)  # what was previewed is not what would be kept
    dialog.get_by_label("Tags").fill("")
    dialog.get_by_role("button", name="Preview").click()
    dialog.get_by_role("button", name="Keep it for new ones").click()
    expect(dialog).to_have_count(0)
    expect(page.locator("#page")).to_be_focused()  # the button that opened it is gone
    expect(page.get_by_role("button", name=re.compile("^Payee or description contains “corner”"))).to_be_visible()
    assert_accessible(page)

    book(page, "withdrawal", "30.00", payee="Corner shop")
    page.get_by_role("button", name="Book it").click()
    expect(rows(page).first).to_contain_text("Groceries")
    rows(page).first.click()
    panel = page.get_by_role("dialog")
    panel.get_by_role("button", name="Split over categories").click()
    panel.get_by_label("Amount of this part").fill("9.99")
    expect(panel.get_by_label("What is left for the last part")).to_have_text("20.01")
    panel.get_by_label("Category of this part").last.select_option(label="Home › Utilities")
    panel.get_by_role("button", name="Save parts").click()
    expect(panel.get_by_role("region", name="Parts")).to_contain_text("20.01")
    expect(panel.locator("[name=category]")).to_have_value(re.compile(r"\d+"))
    expect(rows(page).first).to_contain_text("Utilities")

    panel.get_by_label("Add a tag").fill("Flat")
    panel.get_by_label("Add a tag").press("Enter")
    expect(panel.get_by_role("button", name="Remove tag Flat")).to_be_visible()
    expect(page.locator("html[data-upload-ready]")).to_have_count(1)
    receipt = {"name": "bon.svg", "mimeType": "image/svg+xml", "buffer": b"<svg onload='alert(1)'/>"}
    panel.get_by_label("Drop a receipt here, or choose a file").set_input_files(receipt)
    file = panel.get_by_role("link", name=re.compile("bon.svg"))
    expect(file).to_be_visible()
    with page.expect_download() as download:
        file.click()
    assert download.value.suggested_filename == "bon.svg"
    panel.get_by_role("button", name="Remove this file").click()
    panel.get_by_role("button", name="Undo", exact=True).click()
    expect(file).to_be_visible()
    panel.get_by_role("button", name=re.compile(r"\d+ changes")).click()
    expect(panel.get_by_role("region", name="History")).to_contain_text("Groceries 9.99, Utilities 20.01")
    assert_accessible(page)
