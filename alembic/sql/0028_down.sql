DROP FUNCTION give_up(bigint, text), start_order(bigint, text, text, text, text, date, text, uuid, bigint);
ALTER FUNCTION ledger_settle_batch(bigint[], date, boolean) SECURITY INVOKER;
DO $$ BEGIN
  EXECUTE format('GRANT INSERT ON bank_order TO %I', (SELECT app_role FROM installation));
END $$;
