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
