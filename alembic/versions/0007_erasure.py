"""Erasure of whole persons, and what remains to be known of it."""

from alembic import op
from fintwin.db.scripts import run_script

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0007_erasure")


def downgrade() -> None:
    op.execute(
        "DROP FUNCTION erase_person(bigint, text), end_demo(bigint), ask_erasure(), begin_erasure(bigint), tenant_tables()"
    )
    op.execute("DROP INDEX ix_classification_matched")
    op.execute(
        "ALTER TABLE classification DROP CONSTRAINT pk_classification, ADD CONSTRAINT pk_classification PRIMARY KEY (owner, transaction)"
    )
    op.execute("DROP TABLE erasure")
