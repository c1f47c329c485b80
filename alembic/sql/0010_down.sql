DROP FUNCTION post_mixed(jsonb, boolean), ledger_named(jsonb, text), release_lock(bigint), reconcile(bigint, date, numeric, date), archive(date, integer),
  convert_money(bigint, bigint, numeric, numeric, date, date, text, text, text, uuid, bigint),
  take_back(bigint, numeric, date, text, uuid, bigint), ledger_take_back(bigint, bigint, bigint, numeric, date, text, uuid, bigint),
  settle_batch(bigint[], date, boolean), due_holds(integer), let_go(bigint, boolean, text),
  settle(bigint, numeric, boolean, date, date, uuid, bigint),
  keep_back(smallint, bigint, bigint, text, numeric, text, text, text, text, bigint, text, uuid, bigint, timestamptz, timestamptz),
  ledger_meaning(bigint, bigint, text, bigint, text), ledger_payee(bigint, text, text), ledger_refuse_account(text, account, boolean),
  ledger_refusal(account, bigint, text, numeric, boolean, boolean, date);
-- Why this account cannot take part in this movement; NULL when it can.
CREATE FUNCTION ledger_refusal(a account, person bigint, currency text, amount numeric, outflow boolean, between_people boolean) RETURNS text
LANGUAGE sql IMMUTABLE RETURN CASE
  WHEN a.id IS NULL OR a.owner <> person OR a.custody IS NULL THEN 'LG002'
  WHEN a.status = 'closed' THEN 'LG005'
  WHEN outflow AND a.status = 'frozen' THEN 'LG004'
  WHEN a.currency <> currency THEN 'LG007'
  WHEN between_people AND a.custody <> 'held' THEN 'LG011'
  WHEN outflow AND a.custody = 'held' AND a.posted_balance - a.held_balance + a.credit_limit < amount THEN 'LG006'
END;
REVOKE ALL ON FUNCTION ledger_refusal(account, bigint, text, numeric, boolean, boolean) FROM PUBLIC;
CREATE OR REPLACE FUNCTION counterparts(p_transfers bigint[]) RETURNS TABLE (transfer bigint, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT DISTINCT own.transfer, masked_name(p.name)
  FROM transaction own
  LEFT JOIN transaction theirs ON theirs.transfer = own.transfer AND theirs.owner <> own.owner
  LEFT JOIN person p ON p.id = theirs.owner
  WHERE own.transfer = ANY (p_transfers) AND own.owner = current_person();
$$;
DROP TABLE reconciliation;
ALTER TABLE account DROP COLUMN locked_until;
DROP TABLE transaction_event;
DROP INDEX ix_transaction_related;
CREATE UNIQUE INDEX uq_transaction_related ON transaction (related) WHERE related IS NOT NULL;
ALTER TABLE hold DROP CONSTRAINT ck_hold_sides, DROP CONSTRAINT fk_hold_taking, DROP COLUMN taking, DROP COLUMN number, DROP COLUMN settles_at,
  ALTER COLUMN account SET NOT NULL;
