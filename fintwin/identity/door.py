"""The door to the house: what the settings say of who may come in, and which settings may not start at all."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from fintwin.kernel.errors import Misconfigured
from fintwin.settings import Settings, is_loopback

GOOGLE_ISSUER = "https://accounts.google.com"


@dataclass(frozen=True, slots=True)
class Rules:
    """Who may sign in, as the settings say; see DESIGN.md, the door to the house."""

    administrator: str = ""
    """The verified e-mail that is administrator; empty for none."""
    listed: tuple[str, ...] = ()
    """Lower-case addresses and `@domains`, beside those that the administrator keeps in the app."""
    open: bool = False
    """Anybody whom the provider vouches for may sign up."""
    first_is_administrator: bool = False
    """On a loopback address: the first who signs in while there is no administrator."""


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID Connect issuer that may vouch for people."""

    key: str
    """`google` or `oidc`: its part of the addresses under /auth."""
    name: str
    """As the sign-in button says it."""
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)


def providers(settings: Settings) -> tuple[Provider, ...]:
    """The issuers that are set up, in the order of their buttons."""
    found = []
    if settings.google_client_id:
        found.append(
            Provider("google", "Google", GOOGLE_ISSUER, settings.google_client_id, settings.google_client_secret)
        )
    if settings.oidc_issuer:
        found.append(
            Provider(
                "oidc", settings.oidc_name, settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret
            )
        )
    return tuple(found)


def on_loopback(settings: Settings) -> bool:
    """Whether only this machine can reach the app, by the address it listens on and the one people use."""
    return is_loopback(settings.bind) and _public_is_loopback(settings)


def _public_is_loopback(settings: Settings) -> bool:
    return is_loopback(urlsplit(settings.public_url).hostname or "")


def local_profiles_allowed(settings: Settings) -> bool:
    """Whether people may pick a local profile: no provider, and nobody else can reach the app."""
    return not settings.provider and (on_loopback(settings) or settings.local_profile)


def demo_allowed(settings: Settings, *, signed_in: bool) -> bool:
    """Whether the demo household is offered: to everybody without a provider, else to people who are signed in."""
    return local_profiles_allowed(settings) or signed_in or settings.demo


def rules(settings: Settings) -> Rules:
    """Who may sign in with a provider."""
    return Rules(
        administrator=settings.admin,
        listed=settings.allowed,
        open=settings.sign_up == "open",
        first_is_administrator=on_loopback(settings),
    )


def plain_http_beyond(settings: Settings) -> bool:
    """Whether passwords of providers and books travel in the clear: every page then says so."""
    return not settings.https and not _public_is_loopback(settings)


def check(settings: Settings) -> None:
    """Refuse to start where strangers could come in, or sign-ins could be read on the way.

    Raises:
        Misconfigured: plain http beyond this machine (`plain_http`); no provider where others can reach the app
            (`open_door`); an issuer whose answers could be forged on the way (`plain_issuer`).
    """
    if plain_http_beyond(settings) and not settings.allow_http:
        raise Misconfigured(
            f"{settings.public_url} is plain http beyond this machine: sign-ins could be read on the way. Put a proxy"
            " with TLS in front and use its https address, or set FINTWIN_ALLOW_HTTP=1 to accept the risk.",
            code="plain_http",
        )
    if not settings.provider and not local_profiles_allowed(settings):
        raise Misconfigured(
            f"Without a sign-in provider anybody who reaches {settings.public_url} could open the books. Set up Google"
            " or another OpenID Connect provider, or set FINTWIN_LOCAL_PROFILE=1 where only this machine can reach it.",
            code="open_door",
        )
    for provider in providers(settings):
        address = urlsplit(provider.issuer)
        if address.scheme != "https" and not is_loopback(address.hostname or ""):
            raise Misconfigured(
                f"FINTWIN_OIDC_ISSUER: {provider.issuer} is plain http, so its answers could be forged on the way. Use"
                " its https address.",
                code="plain_issuer",
            )
