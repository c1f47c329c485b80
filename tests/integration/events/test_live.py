import asyncio
import threading
import time
from contextlib import asynccontextmanager

from fintwin.db.work import work
from fintwin.events import dispatcher, live
from fintwin.events.outbox import Kind, tell


@asynccontextmanager
async def tabs_of(address, *people):
    """A queue for each person. Both ends announce themselves at their start, one after the other, and are heard."""
    queues = [live.hub.subscribe(who.person) for who in people]
    stop = threading.Event()
    thread = threading.Thread(target=dispatcher.run, args=(stop,))
    async with live.running(address):
        for start in (lambda: None, thread.start):
            start()
            for queue in queues:
                assert await heard(queue) is Kind.EVERYTHING
        try:
            yield queues
        finally:
            stop.set()
            await asyncio.to_thread(thread.join)
    for who, queue in zip(people, queues, strict=True):
        live.hub.unsubscribe(who.person, queue)


def say(who, kind=Kind.POSTED):
    with work(who.person) as session:
        tell(session, kind)
    return time.perf_counter()


async def heard(queue):
    """The next kind."""
    return await asyncio.wait_for(queue.get(), 60)


def test_a_commit_wakes_that_persons_tabs_within_300_ms(database, person):
    maya, ben = person("Maya"), person("Ben")

    async def series(one, two):
        delays = []
        for _ in range(10):
            begun = await asyncio.to_thread(say, maya)
            assert await heard(one) is Kind.POSTED
            delays.append(time.perf_counter() - begun)
            assert await heard(two) is Kind.POSTED
        return sorted(delays)

    async def tabs():
        async with tabs_of(database.app_url, maya, maya, ben) as (one, two, other):
            # Half of them are in time; where the machine does much else, in one of some series.
            found = []
            while not found or (found[-1][5] >= 0.3 and len(found) < 10):
                found.append(await series(one, two))
            assert other.empty()
            return found

    found = asyncio.run(tabs())
    assert found[-1][5] < 0.3, found


def test_requests_to_the_worker_wake_no_tab(database, person):
    maya = person()

    async def tab():
        async with tabs_of(database.app_url, maya) as [queue]:
            await asyncio.to_thread(say, maya, Kind.IMPORT_ASKED)
            await asyncio.to_thread(say, maya, Kind.PROFILE)
            return await heard(queue)

    assert asyncio.run(tab()) is Kind.PROFILE


def test_a_lost_connection_is_made_again_and_wakes_every_tab_once(database, person, admin):
    maya, ben = person("Maya"), person("Ben")

    async def tabs():
        async with tabs_of(database.app_url, maya, ben) as (one, other):
            ended = admin(
                "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query = 'LISTEN fintwin_live'"
            )
            assert ended == [(True,)]
            for queue in (one, other):
                assert await heard(queue) is Kind.EVERYTHING
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
