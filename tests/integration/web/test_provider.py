"""Signing in with a certified OpenID Connect provider, the whole way and without a mock."""

from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import pytest

from fintwin.db.work import perform, system_work
from fintwin.identity import service, staff
from tests.integration.web.conftest import at_the_provider
from tests.oidc import CLIENT_ID, CLIENT_SECRET, provider

CALLBACK = "/auth/oidc/callback"


@pytest.fixture(scope="module")
def issuer():
    with provider(["http://localhost:8000" + CALLBACK, "https://localhost:8443" + CALLBACK]) as running:
        yield running


@pytest.fixture
def here(house, issuer):
    """The app with this provider, closed to everybody but its first."""

    def make(**environment):
        return house(
            **{
                "FINTWIN_OIDC_ISSUER": issuer,
                "FINTWIN_OIDC_CLIENT_ID": CLIENT_ID,
                "FINTWIN_OIDC_CLIENT_SECRET": CLIENT_SECRET,
                **environment,
            }
        )

    return make


def back_from(browser, *, login, query=""):
    """The answer of our callback's address: begin here, sign in there, and the address that leads back."""
    begun = browser.get("/auth/oidc" + query)
    assert begun.status_code == 303
    with at_the_provider(begun.headers["location"], login=login) as answer:
        address = urlsplit(answer.headers["location"])
    assert address.path == CALLBACK
    return f"{address.path}?{address.query}"


def sign_in(browser, *, login, query=""):
    return browser.get(back_from(browser, login=login, query=query))


def me(browser):
    answer = browser.get("/api/v1/me")
    return answer.json() if answer.status_code == 200 else None


def with_query(address, **changes):
    parts = urlsplit(address)
    query = {**dict(parse_qsl(parts.query)), **changes}
    return f"{parts.path}?{urlencode({key: value for key, value in query.items() if value is not None})}"


def test_the_whole_way(here, issuer):
    browser = here().browser()
    begun = browser.get("/auth/oidc")
    asked = {key: values[0] for key, values in parse_qs(urlsplit(begun.headers["location"]).query).items()}
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert asked["nonce"]
    assert asked["redirect_uri"] == "http://localhost:8000" + CALLBACK
    assert "openid" in asked["scope"]
    answer = sign_in(browser, login="maya", query="?next=/twin&keep=1&zone=Europe/Berlin")
    assert (answer.status_code, answer.headers["location"]) == (303, "/twin")
    found = me(browser)
    assert (found["name"], found["email"], found["role"]) == ("Maya", "maya@family.org", "admin")
    assert (found["locale"], found["zone"]) == ("de-DE", "Europe/Berlin")
    assert "fintwin-way" not in browser.cookies
    assert service.session_person(browser.cookies["fintwin"]).issuer == issuer


def test_the_same_person_comes_back_to_the_same_books(here):
    house = here()
    first, second = house.browser(), house.browser()
    sign_in(first, login="maya")
    sign_in(second, login="maya")
    assert me(first)["uuid"] == me(second)["uuid"]


def test_a_provider_that_keeps_the_address_out_of_the_id_token(house):
    with provider(["http://localhost:8000" + CALLBACK], conform=True) as issuer:
        browser = house(
            FINTWIN_OIDC_ISSUER=issuer,
            FINTWIN_OIDC_CLIENT_ID=CLIENT_ID,
            FINTWIN_OIDC_CLIENT_SECRET=CLIENT_SECRET,
            FINTWIN_ALLOWED="boss@x.y,maya@family.org",
            FINTWIN_PUBLIC_URL="http://localhost:8000",
            FINTWIN_BIND="0.0.0.0",
        ).browser()
        assert sign_in(browser, login="maya").headers["location"] == "/dashboard"
        assert (me(browser)["email"], me(browser)["role"]) == ("maya@family.org", "customer")


def test_behind_tls(here):
    browser = here(FINTWIN_PUBLIC_URL="https://localhost:8443").browser()
    answer = sign_in(browser, login="maya")
    assert answer.headers.get_list("set-cookie")[0].startswith("__Host-fintwin=")
    assert me(browser)["name"] == "Maya"


def test_the_host_of_a_request_never_reaches_the_provider(here):
    browser = here().browser()
    begun = browser.get("/auth/oidc", headers={"host": "127.0.0.1:9999"})
    asked = parse_qs(urlsplit(begun.headers["location"]).query)
    assert asked["redirect_uri"] == ["http://localhost:8000" + CALLBACK]


@pytest.mark.parametrize("then", ["https://evil.net", "//evil.net", "/\\evil.net", "/auth/sign-out"])
def test_the_way_back_is_our_own(here, then):
    browser = here().browser()
    assert sign_in(browser, login="maya", query="?" + urlencode({"next": then})).headers["location"] == "/dashboard"


def test_a_stranger_is_refused_and_leaves_no_row(here, admin):
    house = here()
    sign_in(house.browser(), login="maya")
    stranger = house.browser()
    assert sign_in(stranger, login="mallory").headers["location"] == "/login?problem=not_on_the_list"
    assert me(stranger) is None
    assert admin("SELECT count(*) FROM person WHERE issuer <> 'house'") == [(1,)]


