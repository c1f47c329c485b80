"""`alembic check` on a PostgreSQL of our own that is thrown away: the migrations make exactly the models' tables."""

import sys
import tempfile
from pathlib import Path

from alembic.util.exc import CommandError

from fintwin.db import home, migrate
from fintwin.settings import Settings


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="fintwin-") as folder:
        config = Settings(_env_file=None, data_dir=Path(folder) / "data", database_url="", app_database_url="")
        with home.reached(config) as reached:
            home.migrated(reached, config)
            try:
                migrate.check(reached.admin)
            except CommandError as fault:
                sys.exit(str(fault))
            migrate.downgrade(reached.admin, to="base")
            migrate.upgrade(reached.admin)


if __name__ == "__main__":
    main()
