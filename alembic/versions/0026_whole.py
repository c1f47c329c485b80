"""A payment and an order to a bank are settled in full, or not from the register at all."""

from alembic import op
from fintwin.db.scripts import run_function, run_script

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0026_whole")


def downgrade() -> None:
    bind = op.get_bind()
    run_function(bind, "0024_doors", function="settle")
    run_function(bind, "0024_doors", function="settle_batch")
    op.execute("DROP VIEW carried")
    run_script(bind, "0026_down")
