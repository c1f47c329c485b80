"""Profiles, sessions, links, the list of who may sign up, and the doors of sign-in."""

from alembic import op
from fintwin.db.scripts import run_script

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0003_identity")


def downgrade() -> None:
    op.execute(
        """
        DROP FUNCTION make_sign_in_link(bigint, bytea, interval), set_role(bigint, text, text), forget_entry(text),
          allow_entry(text), allowed_entries(), refuse_unless_administrator(), enter_demo(boolean, bytea, text),
          open_demo(text[], text, text, text, text, integer, integer), local_profiles(),
          sign_in(text, text, text, boolean, text, text, text, text, text, text, integer, bytea, boolean, text, text, text[], boolean, boolean, bytea),
          begin_person(text, text, text, boolean, text, text, text, text, text, text, integer), begin_session(bigint, bytea, boolean, text),
          session_person(bytea, boolean)
        """
    )
    op.execute("DROP TABLE audit_event, allowed, sign_in_link, session, profile")
    op.execute(
        "DO $$ BEGIN EXECUTE format('REVOKE UPDATE (name) ON person FROM %I', (SELECT app_role FROM installation)); END $$"
    )
