"""Staff's doors, each with a role, a reason and a row in the audit; who blocked an account and why."""

from alembic import op
from fintwin.db.scripts import run_function, run_script

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script(op.get_bind(), "0017_staff")


def downgrade() -> None:
    run_function(op.get_bind(), "0010_lifecycle", function="let_go")
    op.execute(
        "DROP FUNCTION staff_trail(uuid, uuid, text, date, date, bigint, integer), staff_void(bigint, text),"
        " staff_reverse(bigint, numeric, date, text, uuid, bigint), staff_set_credit_limit(uuid, numeric, text),"
        " staff_set_role(uuid, text, text), staff_set_kyc(uuid, text, text), staff_set_standing(uuid, text, text),"
        " staff_set_block(uuid[], boolean, text), staff_pool(), staff_trial_balance(date, date, text),"
        " staff_ledger_export(date, date, text), staff_ledger(date, date, text, date, bigint, integer, integer),"
        " staff_transactions(uuid, text, date, bigint, integer), staff_accounts(uuid, text), staff_person(uuid, text),"
        " staff_find(text, bigint, integer), set_account_status(bigint, text, text),"
        " ledger_let_go(bigint, bigint, bigint, boolean, text), ledger_rest(bigint), ledger_lines(date, date),"
        " ledger_set_status(account, text, text, text, bigint, text), account_to_change(uuid, person),"
        " person_to_change(uuid, person), real_person(uuid), audit_reason(text), refuse_unless_staff(),"
        " audit_look(bigint, bigint, text, text, text), audit(bigint, bigint, text, text, text, jsonb, jsonb)"
    )
    op.execute(
        "DO $$ BEGIN EXECUTE format('GRANT UPDATE (status) ON account TO %I', (SELECT app_role FROM installation)); END $$"
    )
    op.execute("ALTER TABLE account DROP COLUMN blocked_reason, DROP COLUMN blocked_by")
    op.execute("DROP INDEX ix_audit_event_actor_id")
    op.execute("ALTER TABLE audit_event DROP COLUMN after, DROP COLUMN before, DROP COLUMN reason")
