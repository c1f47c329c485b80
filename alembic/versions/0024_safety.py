"""PINs behind doors; who acts where no person does it themself; doors that look first; refunds in parts; the house's own accounts."""

from alembic import op
from fintwin.db.scripts import run_function, run_script

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for part in ("0024_pins", "0024_principals", "0024_doors", "0024_refunds", "0024_house"):
        run_script(op.get_bind(), part)


def downgrade() -> None:
    bind = op.get_bind()
    run_function(bind, "0010_lifecycle", function="take_back")
    run_function(bind, "0015_payments", function="follow_payment")
    run_script(bind, "0024_down")
    run_function(bind, "0017_staff", function="staff_trail")
    op.execute("SELECT house_door('staff_trail(uuid, uuid, text, date, date, bigint, integer)', 'app')")
