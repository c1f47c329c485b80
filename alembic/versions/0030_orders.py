"""An order to a bank moves by doors alone, and everybody locks its transaction first."""

from alembic import op
from fintwin.db.scripts import run_function, run_script

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0030_orders")


def downgrade() -> None:
    bind = op.get_bind()
    for function in ("staff_void", "start_payment"):
        run_function(bind, "0028_ends", function=function)
    run_script(bind, "0030_down")
