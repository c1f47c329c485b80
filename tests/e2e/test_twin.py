"""The twin in a real browser, over the demo household: a question, its answer, kept and repeated; the books stay."""

import re
import time
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
PATIENCE = 120_000
"""Milliseconds for the first answer: the engine may have to be compiled."""


@pytest.fixture
def household(looking):
    def enter(**more) -> Page:
        page = looking("/twin", **more)
        expect(sentence(page)).to_contain_text("your cash", timeout=PATIENCE)
        return page

    return enter


def sentence(page: Page):
    return page.get_by_label("What it means").locator("p[aria-live]")


def balance(page: Page) -> str:
    page.goto("/accounts")
    page.get_by_role("heading", name="What you have").wait_for()
    return page.locator("main").inner_text()


def test_a_question_is_answered_kept_and_repeated_and_the_books_stay(household):
    page = household()
    before = balance(page)
    page.goto("/twin")
    expect(sentence(page)).to_contain_text("As things go", timeout=PATIENCE)
    page.get_by_role("button", name="Big withdrawal").click()
    expect(sentence(page)).to_contain_text("With the big withdrawal", timeout=PATIENCE)
    size = page.get_by_label("Big withdrawal, amount")
    size.fill("90000")
    size.press("Enter")
    expect(sentence(page)).to_contain_text("your cash falls under 0", timeout=PATIENCE)
    expect(page.get_by_text("5 of 10 futures").first).to_be_visible()
    expect(page.locator(".recharts-area")).to_have_count(2)
    expect(page.get_by_role("heading", name="Why, on the most likely path")).to_be_visible()

    page.get_by_role("button", name=re.compile("^Use ")).click()
    expect(sentence(page)).not_to_contain_text("falls under", timeout=PATIENCE)
    expect(page.get_by_role("button", name=re.compile("^Use "))).to_be_visible(timeout=PATIENCE)

    page.get_by_role("button", name="Save").click()
    page.get_by_label("Name", exact=False).last.fill("A boat")
    page.locator("dialog[open]").get_by_role("button", name="Save").click()
    expect(page.get_by_text("“A boat” is kept")).to_be_visible()
    kept = sentence(page).inner_text()
    page.get_by_role("switch", name="Big withdrawal counts").click()
    expect(sentence(page)).to_contain_text("As things go", timeout=PATIENCE)
    page.get_by_role("button", name="Kept runs").click()
    name = page.get_by_label("Name of A boat")
    name.fill(" ")
    name.press("Enter")
    expect(page.locator("dialog[open]").get_by_text("Give it a name.")).to_be_visible()
    name.fill("A sailing boat")
    name.press("Enter")
    expect(page.get_by_label("Name of A sailing boat")).to_have_value("A sailing boat")
    page.locator("dialog[open]").get_by_role("button", name="Show").click()
    expect(sentence(page)).to_contain_text(kept.split("(")[0].strip())
    page.get_by_role("button", name="Repeat").click()
    expect(page.get_by_text("Repeated: the same to the last byte.")).to_be_visible(timeout=PATIENCE)
    assert balance(page) == before


