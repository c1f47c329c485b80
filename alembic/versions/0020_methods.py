"""Ways to pay: which accounts are offered, in which order and under which names."""

from alembic import op
from fintwin.db.scripts import run_script

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0020_methods")


def downgrade() -> None:
    op.drop_table("payment_method")
