"""Every handler, called as anybody could call it: over a bare socket, with any name and any payload."""

import asyncio
import inspect
import json
import socket
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
import socketio

from tests.e2e.conftest import SOON

HOSTILE: tuple[Any, ...] = (
    {},
    {"form": {"amount": "-1", "name": "x" * 50_000}},
    {"form": None, "value": None, "route": None},
    {"route": "/dashboard", "session": "1 OR 1=1", "field": "owner", "value": {"$gt": ""}, "id": -1, "kind": 99},
    {"vars": {"reflex___state____state.is_hydrated": True}},
)
WAIT = 1.5
PATIENCE = 60.0
TOO_MUCH = "That was a lot at once"
PACE = 0.05
"""Seconds between two events, so that the rate limit does not answer in the handlers' place."""
AT_ONCE = 50
"""Events that somebody who is signed in may send first without a pause: fewer than the limit lets through at once."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments):
        return None


def post(url: str, path: str, fields: Mapping[str, str], *, cookie: str = "", origin: str | None = None):
    request = urllib.request.Request(
        url + path,
        data=urllib.parse.urlencode(fields).encode(),
        headers={"Origin": origin or url, **({"Cookie": cookie} if cookie else {})},
    )
    try:
        return urllib.request.build_opener(_NoRedirect).open(request, timeout=60)
    except urllib.error.HTTPError as answer:
        return answer


def signed_in(url: str, name: str) -> str:
    """The session cookie of a new local profile."""
    answer = post(url, "/auth/local", {"name": name, "keep": "1", "zone": "Europe/Berlin", "locale": "en-GB"})
    assert answer.status == 303
    return answer.headers["set-cookie"].partition(";")[0]


def session_from(place: int) -> aiohttp.ClientSession:
    """A session whose connections come from 127.0.0.`place`; Linux alone has more than the first."""
    here = (f"127.0.0.{place if sys.platform == 'linux' else 1}", 0)
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(local_addr=here, family=socket.AF_INET))


class Tab:
    """A bare client of the event socket; `place` above 1 is another address of this machine that it comes from."""

    def __init__(self, url: str, *, cookie: str = "", token: str = "", first: Any = None, place: int = 1) -> None:
        self.url, self.cookie, self.token, self.first = url, cookie, token or str(uuid4()), first
        self.heard: list[dict[str, Any]] = []
        self._sent = 0
        self._socket = socketio.AsyncClient(reconnection=False, http_session=lambda: session_from(place))
        self.renamed: list[str] = []
        self._socket.on("event", self._hear, namespace="/_event")
        self._socket.on("new_token", self.renamed.append, namespace="/_event")

    def _hear(self, update: Any) -> None:
        self.heard.append(json.loads(update) if isinstance(update, str) else update)

    async def __aenter__(self) -> "Tab":
        headers = {"Origin": self.url, **({"Cookie": self.cookie} if self.cookie else {})}
        await self._socket.connect(
            f"{self.url}?token={self.token}",
            headers=headers,
            auth={"event": self.first} if self.first is not None else None,
            socketio_path="/_event",
            namespaces=["/_event"],
            transports=["websocket"],
            wait_timeout=PATIENCE,
        )
        return self

    async def __aexit__(self, *_error: Any) -> None:
        await self._socket.disconnect()

    async def send(self, name: str, payload: Any = None, *, path: str = "/dashboard") -> None:
        """Send one event and do not wait for what it does."""
        router = {"pathname": path, "query": {}, "asPath": path}
        await self._socket.emit(
            "event", {"name": name, "payload": payload or {}, "router_data": router}, namespace="/_event"
        )
        self._sent += 1
        if not self.cookie or self._sent > AT_ONCE:
            await asyncio.sleep(PACE)

    async def packet(self, name: str, *data: Any) -> None:
        """Send a packet as it is, event or not."""
        await self._socket.emit(name, data or None, namespace="/_event")
        await asyncio.sleep(PACE)

    async def quiet(self) -> None:
        """Wait until nothing has been heard for a second: what was sent before has been answered."""
        before = -1
        while before != len(self.heard):
            before = len(self.heard)
            await asyncio.sleep(1)

    async def call(self, name: str, payload: Any = None, *, path: str = "/dashboard", hears: str = "") -> str:
        """Send one event; what came back, as text. With `hears` it waits for that word, as long as a busy machine takes."""
        while True:
            before = len(self.heard)
            await self.send(name, payload, path=path)
            until = time.monotonic() + (PATIENCE if hears else WAIT)
            while time.monotonic() < until:
                await asyncio.sleep(0.02)
                said = json.dumps(self.heard[before:])
                if hears and hears not in said and TOO_MUCH not in said:
                    continue
                if len(self.heard) > before:
                    await asyncio.sleep(0.05)
                    break
            said = json.dumps(self.heard[before:])
            if TOO_MUCH not in said:
                return said
            await asyncio.sleep(1.5)


def enter(handlers: Mapping[str, Any]) -> str:
    """The handler that shows whose tab it is."""
    return next(handler for handler in handlers if handler.endswith("shell.enter"))


@pytest.fixture(scope="module")
def handlers() -> dict[str, bool]:
    """Every registered handler, and whether it is open to visitors."""
    from reflex_base.registry import RegistrationContext

    import fintwin.fintwin  # noqa: F401 - registers every state
    from fintwin.web import gate

    # States that other tests in this process define are not in the house.
    names = [name for name in RegistrationContext.get().event_handlers if "tests___" not in name]
    return {name: gate._known(name) and gate._is_open(name) for name in names}


def test_what_is_open_to_visitors_is_what_we_mean(handlers):
    ours = {name.rpartition("____")[2] for name, is_open in handlers.items() if is_open and "fintwin" in name}
    assert ours == {"tab.dismiss", "tab.failed", "shell.visit", "login.load"}


def parts(handlers: Mapping[str, Any], number: int) -> list[list[str]]:
    """All handlers in so many parts, for as many tabs and places: each is bounded by a rate of its own."""
    names = list(handlers)
    return [names[first::number] for first in range(number)]


def test_without_a_cookie_nothing_runs(house, handlers):
    async def attack(place: int, names: list[str]) -> None:
        async with Tab(house.url, place=place) as tab:
            await tab.call("reflex___state____state.hydrate")
            for name in names:
                if name.endswith(".setvar"):
                    said = await tab.call(name, {"route": "/dashboard"})
                    assert "_redirect" in said or said == "[]", name
                else:
                    said = await tab.call(name, {"route": "/dashboard"}, hears="/login")
                    assert "/login" in said, f"{name}: {said}"

    async def run() -> None:
        closed = {name: is_open for name, is_open in handlers.items() if not is_open}
        await asyncio.gather(*(attack(place, names) for place, names in enumerate(parts(closed, 24), 2)))

    asyncio.run(run())


def test_another_cookie_finds_nothing_of_whom_the_tab_belonged_to(house, handlers):
    name = f"Zebulon{uuid4().hex[:8]}"
    theirs = signed_in(house.url, name)

    async def attack(number: int, names: list[str]) -> None:
        mine, token = signed_in(house.url, f"Somebody else {number}"), str(uuid4())
        async with Tab(house.url, cookie=theirs, token=token) as tab:
            await tab.call("reflex___state____state.hydrate")
            assert name in await tab.call(enter(handlers), {"route": "/settings"}, hears=name)
        async with Tab(house.url, cookie=mine, token=token) as tab:
            for handler in names:
                await tab.send(handler, {"route": "/settings"})
            assert "Somebody else" in await tab.call(enter(handlers), {"route": "/settings"}, hears="Somebody else")
            assert name not in json.dumps(tab.heard)

    async def run() -> None:
        await asyncio.gather(*(attack(number, names) for number, names in enumerate(parts(handlers, 4))))

    asyncio.run(run())


def test_a_customer_does_not_move_the_houses_money(house, handlers):
    form = {"purpose": "funds", "currency": "EUR", "amount": "1000", "reason": "Because I can"}

    async def run() -> None:
        async with Tab(house.url, cookie=signed_in(house.url, "Eve Outside")) as tab:
            for handler, payload in (("begin", {}), ("ask", {}), ("fund", {"form": form})):
                [name] = [one for one in handlers if one.endswith(f"funds_state____funds.{handler}")]
                assert "1,000.00" not in await tab.call(name, payload, path="/staff", hears="Only staff")

    asyncio.run(run())


def test_malformed_payloads_break_nothing(house, handlers):
    async def attack(name: str, payload: Any, names: list[str]) -> None:
        async with Tab(house.url, cookie=signed_in(house.url, name)) as tab:
            await tab.call("reflex___state____state.hydrate")
            for handler in names:
                await tab.send(handler, payload)
            await tab.quiet()
            assert name in await tab.call(enter(handlers), {"route": "/settings"}, hears=name)

    async def run() -> None:
        await asyncio.gather(
            *(
                attack(f"Mallory {number}-{part}", payload, names)
                for number, payload in enumerate(HOSTILE)
                for part, names in enumerate(parts(handlers, 3))
            )
        )

    asyncio.run(run())
    with urllib.request.urlopen(f"{house.url}/readyz", timeout=60) as answer:
        assert answer.status == 200


@pytest.fixture(scope="module")
def arguments(handlers) -> dict[str, list[str]]:
    """What each handler of ours takes, by name."""
    from reflex_base.registry import RegistrationContext

    known = RegistrationContext.get().event_handlers
    return {
        name: list(inspect.signature(known[name].handler.fn).parameters)[1:]
        for name in handlers
        if known[name].handler.fn.__module__.startswith("fintwin.")
    }


WRONG: tuple[Any, ...] = (None, {}, [], -1, 10**30, 1.5, True, "x" * 50_000, "\x00", {"$gt": ""}, {"form": [1]})


def test_every_argument_may_be_anything(house, arguments):
    """Each handler gets each of its arguments as anybody could send it, and refuses it instead of breaking."""
    before = len((house.folder / "log").read_text())

    async def attack(name: str, value: Any, names: list[str]) -> None:
        async with Tab(house.url, cookie=signed_in(house.url, name)) as tab:
            await tab.call("reflex___state____state.hydrate")
            for handler in names:
                await tab.send(handler, dict.fromkeys(arguments[handler], value))
            await tab.quiet()
            assert name in await tab.call(enter(arguments), {"route": "/settings"}, hears=name)

    async def run() -> None:
        await asyncio.gather(
            *(
                attack(f"Trudy {number}-{part}", value, names)
                for number, value in enumerate(WRONG)
                for part, names in enumerate(parts(arguments, 3))
            )
        )

    asyncio.run(run())
    log = (house.folder / "log").read_text()[before:]
    broken = [part.partition("\n\n")[0][-1500:] for part in log.split("A handler broke")[1:]]
    # Reflex itself refuses what cannot be converted to a handler's type hint, before the handler.
    assert [text for text in broken if "Error transforming event" not in text] == []


def test_a_session_ends_in_every_tab_at_once(house, handlers):
    cookie = signed_in(house.url, "Gone")

    async def run() -> None:
        async with Tab(house.url, cookie=cookie) as one, Tab(house.url, cookie=cookie) as other:
            for tab in (one, other):
                await tab.call("reflex___state____state.hydrate")
                await tab.call(enter(handlers), {"route": "/onboarding"}, path="/onboarding")
            before = len(one.heard), len(other.heard)
            assert post(house.url, "/auth/sign-out", {}, cookie=cookie).status == 303
            began = time.monotonic()
            while not all("/login" in json.dumps(tab.heard[n:]) for tab, n in zip((one, other), before, strict=True)):
                assert time.monotonic() - began < SOON / 1000, (one.heard[before[0] :], other.heard[before[1] :])
                await asyncio.sleep(0.02)

    asyncio.run(run())


def test_thirty_tabs_that_come_back_at_once_are_all_loaded(house, handlers):
    """As after a restart or a laptop's sleep: none is refused and left in its skeleton."""
    cookie = signed_in(house.url, "Many")
    page = {"pathname": "/settings", "asPath": "/settings", "query": {}}
    boot = {"name": "reflex___state____state.hydrate_and_load", "payload": {}, "router_data": page}
    assert boot["name"] in handlers

    async def run() -> None:
        async with AsyncExitStack() as open_tabs:
            tabs = [Tab(house.url, cookie=cookie, first=boot) for _ in range(30)]
            await asyncio.gather(*(open_tabs.enter_async_context(tab) for tab in tabs))
            until = time.monotonic() + 60
            while not all('"Many"' in json.dumps(tab.heard) for tab in tabs):
                assert time.monotonic() < until, sum('"Many"' in json.dumps(tab.heard) for tab in tabs)
                await asyncio.sleep(0.2)
            assert not any(TOO_MUCH in json.dumps(tab.heard) for tab in tabs)

    asyncio.run(run())


