"""Bank files of many rows, from the stored upload to the books: what the worker does with them."""

import random
import time
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from fintwin.db.work import work
from fintwin.identity.principal import Principal
from fintwin.statements import booking, checking, service
from fintwin.statements.recognise import read, recognise
from tools.bank_files import Movement, camt, mt940, qif, zipped
from tools.books import Row, below, database, person

MANY = 100_000
FEWER = 20_000
"""Rows of the other formats that are booked."""
FIRST = date(2016, 1, 1)
SHOPS = ("Corner Bakery", "Müller Markt", "City Transport", "Harbour Homes", "Bean There", "Ridge Fuel", "Toy Chest")


def file(*, seed: int = 7) -> bytes:
    """Ten years of one account as a German bank exports them, oldest first, with a running balance."""
    chance = random.Random(seed)
    lines = ["IBAN;Buchungstag;Wertstellung;Empfänger;Verwendungszweck;Betrag;Saldo;Währung"]
    balance = Decimal("1200.00")
    for row in range(MANY):
        day = FIRST + timedelta(days=row * 3650 // MANY)
        cents = chance.randint(250, 9_900) if row % 30 else -chance.randint(180_000, 260_000)
        amount = Decimal(-cents) / 100
        balance += amount
        shown = [f"{value:.2f}".replace(".", ",") for value in (amount, balance)]
        shop = chance.choice(SHOPS)
        lines.append(
            f"DE02120300000000202051;{day:%d.%m.%Y};{day:%d.%m.%Y};{shop} {chance.randint(1, 400)};"
            f"Kartenzahlung {row:07d} {shop};{shown[0]};{shown[1]};EUR"
        )
    return "\n".join(lines).encode("cp1252")


def movements() -> list[Movement]:
    """Ten years of one account, for the other formats."""
    chance = random.Random(7)
    return [
        Movement(
            FIRST + timedelta(days=row * 3650 // MANY),
            f"{chance.choice(SHOPS)} {row % 400}".replace("ü", "ue"),
            Decimal(-chance.randint(250, 9_900)) / 100,
            f"Card payment {row:07d}",
            f"R{row}",
        )
        for row in range(MANY)
    ]


def others(told: Sequence[Movement]) -> dict[str, bytes]:
    """The same movements in the other formats; CAMT comes zipped, as banks hand it out."""
    return {
        "CAMT.053": zipped({"ten-years.xml": camt(told)}),
        "MT940": mt940(told).encode(),
        "QIF": qif(told).encode(),
    }


def reading() -> list[Row]:
    """Seconds of one processor to recognise and read as many rows of the other formats."""
    found: list[Row] = []
    for name, data in others(movements()).items():
        begun = time.process_time()
        [statement] = read(data, recognise(data, name="ten-years"))
        took = time.process_time() - begun
        assert len(statement.rows) == MANY
        found.append(below(f"100,000 rows of {name}, recognised and read", took, "s", 10))
    return found


def into_books(who: Principal, data: bytes, *, name: str, many: int) -> tuple[float, float]:
    """Seconds from the stored file to checked rows, and from there to the books."""
    with work(who.person) as session:
        uuid = service.store_upload(session, who, name=name, data=data)
        imported = service.view(session, who, uuid=uuid).id
    begun = time.perf_counter()
    checking.check(who.person, imported)
    checked = time.perf_counter() - begun
    with work(who.person) as session:
        assert service.view(session, who, uuid=uuid).counts["new"] == many
        service.commit(session, who, uuid=uuid)
    begun = time.perf_counter()
    booking.book(who.person, imported)
    booked = time.perf_counter() - begun
    with work(who.person) as session:
        assert service.view(session, who, uuid=uuid).status == "done"
    return checked, booked


def rows() -> list[Row]:
    """One account after another, each of a person of their own, in one database."""
    with database() as bench:
        checked, booked = into_books(person(bench, "Maya"), file(), name="ten-years.csv", many=MANY)
        fewer = [
            below(
                f"{FEWER:,} rows of {name} into the books",
                sum(into_books(person(bench, name), data, name="ten-years", many=FEWER)),
                "s",
                20 * FEWER / MANY,
            )
            for name, data in others(movements()[:FEWER]).items()
        ]
    return [
        {
            "name": "100,000 rows of CSV, read and checked",
            "value": round(checked, 1),
            "unit": "s",
            "target": None,
            "holds": True,
        },
        {"name": "100,000 rows of CSV, booked", "value": round(booked, 1), "unit": "s", "target": None, "holds": True},
        below("100,000 rows of CSV into the books", checked + booked, "s", 20),
        *fewer,
        *reading(),
    ]


if __name__ == "__main__":
    for one in rows():
        print(one)
