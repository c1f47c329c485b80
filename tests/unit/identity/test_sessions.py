import threading
from dataclasses import replace
from uuid import UUID

from fintwin.identity import sessions
from fintwin.identity.principal import Principal
from fintwin.identity.sessions import Beliefs

MAYA = Principal(person=1, uuid=UUID(int=1), name="Maya", email="", issuer="local", role="customer", session=b"s" * 32)


class House:
    """What the database would say, how often it was asked, and a clock that stands until it is moved."""

    def __init__(self) -> None:
        self.signed_in: Principal | None = MAYA
        self.asked: list[bool] = []
        self.now = 1000.0
        self.beliefs = Beliefs(self.ask, clock=lambda: self.now)

    def ask(self, session: bytes, active: bool) -> Principal | None:
        self.asked.append(active)
        return self.signed_in


def test_an_answer_is_believed_for_two_seconds_and_no_longer():
    house = House()
    assert house.beliefs.of(MAYA.session, active=True) == MAYA
    house.signed_in = None
    house.now += 1.99
    assert house.beliefs.of(MAYA.session, active=True) == MAYA
    house.now += 0.02
    assert house.beliefs.of(MAYA.session, active=True) is None


def test_a_stranger_is_not_asked_for_at_every_event():
    house = House()
    house.signed_in = None
    for _ in range(10):
        assert house.beliefs.of(MAYA.session, active=True) is None
    assert len(house.asked) == 1


def test_looks_of_handlers_do_not_hide_what_a_person_does():
    house = House()
    house.beliefs.of(MAYA.session, active=True)
    for _ in range(100):
        house.now += 1
        house.beliefs.of(MAYA.session, active=False)
    before = house.asked.count(True)
    house.beliefs.of(MAYA.session, active=True)
    assert house.asked.count(True) == before + 1


def test_what_ends_here_is_gone_at_once():
    house = House()
    house.beliefs.of(MAYA.session, active=True)
    house.signed_in = None
    house.beliefs.forget(MAYA.session)
    assert house.beliefs.of(MAYA.session, active=True) is None


def test_an_answer_on_its_way_does_not_bring_a_session_back():
    house = House()
    asked, ended = threading.Event(), threading.Event()

    def slow(session: bytes, active: bool) -> Principal | None:
        answer = house.signed_in
        asked.set()
        ended.wait(60)
        return answer

    house.beliefs = Beliefs(slow, clock=lambda: house.now)
    thread = threading.Thread(target=house.beliefs.of, args=(MAYA.session,), kwargs={"active": True})
    thread.start()
    assert asked.wait(60)
    house.signed_in = None
    house.beliefs.forget(MAYA.session)
    ended.set()
    thread.join()
    assert house.beliefs.of(MAYA.session, active=True) is None


def test_listeners_hear_of_an_end(monkeypatch):
    heard: list[bytes] = []
    monkeypatch.setattr(sessions, "_listeners", [])
    sessions.on_end(heard.append)
    sessions.ended(MAYA.session)
    assert heard == [MAYA.session]


def test_a_job_has_no_session_to_lose():
    assert sessions.still(replace(MAYA, session=b""))


def test_garbage_never_reaches_the_database():
    assert sessions.session_person("x" * 5000) is None
    assert sessions.believed("") is None
