"""Files, and the statements on their way from them into the books."""

from alembic import op
from fintwin.db.scripts import run_script

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0005_statements")


def downgrade() -> None:
    op.execute("DROP TABLE statement_row, statement_part, statement_import, blob")
