"""What is paid on given days, and what leaves through banks."""

from alembic import op
from fintwin.db.scripts import run_script

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0016_schedules")


def downgrade() -> None:
    op.execute("DROP TRIGGER bank_order_moved ON transaction_event")
    op.execute("DROP FUNCTION bank_order_moved()")
    op.execute("DROP FUNCTION take_due_schedules(timestamptz, integer)")
    op.execute("DROP TABLE bank_order, bank_file, schedule_run, schedule")
