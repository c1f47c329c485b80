"""Local profiles, the demo, sign-out, the printed links and the small API, as a browser meets them."""

import pytest

from fintwin.db.work import perform, system_work
from fintwin.identity import service, sessions, staff
from fintwin.kernel.errors import Misconfigured


def post(browser, path, **fields):
    return browser.post(path, data=fields)


def me(browser):
    answer = browser.get("/api/v1/me")
    return answer.json() if answer.status_code == 200 else None


@pytest.fixture
def browser(house):
    return house().browser()


def test_a_profile_is_added_and_picked_with_one_click(house):
    here = house()
    maya = here.browser()
    answer = post(maya, "/auth/local", name="Maya", zone="Europe/Berlin", next="/transactions?text=a", keep="1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/transactions?text=a")
    said = answer.headers.get_list("set-cookie")[0].lower()
    assert said.startswith("fintwin=")
    assert "httponly" in said
    assert "samesite=lax" in said
    assert answer.headers["cache-control"] == "no-store"
    assert me(maya)["role"] == "admin"
    assert (me(maya)["locale"], me(maya)["zone"], me(maya)["currency"]) == ("de-DE", "Europe/Berlin", "EUR")
    again = here.browser()
    [profile] = perform(None, service.local_profiles)
    post(again, "/auth/local", profile=profile.subject)
    assert me(again)["uuid"] == me(maya)["uuid"]


def test_a_bad_name_leads_back_with_its_reason(browser):
    answer = post(browser, "/auth/local", name=" ")
    assert answer.headers["location"] == "/login?problem=bad_name"
    assert post(browser, "/auth/local", profile="nobody").headers["location"] == "/login?problem=no_such_profile"
    assert me(browser) is None


def test_signing_in_again_ends_who_was_here(house):
    browser = house().browser()
    post(browser, "/auth/local", name="Maya")
    before = browser.cookies["fintwin"]
    post(browser, "/auth/local", name="Ben")
    assert me(browser)["name"] == "Ben"
    assert service.session_person(before) is None


def test_local_profiles_are_not_there_with_a_provider(house):
    browser = house(GOOGLE_CLIENT_ID="x", GOOGLE_CLIENT_SECRET="y").browser()
    assert post(browser, "/auth/local", name="Maya").headers["location"] == "/login?problem=no_local_profiles"
    assert perform(None, service.local_profiles) == []


