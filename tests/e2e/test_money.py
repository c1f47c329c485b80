"""Money goes in, out and to another person; each is booked once and seen at once."""

import csv
import io
import re
from decimal import Decimal

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import SOON


def open_account(page: Page, name: str, *, held: bool = False, balance: str = "", type_: str = "checking") -> None:
    """Open an account through its dialog; the page stays on the list of accounts."""
    page.goto("/accounts?new=1")
    dialog = page.get_by_role("dialog")
    if held:
        dialog.get_by_label("Kept here").check()
    dialog.locator("[name=name]").fill(name)
    dialog.locator("[name=type]").select_option(type_)
    dialog.locator("[name=balance]").fill(balance)
    dialog.get_by_role("button", name="Open account").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("link", name=re.compile(name))).to_be_visible()


def ask(row: Locator, words: str) -> None:
    """Choose something from an account's list of what can be done with it."""
    row.get_by_role("button", name=re.compile("More about")).click()
    row.page.get_by_role("dialog").get_by_role("button", name=re.compile(f"^{words}")).click()


def number_of(page: Page, name: str) -> str:
    """The account number that the accounts page shows for an account."""
    page.goto("/accounts")
    row = page.get_by_role("listitem").filter(has_text=name)
    ask(row, "Number and QR code")
    number = page.get_by_role("dialog").get_by_text(re.compile(r"^\d{4} \d{4} \d{4} \d{2}$"))
    text = number.inner_text()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    return text


def rows(page: Page):
    return page.locator("a[data-row]")


def book(page: Page, kind: str, amount: str, **fields: str) -> None:
    """Fill the dialog for something new, by the names of its fields; the caller sends it."""
    page.goto(f"/transactions?new={kind}")
    dialog = page.get_by_role("dialog")
    for name, value in {"amount": amount, **fields}.items():
        field = dialog.locator(f"[name={name}]")
        if field.evaluate("field => field.tagName") == "SELECT":
            offered = field.locator("option").filter(has_text=re.compile("^" + re.escape(value)))
            field.select_option(offered.first.get_attribute("value"))
        else:
            field.fill(value)


def fill_payment(dialog: Locator, amount: str, **fields: str) -> None:
    """Fill a payment whose payee is chosen up to its last look; the caller sends it."""
    expect(dialog.locator("[name=amount]")).to_be_visible()
    dialog.locator("[name=amount]").fill(amount)
    dialog.get_by_text("For your own books").click()
    for name, value in fields.items():
        field = dialog.locator(f"[name={name}]")
        if name == "category":
            field.select_option(value)
        else:
            field.fill(value)
    dialog.get_by_role("button", name="Review").click()


def test_money_in_and_out_and_its_sums(settled):
    page = settled("Ada")
    open_account(page, "Everyday", balance="100")
    book(page, "deposit", "2,000.50", payee="Northwind", source="Salary")
    page.get_by_role("button", name="Book it").click()
    expect(
        page.get_by_text("€2,000.50 deposited to Everyday.").or_(page.get_by_text("£2,000.50 deposited"))
    ).to_be_visible()
    book(page, "withdrawal", "64.20", payee="Green Grocer", category="Groceries")
    page.get_by_role("button", name="Book it").click()
    expect(rows(page)).to_have_count(3)
    expect(rows(page).first).to_contain_text("Green Grocer")
    expect(rows(page).first).to_contain_text("−64.20")
    sums = page.get_by_label("Transactions", exact=True)
    expect(sums).to_contain_text("+2,100.50")
    expect(sums).to_contain_text("+2,036.30")
    page.goto("/dashboard")
    expect(page.get_by_role("button", name=re.compile("Net worth"))).to_contain_text("2,036")
    page.get_by_role("button", name=re.compile("Month result")).click()
    expect(page.get_by_role("dialog")).to_contain_text("+£1,936.30")
    page.get_by_role("link", name="See the transactions behind it").click()
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_text("Counted in the month result")).to_be_visible()


def test_a_double_click_a_reload_and_back_book_once(settled):
    page = settled("Basil")
    open_account(page, "Everyday", balance="100")
    book(page, "withdrawal", "10")
    address = page.url
    assert "op=" in address
    page.get_by_role("button", name="Book it").dblclick()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(rows(page)).to_have_count(2)
    page.goto(address)
    page.locator("[name=amount]").fill("10")
    page.get_by_role("button", name="Book it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.goto("/transactions")
    expect(rows(page)).to_have_count(2)
    page.goto(address)
    page.locator("[name=amount]").fill("11")
    page.get_by_role("button", name="Book it").click()
    expect(page.get_by_role("alert")).to_contain_text("already used for something else")


def test_undo_takes_a_booking_back(settled):
    page = settled("Clio")
    open_account(page, "Everyday", balance="100")
    book(page, "withdrawal", "30", payee="Bakery Sol")
    page.get_by_role("button", name="Book it").click()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("Undone by a reversal.")).to_be_visible()
    expect(rows(page)).to_have_count(1)
    page.goto("/transactions?status=reversed")
    expect(rows(page)).to_have_count(2)


