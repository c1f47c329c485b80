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
    run_script(op.get_bind(), "0022_down")
