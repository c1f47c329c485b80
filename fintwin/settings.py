"""Every setting: typed, validated at start, refused with a sentence that says what to do.

Our own are `FINTWIN_*`; the field's names stay (`DATABASE_URL`, `REDIS_URL`, `GOOGLE_CLIENT_ID`). A `.env` file in the
working directory is read as well; the environment goes before it. The parent process alone sees `DATABASE_URL`: the
processes it starts get their own addresses, and `FINTWIN_ENV_FILE` empty, so that they read no file.
"""

import os
import re
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from fintwin.kernel.errors import Misconfigured

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_MAIL = re.compile(r"[^@\s,]+@[^@\s,]+\.[^@\s,]+")
_DOMAIN = re.compile(r"@[^@\s,]+\.[^@\s,]+")


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only be reached from this machine."""
    if host in _LOOPBACK_NAMES:
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def within(address: str, networks: tuple[str, ...]) -> bool:
    """Whether an address lies in one of some networks; what is no address lies in none."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in ip_network(network, strict=False) for network in networks)


class Settings(BaseSettings):
    """What the environment says. Nothing here changes while the app runs."""

    model_config = SettingsConfigDict(
        env_prefix="FINTWIN_", env_ignore_empty=True, extra="ignore", frozen=True, populate_by_name=True
    )

    data_dir: Path = Path("data")
    """Books, keys and, when it is embedded, the database."""
    bind: str = "127.0.0.1"
    """The address the web process listens on."""
    port: int = Field(default=8000, ge=1, le=65535)
    public_url: str = ""
    """Where people reach the app, without a path; empty means http://localhost and the port."""
    allow_http: bool = False
    """Plain http beyond this machine, with a warning on every page."""
    proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """Addresses and networks of TLS proxies on other machines, whose word counts on where a request comes from."""
    workers: int = Field(default=1, ge=1, le=64)
    """Web processes; more than one need Redis."""

    database_url: str = Field(default="", validation_alias="DATABASE_URL", repr=False)
    """An administrator's login at an outside PostgreSQL; empty means the app runs its own."""
    app_database_url: str = Field(default="", repr=False)
    system_database_url: str = Field(default="", repr=False)
    roles: str = Field(default="", pattern=r"^([a-z_][a-z0-9_]{0,39})?$")
    """Prefix of the database roles at the first migration; empty means the database's name."""
    pg_bin: Path | None = None
    """A folder of PostgreSQL programs to use instead of the distribution's."""
    redis_url: str = Field(default="", validation_alias="REDIS_URL", repr=False)

    google_client_id: str = Field(default="", validation_alias="GOOGLE_CLIENT_ID")
    google_client_secret: str = Field(default="", validation_alias="GOOGLE_CLIENT_SECRET", repr=False)
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = Field(default="", repr=False)
    oidc_name: str = "single sign-on"
    """How the sign-in button calls the provider."""
    admin: str = ""
    """The verified e-mail of the administrator."""
    sign_up: Literal["list", "open"] = "list"
    allowed: Annotated[tuple[str, ...], NoDecode] = ()
    """Verified addresses (`a@b.c`) and domains (`@family.org`) that may sign in."""
    local_profile: bool = False
    """Local profiles although the app listens beyond this machine (a container published on 127.0.0.1)."""
    demo: bool = False
    """Visitors may try the demo although a provider is set up."""

    files_mb: int = Field(default=1024, ge=1, le=1024 * 1024)
    """Megabytes that one person's files may take up: bank files and what lies beside transactions."""

    chromium: Path | None = None
    """The browser for tests and screenshots."""

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("database_url", "app_database_url", "system_database_url")
    @classmethod
    def _postgres(cls, value: str) -> str:
        if value.startswith("postgres://"):
            value = "postgresql://" + value.removeprefix("postgres://")
        if value and urlsplit(value).scheme not in {"postgresql", "postgresql+psycopg2"}:
            raise ValueError("it must be the address of a PostgreSQL database, postgresql://user:password@host/name")
        return value.replace("postgresql+psycopg2://", "postgresql://", 1)

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"redis", "rediss", "unix"}:
            raise ValueError("it must be the address of a Redis server, redis://host:6379")
        return value

    @field_validator("admin")
    @classmethod
    def _mail(cls, value: str) -> str:
        value = value.strip().lower()
        if value and not _MAIL.fullmatch(value):
            raise ValueError("it must be one e-mail address, such as a@b.c")
        return value

    @field_validator("allowed", mode="before")
    @classmethod
    def _addresses(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        entries = tuple(entry.strip().lower() for entry in value.split(",") if entry.strip())
        for entry in entries:
            if not (_MAIL.fullmatch(entry) or _DOMAIN.fullmatch(entry)):
                raise ValueError(f"{entry!r} is neither an e-mail address nor a domain; write a@b.c,@family.org")
        return entries

    @field_validator("proxies", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        entries = tuple(entry.strip() for entry in value.split(",") if entry.strip())
        for entry in entries:
            try:
                ip_network(entry, strict=False)
            except ValueError:
                raise ValueError(
                    f"{entry!r} is neither an address nor a network; write 172.18.0.2,10.0.0.0/8"
                ) from None
        return entries

    @field_validator("public_url", "oidc_issuer")
    @classmethod
    def _web_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment):
            raise ValueError("it must be a web address, such as https://money.example.org")
        return value.rstrip("/")

    @model_validator(mode="before")
    @classmethod
    def _default_public_url(cls, values: Any) -> Any:
        given = values if isinstance(values, dict) else {}
        if not given.get("public_url"):
            return {**given, "public_url": f"http://localhost:{given.get('port', 8000)}"}
        return values

    @model_validator(mode="after")
    def _together(self) -> Self:
        parts = urlsplit(self.public_url)
        host = parts.hostname or ""
        if parts.path:
            raise ValueError("FINTWIN_PUBLIC_URL: it must have no path, FinTwin lives at the root of its address")
        if parts.scheme == "http" and not is_loopback(host) and not self.allow_http:
            raise ValueError(
                f"FINTWIN_PUBLIC_URL: {self.public_url} would send sign-ins over plain http; put a TLS proxy in front "
                "and use its https address, or set FINTWIN_ALLOW_HTTP=1 to accept the risk"
            )
        if bool(self.google_client_id) != bool(self.google_client_secret):
            raise ValueError("GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET: set both, or neither")
        if bool(self.oidc_issuer) != bool(self.oidc_client_id):
            raise ValueError("FINTWIN_OIDC_ISSUER and FINTWIN_OIDC_CLIENT_ID: set both, or neither")
        if self.system_database_url and not self.app_database_url:
            raise ValueError("FINTWIN_SYSTEM_DATABASE_URL: set FINTWIN_APP_DATABASE_URL too")
        if self.workers > 1 and not self.redis_url:
            raise ValueError("FINTWIN_WORKERS: more than one web process needs Redis; set REDIS_URL")
        return self

    @property
    def provider(self) -> bool:
        """Whether people sign in with Google or another OpenID Connect provider."""
        return bool(self.google_client_id or self.oidc_issuer)

    @property
    def https(self) -> bool:
        """Whether people reach the app over TLS."""
        return self.public_url.startswith("https://")

    @property
    def embedded(self) -> bool:
        """Whether the app runs a PostgreSQL of its own."""
        return not (self.database_url or self.app_database_url)


def _sentences(fault: ValidationError) -> str:
    lines = []
    for error in fault.errors(include_url=False, include_input=False, include_context=False):
        where = str(error["loc"][0]) if error["loc"] else ""
        what = error["msg"].removeprefix("Value error, ")
        if where:
            name = where if where.isupper() else f"FINTWIN_{where.upper()}"
            what = f"{name}: {what[:1].lower()}{what[1:]}"
        lines.append(what + ".")
    return "\n".join(lines)


@cache
def settings() -> Settings:
    """The settings of this process, read once.

    Raises:
        Misconfigured: a value is not understood, or two contradict each other; one sentence each.
    """
    try:
        return Settings(_env_file=os.environ.get("FINTWIN_ENV_FILE", ".env") or None)
    except ValidationError as fault:
        raise Misconfigured(_sentences(fault), code="bad_setting") from None
