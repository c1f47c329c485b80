"""A bank file from the drop zone into the books and out again, in a real browser with the real worker."""

import http.client
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_accessible import assert_accessible
from tools.bank_files import Movement, camt, zipped

_DAYS = (
    (Movement(date(2026, 11, 2), "Northwind", Decimal("100.00"), "Salary", "R-1"), Decimal("10.00")),
    (Movement(date(2026, 11, 3), "Corner Bakery", Decimal("-8.70"), "Bread", "R-2"), Decimal("110.00")),
)
_ADD = re.compile(r"^Add \d")
FILES = Path(__file__).parents[1] / "fixtures" / "statements"


def send(page: Page, *files: Path | dict[str, object]) -> None:
    """Choose files on the import page; ends on the page of the last one."""
    page.goto("/import")
    page.wait_for_selector("html[data-upload-ready] input[data-upload]", state="attached")
    page.set_input_files("input[data-upload]", list(files))


def checked(page: Page, name: str) -> None:
    send(page, FILES / name)
    page.wait_for_url(re.compile(r"/import/?\?file="))
    expect(page.get_by_role("tab", name="New")).to_be_visible()


def add(page: Page) -> None:
    page.get_by_role("button", name=_ADD).click()
    expect(page.get_by_role("heading", name=" added on ")).to_be_focused()


def file(name: str, text: str) -> dict[str, object]:
    return {"name": name, "mimeType": "text/csv", "buffer": text.encode()}


def test_from_the_file_to_the_register_and_back(settled):
    page = settled("Maya Import")
    checked(page, "de_ing_preamble_latin.csv")
    expect(page.get_by_text("The balance proves out.")).to_be_visible()
    expect(page.get_by_text("1,000.00 + 350.50 = 1,350.50, as the file says.")).to_be_visible()
    expect(page.get_by_text("Windows-1252, semicolons")).to_be_visible()
    expect(page.get_by_text("day first: “20.11.2026” is")).to_be_visible()
    expect(page.get_by_text("Käthe Groß", exact=True)).to_be_visible()
    add(page)
    expect(page.get_by_text("2 transactions added on")).to_be_visible()
    page.get_by_role("link", name="See ").click()
    page.wait_for_url(re.compile(r"/transactions/?\?account="))
    expect(page.locator("[data-row]", has_text="Käthe Groß")).to_contain_text("400.00")

    checked(page, "de_ing_preamble_latin.csv")
    expect(page.get_by_role("tab", name="Duplicate 2")).to_be_visible()
    expect(page.get_by_text("2 rows are already here and stay out.")).to_be_visible()
    page.get_by_role("button", name="Finish without adding").click()
    expect(page.get_by_text("0 transactions added on")).to_be_visible()

    page.goto("/import")
    page.get_by_role("link", name="2 transactions added").click()
    page.get_by_role("button", name="Undo this import").click()
    page.get_by_role("dialog").get_by_role("button", name="Undo this import").click()
    expect(page.get_by_text("2 transactions taken back on")).to_be_visible()
    page.goto("/transactions")
    expect(page.locator("[data-row]", has_text="Käthe Groß")).to_have_count(0)


def test_a_zip_of_camt_days_and_one_row_taken_out_again(settled):
    page = settled("Cleo Camt")
    days = {f"{row.booked}.xml": camt([row], opening=before) for row, before in _DAYS}
    send(page, {"name": "november.zip", "mimeType": "application/zip", "buffer": zipped(days)})
    page.wait_for_url(re.compile(r"/import/?\?file="))
    expect(page.get_by_text("CAMT.053", exact=False).first).to_be_visible()
    expect(page.get_by_text("10.00 + 91.30 = 101.30, as the file says.")).to_be_visible()
    add(page)
    row = page.get_by_role("listitem").filter(has_text="Corner Bakery")
    row.get_by_role("button", name="Take out").click()
    page.get_by_role("dialog").get_by_role("button", name="Take it out").click()
    expect(page.get_by_role("tab", name="Taken out 1")).to_be_visible()
    send(page, {"name": "again.zip", "mimeType": "application/zip", "buffer": zipped(days)})
    expect(page.get_by_role("tab", name="Duplicate 2")).to_be_visible()


