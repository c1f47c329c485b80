"""Checks at start that row security really holds for the role this process runs as."""

from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, NoResultFound
from sqlalchemy.pool import NullPool
from sqlmodel import Session

from fintwin.db.address import parsed
from fintwin.db.tables import SHARED
from fintwin.kernel.errors import Misconfigured

_POWERS = text(
    """
    SELECT r.rolsuper, r.rolbypassrls, pg_has_role(r.oid, i.owner_role::name, 'MEMBER') AS of_owner,
           EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p', 'v', 'S')) AS owns
    FROM pg_roles r, installation i WHERE r.rolname = session_user
    """
)

_OPEN = text(
    """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
      AND NOT (c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))
    ORDER BY 1
    """
)


def proved(app: str) -> None:
    """Refuse a login at which one person could see another's rows, and a database that has no tables yet.

    Raises:
        Misconfigured: as `refuse_unsafe`, or the login cannot connect or finds nothing.
    """
    engine = create_engine(parsed(app), poolclass=NullPool)
    try:
        with Session(engine) as session:
            refuse_unsafe(session)
    except (DBAPIError, NoResultFound) as fault:
        reason = str(getattr(fault, "orig", fault)).strip()
        raise Misconfigured(
            f"The app's database login finds no migrated database: {reason}\nRun `fintwin migrate` with DATABASE_URL set to"
            " an administrator's address.",
            code="not_migrated",
        ) from None
    finally:
        engine.dispose()


def refuse_unsafe(session: Session) -> None:
    """Refuse to start on a login or a table that would let one person see another's rows.

    Raises:
        Misconfigured: the login is superuser, may bypass row security, is a member of the owner or owns a table;
            or a table that is a person's has no forced policy.
    """
    row = session.connection().execute(_POWERS).one()
    faults = {
        "is a superuser": row.rolsuper,
        "may bypass row security": row.rolbypassrls,
        "is a member of the owner role": row.of_owner and not row.rolsuper,
        "owns tables": row.owns,
    }
    found = [fault for fault, holds in faults.items() if holds]
    if found:
        raise Misconfigured(
            f"The app's database login {' and '.join(found)}, so row security would not hold. Give it the app role that"
            " `fintwin migrate` makes (or what `fintwin migrate --print-roles` prints)."
        )
    unguarded = [
        name
        for (name,) in session.connection().execute(_OPEN)
        if name not in SHARED and not name.startswith("procrastinate_")
    ]
    if unguarded:
        raise Misconfigured(f"These tables have no row security: {', '.join(unguarded)}. Run `fintwin migrate`.")
