"""The outbox, its doors and its dead letters; procrastinate's queue, from the pinned package's own SQL."""

from procrastinate.schema import SchemaManager

from alembic import op
from fintwin.db.scripts import run_script

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_LET_THE_WORKER_IN = """
DO $$
DECLARE house installation; target record;
BEGIN
  SELECT * INTO STRICT house FROM installation;
  FOR target IN SELECT c.oid::regclass AS name, c.relkind AS kind FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relname LIKE 'procrastinate\\_%' AND c.relkind IN ('r', 'S')
  LOOP
    EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', target.name);
    IF target.kind = 'r' THEN
      EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %I', target.name, house.system_role);
    ELSE
      EXECUTE format('GRANT USAGE ON SEQUENCE %s TO %I', target.name, house.system_role);
    END IF;
  END LOOP;
  FOR target IN SELECT p.oid::regprocedure AS name, p.prorettype = 'trigger'::regtype AS trigger FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND p.proname LIKE 'procrastinate\\_%'
  LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', target.name);
    IF NOT target.trigger THEN
      EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', target.name, house.system_role);
    END IF;
  END LOOP;
END $$
"""

_TAKE_THE_QUEUE_AWAY = """
DO $$
DECLARE target record;
BEGIN
  FOR target IN SELECT c.oid::regclass AS name FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relname LIKE 'procrastinate\\_%' AND c.relkind = 'r'
  LOOP
    EXECUTE format('DROP TABLE %s CASCADE', target.name);
  END LOOP;
  FOR target IN SELECT p.oid::regprocedure AS name FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND p.proname LIKE 'procrastinate\\_%'
  LOOP
    EXECUTE format('DROP FUNCTION %s CASCADE', target.name);
  END LOOP;
  FOR target IN SELECT t.oid::regtype AS name FROM pg_type t
    WHERE t.typnamespace = 'public'::regnamespace AND t.typname LIKE 'procrastinate\\_%' AND t.typtype IN ('e', 'c')
  LOOP
    EXECUTE format('DROP TYPE %s', target.name);
  END LOOP;
END $$
"""


def _run(sql: str) -> None:
    # The package's SQL has percent signs and colons of its own, which must reach the server as they are.
    op.get_bind().connection.cursor().execute(sql)


def upgrade() -> None:
    run_script(op.get_bind(), "0002_events")
    _run(SchemaManager.get_schema())
    _run(_LET_THE_WORKER_IN)


def downgrade() -> None:
    _run(_TAKE_THE_QUEUE_AWAY)
    op.execute(
        "DROP FUNCTION replay(bigint), bury(bigint, smallint, bigint, timestamptz, text), take_outbox(integer),"
        " tell(bigint, smallint, bigint), tell(smallint, bigint)"
    )
    op.execute("DROP TABLE dead_letter, outbox")
