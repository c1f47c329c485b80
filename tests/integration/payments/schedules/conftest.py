"""Two people with money, a clock that the test owns, and the worker's steps by hand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal as D

import pytest

from fintwin.db.work import work
from fintwin.identity.principal import Principal
from fintwin.ledger.accounts import AccountView
from fintwin.payments import recurrence, running, schedules
from fintwin.payments.schedules import Plan, ScheduleView
from tests.integration.ledger.conftest import money_rows

__all__ = ["money_rows"]

MONDAY = date(2026, 11, 23)
NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)


@dataclass
class Time:
    """A clock that stands until it is moved."""

    now: datetime = NINE

    def __call__(self) -> datetime:
        return self.now

    def on(self, day: date, hour: int = 9) -> None:
        self.now = datetime.combine(day, time(hour), tzinfo=UTC)

    def later(self, **span: int) -> None:
        self.now += timedelta(**span)


@dataclass
class Desk:
    """One person's schedules."""

    who: Principal
    account: AccountView
    clock: Time
    key: Callable[[], str]
    other: AccountView
    made: list[ScheduleView] = field(default_factory=list)

    def call(self, use_case, *positional, **named):
        with work(self.who.person) as session:
            return use_case(session, self.who, *positional, **named)

    def plan(self, rule: str = "", *, starts: date = MONDAY, amount: str = "10.00", **more) -> Plan:
        more.setdefault("kind", "person")
        more.setdefault("account", self.account.id)
        if more["kind"] == "person":
            more.setdefault("number", self.other.number)
        return Plan(amount=D(amount), starts=starts, rule=recurrence.parsed(rule), **more)

    def create(self, rule: str = "", **more) -> ScheduleView:
        return self.call(schedules.create, plan=self.plan(rule, **more), key=self.key(), clock=self.clock)

    def view(self, made: ScheduleView) -> ScheduleView:
        return self.call(schedules.by_uuid, schedule=made.uuid)

    def run(self, made: ScheduleView) -> int:
        return running.run(self.who.person, made.id, clock=self.clock)

    def runs(self, made: ScheduleView) -> list[tuple[str, str]]:
        found = self.call(schedules.runs, schedule=made.uuid)
        return [(one.due.isoformat(), one.status) for one in reversed(found)]


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def desk(database, person, opened, clock, key) -> Desk:
    maya, ben = person("Maya"), person("Ben")
    return Desk(maya, opened(maya, "1000.00"), clock, key, opened(ben, "0.00"))


@pytest.fixture
def balance(admin) -> Callable[[AccountView], D]:
    return lambda account: admin("SELECT posted_balance FROM account WHERE id = :id", id=account.id)[0][0]
