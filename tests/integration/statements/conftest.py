"""Files through the room as the worker takes them, one step at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from fintwin.db.work import work
from fintwin.identity.principal import Principal
from fintwin.ledger import accounts, register
from fintwin.statements import booking, checking, service, undoing
from fintwin.statements.service import ImportView

FILES = Path(__file__).parents[2] / "fixtures" / "statements"


@dataclass(frozen=True, slots=True)
class Desk:
    """One person's imports."""

    who: Principal

    def call(self, use_case, *positional, **named):
        with work(self.who.person) as session:
            return use_case(session, self.who, *positional, **named)

    def store(self, name: str, data: bytes | None = None) -> UUID:
        return self.call(service.store_upload, name=name, data=(FILES / name).read_bytes() if data is None else data)

    def view(self, uuid: UUID) -> ImportView:
        return self.call(service.view, uuid=uuid)

    def check(self, name: str, data: bytes | None = None) -> ImportView:
        uuid = self.store(name, data)
        return self.read(uuid)

    def read(self, uuid: UUID) -> ImportView:
        checking.check(self.who.person, self.view(uuid).id)
        return self.view(uuid)

    def book(self, found: ImportView) -> ImportView:
        self.call(service.commit, uuid=found.uuid)
        booking.book(self.who.person, found.id)
        return self.view(found.uuid)

    def take(self, name: str, data: bytes | None = None) -> ImportView:
        return self.book(self.check(name, data))

    def undo(self, found: ImportView) -> ImportView:
        self.call(service.revert, uuid=found.uuid)
        undoing.undo(self.who.person, found.id)
        return self.view(found.uuid)

    def rows(self, found: ImportView, *verdicts: str):
        return self.call(service.rows, uuid=found.uuid, verdicts=verdicts or service.VERDICTS, most=200)

    def accounts(self, **named):
        return self.call(accounts.accounts, **named)

    def register(self):
        return self.call(register.page).rows


@pytest.fixture
def desk(person) -> Desk:
    who = person("Maya")
    return Desk(who)


@pytest.fixture
def csv_of() -> Callable[..., bytes]:
    """A file of some rows: `csv_of(("2026-11-20", "Shop", "-1.50"), balance=True, opening="10")`."""

    def make(*rows: tuple[str, str, str], opening: str | None = None, account: str = "DE02120300000000202051") -> bytes:
        lines = ["Account number;Booking date;Payee;Amount;Currency" + (";Balance" if opening else "")]
        running = Decimal(opening or 0)
        for day, payee, amount in rows:
            running += Decimal(amount)
            lines.append(f"{account};{day};{payee};{amount};EUR" + (f";{running}" if opening else ""))
        return "\n".join(lines).encode()

    return make
