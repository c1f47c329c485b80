"""A schedule is set up, runs and is seen to; a payment leaves through a bank and comes back settled."""

import re
from datetime import date, timedelta

from playwright.sync_api import Page, expect

from tests.e2e.conftest import House, entered
from tests.e2e.test_money import open_account
from tests.e2e.test_payments import pay, with_wallet


def _begun(page: Page, at: House) -> None:
    entered(page, at, "/accounts")
    open_account(page, "Bank", balance="500")


def test_a_planned_payment_is_booked_today_and_the_next_ones_are_shown(house, visitor):
    page = visitor("/login", timezone_id="Europe/Berlin")
    _begun(page, house)
    page.goto("/payments/schedules")
    page.get_by_role("button", name="New schedule").last.click()
    form = page.get_by_role("dialog")
    form.locator("[name=kind]").select_option("withdrawal")
    form.locator("[name=payee]").fill("Landlord")
    form.locator("[name=amount]").fill("120")
    form.locator("[name=repeat]").select_option("week")
    expect(form.get_by_text(re.compile("Every week on", re.I))).to_be_visible()
    expect(form.get_by_role("status").get_by_role("listitem")).to_have_count(5)
    form.get_by_role("button", name="Schedule it").click()
    row = page.locator("[data-row]").filter(has_text="Landlord")
    row.click()
    shown = page.get_by_role("dialog")
    expect(shown.get_by_text("Paid", exact=True)).to_be_visible(timeout=30_000)  # the worker ran it, and the tab heard
    shown.get_by_role("button", name="Pause").click()
    expect(shown.get_by_role("button", name="Resume")).to_be_visible()
    page.goto("/transactions")
    expect(page.locator("a[data-row]").filter(has_text="Landlord")).to_have_count(1)


def test_a_date_is_skipped_and_a_total_is_paid_in_parts(settled):
    maya, omar = settled("Maya Rao"), settled("Omar Diaz")
    with_wallet(maya, "100")
    there = with_wallet(omar, "0")
    maya.goto("/payments/schedules")
    maya.get_by_role("button", name="New schedule").last.click()
    dialog = maya.get_by_role("dialog")
    dialog.locator("[name=kind]").select_option("person")
    dialog.locator("[name=number]").fill("123")
    dialog.locator("[name=amount]").fill("0")
    dialog.get_by_role("button", name="Schedule it").click()
    expect(dialog.get_by_text("This is not an account number.")).to_be_visible()
    expect(dialog.get_by_text("The amount must be more than zero.")).to_be_visible()
    expect(dialog.locator("[name=number]")).to_be_focused()
    dialog.locator("[name=number]").fill(there)
    dialog.locator("[name=amount]").fill("5")
    dialog.locator("[name=starts]").fill((date.today() + timedelta(days=7)).isoformat())  # noqa: DTZ011
    dialog.locator("[name=repeat]").select_option("week")
    expect(dialog.get_by_role("status").get_by_role("listitem")).to_have_count(5)
    dialog.get_by_role("button", name="Schedule it").click()
    expect(dialog).to_have_count(0)
    maya.locator("[data-row]").click()
    dates = dialog.get_by_role("listitem")
    first, second = (dates.nth(n).inner_text() for n in (0, 1))
    dialog.get_by_role("button", name="Skip the next").click()
    expect(maya.get_by_text(f"{first} is left out.")).to_be_visible()
    expect(dates.first).to_have_text(second)

    maya.goto("/payments")
    maya.get_by_role("button", name="Pay a total in parts").click()
    dialog.get_by_label("Account number").fill("123")
    dialog.get_by_label("Total").fill("0")
    dialog.get_by_role("button", name="Set it").click()
    expect(dialog.get_by_text("This is not an account number.")).to_be_visible()
    expect(dialog.get_by_text("The amount must be more than zero.")).to_be_visible()
    dialog.get_by_label("Account number").fill(there)
    dialog.get_by_label("Total").fill("30")
    dialog.get_by_label("Equal parts").fill("3")
    dialog.get_by_role("button", name="Set it").click()
    expect(dialog.get_by_label("Amount")).to_have_value("10.00")
    pay(maya)
    maya.goto("/payments")
    plan = maya.get_by_role("listitem").filter(has=maya.get_by_role("progressbar"))
    expect(plan).to_contain_text("£10.00 of £30.00")
    plan.get_by_role("link", name="Pay").click()
    expect(dialog.get_by_label("Amount")).to_have_value("10.00")


def test_a_payment_leaves_by_a_file_and_is_settled_by_the_banks_answer(house, visitor):
    page = visitor("/login", timezone_id="Europe/Berlin")
    _begun(page, house)
    page.goto("/payments/outside?new=1")
    form = page.get_by_role("dialog")
    form.locator("[name=name]").fill("Jörg Müller")
    form.locator("[name=iban]").fill("NL91 ABNA 0417 1643 01")
    form.locator("[name=amount]").fill("30")
    form.get_by_role("button", name="Order it").click()
    expect(form.get_by_text("This is not an IBAN.")).to_be_visible()
    form.locator("[name=iban]").fill("NL91 ABNA 0417 1643 00")
    form.get_by_role("button", name="Order it").click()
    page.get_by_role("button", name="Make the file").click()
    asked = page.get_by_role("dialog")
    asked.locator("[name=payer_iban]").fill("DE89 3704 0044 0532 0130 00")
    asked.get_by_role("button", name="Make the file").click()
    expect(page.get_by_text("With the bank")).to_be_visible()
    page.locator("[data-row]").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the file").click()
    found = re.search("<EndToEndId>(.+)</EndToEndId>", download.value.path().read_text())
    assert found is not None
    answer = (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Ntry><Amt Ccy="EUR">30.00</Amt>'
        f"<CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{date.today()}</Dt></BookgDt><NtryDtls><TxDtls><Refs>"  # noqa: DTZ011
        f"<EndToEndId>{found[1]}</EndToEndId></Refs></TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>"
    )
    page.goto("/payments/outside")
    page.wait_for_selector("html[data-upload-ready] input[data-upload]", state="attached")
    page.set_input_files("input[data-upload]", {"name": "a.xml", "mimeType": "text/xml", "buffer": answer.encode()})
    expect(page.get_by_text("The bank's answer: 1 settled.")).to_be_visible()
    expect(page.locator("[data-row]").get_by_text("Settled")).to_be_visible()
