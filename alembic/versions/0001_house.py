"""The house: its roles, who is asking, guards and doors, people."""

import sqlalchemy as sa

from alembic import context, op
from fintwin.db.scripts import run_script

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE installation (
          id smallint CONSTRAINT pk_installation PRIMARY KEY DEFAULT 1 CONSTRAINT ck_installation_one CHECK (id = 1),
          owner_role varchar NOT NULL, app_role varchar NOT NULL, system_role varchar NOT NULL,
          created_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    names = context.config.attributes["names"]
    op.get_bind().execute(
        sa.text("INSERT INTO installation (owner_role, app_role, system_role) VALUES (:owner, :app, :system)"),
        {"owner": names.owner, "app": names.app, "system": names.system},
    )
    run_script(op.get_bind(), "0001_house")


def downgrade() -> None:
    op.execute("DROP TABLE person")
    op.execute(
        "DROP FUNCTION house_door(regprocedure, text), house_share(regclass, text, text), house_guard(regclass, text, text)"
    )
    op.execute("DROP FUNCTION current_person()")
    op.execute("DROP TABLE installation")
