"""The two legs of an own transfer that came as two transactions: linked, so that reports leave both out.

One that is taken back lets go of the other (alembic/sql/0025_second_reading.sql): what is left alone counts again.
"""

from sqlalchemy import text
from sqlmodel import Session

from fintwin.events.outbox import Kind as Happening
from fintwin.events.outbox import tell
from fintwin.identity.principal import Principal
from fintwin.kernel.errors import NotFound, Refused


def link(session: Session, who: Principal, *, first: int, second: int) -> None:
    """Say that two transactions are the legs of one own transfer.

    Raises:
        NotFound: one of them has another leg already (`unknown_pair`).
    """
    linked = session.connection().execute(
        text(
            """
            INSERT INTO classification (owner, transaction, matched)
            SELECT :owner, x.one, x.other FROM (VALUES (CAST(:first AS bigint), CAST(:second AS bigint)), (:second, :first)) x (one, other)
            ORDER BY x.one
            ON CONFLICT (owner, transaction) DO UPDATE SET matched = excluded.matched, changed_at = now()
            WHERE classification.matched IS NULL
            """
        ),
        {"owner": who.person, "first": first, "second": second},
    )
    if linked.rowcount != 2:
        raise NotFound("This pair is not there any more.", code="unknown_pair")
    tell(session, Happening.CLASSIFIED)


def unlink(session: Session, who: Principal, *, first: int, second: int) -> None:
    """Say that two linked legs are no own transfer after all.

    Raises:
        Refused: they are not linked (`not_matched`).
    """
    changed = session.connection().execute(
        text(
            "UPDATE classification SET matched = NULL, changed_at = now() WHERE owner = :owner"
            " AND (transaction, matched) IN ((:first, :second), (:second, :first))"
        ),
        {"owner": who.person, "first": first, "second": second},
    )
    if changed.rowcount != 2:
        raise Refused("These two are not linked.", code="not_matched")
    tell(session, Happening.CLASSIFIED)


def other(session: Session, who: Principal, *, transaction: int) -> int | None:
    """The other leg of an own transfer; None where a transaction is no leg."""
    found = session.connection().scalar(
        text("SELECT matched FROM classification WHERE owner = :owner AND transaction = :transaction"),
        {"owner": who.person, "transaction": transaction},
    )
    return None if found is None else int(found)
