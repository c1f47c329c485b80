"""Postings that pay only for what they can change, and indexes that store a day of an account once."""

from alembic import op
from fintwin.db.scripts import run_script

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0021_swift")


def downgrade() -> None:
    run_script(op.get_bind(), "0021_down")
