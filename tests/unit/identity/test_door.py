import pytest

from fintwin.identity import door
from fintwin.kernel.errors import Misconfigured
from fintwin.settings import Settings

GOOGLE = {"google_client_id": "id", "google_client_secret": "secret"}


def settings(**given: object) -> Settings:
    return Settings(**given)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"bind": "::1"},
        {"public_url": "http://127.0.0.1:9000"},
        {"public_url": "https://localhost:8443"},
        {"bind": "0.0.0.0", "local_profile": True},
        {"bind": "0.0.0.0", **GOOGLE},
        {"public_url": "https://money.example.org", **GOOGLE},
        {"public_url": "http://money.lan", "allow_http": True, **GOOGLE},
        {"oidc_issuer": "https://id.example.org", "oidc_client_id": "x"},
        {"oidc_issuer": "http://127.0.0.1:9000", "oidc_client_id": "x"},
    ],
)
def test_these_start(given):
    door.check(settings(**given))


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"bind": "0.0.0.0"}, "open_door"),
        ({"bind": "192.168.1.5"}, "open_door"),
        ({"public_url": "https://money.example.org"}, "open_door"),
        ({"oidc_issuer": "http://id.example.org", "oidc_client_id": "x"}, "plain_issuer"),
    ],
)
def test_these_are_refused_with_a_sentence(given, code):
    with pytest.raises(Misconfigured) as refused:
        door.check(settings(**given))
    assert refused.value.code == code


def test_plain_http_beyond_this_machine_is_refused_unless_it_is_wanted():
    with pytest.raises(ValueError, match="FINTWIN_ALLOW_HTTP"):
        settings(public_url="http://money.lan", **GOOGLE)
    assert door.plain_http_beyond(settings(public_url="http://money.lan", allow_http=True, **GOOGLE))
    assert not door.plain_http_beyond(settings())
    assert not door.plain_http_beyond(settings(public_url="https://money.example.org", **GOOGLE))


def test_local_profiles_are_for_a_machine_without_a_provider():
    assert door.local_profiles_allowed(settings())
    assert not door.local_profiles_allowed(settings(**GOOGLE))
    assert not door.local_profiles_allowed(settings(local_profile=True, **GOOGLE))
    assert door.local_profiles_allowed(settings(bind="0.0.0.0", local_profile=True))


def test_the_demo_is_for_people_who_are_signed_in_where_there_is_a_provider():
    assert door.demo_allowed(settings(), signed_in=False)
    assert not door.demo_allowed(settings(**GOOGLE), signed_in=False)
    assert door.demo_allowed(settings(**GOOGLE), signed_in=True)
    assert door.demo_allowed(settings(demo=True, **GOOGLE), signed_in=False)


def test_the_first_is_administrator_on_loopback_only():
    assert door.rules(settings(**GOOGLE)).first_is_administrator
    assert not door.rules(settings(bind="0.0.0.0", **GOOGLE)).first_is_administrator
    assert not door.rules(settings(public_url="https://money.example.org", **GOOGLE)).first_is_administrator


def test_rules_and_providers_follow_the_settings():
    here = settings(
        admin="Boss@Family.org",
        allowed="a@b.c, @Family.org",
        sign_up="open",
        oidc_issuer="https://id.example.org",
        oidc_client_id="x",
        oidc_name="Family",
        **GOOGLE,
    )
    rules = door.rules(here)
    assert (rules.administrator, rules.listed, rules.open) == ("boss@family.org", ("a@b.c", "@family.org"), True)
    google, other = door.providers(here)
    assert (google.key, google.issuer) == ("google", "https://accounts.google.com")
    assert (other.key, other.name, other.issuer) == ("oidc", "Family", "https://id.example.org")
    assert "secret" not in repr(google)
