"""The twin: snapshots under their hash, scenarios, runs that were kept."""

from alembic import op
from fintwin.db.scripts import run_script

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0006_twin")


def downgrade() -> None:
    op.execute("DROP TABLE simulation, scenario, snapshot")
