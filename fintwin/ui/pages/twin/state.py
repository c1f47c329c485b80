"""The twin's presenter: a snapshot, events laid on it, the exact line at once and the fan from the engine after it."""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import reflex as rx

from fintwin.kernel.errors import Forbidden, Invalid, all_of, each_of
from fintwin.kernel.wording import amount_text, count_text, instant_text, parse_amount
from fintwin.projection.engine import engine
from fintwin.projection.question import Amount
from fintwin.projection.service import Taken
from fintwin.twin import service, simulation
from fintwin.twin.headline import Headline, headline, safe_size
from fintwin.twin.scenario import (
    KINDS,
    Event,
    Scenario,
    checked,
)
from fintwin.twin.simulation import Lines, Settings, Simulation
from fintwin.ui.act import act, look, parse, survey
from fintwin.ui.components.plot import Plot, plot
from fintwin.ui.pages.twin import course, words
from fintwin.ui.pages.twin.course import Pin
from fintwin.ui.pages.twin.forms import (
    EventForm,
    Horizon,
    LimitForm,
    NameForm,
    Number,
    Place,
    Position,
    RenameForm,
    RunForm,
    SizeForm,
    edited,
    own_currency,
    resized,
)
from fintwin.ui.pages.twin.seen import RunRow, Seen, Sentence, past_of, see
from fintwin.ui.pages.twin.words import Assumed, Card, Figure, ReasonRow
from fintwin.ui.state import Page, notify
from fintwin.web.gate import flushing, principal

Answer = TypeVar("Answer")

SETTLE = 0.04
"""Seconds a change waits for the next one before the engine is asked."""

_asking = ThreadPoolExecutor(2, thread_name_prefix="twin")
"""Threads that wait for the engine, so that none that serves the books does."""

_turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()


