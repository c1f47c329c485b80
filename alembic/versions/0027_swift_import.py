"""An import writes each of its rows once before it books them, and a batch reads its items once."""

from alembic import op
from fintwin.db.scripts import run_function, run_script

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0027_swift_import")


def downgrade() -> None:
    bind = op.get_bind()
    run_script(bind, "0027_down")
    # As 0024 left it: what 0010 made the door, behind the door.
    run_function(bind, "0010_posting", function="post_batch")
    op.execute("ALTER FUNCTION post_batch(jsonb, bigint, boolean) RENAME TO ledger_post_batch")
    op.execute("ALTER FUNCTION ledger_post_batch(jsonb, bigint, boolean) SECURITY INVOKER")
    op.execute("REVOKE ALL ON FUNCTION ledger_post_batch(jsonb, bigint, boolean) FROM PUBLIC")
    op.execute("ALTER FUNCTION post_batch_door(jsonb, bigint, boolean) RENAME TO post_batch")
