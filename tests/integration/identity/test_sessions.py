"""How long a session lives, who sees it, and how it ends."""

import time
from dataclasses import replace

import pytest
from sqlalchemy import event

from fintwin.db.engine import app_engine
from fintwin.db.work import perform, work
from fintwin.identity import service, sessions
from fintwin.identity.service import Browser
from fintwin.kernel.errors import NotFound

FIREFOX = Browser("Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/145.0", "en-GB", "Europe/London")


def enter(*, keep=False, **wanted):
    wanted = wanted or {"name": "Maya"}
    return perform(None, lambda session: service.sign_in_locally(session, browser=FIREFOX, keep=keep, **wanted))


def again(inside, *, keep=False):
    [profile] = [one for one in perform(None, service.local_profiles) if one.name == inside.who.name]
    return enter(subject=profile.subject, keep=keep)


def as_person(who, call, **wanted):
    return perform(who.person, lambda session: call(session, who, **wanted))


@pytest.mark.parametrize(
    ("keep", "idle", "absolute"), [(False, "30 minutes", "12 hours"), (True, "30 days", "90 days")]
)
def test_a_session_idles_out_and_ends_absolutely(admin, keep, idle, absolute):
    inside = enter(keep=keep)
    admin(f"UPDATE session SET seen_at = now() - interval '{idle}' + interval '5 seconds'")
    assert service.session_person(inside.token, active=False) == inside.who
    admin(f"UPDATE session SET seen_at = now() - interval '{idle}'")
    assert service.session_person(inside.token) is None
    admin("UPDATE session SET seen_at = now()")
    assert service.session_person(inside.token) == inside.who
    [(seconds,)] = admin(f"SELECT extract(epoch FROM expires_at - created_at - interval '{absolute}') FROM session")
    assert abs(seconds) < 1
    admin("UPDATE session SET expires_at = now()")
    assert service.session_person(inside.token) is None


def test_what_a_person_does_keeps_a_session_and_what_a_handler_does_not(admin):
    inside = enter()

    def idle_minutes():
        return round(admin("SELECT extract(epoch FROM now() - seen_at) / 60 FROM session")[0][0])

    admin("UPDATE session SET seen_at = now() - interval '20 minutes'")
    service.session_person(inside.token, active=False)
    assert idle_minutes() == 20
    service.session_person(inside.token)
    assert idle_minutes() == 0


def test_asking_is_one_statement_on_the_wire():
    inside = enter()
    said = []
    event.listen(app_engine(), "before_cursor_execute", lambda *given: said.append(given[2]))
    assert service.session_person(inside.token) == inside.who
    assert len(said) == 1


def test_a_token_that_is_not_ours_is_nobody():
    inside = enter()
    for token in ("", inside.token[:-1] + ("a" if inside.token[-1] != "a" else "b"), inside.token + "x", "' OR 1=1 --"):
        assert service.session_person(token) is None


def test_sign_out_ends_this_session_at_once_and_no_other():
    here, there = (first := enter()), again(first)
    heard = []
    sessions.on_end(heard.append)
    assert service.believed(here.token)
    assert service.still(here.who)
    as_person(here.who, service.sign_out)
    assert heard == [here.who.session]
    assert service.believed(here.token) is None
    assert not service.still(here.who)
    assert service.session_person(there.token)
    sessions._listeners.remove(heard.append)


def test_nothing_is_told_of_a_sign_out_that_failed():
    inside = enter()
    heard = []
    sessions.on_end(heard.append)
    with pytest.raises(RuntimeError), work(inside.who.person) as session:
        service.sign_out(session, inside.who)
        raise RuntimeError
    assert heard == []
    assert service.believed(inside.token)
    sessions._listeners.remove(heard.append)


def test_a_session_that_ends_elsewhere_is_gone_within_three_seconds(admin):
    inside = enter()
    assert service.believed(inside.token)
    admin("DELETE FROM session")
    # A second is left for the way there; here a busy machine may be late.
    assert sessions.BELIEVED <= 2
    time.sleep(sessions.BELIEVED)
    assert not service.believed(inside.token)


def test_sessions_are_listed_and_revoked_by_their_person_alone():
    here = enter()
    there = again(here, keep=True)
    ben = enter(name="Ben")
    listed = as_person(here.who, service.list_sessions)
    assert [one.current for one in listed].count(True) == 1
    assert {(one.agent, one.keep) for one in listed} == {("Firefox on Windows", False), ("Firefox on Windows", True)}
    [other] = [one for one in listed if not one.current]
    with pytest.raises(NotFound):
        as_person(ben.who, service.revoke, id=other.id)
    as_person(here.who, service.revoke, id=other.id)
    assert service.believed(there.token) is None
    assert service.believed(here.token)
    with pytest.raises(NotFound):
        as_person(here.who, service.revoke, id=other.id)
    assert len(as_person(here.who, service.list_sessions)) == 1


def test_all_others_at_once():
    here = enter()
    others = [again(here) for _ in range(3)]
    ben = enter(name="Ben")
    assert as_person(here.who, service.end_other_sessions) == 3
    assert all(service.believed(one.token) is None for one in others)
    assert service.believed(here.token)
    assert service.believed(ben.token)


def test_ended_sessions_are_neither_listed_nor_kept_for_ever(admin):
    here = enter()
    again(here)
    admin("UPDATE session SET seen_at = now() - interval '1 day' WHERE hash <> :hash", hash=here.who.session)
    assert len(as_person(here.who, service.list_sessions)) == 1
    again(here)
    assert admin("SELECT count(*) FROM session") == [(2,)]


def test_only_hashes_are_stored(admin):
    inside = enter()
    [(kept,)] = admin("SELECT hash FROM session")
    assert bytes(kept) == inside.who.session
    assert inside.token.encode() not in bytes(kept)
    assert inside.token not in repr(inside)


def test_another_persons_session_cannot_be_read_or_ended():
    maya, ben = enter(), enter(name="Ben")
    with work(ben.who.person) as session:
        assert service.list_sessions(session, replace(ben.who, person=maya.who.person)) == []
        service.sign_out(session, replace(ben.who, session=maya.who.session))
    assert service.session_person(maya.token)
