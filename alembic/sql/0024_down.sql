DROP FUNCTION staff_fund_house(text, text, numeric, date, text, text, uuid, bigint);
DROP TABLE house_account;
ALTER TABLE request DROP COLUMN given;

DROP FUNCTION settle(bigint, numeric, boolean, date, date, uuid, bigint), settle_batch(bigint[], date, boolean), post_mixed(jsonb, boolean),
  post_batch(jsonb, bigint, boolean), most_between_people(), ledger_readable(jsonb);
DO $$
DECLARE inner_one regprocedure;
BEGIN
  FOREACH inner_one IN ARRAY ARRAY['ledger_settle(bigint, numeric, boolean, date, date, uuid, bigint)', 'ledger_settle_batch(bigint[], date, boolean)',
                                   'ledger_post_mixed(jsonb, boolean)', 'ledger_post_batch(jsonb, bigint, boolean)']::regprocedure[] LOOP
    EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER', inner_one);
    PERFORM house_door(inner_one, 'app');
  END LOOP;
END $$;
ALTER FUNCTION ledger_settle(bigint, numeric, boolean, date, date, uuid, bigint) RENAME TO settle;
ALTER FUNCTION ledger_settle_batch(bigint[], date, boolean) RENAME TO settle_batch;
ALTER FUNCTION ledger_post_mixed(jsonb, boolean) RENAME TO post_mixed;
ALTER FUNCTION ledger_post_batch(jsonb, bigint, boolean) RENAME TO post_batch;

DROP FUNCTION staff_trail(uuid, uuid, text, date, date, bigint, integer);
ALTER TABLE audit_event DROP COLUMN principal;
ALTER TABLE transaction_event DROP COLUMN principal;
ALTER TABLE erasure DROP COLUMN principal;
ALTER TABLE classification_past DROP COLUMN principal;
ALTER TABLE meaning_past DROP COLUMN principal;
DROP FUNCTION acting_as();

DROP FUNCTION remove_pin(bigint), set_pin(bigint, text, numeric), judge_pin(bigint), take_pin_attempt(bigint, bytea), pin_recipe(bigint);
DROP TABLE pin_attempt;
ALTER TABLE account_pin DROP CONSTRAINT uq_account_pin_owner, DROP COLUMN given_until;
CREATE FUNCTION pin_hash(p_account bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT s.hash FROM account_pin s WHERE s.account = p_account AND s.owner = current_person();
$$;
SELECT house_door('pin_hash(bigint)', 'app');
DO $$ BEGIN
  EXECUTE format('GRANT INSERT, UPDATE (hash, threshold, wrong, locks, locked_until, changed_at), DELETE ON account_pin TO %I',
                 (SELECT app_role FROM installation));
END $$;
