DROP FUNCTION post_mixed(jsonb, boolean), release_lock(bigint), reconcile(bigint, date, numeric, date), archive(date, integer),
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
CREATE OR REPLACE FUNCTION post(
  p_kind smallint, p_from bigint, p_to bigint, p_number text, p_amount numeric, p_currency text, p_booked date, p_valued date,
  p_description text, p_external text, p_payee text, p_category bigint, p_note text, p_key uuid, p_fingerprint bigint,
  OUT transaction_id bigint, OUT transfer_number bigint, OUT replayed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  me CONSTANT bigint := current_person();
  between_people CONSTANT boolean := p_kind = 5;
  giving bigint := p_from;
  taking bigint := p_to;
  taker bigint := me;
  other_side bigint;
  giving_balance numeric;
  giving_version bigint;
  giving_custody text;
  taking_balance numeric;
  taking_version bigint;
  mine bigint;
  theirs bigint;
  stored_fingerprint bigint;
  seen account;
  verdict text;
  code text;
  outflow boolean;
BEGIN
  IF me IS NULL THEN PERFORM ledger_refuse('LG020'); END IF;
  IF p_key IS NULL OR p_fingerprint IS NULL THEN PERFORM ledger_refuse('LG021'); END IF;
  code := ledger_malformed(p_kind, p_from, p_to, p_number, p_amount, p_currency, p_booked, p_valued);
  IF code IS NOT NULL THEN PERFORM ledger_refuse(code); END IF;

  INSERT INTO transaction (owner, booked, valued, kind, status, transfer, key, fingerprint, description, external_reference)
  VALUES (me, p_booked, p_valued, p_kind, 2, CASE WHEN between_people THEN nextval('transfer_number') END,
          p_key, p_fingerprint, p_description, p_external)
  ON CONFLICT (owner, key) WHERE key IS NOT NULL DO NOTHING
  RETURNING id, transfer INTO transaction_id, transfer_number;
  replayed := NOT FOUND;
  IF replayed THEN
    SELECT t.id, t.transfer, t.fingerprint INTO STRICT transaction_id, transfer_number, stored_fingerprint
    FROM transaction t WHERE t.owner = me AND t.key = p_key;
    IF stored_fingerprint <> p_fingerprint THEN PERFORM ledger_refuse('LG001'); END IF;
    RETURN;
  END IF;

  IF between_people THEN
    SELECT a.id, a.owner INTO taking, taker
    FROM account a JOIN person theirs ON theirs.id = a.owner JOIN person own ON own.id = me
    WHERE a.number = p_number AND (theirs.issuer = 'demo') = (own.issuer = 'demo') AND theirs.status = 'active';
    IF NOT FOUND THEN PERFORM ledger_refuse('LG009'); END IF;
    IF taker = me THEN PERFORM ledger_refuse('LG010'); END IF;
  END IF;

  FOREACH outflow IN ARRAY CASE WHEN giving > taking THEN '{f,t}'::boolean[] ELSE '{t,f}'::boolean[] END LOOP
    IF outflow AND giving IS NOT NULL THEN
      UPDATE account a SET posted_balance = posted_balance - p_amount, version = version + 1, last_transaction_at = now()
      WHERE a.id = giving AND a.owner = me AND a.currency = p_currency AND a.status = 'active'
        AND (a.custody = 'held' AND a.posted_balance - a.held_balance + a.credit_limit >= p_amount
             OR a.custody = 'tracked' AND NOT between_people)
      RETURNING a.posted_balance, a.version, a.custody INTO giving_balance, giving_version, giving_custody;
      IF NOT FOUND THEN
        SELECT * INTO seen FROM account a WHERE a.id = giving;
        -- Nothing wrong now means that the row changed in between: a passing fault, tried again.
        code := coalesce(ledger_refusal(seen, me, p_currency, p_amount, true, between_people), '40001');
        PERFORM ledger_refuse(code, CASE code WHEN 'LG006' THEN (seen.posted_balance - seen.held_balance + seen.credit_limit)::text ELSE '' END);
      END IF;
    ELSIF NOT outflow AND taking IS NOT NULL THEN
      UPDATE account a SET posted_balance = posted_balance + p_amount, version = version + 1, last_transaction_at = now()
      WHERE a.id = taking AND a.owner = taker AND a.currency = p_currency AND a.status <> 'closed'
        AND (a.custody = 'held' OR a.custody = 'tracked' AND NOT between_people)
      RETURNING a.posted_balance, a.version INTO taking_balance, taking_version;
      IF NOT FOUND THEN
        SELECT * INTO seen FROM account a WHERE a.id = taking;
        code := coalesce(ledger_refusal(seen, taker, p_currency, p_amount, false, between_people), '40001');
        PERFORM ledger_refuse(CASE WHEN NOT between_people OR code = '40001' THEN code WHEN code = 'LG007' THEN 'LG022' ELSE 'LG014' END);
      END IF;
    END IF;
  END LOOP;

  IF giving_custody = 'held' THEN
    verdict := gate_verdict(me, giving, p_kind, p_amount, CASE WHEN between_people THEN taking END);
    IF verdict IS DISTINCT FROM 'allow' THEN
      PERFORM ledger_refuse(CASE verdict WHEN 'hold' THEN 'LG013' ELSE 'LG012' END);
    END IF;
  END IF;

  IF between_people THEN
    SELECT a.id INTO mine FROM account a WHERE a.owner = me AND a.currency = p_currency AND a.type = 'people' AND a.custody IS NULL;
    SELECT a.id INTO theirs FROM account a WHERE a.owner = taker AND a.currency = p_currency AND a.type = 'people' AND a.custody IS NULL;
    mine := coalesce(mine, ledger_nominal(me, p_currency, 'people'));
    theirs := coalesce(theirs, ledger_nominal(taker, p_currency, 'people'));
    WITH header AS (
      INSERT INTO transaction (owner, booked, valued, kind, status, transfer, description)
      VALUES (taker, p_booked, p_valued, p_kind, 2, transfer_number, p_description) RETURNING id
    ), told AS (
      INSERT INTO outbox (owner, kind, what) SELECT me, 1, transaction_id UNION ALL SELECT taker, 1, header.id FROM header
    )
    INSERT INTO posting (transaction, owner, debit, credit, debit_version, credit_version, booked, currency, amount, debit_balance, credit_balance)
    SELECT transaction_id, me, mine, giving, NULL, giving_version, p_booked, p_currency, p_amount, NULL, giving_balance
    UNION ALL
    SELECT header.id, taker, taking, theirs, taking_version, NULL, p_booked, p_currency, p_amount, taking_balance, NULL FROM header;
  ELSE
    IF giving IS NULL OR taking IS NULL THEN
      SELECT a.id INTO other_side FROM account a
      WHERE a.owner = me AND a.currency = p_currency AND a.custody IS NULL AND a.type = ledger_against(p_kind);
      other_side := coalesce(other_side, ledger_nominal(me, p_currency, ledger_against(p_kind)));
    END IF;
    WITH told AS (INSERT INTO outbox (owner, kind, what) VALUES (me, 1, transaction_id))
    INSERT INTO posting (transaction, owner, debit, credit, debit_version, credit_version, booked, currency, amount, debit_balance, credit_balance)
    VALUES (transaction_id, me, coalesce(taking, other_side), coalesce(giving, other_side), taking_version, giving_version,
            p_booked, p_currency, p_amount, taking_balance, giving_balance);
  END IF;

  IF p_payee IS NOT NULL OR p_category IS NOT NULL OR p_note IS NOT NULL THEN
    IF p_category IS NOT NULL AND NOT EXISTS (SELECT FROM category c WHERE c.owner = me AND c.id = p_category) THEN
      PERFORM ledger_refuse('LG018');
    END IF;
    INSERT INTO classification (owner, transaction, category, payee, note) VALUES (me, transaction_id, p_category, p_payee, p_note);
  END IF;
END $$;
CREATE OR REPLACE FUNCTION counterparts(p_transfers bigint[]) RETURNS TABLE (transfer bigint, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT DISTINCT own.transfer, masked_name(p.name)
  FROM transaction own
  LEFT JOIN transaction theirs ON theirs.transfer = own.transfer AND theirs.owner <> own.owner
  LEFT JOIN person p ON p.id = theirs.owner
  WHERE own.transfer = ANY (p_transfers) AND own.owner = current_person();
$$;
CREATE OR REPLACE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE kept transaction;
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('app.erasing', true) = OLD.owner::text
     AND current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) THEN
    RETURN OLD;
  END IF;
  IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'transaction' THEN
    kept := OLD;
    kept.status := NEW.status;
    IF OLD.booked IS NULL THEN
      kept.booked := NEW.booked;
      kept.valued := NEW.valued;
    END IF;
    IF kept IS NOT DISTINCT FROM NEW THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION USING ERRCODE = 'LG900', MESSAGE = format('%s is append-only', TG_TABLE_NAME);
END $$;
DROP TABLE reconciliation;
ALTER TABLE account DROP COLUMN locked_until;
DROP TABLE transaction_event;
DROP INDEX ix_transaction_related;
CREATE UNIQUE INDEX uq_transaction_related ON transaction (related) WHERE related IS NOT NULL;
ALTER TABLE hold DROP CONSTRAINT ck_hold_sides, DROP CONSTRAINT fk_hold_taking, DROP COLUMN taking, DROP COLUMN number, DROP COLUMN settles_at,
  ALTER COLUMN account SET NOT NULL;