def test_wrong_amounts_are_answered_beside_their_field(settled):
    page = settled("Dora")
    open_account(page, "Box", held=True, balance="50", type_="wallet")
    page.goto("/transactions?new=withdrawal")
    for typed, sentence in (
        ("-5", "more than zero"),
        ("0", "more than zero"),
        ("1.234567", "at most 2 decimals"),
        ("five", "not an amount"),
        ("NaN", "not an amount"),
        ("50.01", "not enough in this account"),
    ):
        page.locator("[name=amount]").fill(typed)
        page.get_by_role("button", name="Book it").click()
        expect(page.locator("#amount-problem")).to_contain_text(sentence)
        expect(page.locator("[name=amount]")).to_have_attribute("aria-invalid", "true")
    page.goto("/transactions")
    expect(rows(page)).to_have_count(1)


def test_money_to_a_person_is_seen_in_their_open_tabs(settled):
    payee = settled("Lena Ortiz")
    open_account(payee, "Wallet", held=True, type_="wallet")
    number = number_of(payee, "Wallet")
    wallet = payee.get_by_role("listitem").filter(has_text="Wallet")
    expect(wallet).to_contain_text("£0.00")
    register = payee.context.new_page()
    register.goto("/transactions")
    expect(register.get_by_text("Nothing has happened on your accounts yet.")).to_be_visible()
    for tab in (payee, register):
        tab.evaluate("window.sameLoad = true")
    payer = settled("Maya Rao")
    open_account(payer, "Purse", held=True, balance="80", type_="wallet")
    payer.goto("/transactions")
    payer.get_by_role("button", name="New").first.click()
    payer.get_by_role("dialog").get_by_text("Send", exact=True).click()
    dialog = payer.get_by_role("dialog", name="Send money to")
    dialog.get_by_label("Account number").fill(number)
    dialog.get_by_role("button", name="Next").click()
    dialog = payer.get_by_role("dialog")
    words = {"description": "for the tickets", "category": "Gifts and donations", "note": "for the party"}
    fill_payment(dialog, "12.50", **words)
    expect(dialog.get_by_text("L••• O•••")).to_be_visible()
    expect(dialog).to_contain_text("for the party")
    dialog.get_by_role("button", name="Send", exact=True).dblclick()
    expect(dialog).to_contain_text("Leaves in")
    expect(dialog.get_by_text("Done", exact=True)).to_be_visible(timeout=40_000)
    expect(rows(register)).to_have_count(1, timeout=SOON)
    expect(wallet).to_contain_text("£12.50", timeout=SOON)
    assert [tab.evaluate("window.sameLoad") for tab in (payee, register)] == [True, True]
    expect(rows(register).first).to_contain_text("+12.50")
    expect(rows(register).first).to_contain_text("M••• R•••")
    expect(rows(register).first).to_contain_text("From a person")
    rows(register).first.click()
    expect(register.get_by_role("dialog")).to_contain_text("for the tickets")
    expect(register.get_by_role("dialog")).not_to_contain_text("for the party")
    expect(register.get_by_role("button", name="Delete this transaction")).to_have_count(0)

    payer.goto("/transactions")
    expect(rows(payer)).to_have_count(2)
    expect(rows(payer).first).to_contain_text("Gifts and donations")
    rows(payer).first.click()
    expect(payer.get_by_role("dialog").locator("[name=note]")).to_have_value("for the party")


def test_own_and_unknown_numbers_are_refused(settled):
    page = settled("Emil")
    open_account(page, "Purse", held=True, balance="80", type_="wallet")
    own = number_of(page, "Purse")
    for number, sentence in (
        (own, "your own account"),
        ("1234 5678 9012 34", "not an account number"),
    ):
        page.goto("/transactions?new=send")
        expect(page).to_have_url(re.compile("/payments"))
        page.get_by_role("dialog").locator("[name=number]").fill(number)
        page.get_by_role("button", name="Next").click()
        expect(page.locator("#number-problem")).to_contain_text(sentence)


