"""Demo households that the command line made and that wait for a visitor."""

from alembic import op
from fintwin.db.scripts import run_script

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0008_demo")


def downgrade() -> None:
    op.execute("DROP FUNCTION take_ready_demo(text, text, text), set_demo_ready()")
