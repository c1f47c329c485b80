"""What was kept back of accounts over time."""

from alembic import op
from fintwin.db.scripts import run_script

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0022_hold_past")


def downgrade() -> None:
    op.execute("DROP TRIGGER keep_new ON hold; DROP TRIGGER keep_less ON hold; DROP TRIGGER keep_gone ON hold")
    op.execute("DROP FUNCTION ledger_keep_hold()")
    op.drop_table("hold_past")