def test_sign_out_ends_the_session_and_clears_the_browser(house):
    here = house()
    browser = here.browser()
    post(browser, "/auth/local", name="Maya")
    token = browser.cookies["fintwin"]
    who = sessions.believed(token)
    answer = post(browser, "/auth/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert "fintwin" not in browser.cookies
    assert sessions.believed(token) is None
    assert not sessions.still(who)
    stolen = here.browser()
    stolen.cookies.set("fintwin", token)
    assert me(stolen) is None


def test_sign_out_without_a_session_is_quiet(browser):
    assert post(browser, "/auth/sign-out").status_code == 303


def test_one_click_is_post_and_comes_from_here(house):
    browser = house().browser()
    for path in (
        "/auth/local",
        "/auth/sign-out",
        "/auth/demo",
        "/auth/demo/switch",
        "/auth/demo/leave",
        "/auth/demo/wipe",
    ):
        assert browser.get(path).status_code == 405
        assert browser.post(path, headers={"origin": "https://evil.net"}).status_code == 403
        assert browser.post(path, headers={"origin": "null"}).status_code == 403
        assert browser.post(path, headers={"host": "evil.net"}).status_code == 421


def test_a_body_is_bounded_and_must_be_a_form(browser):
    assert post(browser, "/auth/local", name="x" * 100_000).headers["location"] == "/login?problem=too_large"
    answer = browser.post("/auth/local", content=b"\xff\xfe", headers={"content-type": "application/octet-stream"})
    assert answer.headers["location"] == "/login?problem=bad_form"
    answer = browser.post(
        "/auth/local",
        content="&".join(f"a{n}=1" for n in range(100)),
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert answer.headers["location"] == "/login?problem=bad_form"


def test_too_many_tries_are_told_when_to_come_back(browser):
    answers = [post(browser, "/auth/local", name=" ") for _ in range(61)]
    assert [answer.status_code for answer in answers[:60]] == [303] * 60
    assert answers[60].status_code == 429
    assert int(answers[60].headers["retry-after"]) >= 1


def test_over_tls_the_cookie_has_its_prefix(house):
    browser = house(FINTWIN_PUBLIC_URL="https://localhost:8443").browser()
    answer = post(browser, "/auth/local", name="Maya")
    said = answer.headers.get_list("set-cookie")[0]
    assert said.startswith("__Host-fintwin=")
    assert "Secure" in said
    assert me(browser)["name"] == "Maya"


def test_open_doors_do_not_start(house):
    for environment in ({"FINTWIN_BIND": "0.0.0.0"}, {"FINTWIN_PUBLIC_URL": "https://money.example.org"}):
        with pytest.raises(Misconfigured):
            house(**environment)


def test_the_demo_is_a_household_of_ones_own_and_leads_home(house, admin):
    browser = house().browser()
    post(browser, "/auth/local", name="Maya", keep="1")
    own = me(browser)["uuid"]
    answer = post(browser, "/auth/demo", zone="Europe/Berlin")
    assert answer.headers["location"] == "/dashboard"
    first = me(browser)
    assert (first["demo"], first["onboarded"]) == (True, True)
    assert post(browser, "/auth/demo").status_code == 303
    assert me(browser)["uuid"] == first["uuid"]
    answer = post(browser, "/auth/demo/switch")
    other = me(browser)
    assert (other["demo"], other["uuid"] != first["uuid"]) == (True, True)
    answer = post(browser, "/auth/demo/leave")
    assert (answer.headers["location"], me(browser)["uuid"]) == ("/dashboard", own)
    assert "max-age" in answer.headers.get_list("set-cookie")[1].lower()
    assert "fintwin-home" not in browser.cookies
    assert admin("SELECT count(*) FROM person WHERE issuer = 'demo' AND status = 'active'") == [(2,)]
    assert admin("SELECT count(*) FROM session") == [(1,)]


def test_wiping_the_demo_ends_both_adults(house, admin):
    browser = house().browser()
    post(browser, "/auth/demo")
    token = browser.cookies["fintwin"]
    answer = post(browser, "/auth/demo/wipe")
    assert (answer.headers["location"], me(browser)) == ("/", None)
    assert sessions.believed(token) is None
    assert admin("SELECT count(*) FROM person WHERE issuer = 'demo' AND status = 'active'") == [(0,)]


def test_demo_routes_are_for_demo_people(house):
    browser = house().browser()
    for path in ("/auth/demo/switch", "/auth/demo/leave", "/auth/demo/wipe"):
        assert post(browser, path).headers["location"] == "/login?problem=signed_out"
    post(browser, "/auth/local", name="Maya")
    own = me(browser)
    for path in ("/auth/demo/switch", "/auth/demo/leave", "/auth/demo/wipe"):
        assert post(browser, path).headers["location"] == "/login?problem=signed_out"
    assert me(browser) == own


def test_with_a_provider_visitors_try_the_demo_only_where_it_is_wanted(house):
    provider = {"GOOGLE_CLIENT_ID": "x", "GOOGLE_CLIENT_SECRET": "y"}
    closed = house(**provider).browser()
    assert post(closed, "/auth/demo").headers["location"] == "/login?problem=demo_closed"
    wanted = house(FINTWIN_DEMO="1", **provider).browser()
    post(wanted, "/auth/demo")
    assert me(wanted)["demo"]


def test_signing_out_of_the_demo_signs_out_of_both(house, admin):
    browser = house().browser()
    post(browser, "/auth/local", name="Maya")
    post(browser, "/auth/demo")
    post(browser, "/auth/sign-out")
    assert admin("SELECT count(*) FROM session") == [(0,)]
    assert not browser.cookies


def test_a_link_waits_in_a_cookie_for_the_sign_in(browser):
    with system_work() as session:
        path = staff.administrator_link(session, provider=False)
    answer = browser.get(path)
    assert answer.headers["location"] == "/login?link=1"
    assert browser.get("/auth/link/nonsense").headers["location"] == "/login?problem=link_spent"


def test_the_api_says_who_and_keeps_the_profile(house):
    here = house()
    browser = here.browser()
    answer = browser.get("/api/v1/me")
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert answer.json()["code"] == "signed_out"
    post(browser, "/auth/local", name="Maya")
    body = {"goal": "savings", "monthly_income": "3900.50", "birth_year": 1987, "phone": "+44 20 7946 0000"}
    kept = browser.put("/api/v1/profile", json=body).json()
    assert (kept["goal"], kept["monthly_income"], kept["birth_year"], kept["complete"]) == (
        "savings",
        "3900.50",
        1987,
        False,
    )
    answer = browser.post("/api/v1/profile/complete")
    assert (answer.status_code, answer.json()["field"]) == (422, "risk_appetite")
    browser.put("/api/v1/profile", json={"risk_appetite": "low", "birth_year": None})
    assert browser.post("/api/v1/profile/complete").json()["complete"]
    assert browser.get("/api/v1/profile").json()["birth_year"] is None
    assert me(browser)["onboarded"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"owner": 1}, 403, "identity_lock"),
        ({"uuid": "x", "name": "Mallory"}, 403, "identity_lock"),
        ({"role": "admin"}, 422, "unknown_field"),
        ({"name": ["x"]}, 422, "bad_value"),
        ({"dependants": True}, 422, "bad_value"),
        ({"monthly_income": 1.5}, 422, "bad_value"),
        ([], 422, "bad_json"),
        ("x", 422, "bad_json"),
    ],
)
def test_the_api_refuses_with_a_problem(browser, body, status, code):
    post(browser, "/auth/local", name="Maya")
    answer = browser.put("/api/v1/profile", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["status"] == status
    assert me(browser)["name"] == "Maya"


def test_the_api_needs_an_origin_of_its_own(browser):
    post(browser, "/auth/local", name="Maya")
    assert browser.put("/api/v1/profile", json={"name": "M"}, headers={"origin": "https://evil.net"}).status_code == 403
    assert browser.put("/api/v1/profile", content=b"[" * 5000).json()["code"] == "bad_json"
    assert browser.put("/api/v1/profile", content=b"x" * 50_000).json()["code"] == "too_large"


def test_too_much_of_the_api_is_refused_with_a_time_to_come_back(house):
    here = house()
    maya, stranger = here.browser(), here.browser()
    post(maya, "/auth/local", name="Maya")
    stranger.cookies.set("fintwin", "x" * 43)
    for browser, usual in ((maya, 200), (stranger, 401)):
        answers = [browser.get("/api/v1/me") for _ in range(160)]
        assert answers[0].status_code == usual
        assert {answer.status_code for answer in answers} == {usual, 429}
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.json()["code"] == "too_many"
