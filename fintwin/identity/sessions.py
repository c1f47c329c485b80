"""Who is signed in: the session behind a token, believed for two seconds, and the end of it told at once.

The gate asks `believed` at every event; a background handler asks `still` at every flush. Both answer from memory for
at most two seconds, so a session that ends in another process is gone here after that; one that ends in this process
is gone at once, and whoever registered with `on_end` is told.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from fintwin.db.engine import app_engine
from fintwin.db.work import lost
from fintwin.identity.principal import Principal
from fintwin.identity.tokens import hashed, looks_right
from fintwin.kernel.errors import Busy

BELIEVED = 2.0
"""Seconds for which an answer of the database stands."""

_TOUCHED = 30.0
_MOST = 5_000

_ASK = text("SELECT * FROM session_person(:hash, :active)")


def session_person(token: str, *, active: bool = True) -> Principal | None:
    """The person behind a session's token, straight from the database in one round trip; None when there is none.

    Args:
        active: a person did something, which keeps the session from idling; False for a look by a handler.
    """
    return asked(hashed(token), active) if looks_right(token) else None


def asked(session: bytes, active: bool) -> Principal | None:
    """Like `session_person`, by the token's hash.

    Raises:
        Busy: no connection was free, or the database is away; whose session it is cannot be said.
    """
    for again in (True, False):
        try:
            # Autocommit, so that the call is the only thing on the wire; the door needs no current person.
            with app_engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                row = connection.execute(_ASK, {"hash": session, "active": active}).mappings().one_or_none()
            return Principal(**row, session=session) if row else None
        except PoolTimeout:
            break
        except DBAPIError as error:
            if not lost(error):
                raise
            if not again:  # a connection may have died in the pool; the next one is made anew
                break
    raise Busy("The books cannot be reached just now. Try again in a moment.")


@dataclass(frozen=True, slots=True)
class _Known:
    principal: Principal | None
    asked: float
    touched: float


class Beliefs:
    """Answers that are believed for a while; safe between threads."""

    def __init__(
        self, ask: Callable[[bytes, bool], Principal | None], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._forgotten = 0

    def of(self, session: bytes, *, active: bool) -> Principal | None:
        """The person of a session, from memory where the answer is fresh and the database need not be told."""
        now = self._clock()
        with self._lock:
            known = self._known.get(session)
            forgotten = self._forgotten
        if known and now - known.asked < BELIEVED:
            told = not active or known.principal is None or now - known.touched < _TOUCHED
            if told:
                return known.principal
        principal = self._ask(session, active)
        touched = now if active else known.touched if known else float("-inf")
        with self._lock:
            # What was forgotten while the database was being asked stays forgotten, whatever it answered.
            if forgotten == self._forgotten:
                self._known[session] = _Known(principal, now, touched)
                self._known.move_to_end(session)
                if len(self._known) > _MOST:
                    self._known.popitem(last=False)
        return principal

    def forget(self, session: bytes) -> None:
        """Ask the database the next time, whoever is asking it now."""
        with self._lock:
            self._forgotten += 1
            self._known.pop(session, None)


_beliefs = Beliefs(asked)
_listeners: list[Callable[[bytes], None]] = []


def believed(token: str, *, active: bool = True) -> Principal | None:
    """Like `session_person`, from memory where the answer is fresh enough; this is what the gate calls."""
    return _beliefs.of(hashed(token), active=active) if looks_right(token) else None


def still(who: Principal) -> bool:
    """Whether a principal's session goes on; asking does not keep it from idling. A job has no session and goes on."""
    return not who.session or _beliefs.of(who.session, active=False) is not None


def on_end(listener: Callable[[bytes], None]) -> None:
    """Have a function told the hash of every session that ends in this process, in whichever thread ends it.

    It must return at once and raise nothing. Register once at start, not per tab.
    """
    _listeners.append(listener)


def ended(session: bytes) -> None:
    """Forget a session that has ended, and tell the listeners. Called after the commit."""
    _beliefs.forget(session)
    for listener in _listeners:
        listener(session)


def changed(session: bytes) -> None:
    """Ask anew for a session whose person has changed (name, locale, profile complete). Called after the commit."""
    _beliefs.forget(session)
