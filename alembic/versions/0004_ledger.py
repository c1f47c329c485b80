"""The books: accounts, transactions, postings, their meaning, and the doors that write them."""

from alembic import op
from fintwin.db.scripts import run_script

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for part in ("0004_tables", "0004_posting", "0004_register"):
        run_script(op.get_bind(), part)


def downgrade() -> None:
    run_script(op.get_bind(), "0004_down")
