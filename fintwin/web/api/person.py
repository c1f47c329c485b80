"""Who calls, and their profile."""

from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import JsonValue

from fintwin.identity import service
from fintwin.identity.profile import FIELDS, Profile
from fintwin.kernel.errors import Invalid
from fintwin.web.api.calls import Shown, Who, act, look, refuse_whose

router = APIRouter(tags=["person"])


class Me(Shown):
    """Who calls."""

    uuid: str
    name: str
    email: str
    role: str
    demo: bool
    onboarded: bool
    locale: str
    zone: str
    currency: str


@router.get("/me")
async def me(who: Who) -> Me:
    """Who calls."""
    return Me(
        uuid=str(who.uuid),
        name=who.name,
        email=who.email,
        role=who.role,
        demo=who.demo,
        onboarded=who.onboarded,
        locale=who.locale,
        zone=who.zone,
        currency=who.currency,
    )


@router.get("/profile")
async def profile(who: Who) -> dict[str, Any]:
    """What they said of themselves; `complete` where it suffices for the twin."""
    return _shown(await look(who, service.profile))


@router.put("/profile")
async def save_profile(who: Who, body: Annotated[dict[str, JsonValue], Body()]) -> dict[str, Any]:
    """Change some answers, each as text or a whole number; null or "" takes an optional one back."""
    return _shown(await act(who, service.save_profile, changes=_changes(body), plain=True))


@router.post("/profile/complete")
async def complete_profile(who: Who) -> dict[str, Any]:
    """Say that the answers are all there."""
    return _shown(await act(who, service.complete_profile))


def _changes(body: dict[str, JsonValue]) -> dict[str, str]:
    """The body's fields as text.

    Raises:
        Forbidden: the body names a person (`identity_lock`).
        Invalid: a value that is neither text, number nor null (`bad_value`), or a name that is none (`unknown_field`).
    """
    refuse_whose(body)
    changes = {}
    for name, value in body.items():
        if not name.isascii():  # JSON can write halves of characters, which no answer can carry back
            raise Invalid(f"{name[:40]!a} is not part of a profile.", code="unknown_field")
        if value is not None and (isinstance(value, bool) or not isinstance(value, str | int)):
            raise Invalid("Write this as text.", code="bad_value", field=name[:40])
        changes[name] = "" if value is None else str(value)
    return changes


def _shown(found: Profile) -> dict[str, Any]:
    values = {name: getattr(found, name) for name in FIELDS}
    income = found.monthly_income
    return {
        **values,
        "monthly_income": None if income is None else format(income, "f"),
        "complete": found.completed_at is not None,
    }
