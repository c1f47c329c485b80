"""The console in a browser: a reason before every look, what is done is seen by its owner, and nobody else gets in."""

import os
import re
import subprocess
import sys

from playwright.sync_api import Page, expect

from tests.e2e.conftest import ROOT, House
from tests.e2e.test_accessible import assert_accessible


def _grant(house: House, name: str, role: str = "staff") -> None:
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("FINTWIN_", "GOOGLE_"))}
    bare |= {"FINTWIN_DATA_DIR": str(house.folder / "data"), "FINTWIN_ENV_FILE": ""}
    subprocess.run(
        [sys.executable, "-m", "fintwin", "staff", "grant", name, "--role", role, "--reason", "Helps out"],
        cwd=ROOT,
        env=bare,
        check=True,
        capture_output=True,
    )


def _open(page: Page, name: str) -> None:
    page.goto("/accounts?new=1")
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Kept here").click()
    dialog.locator("[name=name]").fill(name)
    dialog.get_by_role("button", name="Open account").click()
    expect(dialog).to_have_count(0)


def test_staff_look_and_block_for_a_reason_that_the_owner_reads(settled, house):
    owner = settled("Quinn Owner")
    _open(owner, "Everyday")
    _open(owner, "Old purse")

    staff = settled("Sam Helper", "/staff")
    expect(staff.get_by_text("There is no page at this address.")).to_be_visible()
    _grant(house, "Sam Helper")
    staff.wait_for_timeout(2_500)  # a session is believed for two seconds
    staff.goto("/staff")
    staff.get_by_label("Search people").fill("quinn o")
    staff.get_by_role("button", name="Search", exact=True).click()
    staff.get_by_role("button", name=re.compile("Quinn Owner")).click()
    staff.get_by_role("dialog").locator("[name=reason]").fill("Asked for help")
    staff.get_by_role("button", name="Open their books").click()
    staff.get_by_role("button", name="Block Everyday").click()
    staff.get_by_role("dialog").locator("[name=reason]").fill("Reported, case 17")
    staff.get_by_role("dialog").get_by_role("button", name="Block", exact=True).click()
    expect(staff.get_by_text("Blocked by staff: Reported, case 17").first).to_be_visible()
    staff.get_by_role("button", name="Put away").click()
    expect(staff.get_by_role("button", name="Put away")).to_have_count(0)
    assert_accessible(staff)

    owner.goto("/accounts")
    expect(owner.get_by_text("Blocked by staff: Reported, case 17").first).to_be_visible()
    owner.get_by_role("button", name="Select several").click()
    for name in ("Everyday", "Old purse"):
        owner.get_by_label(f"Choose {name}").click()
        expect(owner.get_by_label(f"Choose {name}")).to_be_checked()
    assert_accessible(owner)
    owner.get_by_role("button", name="Close", exact=True).click()
    owner.get_by_role("button", name="Close them").click()
    expect(owner.get_by_role("dialog")).to_contain_text("only they can lift the block")
    owner.goto("/settings")
    expect(owner.get_by_text("Staff looked at your name and accounts")).to_be_visible()
    expect(owner.get_by_text(re.compile("Reported, case 17"))).to_be_visible()

    staff.get_by_role("button", name="General ledger").click()
    staff.locator("[name=reason]").fill("Month end")
    staff.get_by_role("button", name="Read").click()
    expect(staff.get_by_role("heading", name="Postings")).to_be_visible()
    assert_accessible(staff)
    staff.set_viewport_size({"width": 360, "height": 740})
    assert staff.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with staff.expect_download() as download:
        staff.get_by_role("button", name="CSV").click()
    assert download.value.suggested_filename.startswith("fintwin-ledger-")
    staff.get_by_role("button", name="Audit").click()
    expect(staff.get_by_text(re.compile("Took the general ledger as a file ·"))).to_be_visible()
    expect(staff.get_by_text(re.compile("^The command fintwin staff grant"))).to_be_visible()
    assert_accessible(staff)
    staff.get_by_role("button", name="General ledger").click()
    expect(staff.get_by_text("The house holds no funds of its own.")).to_be_visible()
    expect(staff.get_by_role("button", name="Add or take out")).to_have_count(0)

    _grant(house, "Sam Helper", "admin")
    staff.wait_for_timeout(2_500)
    staff.goto("/staff")
    staff.get_by_role("button", name="General ledger").click()
    staff.get_by_role("button", name="Add or take out").click()
    form = staff.get_by_role("dialog")
    form.locator("[name=amount]").fill("-5")
    form.locator("[name=reason]").fill("Capital paid in")
    form.get_by_role("button", name="Book it").click()
    expect(form).to_contain_text("There is not enough in this account")
    assert_accessible(staff)
    form.locator("[name=amount]").fill("5000")
    form.get_by_role("button", name="Book it").click()
    expect(form).to_have_count(0)
    expect(staff.get_by_role("listitem").filter(has_text="Funds: £5,000.00")).to_be_visible()

    staff.get_by_role("button", name="People").click()
    for opens, choice in (("Identity", "verified"), ("Role", "staff")):
        staff.get_by_role("button", name=opens, exact=True).click()
        form.locator("[name=choice]").select_option(choice)
        form.locator("[name=reason]").fill("Papers came")
        form.locator("[type=submit]").click()
        expect(form).to_have_count(0)
        expect(staff.get_by_text(f"Quinn Owner is {choice} now.")).to_be_visible()
    staff.get_by_role("button", name="Credit limit of Everyday").click()
    form.locator("[type=submit]").click()
    expect(form.get_by_text("Enter a limit; 0 takes it away.")).to_be_visible()
    expect(form.get_by_text("Say why, in 3 to 300 characters.")).to_be_visible()
    expect(form.locator("[name=limit]")).to_be_focused()
    assert_accessible(staff)
    form.locator("[name=limit]").fill("50")
    form.locator("[name=reason]").fill("Asked for it")
    form.locator("[type=submit]").click()
    expect(form).to_have_count(0)
    expect(staff.get_by_text("The limit is set.")).to_be_visible()