def test_the_filter_lives_in_the_address(settled):
    page = settled("Flora")
    open_account(page, "Everyday", balance="500")
    open_account(page, "Savings pot", balance="900", type_="savings")
    for amount, whom in (("12.40", "Corner Pharmacy"), ("64.20", "Green Grocer")):
        book(page, "withdrawal", amount, payee=whom)
        page.get_by_role("button", name="Book it").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
    expect(rows(page)).to_have_count(4)
    page.get_by_label("Search payee, note and description").fill("grocer")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(1)
    expect(page).to_have_url(re.compile("text=grocer"))
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_label("At least").fill("100")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("Nothing fits this filter.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Nothing fits this filter.")).to_be_visible()
    expect(page.get_by_text("At least 100.00")).to_be_visible()
    page.go_back()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Remove filter “grocer”").click()
    expect(rows(page)).to_have_count(4)
    page.get_by_role("button", name="Filter", exact=True).click()
    page.locator("[name=account]").select_option(label="Savings pot")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(rows(page)).to_have_count(1)
    page.go_back()
    page.go_back()
    expect(rows(page)).to_have_count(1)
    expect(page).to_have_url(re.compile("text=grocer"))


def test_a_damaged_address_is_answered_with_a_sentence(settled):
    page = settled("Gus", "/transactions?after=garbage")
    expect(page.get_by_role("alert")).to_contain_text("This page address is damaged")
    page.goto("/transactions?open=ZZZZZZ")
    expect(page.get_by_role("alert")).to_contain_text("not a transaction reference")


