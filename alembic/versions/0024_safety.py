"""PINs behind doors."""

from alembic import op
from fintwin.db.scripts import run_script

revision = "0024"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for part in ("0024_pins",):
        run_script(op.get_bind(), part)


def downgrade() -> None:
    run_script(op.get_bind(), "0024_down")
