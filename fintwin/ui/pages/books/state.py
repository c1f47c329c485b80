"""The page on whether the books are whole."""

from dataclasses import dataclass

import reflex as rx
from reflex_base.event import EventSpec

from fintwin.kernel.errors import NotFound
from fintwin.kernel.wording import instant_text
from fintwin.ledger import chain, checks
from fintwin.ledger.checks import Standing
from fintwin.ui.act import act, look
from fintwin.ui.pages.books import words
from fintwin.ui.state import Page, notify
from fintwin.web.gate import principal


@dataclass(frozen=True)
class Shown:
    """All that the page shows."""

    booked: bool = False
    tone: str = "plain"
    verdict: str = ""
    evidence: str = ""
    advice: str = ""
    running: bool = False
    percent: int = 0
    sealed: str = ""
    waiting: str = ""
    block: str = ""
    block_at: str = ""
    hash: str = ""


class Books(Page, rx.State):
    """What is proved of the books, and a check of them."""

    loaded: bool = False
    shown: Shown = Shown()
    findings: list[str] = []

    @rx.event
    async def load(self) -> None:
        """Read how far the books are sealed and what the last check said."""
        await self._read()

    async def _read(self) -> None:
        standing = await look(checks.standing)
        self.shown = _shown(standing)
        self.findings = list(standing.check.findings) if standing.check else []
        self.loaded = True

    @rx.event
    async def check(self) -> None:
        """Have the books checked now."""
        await act(checks.ask)
        await self._read()

    @rx.event
    async def copied(self) -> None:
        """Say that the seal is on the clipboard; the browser put it there."""
        await notify(self, "Seal copied.")

    @rx.event
    async def download(self) -> EventSpec:
        """The last block's head as a file to keep.

        Raises:
            NotFound: nothing of this person's is sealed yet.
        """
        head = (await look(checks.standing)).head
        if head is None:
            raise NotFound("Nothing of yours is sealed yet.", code="nothing_sealed")
        return rx.download(data=chain.head_text(head), filename=f"fintwin-seal-{head.number}.json")


def _shown(standing: Standing) -> Shown:
    who = principal()
    check, head = standing.check, standing.head
    at = instant_text(check.at, zone=who.zone, locale=who.locale) if check else ""
    tone, verdict = words.verdict(standing)
    return Shown(
        booked=standing.entries > 0,
        tone=tone,
        verdict=verdict,
        evidence=words.evidence(standing, at=at, locale=who.locale),
        advice=words.advice(standing),
        running=check is not None and check.status in {"asked", "running"},
        percent=words.percent(standing),
        sealed=words.sealed(standing, locale=who.locale),
        waiting=words.waiting(standing, locale=who.locale),
        block=str(head.number) if head else "",
        block_at=instant_text(head.sealed_at, zone=who.zone, locale=who.locale) if head else "",
        hash=head.hash.hex() if head else "",
    )
