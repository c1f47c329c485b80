"""The demo household in a real browser: in with one click, seen as both adults, gone with one."""

import time

import psycopg2
from playwright.sync_api import expect

from fintwin.db import embedded
from fintwin.db.home import DATABASE


def count(house, table: str) -> int:
    """Rows of a table of the running house, past row security."""
    server = embedded.join(house.folder / "data")
    assert server is not None
    connection = psycopg2.connect(server.admin_url(DATABASE))
    with connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        [found] = cursor.fetchone()
    connection.close()
    return found


def test_one_click_in_and_one_out(visitor, house):
    transactions, people = count(house, "transaction"), count(house, "person WHERE issuer = 'demo'")
    page = visitor("/login", reduced_motion="no-preference")
    page.get_by_role("button", name="Look around the demo household").click()
    page.wait_for_url("**/dashboard**")
    expect(page.get_by_text("Demo household: invented money").first).to_be_visible()
    page.goto("/transactions")
    expect(page.get_by_text("Maya Rao").first).to_be_visible()
    expect(page.get_by_text("Greenleaf Market").first).to_be_visible()
    assert count(house, "transaction") > transactions + 2000
    page.get_by_role("button", name="Be the other adult").click()
    expect(page.get_by_text("Ben Rao").first).to_be_visible()
    page.get_by_role("button", name="Leave and erase").click()
    page.get_by_role("button", name="Stay").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Leave and erase").click()
    expect(page.get_by_role("heading", name="Erase this household?")).to_be_visible()
    page.get_by_role("button", name="Erase it").click()
    page.wait_for_url(lambda url: "/dashboard" not in url and "/transactions" not in url)
    page.goto("/transactions")
    page.wait_for_url("**/login**")
    until = time.monotonic() + 120
    while count(house, "person WHERE issuer = 'demo'") > people:
        assert time.monotonic() < until, "the worker did not erase the household"
        time.sleep(0.2)
    assert count(house, "transaction") == transactions