def test_a_token_under_another_cookie_becomes_a_new_one(house, handlers):
    """What still runs for whom it belonged to before has no way to the new socket."""
    theirs, mine = signed_in(house.url, "Before"), signed_in(house.url, "After")

    async def run() -> None:
        token = str(uuid4())
        async with Tab(house.url, cookie=theirs, token=token) as tab:
            await tab.call(enter(handlers), {"route": "/settings"}, hears="Before")
            assert tab.renamed == []
        for cookie in (mine, "", theirs):
            async with Tab(house.url, cookie=cookie, token=token) as tab:
                await tab.call("reflex___state____state.hydrate")
                until = time.monotonic() + PATIENCE
                while tab.renamed == [] and cookie != theirs:
                    assert time.monotonic() < until
                    await asyncio.sleep(0.02)
                assert "Before" not in json.dumps(tab.heard) or cookie == theirs

    asyncio.run(run())


def test_no_cookie_is_ever_logged(house, handlers):
    cookie = signed_in(house.url, "Quiet")
    canary = f"c4n4ry{uuid4().hex}"
    carried = f"{cookie}; other={canary}"
    unknown = {"name": "no.such.handler", "payload": {}, "router_data": {"pathname": "/", "query": {}}}
    junk = (unknown, {"name": 7}, {**unknown, "name": enter(handlers), "payload": []}, "{", [], None)

    async def send_junk(first: Any) -> None:
        async with Tab(house.url, cookie=carried, first=first) as tab:
            for data in junk:
                await tab.packet("event", data)
            await tab.packet("event")
            await tab.packet("connect", {"QUERY_STRING": "token=x", "asgi.scope": {"client": ["1.2.3.4", 1]}})
            await tab.packet("no_such_packet", canary)
            await tab.packet("ping", canary)
            await tab.quiet()
            assert "Quiet" in await tab.call(enter(handlers), {"route": "/settings"}, hears="Quiet")

    async def run() -> None:
        await asyncio.gather(*(send_junk(first) for first in (*junk[:3], "{")))

    asyncio.run(run())
    log = (house.folder / "log").read_text()
    assert "no event of ours" in log
    assert canary not in log
    assert cookie.partition("=")[2] not in log


