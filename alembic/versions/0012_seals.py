"""Rows that never change again are sealed into a chain of blocks; what keeps the books' history lets nothing go."""

from alembic import op
from fintwin.db.scripts import run_script

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_KEPT = ("erasure", "audit_event", "classification_past", "account")


def upgrade() -> None:
    run_script(op.get_bind(), "0012_seals")


def downgrade() -> None:
    op.execute(
        "DROP FUNCTION note_check(bigint, text, bigint, bigint, bigint, integer, integer, text[]), ask_check(), own_seal(),"
        " append_seal(seal, bigint[], bigint[]), seal_layout_number(text)"
    )
    for table in _KEPT:
        op.execute(f"DROP TRIGGER append_only ON {table}")
        op.execute(f"DROP TRIGGER append_only_whole ON {table}")
    op.execute("DROP TABLE seal_check, seal_mark, seal, seal_layout")
    op.execute("DROP FUNCTION seal_kept()")