def test_an_open_question_holds_the_button_until_it_is_answered(settled):
    page = settled("Dora Question")
    checked(page, "ambiguous_days.csv")
    expect(page.get_by_text("“03/04/2026” on line 2 can be two days.")).to_be_visible()
    expect(page.get_by_role("button", name=_ADD)).to_be_disabled()
    page.get_by_role("button", name=re.compile(r"4 March 2026|March 4, 2026")).click()
    expect(page.get_by_text("can be two days")).to_have_count(0)
    expect(page.get_by_text("month first: “03/04/2026” is")).to_be_visible()
    expect(page.get_by_role("button", name="Add 3 transactions")).to_be_enabled()


def test_a_red_row_is_put_right_in_place(settled):
    page = settled("Rosa Faulty")
    checked(page, "faulty_rows.csv")
    page.get_by_role("tab", name="Error 3").click()
    row = page.get_by_role("listitem").filter(has_text="Bäckerei Sol")
    expect(row).to_contain_text("There is no 31 February. Line 3.")
    row.get_by_role("button", name="Put right").click()
    box = page.get_by_role("dialog")
    box.get_by_label("Date").fill("31.02.2026")
    box.get_by_label("Amount").fill("-8.70")
    box.get_by_role("button", name="Save").click()
    expect(box.get_by_text("There is no 31 February.").last).to_be_visible()
    box.get_by_label("Date").fill("28.02.2026")
    box.get_by_role("button", name="Save").click()
    expect(page.get_by_role("tab", name="Error 2")).to_be_visible()
    expect(page.get_by_role("tab", name="New 3")).to_be_visible()
    add(page)
    expect(page.get_by_text("2 could not be read")).to_be_visible()


def test_how_a_file_is_read_can_be_changed(settled):
    page = settled("Nils Other")
    checked(page, "us_wells_headerless.csv")
    page.get_by_role("button", name="Change amounts").click()
    box = page.get_by_role("dialog")
    box.get_by_label("Plus and minus change places").check()
    box.get_by_label("Column 5").select_option("Payee")
    box.get_by_role("button", name="Read it again").click()
    expect(page.get_by_text("plus is out:")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="NORTHWIND PAYROLL")).to_contain_text("−3,900.00")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("letter.csv", "Dear customer,\nthank you.\n", "letter.csv: no line has both a date and an amount"),
        ("cut.xml", "<Document><BkToCstmrStmt><Stmt>", "cut.xml, line 1: the XML is broken or cut off here"),
    ],
)
def test_what_cannot_be_read_says_why(settled, name, content, words):
    page = settled(f"Vera {name[:4]}")
    send(page, file(name, content))
    expect(page.get_by_role("alert")).to_contain_text(words)
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_text("Drop a file from your bank here")).to_be_visible()


def test_files_too_large_or_empty_never_leave_the_browser(settled, tmp_path):
    big, none = tmp_path / "big.csv", tmp_path / "none.csv"
    big.write_bytes(b"x" * (20 * 1024 * 1024 + 1))
    none.touch()
    page = settled("Lara Large")
    send(page, big)
    expect(page.get_by_text("big.csv is larger than 20 MB.")).to_be_visible()
    page.set_input_files("input[data-upload]", [none])
    expect(page.get_by_text("none.csv is empty.")).to_be_visible()


def declared(house, cookie: str, length: int) -> int:
    """The answer to an upload that says how long it is and sends nothing yet."""
    connection = http.client.HTTPConnection(urlsplit(house.url).netloc, timeout=60)
    connection.putrequest("POST", "/import/file?name=x.csv")
    for name, value in (("Origin", house.url), ("Cookie", cookie), ("Content-Length", str(length))):
        connection.putheader(name, value)
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