def test_what_a_browser_reports_is_one_short_line(house, handlers):
    report = next(handler for handler in handlers if handler.endswith(".handle_frontend_exception"))
    mark = f"mark{uuid4().hex}"

    async def run() -> None:
        async with Tab(house.url) as tab:
            await tab.call("reflex___state____state.hydrate")
            for _ in range(30):
                text = f"{mark}\nERROR forged: line\x1b[2J" + "x" * 50_000
                await tab.send(report, {"info": text, "component_stack": ""})
            await tab.quiet()

    asyncio.run(run())
    until = time.monotonic() + PATIENCE
    while not (lines := [line for line in (house.folder / "log").read_text().splitlines() if mark in line]):
        assert time.monotonic() < until
        time.sleep(0.1)
    assert len(lines) <= 25
    assert all(len(line) < 2200 and "\\nERROR forged" in line and "\x1b" not in line for line in lines)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
def test_a_socket_from_elsewhere_is_refused(house, origin):
    async def run() -> None:
        socket = socketio.AsyncClient(reconnection=False)
        with pytest.raises(socketio.exceptions.ConnectionError):
            await socket.connect(
                f"{house.url}?token={uuid4()}",
                headers={"Origin": origin} if origin else {},
                socketio_path="/_event",
                namespaces=["/_event"],
                transports=["websocket"],
            )

    asyncio.run(run())
