"""OpenID Connect with one provider, through Authlib: the way there and the answer it comes back with.

Authlib checks signature, nonce, issuer and times. What it leaves open is closed here: an unsigned or HMAC-signed id
token where discovery lists such, an answer without an id token, an audience that is not ours, an issuer that is not
the one that was set up, keys that a provider has withdrawn.
"""

import ssl
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import JoseError
from starlette.requests import Request

from fintwin.identity import door
from fintwin.identity.service import Admission
from fintwin.kernel.errors import Forbidden, Refused

SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Only signatures that need the provider's private key."""

LEEWAY = 30
"""Seconds by which two clocks may differ."""

_AUTH_METHODS = ("client_secret_basic", "client_secret_post")
_FRESH = 3600.0
_TIMEOUT = 10.0

_OAuth: Any = OAuth
"""Authlib carries no types."""

_BROKEN = (AuthlibBaseError, JoseError, ValueError, TypeError, KeyError, AttributeError, RuntimeError)
"""What a wrong answer raises somewhere on its way through Authlib and joserfc."""


class Away(Refused):
    """The provider cannot be reached, or answers with nonsense where it describes itself."""

    default_code = "provider_away"
    status = 503


class NotVouched(Forbidden):
    """The provider's answer does not prove who this is."""

    default_code = "not_vouched"


class Client:
    """One provider. Its description and keys are read at the first use and again every hour."""

    def __init__(self, provider: door.Provider, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.provider = provider
        self._clock = clock
        self._app: Any = None
        self._read = 0.0

    async def begin(self, request: Request, *, redirect: str) -> str:
        """The provider's address to send the browser to; what the way back needs is kept in `request.session`.

        Args:
            redirect: the absolute address that the provider sends the browser back to.

        Raises:
            Away: the provider cannot be asked.
        """
        app = await self._ready()
        try:
            return str((await app.authorize_redirect(request, redirect)).headers["location"])
        except _BROKEN as error:
            raise self._away() from error

    async def end(self, request: Request) -> Admission:
        """Whom the provider vouches for in the answer that this request carries.

        Raises:
            Away: the provider cannot be asked.
            NotVouched: the person declined, or the answer is not for this browser, not for us or not genuine.
        """
        app = await self._ready()
        issuer = app.server_metadata["issuer"]
        if request.query_params.get("iss", issuer) != issuer:
            raise NotVouched("The answer came from another provider.")
        options = {
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": self.provider.client_id},
        }
        try:
            token = await app.authorize_access_token(request, claims_options=options, leeway=LEEWAY)
            claims = dict(token["userinfo"])
            if "email" not in claims and app.server_metadata.get("userinfo_endpoint"):
                more = dict(await app.userinfo(token=token))
                if more.get("sub") != claims["sub"]:
                    raise NotVouched("The provider named two different people.")
                claims = {**more, **claims}
            return _admission(issuer, claims)
        except (httpx.TransportError, httpx.HTTPStatusError) as error:
            raise self._away() from error
        except _BROKEN as error:
            raise NotVouched("The provider's answer could not be verified.") from error

    async def _ready(self) -> Any:
        if self._app is not None and self._clock() - self._read < _FRESH:
            return self._app
        app = self._new()
        try:
            metadata = await app.load_server_metadata()
            self._settle(app, metadata)
        except (httpx.HTTPError, *_BROKEN) as error:
            raise self._away() from error
        self._app, self._read = app, self._clock()
        return app

    def _new(self) -> Any:
        well_known = self.provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
        return _OAuth().register(
            name=self.provider.key,
            client_id=self.provider.client_id,
            client_secret=self.provider.client_secret or None,
            server_metadata_url=well_known,
            client_kwargs={
                "scope": "openid email profile",
                "code_challenge_method": "S256",
                "timeout": _TIMEOUT,
                "verify": _authorities(),
                "token_endpoint_auth_method": "none",
            },
        )

    def _settle(self, app: Any, metadata: dict[str, Any]) -> None:
        """Hold a provider's description against what was set up, and take from it only what is safe."""
        if str(metadata["issuer"]).rstrip("/") != self.provider.issuer.rstrip("/"):
            raise ValueError("the description is another issuer's")
        offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        metadata["id_token_signing_alg_values_supported"] = _common(SIGNATURES, offered)
        takes = metadata.get("token_endpoint_auth_methods_supported") or _AUTH_METHODS
        if self.provider.client_secret:
            app.client_kwargs["token_endpoint_auth_method"] = _common(_AUTH_METHODS, takes)[0]

    def _away(self) -> Away:
        return Away(f"{self.provider.name} cannot be reached just now. Try again in a moment.")


@cache
def _authorities() -> ssl.SSLContext:
    """The certificate authorities to trust; reading them for every request would take longer than the request."""
    return httpx.create_ssl_context()


def _common(wanted: tuple[str, ...], offered: list[str] | tuple[str, ...]) -> list[str]:
    """What both sides can do, in our order.

    Raises:
        ValueError: nothing.
    """
    common = [one for one in wanted if one in offered]
    if not common:
        raise ValueError(f"the provider offers none of {', '.join(wanted)}")
    return common


def _admission(issuer: str, claims: dict[str, Any]) -> Admission:
    def said(key: str, most: int) -> str:
        value = claims.get(key)
        return value[:most] if isinstance(value, str) else ""

    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise NotVouched("The provider did not say who this is.")
    email = said("email", 254)
    return Admission(
        issuer=issuer,
        subject=subject,
        email=email if email.isprintable() else "",
        # Some providers write the flag as text.
        email_verified=claims.get("email_verified") in (True, "true"),
        name=said("name", 200),
        picture=said("picture", 500),
    )
