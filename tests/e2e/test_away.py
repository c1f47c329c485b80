"""The database goes away under open tabs and comes back: they wait, say so, and go on by themselves."""

import os
import signal
import time
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.conftest import entered, running
from tests.ports import free_port

MOST_LOGGED = 300_000
"""Bytes of log that an outage of some seconds may leave."""


def test_tabs_outlive_an_outage_of_the_database(tmp_path, chromium):
    port = free_port()
    context = chromium.new_context(base_url=f"http://localhost:{port}", locale="en-GB", timezone_id="Europe/Berlin")
    first, second = context.new_page(), context.new_page()
    with running(tmp_path, port=port) as here:
        entered(first, here, "/accounts")
        expect(first.get_by_role("button", name="Add an account").first).to_be_visible()
        cluster = Path(here.folder / "data" / "pg" / "postmaster.pid")
        logged = (here.folder / "log").stat().st_size
        os.kill(int(cluster.read_text().split()[0]), signal.SIGKILL)
        second.goto("/accounts")
        # Loaded while the database was away, or just after: it is there in the end, without a reload.
        expect(second.get_by_role("button", name="Add an account").first).to_be_visible(timeout=120_000)
        until = time.monotonic() + 120
        while not first.request.get("/readyz").ok:
            assert time.monotonic() < until
            time.sleep(0.1)
        assert (here.folder / "log").stat().st_size - logged < MOST_LOGGED

        second.get_by_role("button", name="Add an account").first.click()
        second.get_by_role("textbox", name="Name").fill("Savings jar")
        second.get_by_role("dialog").get_by_role("button", name="Open account").click()
        expect(first.get_by_text("Savings jar").first).to_be_visible()
    context.close()
