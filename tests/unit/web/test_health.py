"""However many ask, the database is asked once a second."""

import asyncio

from fintwin.kernel.errors import Busy
from fintwin.web.health import Readiness


def test_an_answer_is_good_for_a_second():
    asked, now = [], [0.0]

    def ask() -> None:
        asked.append(now[0])
        if now[0] >= 1:
            raise Busy("Away.", code="away")

    readiness = Readiness(ask, clock=lambda: now[0])

    async def many() -> set[bool]:
        return set(await asyncio.gather(*(readiness.now() for _ in range(50))))

    async def run() -> None:
        assert await many() == {True}
        now[0] = 0.9
        assert await many() == {True}
        assert asked == [0.0]
        now[0] = 1.0
        assert await many() == {False}
        assert asked == [0.0, 1.0]

    asyncio.run(run())
