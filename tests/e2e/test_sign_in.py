"""Signing in and out in real browsers: with a certified provider, and as a local profile."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import SOON, running
from tests.oidc import CLIENT_ID, CLIENT_SECRET, provider
from tests.ports import free_port


@pytest.fixture(scope="module")
def family(tmp_path_factory):
    """A house whose people sign in with a provider; its list is empty, its first is administrator."""
    port = free_port()
    with (
        provider([f"http://localhost:{port}/auth/oidc/callback"]) as issuer,
        running(
            tmp_path_factory.mktemp("family"),
            port=port,
            FINTWIN_OIDC_ISSUER=issuer,
            FINTWIN_OIDC_CLIENT_ID=CLIENT_ID,
            FINTWIN_OIDC_CLIENT_SECRET=CLIENT_SECRET,
            FINTWIN_OIDC_NAME="the family",
        ) as here,
    ):
        yield here


def at_the_provider(page, *, login):
    """Fill in the provider's own pages."""
    page.get_by_role("button", name="Continue with the family").click()
    page.get_by_placeholder("Enter any login").fill(login)
    page.get_by_placeholder("and password").fill("anything")
    page.get_by_role("button").click()
    page.get_by_role("button", name="Continue").click()


def session_cookie(page):
    return next((one for one in page.context.cookies() if one["name"] == "fintwin"), None)


def test_with_a_provider_there_and_back(family, visitor, complaints):
    maya = visitor("/transactions", at=family.url, timezone_id="Europe/Berlin", locale="de-DE")
    maya.wait_for_url("**/login?next=**")
    at_the_provider(maya, login="maya")
    maya.wait_for_url("**/onboarding**")
    expect(maya.get_by_role("textbox", name="Name")).to_have_value("Maya")
    cookie = session_cookie(maya)
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    found = maya.request.get("/api/v1/me").json()
    assert (found["email"], found["role"], found["currency"]) == ("maya@family.org", "admin", "EUR")
    assert (found["locale"], found["zone"]) == ("de-DE", "Europe/Berlin")

    stranger = visitor("/login", at=family.url)
    at_the_provider(stranger, login="ben")
    stranger.wait_for_url("**/login?problem=not_on_the_list**")
    expect(stranger.get_by_text("This address may not sign in here.")).to_be_visible()
    assert session_cookie(stranger) is None

    finish_onboarding(maya)
    maya.goto("/settings")
    entry = maya.get_by_label("Address or domain")
    entry.fill("ben at family")
    maya.get_by_role("button", name="Add", exact=True).click()
    expect(maya.get_by_text("Write an e-mail address, or a domain like @family.org.")).to_be_visible()
    entry.fill("@Family.org")
    maya.get_by_role("button", name="Add", exact=True).click()
    expect(maya.get_by_text("@family.org", exact=True)).to_be_visible()
    stranger.goto("/login")
    stranger.get_by_role("button", name="Continue with the family").click()
    stranger.wait_for_url("**/onboarding**")
    assert stranger.request.get("/api/v1/me").json()["role"] == "customer"
    maya.get_by_role("button", name="Take @family.org off the list").click()
    expect(maya.get_by_text("@family.org", exact=True)).to_have_count(0)
    # The provider's own pages would like a font from the internet.
    complaints[:] = [one for one in complaints if "://127.0.0.1:" not in one]


def finish_onboarding(page):
    """Answer its questions past the page."""
    here = page.url.partition("/onboarding")[0]
    saved = page.request.put(
        "/api/v1/profile", data={"goal": "savings", "risk_appetite": "low"}, headers={"origin": here}
    )
    assert saved.ok
    assert page.request.post("/api/v1/profile/complete", headers={"origin": here}).ok


def local(visitor, name, path="/login"):
    """A new local profile that has answered the questions of onboarding."""
    page = visitor(path)
    page.get_by_label("What shall we call you?").or_(page.get_by_label("Add a profile")).fill(name)
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/onboarding**")
    finish_onboarding(page)
    return page


def test_sign_out_ends_every_tab_within_three_seconds(visitor):
    first = local(visitor, "Ada")
    second = first.context.new_page()
    for page, path in ((first, "/settings"), (second, "/dashboard")):
        page.goto(path)
        expect(page.get_by_role("main")).to_be_visible()
        page.wait_for_timeout(1000)
    first.get_by_role("main").get_by_role("button", name="Sign out", exact=True).click()
    second.wait_for_url("**/login**", timeout=SOON)
    first.goto("/dashboard")
    first.wait_for_url("**/login?next=**")


def test_a_revoked_device_is_out_within_three_seconds(visitor):
    here = local(visitor, "Grace")
    there = visitor("/login")
    there.get_by_role("button", name="Grace").click()
    there.wait_for_url("**/dashboard**")
    there.wait_for_timeout(1000)
    here.goto("/settings")
    here.get_by_role("button", name="Sign out everywhere else").click()
    there.wait_for_url("**/login**", timeout=SOON)
    here.reload()
    expect(here.get_by_text("Here", exact=True)).to_be_visible()
