"""Schedules: the list, the form with its next dates, and what can be done with each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID, uuid4

import reflex as rx
from pydantic import StringConstraints
from sqlmodel import Session

from fintwin.identity.principal import Principal
from fintwin.kernel.clock import system_clock, today
from fintwin.kernel.errors import Invalid, together
from fintwin.kernel.ids import checked_account_number, grouped
from fintwin.kernel.money import Currency, positive
from fintwin.kernel.wording import amount_text, date_text, parse_amount
from fintwin.ledger import accounts, categories
from fintwin.ledger.accounts import AccountView
from fintwin.ledger.pins import Approval
from fintwin.payments import contacts, lookups, methods, recurrence, schedules
from fintwin.payments.contacts import ContactView
from fintwin.payments.methods import Method, Way
from fintwin.payments.recurrence import Rule
from fintwin.payments.schedules import KINDS, Plan, RunView, ScheduleView
from fintwin.ui.act import NOTHING, Argument, Form, act, look, parse
from fintwin.ui.approving import AsksPin, Pin, PinForm
from fintwin.ui.pages.schedules import rhythm
from fintwin.ui.pages.schedules.rhythm import Rhythm
from fintwin.ui.state import notify
from fintwin.ui.wanted import Account, AccountNumber, Amount, Wanted
from fintwin.web.gate import principal

PATH = "/payments/schedules"

RUN_WORDS = {"done": "Paid", "waiting": "Tried again later", "failed": "Failed", "skipped": "Skipped"}
RUN_TONES = {"done": "good", "waiting": "warn", "failed": "bad", "skipped": "plain"}
_NEXT_DATES = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One schedule as the list shows it."""

    uuid: str = ""
    title: str = ""
    line: str = ""
    amount: str = ""
    inflow: bool = False
    symbol: str = ""
    next: str = ""
    """The day it runs next, in words; empty where it has ended."""
    next_due: str = ""
    badge: str = ""
    tone: str = "plain"
    failed: str = ""
    paused: bool = False
    ended: bool = False


@dataclass(frozen=True, slots=True)
class RunRow:
    """What became of one date."""

    day: str = ""
    word: str = ""
    tone: str = "plain"
    reason: str = ""


class ScheduleForm(Form):
    """What is paid; the dates come from the rhythm."""

    kind: Annotated[Literal["person", "own", "withdrawal", "deposit"], Wanted("Choose what is paid.")]
    account: Account
    amount: Amount
    number: Annotated[str, StringConstraints(max_length=40)] = ""
    taking: Annotated[str, StringConstraints(max_length=36)] = ""
    payee: Annotated[str, StringConstraints(max_length=140)] = ""
    description: Annotated[str, StringConstraints(max_length=140)] = ""
    category: Annotated[str, StringConstraints(pattern=r"^\d{0,18}$")] = ""
    pin: Pin = ""


class PersonForm(ScheduleForm):
    """A payment to somebody."""

    number: AccountNumber


class OwnForm(ScheduleForm):
    """A transfer to an own account."""

    taking: Annotated[str, StringConstraints(min_length=1, max_length=36), Wanted("Choose an account.")]


_FORMS: Mapping[Any, type[ScheduleForm]] = {"person": PersonForm, "own": OwnForm}


class Chosen(Argument):
    """A schedule that something is asked for."""

    schedule: UUID


class Skipped(Argument):
    """A date to be left out."""

    due: date


