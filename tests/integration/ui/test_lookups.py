"""Account numbers cannot be tried out in any form, one after another."""

import asyncio
from datetime import timedelta

from fintwin.kernel.clock import system_clock, today
from fintwin.kernel.ids import account_number
from fintwin.ui.pages.schedules.rhythm import Rhythm
from fintwin.ui.pages.schedules.state import Schedules
from fintwin.web import gate
from tests.integration.ui.test_balances import opened


def test_schedules_count_the_numbers_that_are_tried(person):
    maya = person("Maya")
    account = opened(maya, custody="held")
    state = Schedules(_reflex_internal_init=True)  # type: ignore[call-arg]
    state._key, state.draft = "form", Rhythm(starts=f"{today(system_clock, zone='UTC') + timedelta(days=30)}")
    form = {"kind": "person", "account": str(account.uuid), "amount": "1.00"}

    async def tried() -> str:
        gate._principal.set(maya)
        await Schedules.save.fn(state, {**form, "number": account_number()})
        return state.problem.code

    assert [asyncio.run(tried()) for _ in range(10)][-2:] == ["too_many"] * 2
