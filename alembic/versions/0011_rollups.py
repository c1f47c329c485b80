"""Roll-ups per real account and month, sums and balances that read them, and what is kept rebuilt from postings."""

from alembic import op
from fintwin.db.scripts import run_function, run_script

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0011_rollups")


def downgrade() -> None:
    for function in ("register_query", "sum_register"):
        run_function(op.get_bind(), "0004_register", function=function)
    op.execute("DROP TRIGGER turn_rollups ON transaction")
    op.execute("DROP TRIGGER begin_rollup ON account")
    op.execute(
        "DROP FUNCTION register_rolled(register_filter, bigint), register_rolls(register_filter, bigint),"
        " register_months(register_filter), register_counts(), balances_at(bigint[], date), rebuild_account(bigint),"
        " roll_up(bigint, bigint), rollup_turn(), rollup_add(rollup[]), rollup_of(bigint, bigint, bigint),"
        " rollup_matched(bigint), rollup_entries(bigint, bigint, bigint), rollup_begin()"
    )
    op.execute("DROP INDEX ix_classification_owner_matched")
    op.execute("DROP VIEW real_entry")
    op.execute("DROP TABLE rollup, rollup_head")
