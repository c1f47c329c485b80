"""Everything is killed in the middle of an import; the next start goes on where it ended, and the books are whole."""

import os
import re
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from decimal import Decimal as D
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from fintwin.db import embedded, home
from fintwin.db.address import parsed
from tests.e2e.conftest import ROOT, House, entered, running
from tests.ports import free_port

ROWS = 12_000
LAST = date(2026, 11, 20)


def statement() -> bytes:
    """A bank's file of ROWS payments of 1.37, newest first, whose balance proves out."""
    balance, paid = D("50000.00"), D("1.37")
    lines = [
        "Umsatzanzeige;Datei erstellt am: 21.11.2026 10:00",
        "",
        "IBAN;DE02 5001 0517 0137 0750 30",
        "Kontoname;Girokonto",
        "Bank;ING",
        f"Saldo;{german(balance)};EUR",
        "",
        "Buchung;Valuta;Auftraggeber/Empfänger;Buchungstext;Verwendungszweck;Saldo;Währung;Betrag;Währung",
    ]
    for number in range(ROWS):
        day = (LAST - timedelta(days=number // 20)).strftime("%d.%m.%Y")
        lines.append(f"{day};{day};Laden {number};Lastschrift;Kauf {number};{german(balance)};EUR;{german(-paid)};EUR")
        balance += paid
    return "\r\n".join(lines).encode("cp1252")


def german(amount: D) -> str:
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


def booked(folder: Path) -> int:
    """Imported transactions, seen past everybody's row security."""
    server = embedded.join(folder / "data")
    assert server is not None
    engine = create_engine(parsed(server.admin_url(home.DATABASE)), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            return int(connection.scalar(text("SELECT count(*) FROM transaction WHERE imported IS NOT NULL")) or 0)
    finally:
        engine.dispose()


def tree(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += tree(int(child))
    return found


def begin_import(page: Page, at: House) -> str:
    """Sign in, send the file, press Add; the address of the import's page."""
    entered(page, at, "/import")
    page.wait_for_selector("html[data-upload-ready] input[data-upload]", state="attached")
    page.set_input_files("input[data-upload]", {"name": "year.csv", "mimeType": "text/csv", "buffer": statement()})
    page.wait_for_url(re.compile(r"/import/?\?file="))
    page.get_by_role("button", name=re.compile(r"^Add \d")).click(timeout=120_000)
    return page.url.removeprefix(at.url)


def test_killed_in_the_middle_of_an_import(tmp_path, chromium):
    port = free_port()
    context = chromium.new_context(base_url=f"http://localhost:{port}", locale="en-GB", timezone_id="Europe/Berlin")
    page = context.new_page()
    page.set_default_timeout(60_000)
    with running(tmp_path, port=port) as first:
        address = begin_import(page, first)
        until = time.monotonic() + 300
        while not booked(tmp_path):
            assert time.monotonic() < until
            time.sleep(0.01)
        for pid in reversed(tree(first.process.pid)):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        first.process.wait()

    with running(tmp_path, port=port):
        page.goto(address)
        expect(page.get_by_role("heading", name=re.compile(f"{ROWS:,} transactions added on"))).to_be_visible(
            timeout=180_000
        )
        assert booked(tmp_path) == ROWS
        verified = subprocess.run(
            [sys.executable, "-m", "fintwin", "verify"],
            cwd=ROOT,
            env=os.environ | {"FINTWIN_DATA_DIR": str(tmp_path / "data"), "FINTWIN_ENV_FILE": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert verified.returncode == 0, verified.stdout + verified.stderr
    context.close()
