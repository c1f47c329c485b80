"""The profile, the open sessions, the last import and backup."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any

import reflex as rx
from babel import Locale
from pydantic import StringConstraints

from fintwin.db.last_backup import last_backup
from fintwin.identity import desk, service
from fintwin.identity.origin import countries, zones
from fintwin.identity.profile import FIELDS, Profile
from fintwin.kernel.money import currency, current_currencies
from fintwin.kernel.wording import amount_text, instant_text
from fintwin.settings import settings
from fintwin.statements.service import last_import
from fintwin.ui.act import Argument, Form, act, look, parse
from fintwin.ui.audited import done_text
from fintwin.ui.state import Page, notify
from fintwin.ui.wanted import Wanted
from fintwin.web.gate import principal


class ProfileForm(Form):
    """Every field of a profile as text; what it may hold is the profile's own business."""

    name: Annotated[
        str, StringConstraints(min_length=1, max_length=200), Wanted("Say what you would like to be called.")
    ]
    phone: str = ""
    country: str = ""
    currency: Annotated[str, StringConstraints(min_length=1), Wanted("Choose a currency.")]
    monthly_income: str = ""
    goal: str = ""
    risk_appetite: str = ""
    dependants: str = ""
    birth_year: str = ""
    zone: Annotated[str, StringConstraints(min_length=1), Wanted("Choose a time zone.")]
    locale: Annotated[str, StringConstraints(min_length=1), Wanted("Choose how dates and numbers are written.")]
    week_start: str = "1"
    month_start: str = "1"


@dataclass(frozen=True)
class Fields:
    """The profile as its form shows it."""

    name: str = ""
    phone: str = ""
    country: str = ""
    currency: str = ""
    monthly_income: str = ""
    goal: str = ""
    risk_appetite: str = ""
    dependants: str = ""
    birth_year: str = ""
    zone: str = ""
    locale: str = ""
    week_start: str = "1"
    month_start: str = "1"

    @classmethod
    def of(cls, profile: Profile) -> "Fields":
        """All as text."""
        values = {
            name: "" if getattr(profile, name) is None else str(getattr(profile, name))
            for name in FIELDS
            if name != "monthly_income"
        }
        income = profile.monthly_income
        if income is not None:
            values["monthly_income"] = amount_text(
                income, of=currency(profile.currency), locale=profile.locale, symbol=False
            )
        return cls(**values)


@dataclass(frozen=True)
class DoneRow:
    """What somebody else did to this person's books or rights."""

    title: str
    line: str


@dataclass(frozen=True)
class SessionRow:
    """A signed-in browser."""

    id: int
    agent: str
    line: str
    current: bool


class Settings(Page, rx.State):
    """The settings page."""

    loaded: bool = False
    fields: Fields = Fields()
    version: int = 0
    """Counts up with each load, so that the form shows what is kept."""
    currencies: list[tuple[str, str]] = []
    countries: list[tuple[str, str]] = []
    zones: list[tuple[str, str]] = []
    locales: list[tuple[str, str]] = []
    sessions: list[SessionRow] = []
    others: bool = False
    done: list[DoneRow] = []
    imported: str = ""
    backup: str = ""

    @rx.event
    async def load(self) -> None:
        """Read all of it."""
        await self._read_profile()
        await self._read_sessions()
        who = principal()
        made = await asyncio.to_thread(last_backup, settings().data_dir)
        last = await look(last_import)
        self.imported = (
            f"{last.name}, {instant_text(last.booked_at or last.created_at, zone=who.zone, locale=who.locale)}"
            if last
            else ""
        )
        self.backup = instant_text(made, zone=who.zone, locale=who.locale) if made else ""
        self.done = [
            DoneRow(
                done_text(one),
                " · ".join(part for part in (instant_text(one.at, zone=who.zone, locale=who.locale), one.by) if part)
                + (f": “{one.reason}”" if one.reason else ""),
            )
            for one in await look(desk.done_to)
        ]
        self.loaded = True

    async def _read_profile(self) -> None:
        profile = await look(service.profile)
        spoken = Locale("en")
        self.currencies = [(code, f"{code} · {name}") for code, name in current_currencies("en")]
        named = ((code, spoken.territories.get(code, code)) for code in countries())
        self.countries = [("", "Not said"), *sorted(named, key=lambda pair: pair[1].casefold())]
        self.zones = [(zone, zone.replace("_", " ")) for zone in sorted(zones()) if "/" in zone or zone == "UTC"]
        self.locales = _locales(profile.locale)
        fields = Fields.of(profile)
        if fields != self.fields:  # otherwise what somebody is typing already would be thrown away
            self.version += 1
        self.fields = fields

    async def _read_sessions(self) -> None:
        who = principal()
        self.sessions = [
            SessionRow(
                one.id,
                one.agent,
                "This device, now"
                if one.current
                else f"Last seen {instant_text(one.seen_at, zone=who.zone, locale=who.locale)}",
                one.current,
            )
            for one in await look(service.list_sessions)
        ]
        self.others = len(self.sessions) > 1

    @rx.event
    async def save(self, form: dict[str, Any]) -> None:
        """Keep the profile."""
        wanted = parse(ProfileForm, form)
        changes = {name: value for name, value in wanted.model_dump().items() if value != getattr(self.fields, name)}
        await act(service.save_profile, changes=changes, written_in=self.fields.locale)
        await self._read_profile()
        self.version += 1
        await notify(self, "Profile saved." if changes else "Nothing was changed.")

    @rx.event
    async def end(self, session: int) -> None:
        """End one of the sessions."""
        wanted = parse(SessionForm, {"session": session})
        await act(service.revoke, id=wanted.session)
        await self._read_sessions()
        await notify(self, "That device is signed out.")

    @rx.event
    async def end_others(self) -> None:
        """End every session but this one."""
        count = await act(service.end_other_sessions)
        await self._read_sessions()
        await notify(self, f"{count} other {'device is' if count == 1 else 'devices are'} signed out.")


class SessionForm(Argument):
    """A session's number."""

    session: int


def _locales(current: str) -> list[tuple[str, str]]:
    """Ways to write dates and numbers, in English; the person's own first where it is not among them."""
    tags = [
        "en-US",
        "en-GB",
        "en-IN",
        "en-AU",
        "en-CA",
        "en-IE",
        "en-ZA",
        "de-DE",
        "de-AT",
        "de-CH",
        "fr-FR",
        "fr-CH",
        "fr-CA",
        "es-ES",
        "es-MX",
        "it-IT",
        "pt-BR",
        "pt-PT",
        "nl-NL",
        "nl-BE",
        "sv-SE",
        "nb-NO",
        "da-DK",
        "fi-FI",
        "pl-PL",
        "cs-CZ",
        "sk-SK",
        "hu-HU",
        "ro-RO",
        "bg-BG",
        "el-GR",
        "tr-TR",
        "uk-UA",
        "hi-IN",
        "ja-JP",
        "ko-KR",
        "zh-CN",
    ]
    found = [current, *(tag for tag in tags if tag != current)]
    return [(tag, f"{Locale.parse(tag, sep='-').english_name} · {tag}") for tag in found]