class Schedules(AsksPin, rx.State):
    """The list and its dialogs."""

    loaded: bool = False
    rows: list[Row] = []
    held: list[tuple[str, str]] = []
    tracked: list[tuple[str, str]] = []
    everything: list[tuple[str, str]] = []
    contacts: list[tuple[str, str]] = []
    """Account number and own name of those who are paid often."""
    spending: list[tuple[str, str]] = []
    income: list[tuple[str, str]] = []
    editing: bool = False
    """Whether the form is open."""
    changing: bool = False
    """Whether it changes a schedule rather than making one."""
    kind: str = "person"
    draft: Rhythm = Rhythm()
    weekdays: list[bool] = [False] * 7
    sentence: str = ""
    dates: list[str] = []
    rhythm_problem: str = ""
    filled: dict[str, str] = {}
    """What the form begins with."""
    chosen: Row = Row()
    chosen_dates: list[str] = []
    runs: list[RunRow] = []
    showing: bool = False
    ending: bool = False
    """Whether ending the chosen one was asked for."""
    _key: str = ""
    _country: str = ""
    _beside: str = ""
    """The account that a new transfer begins with as its other side."""

    @rx.event
    async def load(self) -> Any:
        """Read the list anew; open the form or the schedule that the address asks for."""
        query = self.router.url.query_parameters
        new, change = bool(query.get("new")), str(query.get("change", ""))[:36]
        key = str(query.get("op", ""))[:36]
        if (new or change) and not key:
            self.editing = self.showing = False
            return rx.redirect(_address("new", "1") if new else _address("change", change), replace=True)
        await self._show()
        self.showing = self.ending = False
        if (new or change) and key != self._key:
            await self._begin_with(change)
        self.editing, self._key = new or bool(change), key
        shown = str(query.get("schedule", ""))[:36]
        if shown:
            self.pin_for = ""
            await self._open(parse(Chosen, {"schedule": shown}).schedule)
        return None

    @rx.event
    async def refresh(self) -> None:
        """Read the list anew after something happened."""
        await self._show()
        if self.showing and self.chosen.uuid:
            await self._open(parse(Chosen, {"schedule": self.chosen.uuid}).schedule)

    @rx.event
    def begin(self) -> Any:
        """Open the form for a new schedule, with a key of its own in the address."""
        return rx.redirect(_address("new", "1"))

    @rx.event
    def shut(self) -> None:
        """What was open was closed; its link leads the address back, at once and not when the server answers."""
        self.editing = self.showing = self.ending = False

    @rx.event
    def leave(self) -> Any:
        """Close the form, or the schedule that is shown."""
        self.editing = self.showing = self.ending = False
        return rx.redirect(PATH, replace=True)

    @rx.event
    def choose_kind(self, kind: str) -> None:
        """Say what is paid."""
        self.kind = next((one for one in KINDS if one == kind), "person")

    @rx.event
    def choose(self, name: str, value: str) -> None:
        """Change one answer about the dates; the next ones follow at once."""
        if isinstance(name, str) and isinstance(value, str):
            self._lay(self.draft.with_(name, value))

    @rx.event
    def toggle_day(self, day: int) -> None:
        """Choose a weekday, or not."""
        if isinstance(day, int) and not isinstance(day, bool):
            self._lay(self.draft.toggled(day))

    @rx.event
    async def save(self, form: dict[str, Any]) -> Any:
        """Make the schedule, or change it; the same form sent twice makes one."""
        kind = form.get("kind") if isinstance(form, dict) else None
        wanted = parse(_FORMS.get(kind, ScheduleForm) if isinstance(kind, str) else ScheduleForm, form)
        if not self._key:
            raise Invalid("Open this form again.", code="no_key")
        rule, move, starts = rhythm.rule_of(self.draft), rhythm.adjustment_of(self.draft), rhythm.first_day(self.draft)
        if wanted.kind == "person" and _bare(wanted.number) not in self._met():
            lookups.counted(principal())
        dated = _Dated(rule, move, starts)
        changed = parse(Chosen, {"schedule": self.chosen.uuid}).schedule if self.changing else None
        saved = await self._with_pin(
            wanted.kind,
            wanted.pin,
            lambda approval: act(_save, form=wanted, dated=dated, changed=changed, key=self._key, approval=approval),
        )
        when = date_text(saved.next_on, locale=principal().locale) if saved.next_on else ""
        await notify(self, f"The next one is on {when}.", leads_on=True)
        self.editing = False
        return rx.redirect(PATH, replace=True)

    @rx.event
    def open(self, schedule: str) -> Any:
        """Show one schedule, under an address of its own."""
        return rx.redirect(f"{PATH}?{urlencode({'schedule': str(parse(Chosen, {'schedule': schedule}).schedule)})}")

    @rx.event
    def change(self) -> Any:
        """Open the form to change the schedule that is shown."""
        return rx.redirect(_address("change", self.chosen.uuid))

    @rx.event
    async def pause(self) -> None:
        """Let nothing of the chosen schedule run."""
        await act(schedules.pause, schedule=self._chosen())
        await notify(self, f"{self.chosen.title} is paused.")
        await self.refresh()

    @rx.event
    async def resume(self) -> None:
        """Go on with the chosen schedule."""
        await self._resume("")

    @rx.event
    async def resume_with(self, form: dict[str, Any]) -> None:
        """The same, with the PIN that was asked for."""
        await self._resume(parse(PinForm, form).pin)

    async def _resume(self, pin: str) -> None:
        chosen = self._chosen()
        seen = await self._with_pin(
            "resume", pin, lambda approval: act(schedules.resume, schedule=chosen, approval=approval)
        )
        self.pin_for = ""
        when = date_text(seen.next_on, locale=principal().locale) if seen.next_on else ""
        await notify(self, f"It goes on {when}." if when else "It has no further date.")
        await self.refresh()

    @rx.event
    async def skip(self) -> None:
        """Leave the next date of the chosen schedule out."""
        due = parse(Skipped, {"due": self.chosen.next_due}).due
        await act(schedules.skip, schedule=self._chosen(), due=due)
        await notify(self, f"{date_text(due, locale=principal().locale)} is left out.")
        await self.refresh()

    @rx.event
    def ask_end(self) -> None:
        """Ask once more before the chosen schedule ends."""
        self.ending = True

    @rx.event
    async def end(self) -> None:
        """End the chosen schedule."""
        await act(schedules.end, schedule=self._chosen())
        self.ending = False
        await notify(self, f"{self.chosen.title} has ended. What it paid stays in your books.")
        await self.refresh()

    @rx.event
    async def delete(self) -> Any:
        """Take the chosen schedule off the list."""
        await act(schedules.delete, schedule=self._chosen())
        await notify(self, "The schedule is gone. What it paid stays in your books.", leads_on=True)
        self.showing = False
        return rx.redirect(PATH, replace=True)

    def _met(self) -> set[str]:
        """Account numbers that tell this person nothing new."""
        return {_bare(number) for number in (*(number for number, _ in self.contacts), self.filled.get("number", ""))}

    def _chosen(self) -> UUID:
        return parse(Chosen, {"schedule": self.chosen.uuid}).schedule

    def _lay(self, draft: Rhythm) -> None:
        """Keep the answers and show the dates that follow from them, or why none do."""
        who = principal()
        self.draft = draft
        self.weekdays = [str(day) in draft.days for day in range(7)]
        self.dates, self.sentence, self.rhythm_problem = [], "", ""
        try:
            rule, move, starts = rhythm.rule_of(draft), rhythm.adjustment_of(draft), rhythm.first_day(draft)
        except Invalid as fault:
            self.rhythm_problem = fault.sentence
            return
        self.sentence = _sentence(rule, move, starts, locale=who.locale)
        self.dates = _day_texts(rule, move, starts, country=self._country, locale=who.locale)
        if not self.dates:
            self.rhythm_problem = "This has no date at all: it ends before it starts."

    async def _begin_with(self, change: str) -> None:
        who = principal()
        self.problem, self.pin_for, self.changing = NOTHING, "", bool(change)
        self._country = await look(schedules.country_of)
        if not change:
            self.kind = "person" if self.held else "withdrawal"
            self.filled = {"taking": self._beside} if self._beside else {}
            self._lay(Rhythm(starts=today(system_clock, zone=who.zone).isoformat(), repeat="month"))
            return
        seen, filled = await look(_filled, schedule=parse(Chosen, {"schedule": change}).schedule)
        self.chosen = row_of(seen, locale=who.locale)
        self.kind, self.filled = seen.kind, filled
        begins = seen.next_due or today(system_clock, zone=who.zone)
        starts = max(begins, today(system_clock, zone=who.zone))
        self._lay(rhythm.of_rule(seen.rule, seen.adjustment, starts=starts))

    async def _open(self, schedule: UUID) -> None:
        locale = principal().locale
        seen, runs, dates = await look(_detail, schedule=schedule)
        self.chosen = row_of(seen, locale=locale)
        self.chosen_dates = [date_text(day, locale=locale) for day in dates]
        self.runs = [_run_row(run, locale=locale) for run in runs]
        self.showing = True

    async def _show(self) -> None:
        locale = principal().locale
        found, own, ways, labels, known = await look(_listed)
        self.rows = [row_of(one, locale=locale) for one in found]
        names = [(one, f"{one.name} · {one.currency.code}") for one in methods.in_usual_order(own) if one.open]
        first = {one.account.id: place for place, one in enumerate(ways)}
        paying = sorted(names, key=lambda pair: first.get(pair[0].id, len(first)))
        self.held = [(str(one.uuid), name) for one, name in paying if one.held]
        self.tracked = [(str(one.uuid), name) for one, name in names if not one.held and one.type != "loan"]
        self.everything = [(str(one.uuid), name) for one, name in names]
        self._beside = beside([(str(one.uuid), one.currency) for one, _ in names])
        self.contacts = [(grouped(one.number), one.name) for one in known]
        none = ("", "No category")
        self.spending = [none, *((str(one.id), one.name) for one in labels if one.flow == "out")]
        self.income = [none, *((str(one.id), one.name) for one in labels if one.flow == "in")]
        self.loaded = True


