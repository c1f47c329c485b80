"""Payments between people: payments, contacts, requests for money, instalments, PINs."""

from alembic import op
from fintwin.db.scripts import run_script

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0015_payments")


def downgrade() -> None:
    run_script(op.get_bind(), "0015_down")
