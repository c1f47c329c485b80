"""Payments are found by their payee, and money asked back counts as given back once as much of it came."""

from alembic import op
from fintwin.db.scripts import run_function, run_script

revision = "0025"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0025_payments")


def downgrade() -> None:
    bind = op.get_bind()
    run_function(bind, "0015_payments", function="follow_payment")
    op.execute("DROP FUNCTION date_demo_payments()")
    op.drop_index("ix_hold_owner")
    op.drop_index("ix_payment_owner_number")
