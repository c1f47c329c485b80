"""Runs migrations as the owner role, on the connection that `fintwin.db.migrate` hands over."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import fintwin
from alembic import context
from fintwin.db.migrate import alone
from fintwin.db.tables import metadata

for room in sorted(
    path.name for path in Path(fintwin.__file__).parent.iterdir() if path.is_dir() and path.name != "ui"
):
    if find_spec(f"fintwin.{room}.models") is not None:
        import_module(f"fintwin.{room}.models")


def of_the_house(_object: object, name: str | None, kind: str, _reflected: bool, _compared: object) -> bool:
    """Leave out what belongs to procrastinate, and search indexes: they may be missing where pg_trgm is."""
    return not (
        kind in {"table", "index"} and (name or "").startswith(("procrastinate_", "idx_procrastinate", "search_"))
    )


with alone(context.config.attributes) as connection:
    context.configure(connection=connection, target_metadata=metadata, include_object=of_the_house, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()
