from pathlib import Path

import pytest

from fintwin.identity import door
from fintwin.kernel.errors import Misconfigured
from fintwin.settings import Settings, is_loopback, settings


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch):
    """An environment without any of our settings, and no `.env`."""
    for name in ("DATABASE_URL", "REDIS_URL", "GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    for field in Settings.model_fields:
        monkeypatch.delenv(f"FINTWIN_{field.upper()}", raising=False)
    monkeypatch.setenv("FINTWIN_ENV_FILE", "")
    settings.cache_clear()
    yield
    settings.cache_clear()


def given(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    return settings()


def test_nothing_set_is_a_private_app_on_this_machine(monkeypatch):
    found = given(monkeypatch)
    assert (found.port, found.bind, found.public_url) == (8000, "127.0.0.1", "http://localhost:8000")
    assert found.embedded
    assert not found.provider
    assert found.data_dir.is_absolute()
    door.check(found)


def test_the_address_follows_the_port(monkeypatch):
    assert given(monkeypatch, FINTWIN_PORT="9123").public_url == "http://localhost:9123"


def test_an_empty_value_is_not_set(monkeypatch):
    assert given(monkeypatch, FINTWIN_PORT="", DATABASE_URL="").port == 8000


def test_a_list_of_addresses_and_domains(monkeypatch):
    assert given(monkeypatch, FINTWIN_ALLOWED="A@b.c, @Family.org").allowed == ("a@b.c", "@family.org")


def test_an_env_file_is_read_and_the_environment_goes_before_it(monkeypatch, tmp_path: Path):
    (tmp_path / "mine").write_text("FINTWIN_PORT=9001\nFINTWIN_DEMO=1\n")
    found = given(monkeypatch, FINTWIN_ENV_FILE=str(tmp_path / "mine"), FINTWIN_PORT="9002")
    assert (found.port, found.demo) == (9002, True)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"FINTWIN_PORT": "99999"}, "FINTWIN_PORT"),
        ({"FINTWIN_PORT": "http"}, "FINTWIN_PORT"),
        ({"DATABASE_URL": "mysql://root@localhost/x"}, "DATABASE_URL"),
        ({"REDIS_URL": "localhost:6379"}, "REDIS_URL"),
        ({"FINTWIN_PUBLIC_URL": "money.example.org"}, "FINTWIN_PUBLIC_URL"),
        ({"FINTWIN_PUBLIC_URL": "https://example.org/money"}, "FINTWIN_PUBLIC_URL"),
        ({"FINTWIN_PUBLIC_URL": "http://money.example.org"}, "FINTWIN_ALLOW_HTTP"),
        ({"FINTWIN_ALLOWED": "a@b.c,nobody"}, "FINTWIN_ALLOWED"),
        ({"FINTWIN_ADMIN": "me"}, "FINTWIN_ADMIN"),
        ({"FINTWIN_PROXIES": "172.18.0.2,proxy"}, "FINTWIN_PROXIES"),
        ({"FINTWIN_SIGN_UP": "maybe"}, "FINTWIN_SIGN_UP"),
        ({"GOOGLE_CLIENT_ID": "x"}, "GOOGLE_CLIENT_SECRET"),
        ({"FINTWIN_OIDC_ISSUER": "https://id.example.org"}, "FINTWIN_OIDC_CLIENT_ID"),
        ({"FINTWIN_WORKERS": "2"}, "REDIS_URL"),
        ({"FINTWIN_SYSTEM_DATABASE_URL": "postgresql://a@h/b"}, "FINTWIN_APP_DATABASE_URL"),
        ({"FINTWIN_ROLES": "Robert'); DROP"}, "FINTWIN_ROLES"),
    ],
)
def test_a_bad_value_is_refused_with_its_name(monkeypatch, values, name):
    with pytest.raises(Misconfigured, match=name):
        given(monkeypatch, **values)


def test_plain_http_beyond_this_machine_is_a_choice(monkeypatch):
    found = given(monkeypatch, FINTWIN_PUBLIC_URL="http://10.0.0.7:8000", FINTWIN_ALLOW_HTTP="1")
    assert not found.https


@pytest.mark.parametrize("bind", ["0.0.0.0", "192.168.1.4", "::"])
def test_local_profiles_stay_on_this_machine(monkeypatch, bind):
    with pytest.raises(Misconfigured, match="sign-in provider"):
        door.check(given(monkeypatch, FINTWIN_BIND=bind))
    door.check(given(monkeypatch, FINTWIN_LOCAL_PROFILE="1"))


def test_a_provider_may_listen_anywhere(monkeypatch):
    door.check(given(monkeypatch, FINTWIN_BIND="0.0.0.0", GOOGLE_CLIENT_ID="x", GOOGLE_CLIENT_SECRET="y"))


def test_secrets_are_not_printed(monkeypatch):
    found = given(
        monkeypatch, DATABASE_URL="postgresql://a:hidden@h/b", GOOGLE_CLIENT_ID="x", GOOGLE_CLIENT_SECRET="hidden"
    )
    assert "hidden" not in repr(found)


@pytest.mark.parametrize(
    ("host", "said"), [("localhost", True), ("127.0.0.8", True), ("[::1]", True), ("0.0.0.0", False), ("a.b", False)]
)
def test_loopback(host, said):
    assert is_loopback(host) is said