def test_the_keys_of_the_register(settled):
    page = settled("Gil")
    open_account(page, "Everyday", balance="500")
    page.goto("/transactions")
    expect(rows(page)).to_have_count(1)
    page.keyboard.press("j")
    expect(rows(page).first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Opening balance")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("/")
    expect(page.get_by_label("Search payee, note and description")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("t")
    expect(page.get_by_role("dialog")).to_contain_text("New transaction")
    expect(page.locator("[name=amount]")).to_be_focused()


def test_what_a_transaction_means_can_be_changed(settled):
    page = settled("Hana")
    open_account(page, "Everyday", balance="500")
    book(page, "withdrawal", "31.99", payee="PAYPAL *HX2291")
    page.get_by_role("button", name="Book it").click()
    expect(rows(page).first).to_contain_text("Choose…")
    rows(page).first.click()
    panel = page.get_by_role("dialog")
    panel.get_by_label("Payee").fill("Bookshop")
    panel.locator("[name=category]").select_option(label="Leisure")
    panel.get_by_role("button", name="Save").click()
    expect(panel).to_contain_text("Bookshop")
    page.keyboard.press("Escape")
    expect(rows(page).first).to_contain_text("Bookshop")
    expect(rows(page).first).to_contain_text("Leisure")


def test_the_export_sums_to_the_balances_and_runs_no_formula(settled):
    page = settled("Iris")
    open_account(page, "Everyday", balance="500")
    open_account(page, "Rainy day", balance="1000", type_="savings")
    book(page, "withdrawal", "12.40", payee="=2+5", note="@evil")
    page.get_by_role("button", name="Book it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    book(page, "transfer", "100", account="Everyday", to="Rainy day")
    page.get_by_role("button", name="Move it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    answer = page.request.get("/export/transactions.csv")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    lines = list(csv.DictReader(io.StringIO(answer.text().lstrip("\ufeff"))))
    totals: dict[str, Decimal] = {}
    for line in lines:
        totals[line["Account"]] = totals.get(line["Account"], Decimal(0)) + Decimal(line["Amount"])
    assert totals == {"Everyday": Decimal("387.60"), "Rainy day": Decimal("1100.00")}
    assert "'=2+5" in {line["Payee"] for line in lines}
    assert "'@evil" in {line["Note"] for line in lines}


def test_the_export_is_for_people_who_are_signed_in(visitor):
    page = visitor("/login")
    answer = page.request.get("/export/transactions.csv", max_redirects=0)
    assert answer.status == 303
    assert answer.headers["location"].startswith("/login")


def test_accounts_are_opened_renamed_blocked_and_closed(settled):
    page = settled("Jon")
    page.goto("/accounts")
    page.get_by_role("button", name="Add an account").click()
    expect(page).to_have_url(re.compile(r"new=1&op="))
    page.keyboard.press("Escape")
    open_account(page, "Purse", held=True, balance="20", type_="wallet")
    row = page.get_by_role("listitem").filter(has_text="Purse")
    ask(row, "Block")
    page.get_by_role("dialog").locator("[name=reason]").fill("Lost it")
    page.get_by_role("button", name="Block account").click()
    expect(row).to_contain_text("Blocked by you: Lost it")
    ask(row, "Unblock")
    expect(row.get_by_text("Blocked")).to_have_count(0)
    ask(row, "Rename")
    page.get_by_role("dialog").locator("[name=name]").fill("Pocket money")
    page.get_by_role("button", name="Rename", exact=True).click()
    row = page.get_by_role("listitem").filter(has_text="Pocket money")
    ask(row, "Close this account")
    page.get_by_role("button", name="Close account").click()
    expect(page.get_by_role("alert")).to_contain_text("Only an empty account can be closed")
    page.get_by_role("button", name="Keep it").click()
    book(page, "withdrawal", "20")
    page.get_by_role("button", name="Book it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.goto("/accounts")
    ask(row, "Close this account")
    page.get_by_role("button", name="Close account").click()
    expect(page.get_by_role("heading", name="Closed")).to_be_visible()
    ask(row, "Reopen")
    expect(page.get_by_role("heading", name="Closed")).to_have_count(0)


def test_an_unknown_balance_is_not_zero(settled):
    page = settled("Kim")
    open_account(page, "Mystery")
    expect(page.get_by_text("balance not known")).to_be_visible()
    page.goto("/dashboard")
    worth = page.get_by_role("button", name=re.compile("Net worth"))
    expect(worth).to_contain_text("not known yet")
    worth.click()
    expect(page.get_by_role("dialog")).to_contain_text("Balance not known: Mystery.")
    page.reload()
    expect(worth).to_contain_text("not known yet")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_balance_can_be_said_where_a_file_tells_none(settled):
    page = settled("Lou")
    open_account(page, "Mystery")
    page.goto("/dashboard")
    page.get_by_role("link", name="Say what is on it").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Balance on a day")
    expect(page).to_have_url(re.compile(r"balance=[0-9a-f-]{36}&op="))
    dialog.locator("[name=balance]").fill("much")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("#balance-problem")).to_contain_text("not an amount")
    dialog.locator("[name=balance]").fill("1,234.50")
    dialog.locator("[name=booked]").fill("2199-01-01")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("#booked-problem")).to_contain_text("in the future")
    dialog.locator("[name=booked]").fill("")
    dialog.get_by_role("button", name="Save").dblclick()
    expect(dialog).to_have_count(0)
    row = page.get_by_role("listitem").filter(has_text="Mystery")
    expect(row).to_contain_text("£1,234.50")
    expect(page.get_by_text("Mystery held £1,234.50")).to_be_visible()
    page.goto("/transactions")
    expect(rows(page)).to_have_count(1)
    page.goto("/accounts")
    ask(row, "Close this account")
    page.get_by_role("button", name="Close account").click()
    page.get_by_role("button", name="Correct its balance").click()
    page.get_by_role("dialog").locator("[name=balance]").fill("0")
    page.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("£0.00")
    ask(row, "Close this account")
    page.get_by_role("button", name="Close account").click()
    expect(page.get_by_role("heading", name="Closed")).to_be_visible()


def test_a_balance_is_taken_back_and_a_number_kept(settled):
    page = settled("Mia")
    open_account(page, "Giro", balance="5")
    row = page.get_by_role("listitem").filter(has_text="Giro")
    ask(row, "Number at the bank")
    page.locator("[name=bank_number]").fill("DE89 3704 0044 0532 0143 00")
    page.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("··4300")
    ask(row, "Balance on a day")
    page.get_by_role("button", name="Not known after all").click()
    expect(row).to_contain_text("balance not known")
    page.goto("/accounts?balance=00000000-0000-4000-8000-000000000000")
    expect(page.get_by_role("alert")).to_contain_text("no such account")


def test_a_line_about_what_happened_is_shown_once(settled):
    page = settled("Nils")
    open_account(page, "Everyday", balance="5")
    expect(page.get_by_text("Everyday is open.")).to_be_visible()
    page.reload()
    expect(page.get_by_role("link", name=re.compile("Everyday"))).to_be_visible()
    page.wait_for_timeout(600)
    expect(page.get_by_text("Everyday is open.")).to_have_count(0)


def test_back_closes_the_panel_and_a_reload_keeps_it(settled):
    page = settled("Olga", viewport={"width": 360, "height": 740})
    open_account(page, "Everyday", balance="500")
    page.goto("/transactions")
    rows(page).first.click()
    panel = page.get_by_role("dialog")
    expect(panel).to_contain_text("Postings")
    expect(page).to_have_url(re.compile(r"open="))
    page.reload()
    expect(panel).to_contain_text("Postings")
    page.go_back()
    expect(panel).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/transactions$"))
    rows(page).first.click()
    expect(panel).to_contain_text("Postings")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/transactions$"))
    page.keyboard.press("f")
    expect(page.locator("[name=account]")).to_be_focused()
