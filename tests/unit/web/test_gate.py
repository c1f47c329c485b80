"""The gate believes the cookie alone, wipes what is not its person's, and denies by default."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest
import reflex as rx
from reflex_base.event import Event

from fintwin.identity.principal import Principal
from fintwin.kernel.errors import Forbidden
from fintwin.settings import Settings
from fintwin.web import gate, request
from fintwin.web.gate import Gate, Tab, open_to_visitors

MAYA = Principal(person=7, uuid=uuid4(), name="Maya", email="", issuer="local", role="customer", session=b"m")
LENA = replace(MAYA, person=8, name="Lena", session=b"l")
TOKENS = {"maya": MAYA, "lena": LENA}


class Purse(rx.State):
    """Something of a person's own."""

    content: str = ""

    @rx.event
    def fill(self):
        """Not for visitors."""

    @rx.event
    @open_to_visitors
    def admire(self):
        """For all."""


@pytest.fixture(autouse=True)
def believed(monkeypatch):
    monkeypatch.setattr(gate.sessions, "believed", TOKENS.get)
    monkeypatch.setattr(gate.cookies, "session_token", lambda header, _settings: header)
    monkeypatch.setattr(gate, "_place", lambda _root: "/twin?run=1")
    gate._principal.set(None)


def name(handler: str) -> str:
    return f"{Purse.get_full_name()}.{handler}"


def pass_gate(root, handler: str, *, cookie="", direct=True, address="a", forwarded="", tab="", payload=None):
    headers = {"cookie": cookie, "asgi-scope-client": address, "x-forwarded-for": forwarded}
    router_data = {"headers": headers, "token": tab} if direct else {}
    event = Event(name=handler, router_data=router_data, payload=payload or {})
    return asyncio.run(Gate().preprocess(None, root, event))


@pytest.fixture
def root():
    return rx.State(_reflex_internal_init=True)


def purse(root) -> Purse:
    return asyncio.run(root.get_state(Purse))


def test_a_person_goes_through(root):
    assert pass_gate(root, name("fill"), cookie="maya") is None


def test_a_visitor_is_led_to_the_sign_in_and_back_again(root):
    answer = pass_gate(root, name("fill"))
    assert "/login?next=/twin%3Frun%3D1" in str(answer.events)
    assert pass_gate(root, name("admire")) is None


def test_what_the_tab_held_is_gone_before_anything_is_sent(root):
    pass_gate(root, name("fill"), cookie="maya")
    purse(root).content = "12.50"
    assert pass_gate(root, name("fill"), cookie="maya") is None
    assert purse(root).content == "12.50"
    pass_gate(root, name("fill"), cookie="lena")
    assert purse(root).content == ""
    purse(root).content = "777.77"
    answer = pass_gate(root, name("fill"))
    assert purse(root).content == ""
    assert "777.77" not in str(answer.delta)


def test_no_dialog_of_the_page_before_shows_until_the_next_one_has_been_read(root):
    boot = f"{rx.State.get_full_name()}.hydrate_and_load"
    tab = asyncio.run(root.get_state(Tab))
    tab._arrive("/payments")
    assert tab.at == ""
    tab.settled()
    assert tab.at == "/payments"
    pass_gate(root, name("fill"), cookie="maya")
    tab = asyncio.run(root.get_state(Tab))
    tab._arrive("/payments")
    tab.settled()
    tab._arrive("/payments")
    assert tab.at == "/payments"  # the address changed within the page: its dialog stays
    pass_gate(root, boot, cookie="maya")
    assert tab.at == "/payments"  # the connection came back after a cut
    pass_gate(root, boot, cookie="maya", payload={"hashes": ["1"]})
    assert tab.at == ""
    tab.settled()
    tab._arrive("/accounts")
    assert tab.at == ""


def test_a_chained_event_has_the_cookie_its_tab_came_with(root):
    root.router_data = {"headers": {"cookie": "maya"}}
    assert pass_gate(root, name("fill"), direct=False) is None
    root.router_data = {"headers": {"cookie": "forged"}}
    assert pass_gate(root, name("fill"), direct=False) is not None


def test_nobody_writes_a_var_by_its_name(root):
    for cookie in ("", "maya"):
        assert pass_gate(root, name("setvar"), cookie=cookie) is not None
        assert pass_gate(root, f"{Tab.get_full_name()}.setvar", cookie=cookie) is not None


def test_unknown_names_lead_nowhere(root):
    assert pass_gate(root, "no_such.handler", cookie="maya") is not None


def test_a_flood_is_answered_with_a_sentence(root):
    for _ in range(200):
        answer = pass_gate(root, name("admire"), address="flood")
    assert "a lot at once" in str(answer.delta)
    assert pass_gate(root, name("admire"), address="another") is None


def test_behind_a_proxy_one_stranger_does_not_lock_out_all(root, monkeypatch):
    monkeypatch.setattr(request, "settings", lambda: Settings(public_url="https://money.example.org"))
    for number in range(200):
        forged = f"10.0.0.{number}, 203.0.113.9"
        answer = pass_gate(root, name("admire"), address="127.0.0.1", forwarded=forged)
    assert "a lot at once" in str(answer.delta)
    assert pass_gate(root, name("admire"), address="127.0.0.1", forwarded="198.51.100.7") is None


def test_one_tab_does_not_use_up_its_address(root):
    for _ in range(60):
        answer = pass_gate(root, name("admire"), address="shared", tab="greedy")
    assert "a lot at once" in str(answer.delta)
    assert pass_gate(root, name("admire"), address="shared", tab="modest") is None


class Background:
    """A background handler's state, as far as the gate sees it."""

    def __init__(self, root) -> None:
        self._root = root

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_error):
        return None

    async def get_state(self, state):
        return await self._root.get_state(state)


@pytest.mark.parametrize(
    ("lasts", "owner", "works"), [(True, "maya", True), (True, "lena", False), (False, "maya", False)]
)
def test_a_background_handler_ends_with_its_session_and_its_tab(root, monkeypatch, lasts, owner, works):
    monkeypatch.setattr(gate.sessions, "still", lambda _who: lasts)
    pass_gate(root, name("fill"), cookie=owner)

    async def work() -> bool:
        gate._principal.set(MAYA)
        async with gate.flushing(Background(root)):
            return True

    if works:
        assert asyncio.run(work())
    else:
        with pytest.raises(Forbidden):
            asyncio.run(work())


def test_without_anybody_there_is_no_principal():
    with pytest.raises(Forbidden):
        gate.principal()


@pytest.mark.parametrize(("leads_on", "shown"), [(False, ["", ""]), (True, ["Everyday is open.", ""])])
def test_a_line_is_old_when_a_page_loads_but_for_one_said_on_the_way_there(root, leads_on, shown):
    tab = asyncio.run(root.get_state(Tab))
    tab._say("Everyday is open.", leads_on=leads_on)
    seen = []
    for _ in shown:
        tab._arrive("/accounts")
        seen.append(tab.notice)
    assert seen == shown
