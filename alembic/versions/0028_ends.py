"""Where payments and orders end, what is given back is own money, and an erasure waits for nobody with rows in its hands."""

from alembic import op
from fintwin.db.scripts import run_function, run_script

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0028_ends")


def downgrade() -> None:
    bind = op.get_bind()
    run_function(bind, "0007_erasure", function="erase_person")
    run_function(bind, "0010_lifecycle", function="ledger_take_back")
    run_function(bind, "0010_lifecycle", function="settle_batch", named="ledger_settle_batch")
    run_function(bind, "0026_whole", function="start_payment")
    for function in ("let_go", "staff_void"):
        run_function(bind, "0017_staff", function=function)
    run_script(bind, "0028_down")