def test_the_route_counts_bytes_and_asks_who_sends(settled, visitor, house):
    page = settled("Uwe Route")
    cookie = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())
    assert declared(house, cookie, 20 * 1024 * 1024 + 1) == 413
    origin = {"Origin": house.url, "Content-Type": "application/octet-stream"}
    at = f"{house.url}/import/file?name=x.csv"
    assert page.request.post(at, headers=origin, data=b"").status == 422
    assert page.request.post(at, headers={"Origin": "http://evil.example"}, data=b"Date,Amount").status == 403
    assert visitor("/").request.post(at, headers=origin, data=b"Date,Amount").status == 401
    taken = page.request.post(at, headers=origin, data=b"Date,Amount\n2026-01-01,1.00")
    assert taken.status == 201
    stranger = settled("Kim Stranger")
    stranger.goto(taken.json()["page"])
    expect(stranger.get_by_text("There is no such import.")).to_be_visible()


def test_on_a_phone_everything_fits(settled):
    page = settled("Pia Phone", viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    checked(page, "de_dkb_preamble.csv")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    add(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert urlsplit(page.url).path.startswith("/import")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_holds_the_rules_of_accessibility(settled, scheme):
    page = settled(f"Axel {scheme}", "/import", color_scheme=scheme)
    expect(page.get_by_text("Drop a file from your bank here")).to_be_visible()
    assert_accessible(page)
    checked(page, "faulty_rows.csv")
    page.get_by_role("tab", name="Error 3").click()
    expect(page.get_by_role("button", name="Put right").first).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Change amounts").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    add(page)
    assert_accessible(page)


def many(rows: int) -> str:
    lines = [f"2026-{1 + at // 25:02}-{1 + at % 25:02},Shop {at},-{at + 1}.00" for at in range(rows)]
    return "\n".join(["Date,Payee,Amount", *lines])


def test_every_row_can_be_reached_left_out_and_taken_back_in(settled):
    page = settled("Paula Pages")
    send(page, file("many.csv", many(120)))
    rows = page.get_by_role("list", name="Rows of the file").get_by_role("listitem")
    expect(rows.first).to_contain_text("Shop 119")
    page.get_by_role("button", name="Older").click()
    expect(rows.first).to_contain_text("Shop 69")
    page.get_by_role("button", name="Older").click()
    expect(rows).to_have_count(20)
    expect(page.get_by_role("button", name="Older")).to_have_count(0)
    rows.last.get_by_role("button", name="Leave out").click()
    page.get_by_role("tab", name="Left out 1").click()
    rows.filter(has_text="Shop 0").get_by_role("button", name="Add anyway").click()
    expect(page.get_by_role("tab", name="New 120")).to_have_attribute("aria-selected", "true")
    expect(rows).to_have_count(50)
    expect(page.get_by_role("tab", name="Left out")).to_have_count(0)


def test_the_account_dialog_begins_at_the_account_the_rows_go_to(settled):
    page = settled("Tara Target")
    checked(page, "de_ing_preamble_latin.csv")
    add(page)
    checked(page, "nl_rabobank.csv")
    page.get_by_role("button", name="Change account").click()
    box = page.get_by_role("dialog")
    expect(box.get_by_label("Account").locator("option:checked")).to_have_text("A new account")
    box.get_by_role("button", name="Use this account").click()
    expect(box).to_have_count(0)
    add(page)
    checked(page, "nl_rabobank.csv")
    page.get_by_role("button", name="Change account").click()
    choice = box.get_by_label("Account").locator("option")
    expect(choice).to_have_text([re.compile("··5030, "), re.compile("··6789, "), "A new account"])
    expect(box.get_by_label("Account").locator("option:checked")).to_contain_text("··6789, ")


def test_a_file_that_waits_is_discarded_from_the_list(settled):
    page = settled("Dirk Discard")
    checked(page, "de_ing_preamble_latin.csv")
    checked(page, "nl_rabobank.csv")
    page.goto("/import")
    page.get_by_role("button", name="Discard nl_rabobank.csv").click()
    expect(page.get_by_role("link", name="nl_rabobank.csv")).to_have_count(0)
    expect(page.get_by_role("link", name="de_ing_preamble_latin.csv")).to_be_visible()
