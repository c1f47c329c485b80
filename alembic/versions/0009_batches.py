"""Batches look transactions up one by one, whatever the planner knows of the tables."""

from alembic import op
from fintwin.db.scripts import run_function, run_script

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0009_batches")


def downgrade() -> None:
    run_function(op.get_bind(), "0004_posting", function="post_batch")
