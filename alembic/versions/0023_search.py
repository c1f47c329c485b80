"""What is announced is found too, people by their names, and what has no category without looking at everything."""

from alembic import op
from fintwin.db.scripts import run_function, run_script

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0023_search")


def downgrade() -> None:
    bind = op.get_bind()
    for function in ("register_conditions", "register_all", "search_register", "sum_register"):
        run_function(bind, "0019_reach", function=function)
    run_function(bind, "0011_rollups", function="roll_up")
    run_script(bind, "0023_down")
