DROP FUNCTION note_order(bigint, text), refuse_order(bigint, text), send_orders(bigint[], bigint, date), lock_orders(bigint[], boolean);
DO $$ BEGIN
  EXECUTE format('GRANT UPDATE (status, reason, execute_on, file, reversal, changed_at) ON bank_order TO %I', (SELECT app_role FROM installation));
END $$;
