"""Settings: wrong fields, another locale, what is kept safe, and the frame around them."""

import json
import re

from playwright.sync_api import expect

from tests.e2e.conftest import SOON


def test_every_wrong_field_is_marked_at_once(settled):
    page = settled("Rhea", "/settings")
    for name, typed in (("phone", "12"), ("birth_year", "1800"), ("monthly_income", "lots")):
        page.locator(f"[name={name}]").fill(typed)
    page.get_by_role("button", name="Save profile").click()
    for name in ("phone", "birth_year", "monthly_income"):
        expect(page.locator(f"#{name}-problem")).to_be_visible()
        expect(page.locator(f"[name={name}]")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[name=name]")).to_have_attribute("aria-invalid", "false")


def test_another_locale_and_currency_leave_the_income_as_it_was(settled):
    page = settled("Saki", "/settings")
    income, save = page.locator("[name=monthly_income]"), page.get_by_role("button", name="Save profile")
    for change, shown in (
        ({"locale": "de-DE", "currency": "EUR", "monthly_income": "3,900.00"}, "3.900,00"),
        ({"locale": "en-US"}, "3,900.00"),
        ({"currency": "JPY", "monthly_income": "300,000"}, "300,000"),
        ({"locale": "de-DE"}, "300.000"),
        ({"locale": "en-GB"}, "300,000"),
    ):
        for name, value in change.items():
            field = page.locator(f"[name={name}]")
            field.fill(value) if name == "monthly_income" else field.select_option(value)
        save.click()
        expect(page.get_by_text("Profile saved.")).to_be_visible()
        expect(income).to_have_value(shown)
        page.reload()
        expect(page.get_by_text("Profile saved.")).to_have_count(0)
        expect(income).to_have_value(shown)


def test_the_last_backup_is_told(settled, house):
    page = settled("Tove", "/settings")
    kept = page.locator("section").filter(has_text="Kept safe")
    expect(kept.get_by_text("None yet")).to_have_count(2)
    told = house.folder / "data" / "backup.json"
    told.write_text(json.dumps({"at": "2026-11-20T09:30:00+00:00"}))
    try:
        page.reload()
        expect(kept).to_contain_text(re.compile(r"Last backup.*20 Nov|Last backup.*Nov 20"))
        expect(kept.get_by_text("None yet")).to_have_count(1)
    finally:
        told.unlink()


def test_what_is_touched_on_a_phone_is_large_enough(settled):
    page = settled("Ugo", "/settings", viewport={"width": 360, "height": 740})
    for name in ("Light", "Dark", "System"):
        assert page.get_by_role("button", name=name, exact=True).bounding_box()["height"] >= 44
    assert page.locator("header").get_by_role("link", name="Dashboard").bounding_box()["height"] >= 44
    page.goto("/accounts?new=1")
    page.get_by_role("dialog").locator("[name=name]").fill("Everyday")
    page.get_by_role("button", name="Open account").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.goto("/dashboard")
    for name in ("All accounts", "All transactions"):
        assert page.get_by_role("link", name=name).bounding_box()["height"] >= 44


def test_a_lost_connection_is_said_at_once_and_cuts_nothing_off(settled, complaints):
    page = settled("Vera", "/settings", viewport={"width": 1280, "height": 600})
    expect(page.get_by_role("button", name="Save profile")).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_text("Connection lost. What you see is as of")).to_be_visible(timeout=SOON)
    expect(page.locator("#offline-line time")).to_have_text(re.compile(r"\d\d:\d\d"))
    card = page.locator("aside").get_by_role("button", name="Sign out").bounding_box()
    assert card["y"] + card["height"] <= 600
    page.context.set_offline(False)
    expect(page.locator("#offline-line")).to_be_hidden()
    complaints[:] = [line for line in complaints if "ERR_INTERNET_DISCONNECTED" not in line]


def test_the_offline_page_keeps_the_chosen_colours(visitor, complaints):
    page = visitor("/login", color_scheme="light")
    page.wait_for_function("navigator.serviceWorker.ready.then(() => true)")
    page.evaluate("localStorage.setItem('theme', 'dark')")
    page.reload()
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    page.context.set_offline(True)
    page.goto("/dashboard")
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(12, 16, 22)"
    assert page.evaluate("document.fonts.check('14px \"Inter Variable\"')")
    page.context.set_offline(False)
    complaints[:] = [line for line in complaints if "ERR_INTERNET_DISCONNECTED" not in line]
