"""Nothing that is no event of ours reaches Reflex, and a client's packet is never taken for the server's word."""

import asyncio

import pytest

from fintwin.web.gate import Tab
from fintwin.web.socket import Socket, is_event

NAME = f"{Tab.get_full_name()}.dismiss"


@pytest.mark.parametrize(
    "data",
    [
        None,
        "",
        '{"name": "x"}',
        [],
        {},
        {"name": None},
        {"name": ["x"]},
        {"name": "no.such"},
        {"name": f"{NAME} "},
        {"name": NAME, "payload": []},
        {"name": NAME, "router_data": "x"},
        {"name": NAME, "router_data": {"pathname": 7}},
        {"name": NAME, "router_data": {"asPath": {}}},
        {"name": NAME, "router_data": {"query": "a=b"}},
    ],
)
def test_what_is_no_event(data):
    assert not is_event(data)


def test_what_is_an_event():
    assert is_event({"name": NAME})
    assert is_event({"name": NAME, "payload": {}, "router_data": {"pathname": "/", "query": {}}})


class Server:
    """Knows one connection."""

    def __init__(self) -> None:
        self.environ = {"QUERY_STRING": ""}

    def get_environ(self, sid, _namespace):
        return self.environ if sid == "one" else None


class App:
    """As much of an app as the doorstep asks for."""

    def __init__(self) -> None:
        self.sio = Server()


@pytest.fixture
def socket(monkeypatch):
    made = Socket("/_event", App())
    made.reached = []

    async def reached(_self, sid, *more):
        made.reached.append(sid)

    for name in ("on_connect", "on_ping"):
        monkeypatch.setattr(Socket, name, reached)
    return made


@pytest.mark.parametrize(
    ("event", "arguments"),
    [
        ("connect", ({"QUERY_STRING": "token=another"},)),
        ("connect", ()),
        ("ping", ("more",)),
        ("no_such", ()),
        ("_hidden", ()),
        ({}, ()),
        (None, ()),
    ],
)
def test_a_packet_that_is_none_is_dropped(socket, event, arguments):
    assert asyncio.run(socket.trigger_event(event, "one", *arguments)) is None
    assert socket.reached == []


def test_the_servers_own_connect_goes_through(socket):
    asyncio.run(socket.trigger_event("connect", "one", socket.app.sio.environ, None))
    asyncio.run(socket.trigger_event("ping", "one"))
    assert socket.reached == ["one", "one"]