class Twin(Page, rx.State):
    """The page of the twin."""

    loaded: bool = False
    bare: bool = False
    """Whether there is no account to project."""
    sentence: Sentence = Sentence()
    use: str = ""
    """The safe amount on its button; empty where there is none to use."""
    taken: str = ""
    since: str = ""
    cards: list[Card] = []
    figures: list[Figure] = []
    plot: Plot = Plot()
    pins: list[Pin] = []
    reasons: list[ReasonRow] = []
    total: str = ""
    assumed: Assumed = Assumed()
    runs: list[RunRow] = []
    thinking: bool = False
    cash: bool = True
    real: bool = True
    months: str = "60"
    limit: str = "0"
    futures: str = ""
    seed: str = "7"
    paths: str = "10000"
    end: str = ""
    asking: str = ""
    """Which dialog is open: `save`, `runs`, `assumptions`, or none."""
    doomed: int = 0
    """The kept run that is to be deleted once more is asked for it; -1 for all, 0 for none."""
    misnamed: int = 0
    """The kept run whose new name was refused, where `problem` is about a name."""
    kept: str = ""
    """The name of the kept run that is shown."""
    refills: int = 0
    wrong: int = 0
    """The card of which something was refused, where `problem` is about a field of a card."""
    _fresh: dict[int, int] = {}
    """How often the size of the card at a place was refilled."""
    _settled: dict[int, int] = {}
    """How often its details were."""
    _seen: Seen | None = None
    _scenario: Scenario = Scenario()
    _settings: Settings = Settings()
    _lines: Lines | None = None
    _simulation: Simulation | None = None
    _solved: tuple[Event, Amount] | None = None
    _place: int | None = None
    """The event that was changed last: the one whose safe amount is looked for."""
    _turn: int = 0
    _run: service.Run | None = None

    @rx.event
    async def load(self) -> Any:
        """Take a snapshot, unless this tab has one, and show it."""
        self.asking = ""
        if self._seen is None or self.bare:
            await self._take()
        else:
            await self._count()
        self.loaded = True
        return None if self.bare else Twin.project

    @rx.event
    async def aged(self) -> None:
        """Something was booked: say how much since the snapshot, or begin where there was nothing before."""
        if self._seen is not None:
            await self._count()

    @rx.event
    async def refresh(self) -> Any:
        """Take the snapshot anew; the events stay, those that begin in the past by now begin today."""
        await self._take()
        return None if self.bare else Twin.project

    @rx.event
    async def add(self, kind: str) -> Any:
        """Lay another event on."""
        snapshot = self._shown().taken.snapshot
        if not isinstance(kind, str) or kind not in KINDS:
            raise Invalid("There is no such event.", code="unknown_event")
        event = words.fresh_event(KINDS[kind], snapshot)
        return await self._changed(
            Scenario((*self._scenario.events, event)), place=len(self._scenario.events), refill=True
        )

    @rx.event
    async def remove(self, place: int) -> Any:
        """Take an event away."""
        wanted = self._event(place)[0]
        events = self._scenario.events
        return await self._changed(Scenario(events[:wanted] + events[wanted + 1 :]), place=len(events) - 2, refill=True)

    @rx.event
    async def switch(self, place: int) -> Any:
        """Count an event, or do not."""
        wanted, event = self._event(place)
        return await self._replaced(wanted, replace(event, on=not event.on))

    @rx.event
    async def slide(self, place: int, position: Any) -> Any:
        """Size an event by its slider."""
        moved = parse(Position, {"place": place, "position": position})
        wanted, event = self._event(moved.place)
        return await self._replaced(
            wanted, event.sized(words.size_of(moved.position, event, self._shown().taken.snapshot))
        )

    @rx.event
    async def resize(self, form: dict[str, Any]) -> Any:
        """Size an event by a typed number; what cannot be its size is said beside it, and the field goes back."""
        place = parse(Place, form).place
        wanted, event = self._event(place)
        if form.get("size") == self.cards[wanted].size:
            return None
        try:
            sized = resized(event, parse(SizeForm, form).size)
        except Invalid as error:
            self.wrong = wanted
            self._refill(wanted)
            self._draw()
            stays = f"It stays {self.cards[wanted].size}."
            raise Invalid(f"{error.sentence} {stays}", code=error.code, field="size") from None
        if sized != event:
            return await self._replaced(wanted, sized, refill=True)
        self._refill(wanted)
        self._draw()
        return None

    @rx.event
    async def edit(self, form: dict[str, Any]) -> Any:
        """Change an event's dates and details; what is refused is said beside it, with what counts in its place.

        What was typed stays, that of the fields which were right too.
        """
        wanted, event = self._event(parse(Place, form).place)
        try:
            scenario = self._with(wanted, edited(event, parse(EventForm, form)))
        except Invalid as error:
            self.wrong = wanted
            raise all_of([self._stays(event, fault) for fault in each_of(error)]) from None
        self._settled = {**self._settled, wanted: self._settled.get(wanted, 0) + 1}
        return await self._changed(scenario, place=wanted)

    @rx.event
    async def use_safe(self) -> Any:
        """Give the event the amount that is safe."""
        if self._solved is None or self._place is None or self._solved[1].amount is None:
            return None
        wanted, event = self._event(self._place)
        return await self._replaced(wanted, event.sized(safe_size(event, self._solved[1].amount)), refill=True)

    @rx.event
    async def look_ahead(self, months: str) -> Any:
        """Look so many months ahead."""
        wanted = parse(Horizon, {"months": months}).months
        self._settings = replace(self._settings, months=wanted)
        await self._read_past()
        return await self._changed(self._scenario, place=self._place)

    @rx.event
    async def set_limit(self, form: dict[str, Any]) -> Any:
        """Say what cash should not fall under."""
        typed = parse(LimitForm, form).limit or "0"
        limit = parse_amount(typed, of=own_currency(), locale=principal().locale, field="limit")
        self._settings = replace(self._settings, limit=limit)
        return await self._changed(self._scenario, place=self._place)

    @rx.event
    async def set_run(self, form: dict[str, Any]) -> Any:
        """Choose seed and number of futures."""
        wanted = parse(RunForm, form)
        self._settings = replace(self._settings, seed=wanted.seed, paths=wanted.paths)
        self.asking = ""
        return await self._changed(self._scenario, place=self._place)

    @rx.event
    async def show_money(self, which: str) -> Any:
        """Today's money, or the money of then."""
        self._settings = replace(self._settings, real=which != "future")
        return await self._changed(self._scenario, place=self._place)

    @rx.event
    def show_line(self, which: str) -> None:
        """Cash, or net worth."""
        self.cash = which != "worth"
        self._draw()

    @rx.event(background=True)
    async def project(self) -> None:
        """Ask the engine for both fans, then for the safe amount; a newer question ends an older one."""
        async with flushing(self):
            self._turn += 1
            turn, seen, scenario, settings = self._turn, self._seen, self._scenario, self._settings
            place = self._place
            self.thinking = seen is not None
        if seen is None:
            return
        await asyncio.sleep(SETTLE)
        if self._turn != turn:
            return
        snapshot = seen.taken.snapshot
        try:
            async with _one_at_a_time(principal().person):
                if self._turn != turn:
                    return
                told = await _asked(partial(simulation.simulate, engine(), snapshot, scenario, settings))
                async with flushing(self):
                    if self._turn != turn:
                        return
                    self._simulation, self._solved = told, None
                    self._tell()
                async with flushing(self):  # on its own: the chart weighs a hundred times what is read first
                    if self._turn != turn:
                        return
                    self._draw()
                if place is None or not 0 <= place < len(scenario.events):
                    return
                solved = await _asked(
                    partial(simulation.safe_amount, engine(), snapshot, scenario, settings, place=place)
                )
                async with flushing(self):
                    if self._turn == turn:
                        self._solved = solved
                        self._say_headline()
        finally:
            with contextlib.suppress(Forbidden):  # the session has ended, or the tab is another's by now
                async with flushing(self):
                    if self._turn == turn:
                        self.thinking = False
                        if self._simulation is None:  # no answer from the engine: the exact line is known all the same
                            self._draw()

    @rx.event
    async def ask(self, about: str) -> None:
        """Open a dialog."""
        self.asking = about if about in ("save", "runs", "assumptions") else ""
        if self.asking == "runs":
            await self._list()

    @rx.event
    def dismiss(self) -> None:
        """Close the dialog."""
        self.asking = ""

    @rx.event
    async def save(self, form: dict[str, Any]) -> None:
        """Keep what is shown under a name."""
        name = parse(NameForm, form).name
        seen = self._shown()
        if self._simulation is None:
            raise Invalid("Wait until the futures are there.", code="not_ready", field="name")
        kept = await act(
            service.save,
            name=name,
            taken=seen.taken,
            scenario=self._scenario,
            settings=self._settings,
            simulation=self._simulation,
            headline=self._headline().text,
        )
        self.asking = ""
        await notify(self, f"“{kept.name}” is kept. It can be repeated to the last byte.")

    @rx.event
    async def open_run(self, number: int) -> None:
        """Show a kept run as it was."""
        run = await look(service.run, number=parse(Number, {"number": number}).number)
        taken = Taken(run.snapshot, run.hash, run.taken_at, run.marker)
        if run.snapshot.currency != principal().currency:
            raise Invalid("This run is in another currency than your profile.", code="other_currency")
        self._seen = Seen(taken, (), ())
        self._scenario, self._settings, self._run = run.scenario, run.settings, run
        self._turn += 1
        self.thinking = False
        self._place, self._solved = None, None
        await self._read_past()
        await self._count()
        await self._compute()
        self._simulation = run.simulation
        self.kept, self.asking, self.bare = run.name, "", False
        self._draw()

    @rx.event
    async def repeat(self) -> None:
        """Run a kept run again from its stored snapshot and seed, and say whether every byte is the same."""
        run = self._run
        if run is None:
            return
        again = await _asked(partial(simulation.simulate, engine(), run.snapshot, run.scenario, run.settings))
        if again.engine != run.simulation.engine:
            await notify(self, "Another version of the engine: it is shown as it was kept.")
        elif service.answer_digest(again) == run.digest:
            await notify(self, "Repeated: the same to the last byte.")
        else:
            raise Invalid("The repeated run differs from the kept one.", code="not_repeated")

    @rx.event
    async def rename(self, form: dict[str, Any]) -> None:
        """Give a kept run another name."""
        self.misnamed = parse(Number, form).number
        wanted = parse(RenameForm, form)
        await act(service.rename, number=wanted.number, name=wanted.name)
        await self._list()

    @rx.event
    def doom(self, number: int) -> None:
        """Ask before a run (-1: all of them) is deleted."""
        self.doomed = number if isinstance(number, int) and number >= -1 else 0

    @rx.event
    async def forget(self, number: int) -> None:
        """Delete a kept run."""
        wanted = parse(Number, {"number": number}).number
        await act(service.delete_run, number=wanted)
        if self._run is not None and self._run.id == wanted:
            self._run, self.kept = None, ""
        await self._list()

    @rx.event
    async def forget_all(self) -> None:
        """Delete all kept runs."""
        await act(service.clear)
        self._run, self.kept = None, ""
        await self._list()

    def _shown(self) -> Seen:
        if self._seen is None:
            raise Invalid("Take a snapshot first: reload the page.", code="no_snapshot")
        return self._seen

    def _event(self, place: int) -> tuple[int, Event]:
        wanted = parse(Place, {"place": place}).place
        if wanted >= len(self._scenario.events):
            raise Invalid("This event is not there any more.", code="unknown_event")
        return wanted, self._scenario.events[wanted]

    async def _replaced(self, place: int, event: Event, *, refill: bool = False) -> Any:
        scenario = self._with(place, event)
        if refill:
            self._refill(place)
        return await self._changed(scenario, place=place)

    def _with(self, place: int, event: Event) -> Scenario:
        """The scenario with another event at a place.

        Raises:
            Invalid: it begins too early or too late (`bad_start`).
        """
        events = (*self._scenario.events[:place], event, *self._scenario.events[place + 1 :])
        return checked(Scenario(events), as_of=self._shown().taken.snapshot.as_of)

    def _stays(self, event: Event, fault: Invalid) -> Invalid:
        """A refusal of a detail that says what counts in its place."""
        stays = words.stays(event, fault.field, currency=own_currency(), locale=principal().locale)
        return Invalid(f"{fault.sentence} {stays}".strip(), code=fault.code, field=fault.field)

    def _refill(self, place: int) -> None:
        """Have a card's size show what counts; its details and other cards, where somebody may type, stay."""
        self._fresh = {**self._fresh, place: self._fresh.get(place, 0) + 1}

    async def _take(self) -> None:
        who = principal()
        self._seen = await survey(see, months=self._settings.months)
        snapshot = self._seen.taken.snapshot
        self.bare = not snapshot.accounts
        events = tuple(replace(event, start=max(event.start, snapshot.as_of)) for event in self._scenario.events)
        self._scenario = Scenario(events)
        self.since, self.kept, self._run = "", "", None
        self.taken = instant_text(self._seen.taken.at, zone=who.zone, locale=who.locale)
        self._simulation, self._solved = None, None
        if not self.bare:
            await self._compute()
            if self.plot.points:  # a first chart waits for the fan: it comes within a second, and drawing twice is slow
                self._draw()

    async def _read_past(self) -> None:
        """How cash and net worth went, as far back as the horizon asks for."""
        seen = self._shown()
        cash, worth = await look(past_of, taken=seen.taken, months=self._settings.months)
        self._seen = Seen(seen.taken, cash, worth)

    async def _count(self) -> None:
        who, seen = principal(), self._shown()
        number = await look(service.since, marker=seen.taken.marker)
        self.since = f"{number} posting{'' if number == 1 else 's'} since" if number else ""
        self.taken = instant_text(seen.taken.at, zone=who.zone, locale=who.locale)

    async def _list(self) -> None:
        who = principal()
        self.doomed = 0
        self.runs = [
            RunRow(
                one.id,
                one.name,
                f"{instant_text(one.created_at, zone=who.zone, locale=who.locale)} · {words.HORIZONS.get(one.months, f'{one.months} months')}",
                one.headline,
            )
            for one in await look(service.runs)
        ]

    async def _changed(self, scenario: Scenario, *, place: int | None, refill: bool = False) -> Any:
        """Take over what was changed, draw the exact line at once, and have the engine follow."""
        snapshot = self._shown().taken.snapshot
        checked(scenario, as_of=snapshot.as_of)
        self._scenario, self._place = scenario, place
        self._simulation, self._solved = None, None
        self._run, self.kept = None, ""
        self.refills += refill
        await self._compute()
        self._draw()
        return Twin.project

    async def _compute(self) -> None:
        snapshot = self._shown().taken.snapshot
        self._lines = await asyncio.to_thread(simulation.lines, snapshot, self._scenario, self._settings)

    def _draw(self) -> None:
        """Everything on the page from what is known now."""
        seen, lines = self._shown(), self._lines
        if lines is None:
            return
        who, money = principal(), own_currency()
        snapshot, settings, told = seen.taken.snapshot, self._settings, self._simulation
        last, changed = simulation.end(snapshot, settings), self._has_changes()
        self.cards = [
            words.card(
                place,
                event,
                snapshot,
                currency=money,
                locale=who.locale,
                refill=self.refills + self._fresh.get(place, 0),
                details=self.refills + self._settled.get(place, 0),
                there=lines.there.get(place),
            )
            for place, event in enumerate(self._scenario.events)
        ]
        past = seen.cash if self.cash else seen.worth
        days = course.moments(
            past,
            lines,
            (told.baseline, told.scenario) if told else None,
            snapshot=snapshot,
            cash=self.cash,
            real=settings.real,
            changed=changed,
        )
        self.plot = plot(
            days,
            of=money,
            locale=who.locale,
            subject=words.subject(snapshot, cash=self.cash),
            likely=words.likely(snapshot),
            today=snapshot.as_of,
            limit=settings.limit if self.cash and settings.real and settings.limit else None,
        )
        self.pins = course.pins(self._scenario, days=[moment.day for moment in days])
        self.reasons = words.reason_rows(lines.reasons, currency=money, locale=who.locale)
        self.total = amount_text(lines.difference, of=money, locale=who.locale, signed=True) if changed else ""
        self.assumed = words.assumed(seen.taken, settings, currency=money, locale=who.locale, zone=who.zone)
        self.months, self.real = str(settings.months), settings.real
        self.limit = amount_text(settings.limit, of=money, locale=who.locale, symbol=False, whole=True)
        self.seed, self.paths = str(settings.seed), str(settings.paths)
        self.futures = f"{count_text(settings.paths, locale=principal().locale)} futures · seed {settings.seed}"
        self.end = str(last.year)
        self._tell()

    def _has_changes(self) -> bool:
        """Whether an event that counts lies within the horizon."""
        last = simulation.end(self._shown().taken.snapshot, self._settings)
        return any(event.start <= last for _, event in self._scenario.counted)

    def _tell(self) -> None:
        """What the futures say, in numbers and in a sentence."""
        told = self._simulation
        if told is None:
            return
        self.figures = words.figures(
            told.comparison,
            settings=self._settings,
            snapshot=self._shown().taken.snapshot,
            changed=self._has_changes(),
            currency=own_currency(),
            locale=principal().locale,
        )
        self._say_headline()

    def _headline(self) -> Headline:
        told, seen = self._simulation, self._shown()
        if told is None:
            return Headline("", "")
        return headline(
            told.comparison,
            scenario=self._scenario,
            snapshot=seen.taken.snapshot,
            limit=self._settings.limit,
            solved=self._solved,
            currency=own_currency(),
            locale=principal().locale,
            until=simulation.end(seen.taken.snapshot, self._settings),
        )

    def _say_headline(self) -> None:
        if self._simulation is None:
            return
        line = self._headline()
        self.sentence = Sentence(line.words, line.chance, line.before, line.amount, line.after, line.private)
        self.use = line.amount if self._solved and self._solved[1].amount is not None and line.amount else ""


def _one_at_a_time(person: int) -> asyncio.Lock:
    """A person's turn at the engine: many tabs of one person wait for each other, not everybody for them."""
    lock = _turns.get(person)
    if lock is None:
        lock = _turns[person] = asyncio.Lock()
    return lock


async def _asked(question: Callable[[], Answer]) -> Answer:
    return await asyncio.get_running_loop().run_in_executor(_asking, question)
