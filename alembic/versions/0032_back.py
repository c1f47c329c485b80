"""What nobody can give back is not asked back, and an order that comes back before it was booked says so."""

from alembic import op
from fintwin.db.scripts import run_function, run_script

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    bind = op.get_bind()
    for name in ("0032_back", "0032_refers", "0032_one_by_one", "0032_newest"):
        run_script(bind, name)


def downgrade() -> None:
    bind = op.get_bind()
    run_function(bind, "0023_search", function="search_register")
    run_function(bind, "0027_swift_import", function="ledger_post_batch")
    run_function(bind, "0028_ends", function="ledger_settle_batch")
    run_function(bind, "0004_tables", function="ledger_refers")
    run_script(bind, "0032_refers")
    run_function(bind, "0015_payments", function="ask_refund")
    run_function(bind, "0010_lifecycle", function="archive")
    run_script(bind, "0032_down")