def test_an_unverified_address_opens_nothing(here):
    house = here(FINTWIN_ALLOWED="@family.org", FINTWIN_BIND="0.0.0.0", FINTWIN_ADMIN="unverified@family.org")
    assert sign_in(house.browser(), login="unverified").headers["location"] == "/login?problem=not_on_the_list"
    assert sign_in(house.browser(), login="maya").headers["location"] == "/dashboard"


def test_the_list_that_the_administrator_keeps(here):
    house = here()
    boss, maya = house.browser(), house.browser()
    sign_in(boss, login="boss")
    who = service.session_person(boss.cookies["fintwin"])
    perform(who.person, lambda session: service.allow(session, who, entry="maya@family.org"))
    assert sign_in(maya, login="maya").headers["location"] == "/dashboard"
    assert me(maya)["role"] == "customer"


def test_open_sign_up(here):
    house = here(FINTWIN_SIGN_UP="open", FINTWIN_BIND="0.0.0.0")
    browser = house.browser()
    sign_in(browser, login="anybody")
    assert me(browser)["role"] == "customer"


def test_the_printed_link_makes_administrator(here):
    house = here(FINTWIN_BIND="0.0.0.0")
    browser = house.browser()
    assert sign_in(browser, login="maya").headers["location"] == "/login?problem=not_on_the_list"
    with system_work() as session:
        path = staff.administrator_link(session, provider=True)
    assert browser.get(path).status_code == 303
    assert sign_in(browser, login="maya").headers["location"] == "/dashboard"
    assert me(browser)["role"] == "admin"
    late = house.browser()
    late.get(path)
    assert sign_in(late, login="mallory").headers["location"] == "/login?problem=link_spent"
    assert sign_in(late, login="mallory").headers["location"] == "/login?problem=not_on_the_list"


def test_a_profile_is_taken_over_by_link(house, here):
    local = house().browser()
    local.post("/auth/local", data={"name": "Maya at home"})
    own = me(local)["uuid"]
    browser = here().browser()
    with system_work() as session:
        browser.get(staff.link(session, profile="Maya at home"))
    sign_in(browser, login="maya")
    assert (me(browser)["uuid"], me(browser)["email"]) == (own, "maya@family.org")
    assert service.session_person(local.cookies["fintwin"]) is None


def test_a_code_is_good_once(here):
    browser = here().browser()
    way = browser.cookies
    address = back_from(browser, login="maya")
    sealed = way["fintwin-way"]
    assert browser.get(address).headers["location"] == "/dashboard"
    assert browser.get(address).headers["location"] == "/login?problem=way_lost"
    replay = here().browser()
    replay.cookies.set("fintwin-way", sealed)
    assert replay.get(address).headers["location"] == "/login?problem=not_vouched"
    assert me(replay) is None


def test_an_answer_is_for_the_browser_that_asked(here):
    house = here()
    maya, mallory = house.browser(), house.browser()
    address = back_from(mallory, login="mallory")
    assert maya.get(address).headers["location"] == "/login?problem=way_lost"
    maya.get("/auth/oidc")
    assert maya.get(address).headers["location"] == "/login?problem=not_vouched"
    assert me(maya) is None


@pytest.mark.parametrize(
    "changes", [{"state": "other"}, {"state": None}, {"code": "other"}, {"code": None}, {"iss": "https://evil.net"}]
)
def test_a_changed_answer_is_refused(here, changes):
    browser = here().browser()
    address = back_from(browser, login="maya")
    assert browser.get(with_query(address, **changes)).headers["location"] == "/login?problem=not_vouched"
    assert me(browser) is None


def test_a_wrong_verifier_is_refused_by_the_provider(here, issuer):
    browser = here().browser()
    address = back_from(browser, login="maya")
    answer = httpx.post(
        issuer + "/token",
        data={
            "grant_type": "authorization_code",
            "code": dict(parse_qsl(urlsplit(address).query))["code"],
            "redirect_uri": "http://localhost:8000" + CALLBACK,
            "code_verifier": "a" * 48,
        },
        auth=(CLIENT_ID, CLIENT_SECRET.replace(" ", "+")),
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_who_declines_is_not_scolded(here):
    browser = here().browser()
    browser.get("/auth/oidc")
    assert browser.get(CALLBACK + "?error=access_denied&state=x").headers["location"] == "/login?problem=declined"
    browser.get("/auth/oidc")
    assert browser.get(CALLBACK + "?error=server_error").headers["location"] == "/login?problem=not_vouched"


def test_a_way_that_was_not_begun_here_leads_nowhere(here):
    browser = here().browser()
    browser.cookies.set("fintwin-way", "gAAAA-forged")
    assert browser.get(CALLBACK + "?code=x&state=y").headers["location"] == "/login?problem=way_lost"


def test_a_provider_that_is_away_is_said_so(house):
    browser = house(
        FINTWIN_OIDC_ISSUER="http://127.0.0.1:9", FINTWIN_OIDC_CLIENT_ID="x", FINTWIN_OIDC_CLIENT_SECRET="y"
    ).browser()
    assert browser.get("/auth/oidc").headers["location"] == "/login?problem=provider_away"
