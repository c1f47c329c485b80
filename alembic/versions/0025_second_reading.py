"""Payments are found by their payee, and a leg of an own transfer that is left alone counts."""

from alembic import op
from fintwin.db.scripts import run_script

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0025_second_reading")


def downgrade() -> None:
    op.execute("DROP FUNCTION date_demo_payments()")
    op.execute("DROP TRIGGER unlink_legs ON transaction")
    op.execute("DROP FUNCTION ledger_let_legs_go()")
    op.drop_index("ix_hold_owner")
    op.drop_index("ix_payment_owner_number")