def beside(own: Sequence[tuple[str, Currency]]) -> str:
    """Of accounts and their currencies the one that money from the first can go to; "" where there is none."""
    return next((uuid for uuid, of in own[1:] if of == own[0][1]), "")


@dataclass(frozen=True, slots=True)
class _Dated:
    rule: Rule
    adjustment: recurrence.Adjustment
    starts: date


def row_of(one: ScheduleView, *, locale: str) -> Row:
    """A schedule in words."""
    inflow = one.kind == "deposit"
    size = amount_text(one.amount if inflow else -one.amount, of=one.currency, locale=locale)
    title = {
        "person": one.payee or grouped(one.number),
        "own": f"To {one.taking_name}",
        "deposit": one.payee or one.description or "Money in",
        "withdrawal": one.payee or one.description or "Money out",
    }[one.kind]
    words = _sentence(one.rule, one.adjustment, one.starts, locale=locale)
    badge, tone = "", "plain"
    if one.ended:
        badge = "Ended"
    elif one.paused:
        badge, tone = "Paused", "warn"
    elif one.waiting:
        badge, tone = "Tried again", "warn"
    return Row(
        uuid=str(one.uuid),
        title=title,
        line=f"{words[:1].upper()}{words[1:]}, {'to' if inflow else 'from'} {one.account_name}",
        amount=f"+{size}" if inflow else size,
        inflow=inflow,
        symbol={"person": "send", "own": "swap", "deposit": "down", "withdrawal": "bank"}[one.kind],
        next=date_text(one.next_on, locale=locale) if one.next_on and not one.paused else "",
        next_due=one.next_due.isoformat() if one.next_due else "",
        badge=badge,
        tone=tone,
        failed=one.failed,
        paused=one.paused and not one.ended,
        ended=one.ended,
    )


