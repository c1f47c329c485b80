-- The policies that `ledger_refers` made, made anew as it is now.
DO $$
DECLARE
  one record;
BEGIN
  FOR one IN
    SELECT target, columns
    FROM (VALUES ('classification', ARRAY['transaction', 'matched']), ('statement_row', ARRAY['transaction']), ('tagging', ARRAY['transaction']),
                 ('attachment', ARRAY['transaction']), ('meaning_past', ARRAY['transaction']), ('replacement', ARRAY['former', 'latter']),
                 ('kept_apart', ARRAY['one', 'other']), ('schedule_run', ARRAY['transaction']), ('bank_order', ARRAY['transaction', 'reversal'])
         ) made (target, columns)
  LOOP
    EXECUTE format('DROP POLICY refers ON %I', one.target);
    PERFORM ledger_refers(one.target::regclass, VARIADIC one.columns);
  END LOOP;
END $$;
