"""The register as a daily tool, in a browser: keys and palette, edits in place and in bulk with their undo, the review."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.test_accessible import assert_accessible
from tests.e2e.test_import import add, file, many, send
from tests.e2e.test_money import book, open_account, rows


def spend(page: Page, *payees: str) -> None:
    """Book a withdrawal of 10 for each payee, without a category."""
    for payee in payees:
        book(page, "withdrawal", "10", payee=payee)
        page.get_by_role("button", name="Book it").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(rows(page).first).to_contain_text(payee)


def test_keys_and_the_palette_reach_everything(settled):
    page = settled("Kit")
    open_account(page, "Everyday", balance="100")
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_url("**/transactions")
    expect(page.get_by_label("Transactions", exact=True)).to_contain_text("1 of 1")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Select the row")
    assert_accessible(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Commands")
    assert_accessible(page)
    page.keyboard.type("dupl")
    expect(palette.get_by_role("option", name="Possible duplicates and transfers")).to_have_attribute(
        "aria-selected", "true"
    )
    page.keyboard.press("Enter")
    page.wait_for_url("**/transactions/pairs")
    expect(page.get_by_text("Nothing looks like one transaction twice")).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Control+k")
    page.keyboard.type("amount>50 nosuchcat:x")
    page.keyboard.press("Enter")
    page.wait_for_url("**/transactions?text=*")
    expect(page.get_by_text("More than 50", exact=True)).to_be_visible()
    page.locator("[name=q]:visible").fill("amount>50 category:yacht amount>lots")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("There is no category like “yacht”")
    expect(page.get_by_role("alert")).to_contain_text("“lots” is no amount")
    expect(rows(page)).to_have_count(1)
    page.get_by_role("link", name="Leave it out").first.click()
    expect(page.locator("[name=q]:visible")).to_have_value("amount>50 category:yacht")
    assert_accessible(page)


def test_rows_are_edited_in_place_and_together_and_come_back(settled):
    page = settled("Ines")
    open_account(page, "Everyday", balance="100")
    spend(page, "Rewe", "Bakery")
    expect(rows(page).first).to_contain_text("Bakery")
    page.keyboard.press("j")
    page.keyboard.press("c")
    cell = page.locator("input[aria-label='Category of Bakery']")
    cell.fill("yacht")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("There is no category “yacht”")
    expect(cell).to_have_value("yacht")
    cell.fill("eating")
    page.keyboard.press("Enter")
    expect(rows(page).first).to_contain_text("Eating out")
    page.keyboard.press("u")
    expect(rows(page).first).to_contain_text("Choose…")

    rows(page).first.focus()
    page.keyboard.press(" ")
    expect(page.get_by_label("Selected rows")).to_contain_text("1 selected · −10.00")
    page.keyboard.press("j")
    page.keyboard.press(" ")
    expect(page.get_by_label("Selected rows")).to_contain_text("2 selected · −20.00")
    assert_accessible(page)
    page.keyboard.press("c")
    page.get_by_role("dialog").locator("[name=value]").fill("Groceries")
    page.keyboard.press("Enter")
    expect(rows(page).nth(1)).to_contain_text("Groceries")
    expect(page.get_by_text("Category of 2 transactions changed.")).to_be_visible()

    rows(page).first.focus()
    page.keyboard.press(" ")
    expect(page.get_by_label("Selected rows")).to_contain_text("1 selected")
    page.locator("[name=q]:visible").fill("rewe")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_label("Selected rows")).to_have_count(0)
    page.goto("/transactions")
    expect(rows(page)).to_have_count(3)
    rows(page).first.focus()
    page.keyboard.press("d")
    expect(rows(page)).to_have_count(2)
    page.get_by_role("link", name="Bin").click()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("The bin is empty.")).to_be_visible()
    page.goto("/transactions")
    expect(rows(page)).to_have_count(3)

    rows(page).filter(has_text="Rewe").click()
    panel = page.get_by_role("dialog")
    panel.get_by_text("Change amount or day").click()
    panel.locator("[name=amount]").fill("25")
    panel.get_by_role("button", name="Change it").click()
    expect(panel).to_contain_text(re.compile(r"Edited .*: 10\.00 → 25\.00"))
    assert_accessible(page)


def test_the_review_goes_through_what_has_no_category(settled):
    page = settled("Rhea")
    open_account(page, "Everyday", balance="100")
    spend(page, "Rewe", "Rewe", "Bakery")
    page.get_by_role("link", name="Review").click()
    card = page.get_by_label("Without a category")
    expect(card).to_contain_text("Bakery")
    expect(page.get_by_text("3 left without a category")).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("s")
    expect(card).to_contain_text("Also change 1 other row like this")
    page.keyboard.press("1")
    expect(page.get_by_text("1 left for later.")).to_be_visible()
    page.get_by_role("button", name="Look at them again").click()
    expect(card).to_contain_text("Bakery")
    page.keyboard.press("2")
    expect(page.get_by_text("All done. Everything has a category.")).to_be_visible()
    page.keyboard.press("u")
    expect(card).to_contain_text("Bakery")


def test_rows_are_chosen_by_a_tap_on_a_phone(settled):
    page = settled("Tap")
    open_account(page, "Everyday", balance="100")
    spend(page, "Rewe", "Bakery")
    page.set_viewport_size({"width": 360, "height": 740})
    page.get_by_role("button", name="Select", exact=True).click()
    bar = page.get_by_label("Selected rows")
    expect(bar).to_contain_text("Tap rows to select them")
    for name in ("Bakery", "Rewe"):
        page.locator("[data-row-of] label").filter(has=page.get_by_label(f"Select {name}")).click()
    expect(bar).to_contain_text("2 selected · −20.00")
    assert all(one.bounding_box()["height"] >= 44 for one in bar.get_by_role("button").all() if one.is_visible())
    assert_accessible(page)
    bar.get_by_role("button", name="Category").click()
    page.get_by_role("dialog").locator("[name=value]").fill("Groceries")
    page.get_by_role("dialog").get_by_role("button", name="Change").click()
    expect(page.get_by_text("Category of 2 transactions changed.")).to_be_visible()
    expect(bar).to_have_count(0)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(rows(page).first).to_contain_text("Choose…")


def test_a_view_is_kept_all_of_it_changed_at_once_and_pairs_are_decided(settled, house):
    page = settled("Vera")
    open_account(page, "Everyday")
    send(page, file("many.csv", many(55)))
    add(page)
    page.goto("/transactions")
    page.locator("[name=q]:visible").fill("payee:shop")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save view").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Shopping")
    dialog.get_by_role("button", name="Save").click()
    views = page.get_by_role("navigation", name="Views")
    kept = views.get_by_role("link", name="Shopping")
    expect(kept).to_have_attribute("aria-current", "true")

    page.get_by_label("Select all rows of this page").click()
    bar = page.get_by_label("Selected rows")
    expect(bar).to_contain_text("50 selected")
    bar.get_by_role("button", name="Select all 55").click()
    expect(bar).to_contain_text("All 55 selected")
    bar.get_by_role("button", name="Category").click()
    dialog.locator("[name=value]").fill("Groceries")
    dialog.get_by_role("button", name="Change").click()
    expect(page.get_by_text("Category of 55 transactions changed.")).to_be_visible()
    views.get_by_role("link", name="Uncategorised").click()
    expect(rows(page)).to_have_count(0)
    kept.click()
    expect(rows(page)).to_have_count(50)
    views.get_by_role("button", name="Rename or delete this view").click()
    dialog.get_by_role("button", name="Delete view").click()
    expect(page.get_by_text("View Shopping deleted.")).to_be_visible()
    expect(kept).to_have_count(0)

    open_account(page, "Savings", balance="1")
    own = {one["name"]: one["uuid"] for one in page.request.get("/api/v1/accounts").json()["items"]}
    for size, day in (("40.00", "2026-02-15"), ("50.00", "2026-02-25")):
        answer = page.request.post(
            "/api/v1/transactions/deposit",
            data={"account": own["Savings"], "amount": size, "currency": "GBP", "booked": day},
            headers={"origin": house.url, "Idempotency-Key": size},
        )
        assert answer.status == 201, answer.text()
    page.goto("/transactions/pairs")
    pair = page.get_by_role("region", name="A transfer between your accounts?")
    expect(pair).to_have_count(2)
    pair.filter(has_text="40.00").get_by_role("button", name="Yes, link them").click()
    expect(page.get_by_text("Linked as an own transfer.")).to_be_visible()
    expect(pair).to_have_count(1)
    pair.get_by_role("button", name="No, keep both").click()
    expect(page.get_by_text("Kept apart. It is not asked again.")).to_be_visible()
    expect(page.get_by_text("Nothing looks like one transaction twice")).to_be_focused()


def test_escape_shuts_a_panel_at_once_though_the_server_says_nothing(looking):
    page = looking("/transactions")
    listens = [True]

    def between(socket):
        server = socket.connect_to_server()
        socket.on_message(lambda message: server.send(message) if listens[0] else None)

    page.route_web_socket(re.compile("/_event/"), between)
    page.goto("/transactions")
    row, panel = page.locator("[data-row]").first, page.get_by_role("dialog")
    row.press("Enter")
    expect(panel).to_be_visible()
    listens[0] = False
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page).to_have_url(re.compile(r"/transactions/?$"))
    expect(row).to_be_focused()
    row.press("Enter")  # its address comes back
    expect(panel).to_be_visible()
