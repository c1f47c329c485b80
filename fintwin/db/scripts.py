"""The SQL bodies of migrations, kept as files so that they read and diff as SQL."""

from pathlib import Path

from sqlalchemy import Connection


def run_script(connection: Connection, name: str) -> None:
    """Run `alembic/sql/NAME.sql` as it stands, in the migration's transaction."""
    body = (Path(__file__).resolve().parents[2] / "alembic" / "sql" / f"{name}.sql").read_text()
    connection.connection.cursor().execute(body)