def _run_row(run: RunView, *, locale: str) -> RunRow:
    return RunRow(
        day=date_text(run.due, locale=locale),
        word=RUN_WORDS[run.status],
        tone=RUN_TONES[run.status],
        reason=run.reason,
    )


def _sentence(rule: Rule, adjustment: recurrence.Adjustment, starts: date, *, locale: str) -> str:
    return recurrence.sentence(rule, adjustment, starts=starts, day_text=lambda day: date_text(day, locale=locale))


def _day_texts(rule: Rule, adjustment: recurrence.Adjustment, starts: date, *, country: str, locale: str) -> list[str]:
    found = recurrence.preview(rule, adjustment, starts=starts, many=_NEXT_DATES, country=country)
    return [date_text(day, locale=locale, style="full") for day in found]


def _bare(number: str) -> str:
    return "".join(number.split()).replace("-", "")


def _address(what: str, value: str) -> str:
    return f"{PATH}?{urlencode({what: value, 'op': str(uuid4())})}"


def _listed(
    session: Session, who: Principal
) -> tuple[list[ScheduleView], list[AccountView], list[Way], list[categories.CategoryView], list[ContactView]]:
    return (
        schedules.schedules(session, who),
        accounts.accounts(session, who),
        methods.ways(session, who, method=Method.WALLET),
        categories.categories(session, who),
        contacts.contacts(session, who),
    )


