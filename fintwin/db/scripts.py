"""The SQL bodies of migrations, kept as files so that they read and diff as SQL."""

import re
from pathlib import Path

from sqlalchemy import Connection

_SQL = Path(__file__).resolve().parents[2] / "alembic" / "sql"


def run_script(connection: Connection, name: str) -> None:
    """Run `alembic/sql/NAME.sql` as it stands, in the migration's transaction."""
    connection.connection.cursor().execute(_body(name))


def run_function(connection: Connection, name: str, *, function: str, named: str = "") -> None:
    """Put one function back as `alembic/sql/NAME.sql` defines it: the way down from a later definition.

    `named` is what it was called by then, where it was renamed meanwhile.
    """
    found = re.search(
        rf"^CREATE (?:OR REPLACE )?FUNCTION {re.escape(function)}(\(.*?^END \$\$;)$", _body(name), re.S | re.M
    )
    if found is None:
        raise LookupError(f"{name}.sql defines no function {function}")
    connection.connection.cursor().execute(f"CREATE OR REPLACE FUNCTION {named or function}{found[1]}")


def _body(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text()
