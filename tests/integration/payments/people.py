"""What the tests of payments share: people who act, one after another or at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from fintwin.db.work import perform, system_work
from fintwin.events import outbox
from fintwin.events.outbox import Kind
from fintwin.kernel.errors import FinTwinError
from fintwin.ledger import accounts, verify


def act(who, call, **named):
    return perform(who.person, lambda session: call(session, who, **named))


def code_of(call, *args, **named):
    with pytest.raises(FinTwinError) as refused:
        call(*args, **named)
    return refused.value.code


def seen(who, account):
    return act(who, lambda session, who: accounts.account(session, who, account.id))


def whole():
    with system_work() as session:
        assert verify.run(session) == []


def at_once(calls):
    gate = Barrier(len(calls))

    def run(call):
        gate.wait()
        try:
            return call()
        except FinTwinError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def told():
    """Who heard of what, payments only."""
    heard = []
    with system_work() as session:
        while events := outbox.take(session, most=500):
            heard += [(event.owner, event.kind) for event in events if event.kind in (Kind.PAYMENT, Kind.REQUEST)]
    return heard
