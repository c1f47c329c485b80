"""Statements that are whole units of work: sent, run and committed in one round trip, over lines that stay open.

A line is a connection of the app's pool that is not given back after each call: taking one out and giving it back costs
a process that does little else a fifth of its time.
"""

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import psycopg2
import psycopg2.extensions
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import PoolProxiedConnection

from fintwin.db.engine import LINES, app_engine, at_close

_OLD = 1800.0
"""Seconds after which a line is given back, as the pool renews its own."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement that a connection plans once: its name there, the types of its parameters, and itself."""

    name: str
    types: str
    statement: str
    """With $1 for the acting person (text) and the call's own values from $2 on."""

    @property
    def preparing(self) -> str:
        return f"PREPARE {self.name} (text, {self.types}) AS {self.statement}"

    def executing(self, many: int) -> str:
        return f"EXECUTE {self.name} ({', '.join(['%s'] * many)})"


@dataclass(slots=True)
class _Line:
    engine: Engine
    pooled: PoolProxiedConnection
    connection: psycopg2.extensions.connection
    cursor: psycopg2.extensions.cursor
    since: float
    statements: dict[str, str]
    """What executes a statement that this connection has prepared, by its name."""


_idle: deque[_Line] = deque()


def sent(prepared: Prepared, values: Sequence[Any]) -> tuple[Any, ...]:
    """Its first row; the first of the values is the acting person.

    Raises:
        DBAPIError: the database refused; nothing is left behind.
    """
    line = _taken()
    statement = line.statements.get(prepared.name, "")
    try:
        if not statement:
            line.cursor.execute(prepared.preparing)
            statement = line.statements[prepared.name] = prepared.executing(len(values))
        line.cursor.execute(statement, values)
        row = line.cursor.fetchone()
    except psycopg2.Error as error:
        gone = bool(line.connection.closed)
        if gone:
            line.pooled.invalidate(error)
            line.pooled.close()
            hang_up()
            app_engine().dispose()  # what ended this connection most likely ended those that lie idle
        else:
            _kept(line)
        raise DBAPIError.instance(
            statement, None, error, psycopg2.Error, connection_invalidated=gone, hide_parameters=True
        ) from error
    except BaseException:
        line.pooled.invalidate()
        line.pooled.close()
        raise
    _kept(line)
    assert row is not None
    return row


def _taken() -> _Line:
    engine, renewed = app_engine(), time.monotonic() - _OLD
    while (line := _next()) is not None:
        if line.engine is engine and line.since > renewed:
            return line
        _given_back(line)
    pooled = engine.raw_connection()
    connection = cast(psycopg2.extensions.connection, pooled.driver_connection)
    connection.autocommit = True  # the server then opens and commits by itself
    known = pooled.info.setdefault("statements", {})
    return _Line(engine, pooled, connection, connection.cursor(), time.monotonic(), known)


def _next() -> _Line | None:
    try:
        return _idle.pop()
    except IndexError:
        return None


def _kept(line: _Line) -> None:
    if len(_idle) < LINES:
        _idle.append(line)
    else:
        _given_back(line)


def _given_back(line: _Line) -> None:
    if not line.connection.closed:
        line.connection.autocommit = False
    line.pooled.close()


@at_close
def hang_up() -> None:
    """Give back every line that is not in use; safe to call twice."""
    while (line := _next()) is not None:
        _given_back(line)