def _detail(session: Session, who: Principal, *, schedule: UUID) -> tuple[ScheduleView, list[RunView], list[date]]:
    """A schedule, its latest runs, and the days it runs next."""
    seen = schedules.by_uuid(session, who, schedule=schedule)
    days: list[date] = []
    if seen.next_due is not None and not seen.paused:
        country = schedules.country_of(session, who)
        later = recurrence.dues(seen.rule, starts=seen.starts, after=seen.next_due)
        dues = [seen.next_due, *(due for due, _ in zip(later, range(_NEXT_DATES - 1), strict=False))]
        days = [recurrence.adjusted(due, seen.adjustment, country=country) for due in dues]
    return seen, schedules.runs(session, who, schedule=schedule, most=24), days


def _filled(session: Session, who: Principal, *, schedule: UUID) -> tuple[ScheduleView, dict[str, str]]:
    """A schedule and what the form begins with to change it."""
    seen = schedules.by_uuid(session, who, schedule=schedule)
    return seen, {
        "account": str(accounts.account(session, who, seen.account).uuid),
        "taking": str(accounts.account(session, who, seen.taking).uuid) if seen.taking else "",
        "number": grouped(seen.number) if seen.number else "",
        "amount": amount_text(seen.amount, of=seen.currency, locale=who.locale, symbol=False),
        "payee": seen.payee,
        "description": seen.description,
        "category": str(seen.category or ""),
    }


def _save(
    session: Session,
    who: Principal,
    *,
    form: ScheduleForm,
    dated: _Dated,
    changed: UUID | None,
    key: str,
    approval: Approval | None,
) -> ScheduleView:
    account = accounts.by_uuid(session, who, form.account)
    planned = form.kind in {"withdrawal", "deposit"}
    amount, _ = together(
        lambda: positive(parse_amount(form.amount, of=account.currency, locale=who.locale), to=account.currency),
        lambda: checked_account_number(form.number) if form.kind == "person" else None,
    )
    plan = Plan(
        kind=form.kind,
        account=account.id,
        amount=amount,
        starts=dated.starts,
        rule=dated.rule,
        adjustment=dated.adjustment,
        taking=accounts.by_uuid(session, who, form.taking).id if form.kind == "own" and form.taking else None,
        number=form.number,
        description=form.description,
        payee=form.payee if planned else "",
        category=int(form.category) if form.category and form.kind != "own" else None,
    )
    if changed is None:
        return schedules.create(session, who, plan=plan, key=key, approval=approval)
    return schedules.change(session, who, schedule=changed, plan=plan, approval=approval)
