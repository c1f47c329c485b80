"""The life of a transaction: pending, settled in whole or part, lapsed, taken back in parts; conversions; locks."""

from alembic import op
from fintwin.db.scripts import run_script

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for part in ("0010_tables", "0010_posting", "0010_lifecycle"):
        run_script(op.get_bind(), part)


def downgrade() -> None:
    for part in ("0010_down", "0009_batches"):
        run_script(op.get_bind(), part)
