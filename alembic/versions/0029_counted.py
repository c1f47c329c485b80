"""The planner knows how large the tables are as soon as they have been filled."""

from alembic import op
from fintwin.db.scripts import run_script

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0029_counted")


def downgrade() -> None:
    op.execute("DROP FUNCTION tables_counted()")
