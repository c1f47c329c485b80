"""Every search answers in time, whatever it asks for and however few statistics there are; a category counts its parts."""

from alembic import op
from fintwin.db.scripts import run_function, run_script

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0019_reach")


def downgrade() -> None:
    bind = op.get_bind()
    for function in ("register_also", "register_leads", "register_query", "search_register"):
        run_function(bind, "0014_register", function=function)
    run_function(bind, "0004_register", function="register_near")
    run_function(bind, "0011_rollups", function="sum_register")
    run_script(bind, "0019_down")
