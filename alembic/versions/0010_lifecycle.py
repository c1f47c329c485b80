"""The life of a transaction: pending, settled in whole or part, lapsed, taken back in parts; conversions; locks."""

from alembic import op
from fintwin.db.scripts import run_function, run_script

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for part in ("0010_tables", "0010_posting", "0010_lifecycle"):
        run_script(op.get_bind(), part)


def downgrade() -> None:
    run_script(op.get_bind(), "0010_down")
    run_function(op.get_bind(), "0004_tables", function="ledger_append_only")
    run_function(op.get_bind(), "0004_posting", function="post")
    run_script(op.get_bind(), "0009_batches")
