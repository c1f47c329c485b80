"""The register finds by operators, keeps views, and remembers what was edited and what is no duplicate."""

from alembic import op
from fintwin.db.scripts import run_function, run_script

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0014_register")


def downgrade() -> None:
    run_function(op.get_bind(), "0011_rollups", function="register_query")
    run_function(op.get_bind(), "0004_register", function="search_register")
    run_script(op.get_bind(), "0014_down")
