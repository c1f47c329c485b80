"""The demo household in a real browser: in with one click, seen as both adults, gone with one."""

from playwright.sync_api import expect


def test_one_click_in_and_one_out(visitor):
    page = visitor("/login")
    page.get_by_role("button", name="Look around the demo household").click()
    page.wait_for_url("**/dashboard**")
    expect(page.get_by_text("Demo household: invented money").first).to_be_visible()
    page.goto("/transactions")
    expect(page.get_by_text("Maya Rao").first).to_be_visible()
    expect(page.get_by_text("Greenleaf Market").first).to_be_visible()
    page.get_by_role("button", name="Be the other adult").click()
    expect(page.get_by_text("Ben Rao").first).to_be_visible()
    page.get_by_role("button", name="Leave and erase").click()
    page.wait_for_url(lambda url: "/dashboard" not in url and "/transactions" not in url)
    page.goto("/transactions")
    page.wait_for_url("**/login**")
