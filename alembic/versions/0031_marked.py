"""A batch of an import marks its rows by looking each of them up once, whoever has been counted."""

from alembic import op
from fintwin.db.scripts import run_script

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0031_marked")


def downgrade() -> None:
    op.execute("DROP FUNCTION mark_booked(bigint, integer, integer, jsonb, jsonb)")