def test_every_kind_of_event_and_every_horizon_can_be_asked(household):
    page = household()
    for title in ("Rate change", "Deposit", "New expense", "Invest", "Emergency fund"):
        page.get_by_label("Events").get_by_role("button", name=title, exact=True).last.click()
        expect(page.get_by_role("switch", name=f"{title} counts")).to_be_visible()
    expect(sentence(page)).to_contain_text("With the rate change", timeout=PATIENCE)
    for horizon in ("1 month", "40 years"):
        page.get_by_label("Look ahead").select_option(label=horizon)
        expect(page.get_by_label("In numbers")).to_contain_text("Net worth in", timeout=PATIENCE)
        expect(page.locator(".recharts-area").first).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Net worth", exact=True).click()
    page.get_by_role("button", name="Future money").click()
    expect(page.get_by_role("button", name="Future money")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Assumptions").click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("Seed")
    expect(dialog).to_contain_text("every month, next")
    dialog.get_by_label("Seed").fill("11")
    dialog.get_by_role("button", name="Run again").click()
    expect(page.get_by_text("10,000 futures · seed 11")).to_be_visible(timeout=PATIENCE)


def test_a_slider_is_followed_within_seconds(household):
    page = household()
    page.get_by_role("button", name="New expense").click()
    expect(sentence(page)).to_contain_text("With the new expense", timeout=PATIENCE)
    size = page.get_by_label("New expense, amount")
    first = size.input_value()
    slider = page.get_by_label("New expense, size")
    begun = time.monotonic()
    slider.focus()
    for _ in range(5):
        slider.press("ArrowRight")
    expect(page.get_by_label("New expense, amount")).not_to_have_value(first)
    assert time.monotonic() - begun < 30


def test_a_date_out_of_reach_is_refused_beside_its_field(household):
    page = household()
    page.get_by_role("button", name="Deposit").click()
    page.get_by_text("Change", exact=True).click()
    page.get_by_label("From", exact=True).fill("2019-01-01")
    page.get_by_role("button", name="Set", exact=True).first.click()
    expect(page.get_by_text("Choose a date within the next 40 years.").first).to_be_visible()
    expect(page.get_by_label("From", exact=True)).to_be_focused()


def test_the_phone_shows_it_without_sideways_scrolling(household):
    page = household(viewport={"width": 360, "height": 740})
    expect(page.locator("figure")).to_be_attached(timeout=PATIENCE)
    page.mouse.move(10, 10)  # whoever has a mouse may print what lies below what is seen
    expect(page.locator(".recharts-area").first).to_be_attached(timeout=PATIENCE)
    page.get_by_role("button", name="Big withdrawal").click()
    expect(sentence(page)).to_contain_text("With the big withdrawal", timeout=PATIENCE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.get_by_role("heading", level=1).evaluate("(one) => one.scrollWidth <= one.clientWidth")
    for name in ("Cash", "Net worth", "Today’s money", "Future money"):
        assert page.get_by_role("button", name=name, exact=True).bounding_box()["height"] >= 44
    size = page.get_by_label("Big withdrawal, amount")
    size.fill("999,999,999,999")
    size.press("Enter")
    expect(sentence(page)).to_contain_text("falls under 0", timeout=PATIENCE)
    clipped = "(all) => all.filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth).map((one) => one.outerHTML)"
    assert page.get_by_label("In numbers").locator("span").evaluate_all(clipped) == []
    assert size.evaluate("(one) => one.scrollWidth <= one.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    pin = page.locator("figure .rounded-full", has_text="Big withdrawal").bounding_box()
    assert pin["y"] + pin["height"] + 8 <= page.get_by_text("Show as a table").bounding_box()["y"]
    page.locator("figure").scroll_into_view_if_needed()
    expect(page.locator(".recharts-area").first).to_be_visible()


def test_a_long_name_does_not_widen_the_assumptions(household):
    page = household(viewport={"width": 360, "height": 740})
    page.get_by_role("button", name="Assumptions").click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("every month, next")
    dialog.evaluate(
        "(one) => { for (const place of ['dd', 'li .truncate']) one.querySelector(place).textContent = 'x'.repeat(80); }"
    )
    assert dialog.evaluate("(one) => one.scrollWidth <= one.clientWidth")


def test_hidden_amounts_show_neither_numbers_nor_how_long_they_are(household):
    page = household()
    page.get_by_role("button", name="Big withdrawal").click()
    expect(sentence(page)).to_contain_text("Up to", timeout=PATIENCE)
    labels = page.locator(".recharts-yAxis-tick-labels").first
    expect(labels).to_have_css("visibility", "visible")
    page.keyboard.press("Control+Shift+P")
    expect(labels).to_have_css("visibility", "hidden")
    expect(page.locator("[data-act=mask] .shown-masked")).to_be_visible()
    expect(page.locator("[data-act=mask] .shown-open")).to_be_hidden()
    expect(page.get_by_label("Big withdrawal, amount")).to_have_css("color", "rgba(0, 0, 0, 0)")
    page.goto("/accounts")
    amounts = page.locator("main li .amount:visible")
    expect(amounts.first).to_be_visible()
    widths = amounts.evaluate_all(
        "(all) => all.map((one) => { const range = document.createRange(); range.selectNodeContents(one);"
        " return range.getBoundingClientRect().width; })"
    )
    assert len(widths) > 3
    assert set(widths) == {0}


def test_without_accounts_there_is_a_door_and_no_number(settled):
    page = settled("Nobody", "/twin")
    expect(page.get_by_text("Add an account, and it can look ahead.")).to_be_visible()
    expect(page.get_by_role("link", name="Add an account")).to_be_visible()
    assert "0.00" not in page.locator("main").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_and_use_it(household, scheme):
    page = household(color_scheme=scheme, bypass_csp=True)
    page.get_by_role("button", name="Big withdrawal").click()
    page.get_by_label("Events").get_by_role("button", name="New expense", exact=True).click()
    expect(sentence(page)).to_contain_text("new expense", timeout=PATIENCE)
    page.get_by_role("switch", name="Big withdrawal counts").click()
    expect(page.get_by_text("not counted")).to_be_visible()
    for summary in page.locator("main summary").all():
        summary.click()
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run('main')")["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
