"""What transactions mean, in full: parts, tags, files, rules of the person, and the history of all of it."""

from alembic import op
from fintwin.db.scripts import run_function, run_script

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0013_meaning")


def downgrade() -> None:
    op.execute("DROP TRIGGER drop_parts ON classification")
    op.execute("DROP FUNCTION meaning_parts(bigint, bigint), meaning_tags(bigint, bigint)")
    op.execute("DROP TABLE category_rule_tag, category_rule, meaning_past, attachment, tagging, tag, split")
    op.execute(
        "DROP FUNCTION ledger_parts_sum(), ledger_drop_parts(), ledger_classified(bigint, bigint),"
        " rule_fits(text, text, text, bigint, numeric, numeric, text, text, text, bigint, numeric, text)"
    )
    run_function(op.get_bind(), "0004_tables", function="ledger_keep_classification")
    op.execute("ALTER TABLE classification_past DROP COLUMN actor, DROP COLUMN change, DROP COLUMN category_name")
    op.execute("ALTER TABLE category DROP COLUMN archived_at")
    op.execute("DROP TABLE meaning_change")
    op.execute("DROP FUNCTION meaning_change_now()")
