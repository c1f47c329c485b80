import asyncio
import contextlib
import threading
import time

import pytest

from fintwin.db.work import work
from fintwin.events import dispatcher, live
from fintwin.events.outbox import Kind, tell


@pytest.fixture
def dispatching(database):
    stop = threading.Event()
    thread = threading.Thread(target=dispatcher.run, args=(stop,))
    thread.start()
    yield
    stop.set()
    thread.join()


def say(who, kind=Kind.POSTED):
    with work(who.person) as session:
        tell(session, kind)
    return time.perf_counter()


async def settled(queue):
    """Both ends announce themselves at their start; wait until they have."""
    with contextlib.suppress(TimeoutError):
        while True:
            await asyncio.wait_for(queue.get(), 1)


async def heard(queue):
    """The next kind that is not the announcement of an end that came up late."""
    while (kind := await asyncio.wait_for(queue.get(), 15)) is Kind.EVERYTHING:
        pass
    return kind


def test_a_commit_wakes_that_persons_tabs_within_300_ms(database, dispatching, person):
    maya, ben = person("Maya"), person("Ben")

    async def tabs():
        async with live.running(database.app_url) as hub:
            one, two, other = hub.subscribe(maya.person), hub.subscribe(maya.person), hub.subscribe(ben.person)
            await settled(one)
            await settled(two)
            await settled(other)
            delays = []
            for _ in range(10):
                begun = await asyncio.to_thread(say, maya)
                assert await heard(one) is Kind.POSTED
                delays.append(time.perf_counter() - begun)
                assert await heard(two) is Kind.POSTED
            assert other.empty()
            hub.unsubscribe(maya.person, one)
            hub.unsubscribe(maya.person, two)
            hub.unsubscribe(ben.person, other)
            return sorted(delays)

    delays = asyncio.run(tabs())
    assert delays[5] < 0.3


def test_requests_to_the_worker_wake_no_tab(database, dispatching, person):
    maya = person()

    async def tab():
        async with live.running(database.app_url) as hub:
            queue = hub.subscribe(maya.person)
            await settled(queue)
            await asyncio.to_thread(say, maya, Kind.IMPORT_ASKED)
            await asyncio.to_thread(say, maya, Kind.PROFILE)
            return await heard(queue)

    assert asyncio.run(tab()) is Kind.PROFILE


def test_a_lost_connection_is_made_again_and_wakes_every_tab_once(database, dispatching, person, admin):
    maya, ben = person("Maya"), person("Ben")

    async def tabs():
        async with live.running(database.app_url) as hub:
            one, other = hub.subscribe(maya.person), hub.subscribe(ben.person)
            await settled(one)
            await settled(other)
            ended = admin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN fintwin_live'")
            assert ended == [(True,)]
            for queue in (one, other):
                assert await asyncio.wait_for(queue.get(), 15) is Kind.EVERYTHING
                assert queue.empty()
            await asyncio.to_thread(say, ben)
            assert await heard(other) is Kind.POSTED
            assert one.empty()

    asyncio.run(tabs())


def test_a_slow_tab_is_told_to_read_everything():
    async def tab():
        hub = live.Hub()
        queue = hub.subscribe(1)
        for _ in range(live.WAITING + 1):
            hub.publish(1, Kind.POSTED)
        await asyncio.sleep(0)
        return [queue.get_nowait() for _ in range(queue.qsize())]

    assert asyncio.run(tab()) == [Kind.EVERYTHING]


def test_closed_tabs_leave_nothing():
    async def tab():
        hub = live.Hub()
        queue = hub.subscribe(1)
        hub.unsubscribe(1, queue)
        hub.unsubscribe(1, queue)
        hub.publish(1, Kind.POSTED)
        await asyncio.sleep(0)
        return queue.empty(), hub._tabs

    assert asyncio.run(tab()) == (True, {})
