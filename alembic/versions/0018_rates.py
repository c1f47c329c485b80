"""Exchange rates that a person entered or brought in a file."""

from alembic import op
from fintwin.db.scripts import run_script

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0018_rates")


def downgrade() -> None:
    op.drop_table("rate")
