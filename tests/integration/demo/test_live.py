import asyncio
import contextlib
import threading
import time
from decimal import Decimal as D

import pytest

from fintwin.db.work import work
from fintwin.demo import service as demo
from fintwin.events import dispatcher, live
from fintwin.events.outbox import Kind
from fintwin.identity import service as identity
from fintwin.identity.service import Browser
from fintwin.ledger import accounts
from fintwin.ledger import service as ledger

HERE = Browser(locale="en-GB", zone="Europe/London")


@pytest.fixture
def dispatching(database):
    stop = threading.Event()
    thread = threading.Thread(target=dispatcher.run, args=(stop,))
    thread.start()
    yield
    stop.set()
    thread.join()


def wallet(who):
    with work(who.person, read_only=True) as session:
        [found] = [one for one in accounts.accounts(session, who) if one.held]
        return found


def test_money_from_the_other_adult_is_seen_without_a_reload(database, dispatching):
    maya = demo.open(HERE, seed=1).who
    with work(maya.person) as session:
        ben = identity.enter_demo(session, browser=HERE, other=True).who
    before = wallet(maya).posted

    def pay(number):
        with work(ben.person) as session:
            ledger.pay_person(
                session, ben, account=wallet(ben).id, number=wallet(maya).number, amount="2.50", key=f"coffee {number}"
            )
        return time.perf_counter()

    async def tab():
        async with live.running(database.app_url) as hub:
            queue = hub.subscribe(maya.person)
            with contextlib.suppress(TimeoutError):
                while True:
                    await asyncio.wait_for(queue.get(), 1)
            delays = []
            for number in range(1, 31):
                paid = await asyncio.to_thread(pay, number)
                while await asyncio.wait_for(queue.get(), 60) is not Kind.POSTED:
                    pass
                seen = await asyncio.to_thread(wallet, maya)
                assert seen.posted == before + number * D("2.50")
                delays.append(time.perf_counter() - paid)
                # Most of five are in time; where the machine does much else, in one of some series.
                if len(delays) == 5:
                    if sorted(delays)[2] < 0.5:
                        return
                    delays.clear()
        pytest.fail("never seen within half a second")

    asyncio.run(tab())
