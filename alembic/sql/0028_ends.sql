-- Refusals beside those of 0026: LG063 ends_elsewhere   LG064 already_sent

-- Let go of what is pending of the register's own. What a payment or an order to a bank stands on ends where it was made;
-- only a time that was set for it beforehand ends it from here too.
CREATE OR REPLACE FUNCTION let_go(p_transaction bigint, p_expired boolean, p_reason text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF current_person() IS NULL THEN PERFORM ledger_refuse('LG020'); END IF;
  IF p_expired IS NOT TRUE THEN
    PERFORM FROM transaction t WHERE t.id = p_transaction AND t.owner = current_person() FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM hold h WHERE h.transaction = p_transaction AND h.owner = current_person())
       AND EXISTS (SELECT FROM carried c WHERE c.transaction = p_transaction) THEN
      PERFORM ledger_refuse('LG063');
    END IF;
  END IF;
  RETURN ledger_let_go(current_person(), CASE WHEN p_expired THEN NULL ELSE current_person() END, p_transaction, p_expired, p_reason);
END $$;

-- Let go of what is pending, whatever stands on it: its payment or its order ends with it, and is told. For the pages
-- where those are made, and for the sweep.
CREATE FUNCTION give_up(p_transaction bigint, p_reason text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF current_person() IS NULL THEN PERFORM ledger_refuse('LG020'); END IF;
  RETURN ledger_let_go(current_person(), current_person(), p_transaction, false, p_reason);
END $$;
SELECT house_door('give_up(bigint, text)', 'app');

-- Stop what is pending; what was kept back is available again, and the payment or the order that stands on it ends with it.
-- An order that the bank has is the bank's to stop. Its row is locked before its transaction, as where answers are taken.
CREATE OR REPLACE FUNCTION staff_void(p_transaction bigint, p_reason text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  actor CONSTANT person := refuse_unless_staff();
  why CONSTANT text := audit_reason(p_reason);
  ordered text;
  owned_by bigint;
  kept jsonb;
BEGIN
  SELECT o.status INTO ordered FROM bank_order o WHERE o.transaction = p_transaction FOR NO KEY UPDATE;
  SELECT t.owner INTO owned_by FROM transaction t JOIN person p ON p.id = t.owner
  WHERE t.id = p_transaction AND p.issuer NOT IN ('demo', 'house') AND p.status <> 'closed' FOR NO KEY UPDATE OF t;
  IF NOT FOUND THEN PERFORM ledger_refuse('LG015'); END IF;
  IF owned_by = actor.id THEN RAISE EXCEPTION 'not in the own case' USING ERRCODE = 'FI024'; END IF;
  IF ordered = 'sent' THEN PERFORM ledger_refuse('LG064'); END IF;
  SELECT jsonb_build_object('status', 1, 'kept_back', h.amount::text) INTO kept FROM hold h WHERE h.transaction = p_transaction;
  IF NOT ledger_let_go(owned_by, actor.id, p_transaction, false, why) THEN RETURN false; END IF;
  PERFORM audit(owned_by, actor.id, 'staff_voided', 'transaction ' || p_transaction, why, kept, jsonb_build_object('status', 4));
  RETURN true;
END $$;

-- Lay down an order to a bank over a withdrawal of this person's that is announced; again with the same key: the first one.
-- What it moves is what is kept back for it, read while nobody books a part of that.
CREATE FUNCTION start_order(p_transaction bigint, p_rail text, p_name text, p_iban text, p_remittance text, p_execute_on date,
  p_end_to_end text, p_key uuid, p_fingerprint bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  me CONSTANT bigint := current_person();
  kept hold;
  before bank_order;
  new_id bigint;
BEGIN
  IF me IS NULL THEN PERFORM ledger_refuse('LG020'); END IF;
  IF p_key IS NULL OR p_fingerprint IS NULL THEN PERFORM ledger_refuse('LG021'); END IF;
  PERFORM FROM transaction t WHERE t.id = p_transaction AND t.owner = me FOR NO KEY UPDATE;
  SELECT * INTO before FROM bank_order o WHERE o.owner = me AND o.key = p_key;
  IF FOUND THEN
    IF before.fingerprint <> p_fingerprint THEN PERFORM payment_refuse('PY009'); END IF;
    RETURN before.id;
  END IF;
  SELECT h.* INTO kept FROM transaction t JOIN hold h ON h.transaction = t.id
  WHERE t.id = p_transaction AND t.owner = me AND t.kind = 3 AND h.account IS NOT NULL;
  IF NOT FOUND THEN PERFORM ledger_refuse('LG015'); END IF;
  IF EXISTS (SELECT FROM carried c WHERE c.transaction = p_transaction) THEN PERFORM payment_refuse('PY009'); END IF;
  INSERT INTO bank_order (owner, key, fingerprint, rail, account, currency, amount, name, iban, remittance, execute_on, end_to_end, transaction)
  VALUES (me, p_key, p_fingerprint, p_rail, kept.account, kept.currency, kept.amount, p_name, p_iban, p_remittance, p_execute_on, p_end_to_end,
          p_transaction)
  RETURNING id INTO new_id;
  INSERT INTO outbox (owner, kind, what) VALUES (me, 25, new_id);
  RETURN new_id;
END $$;
SELECT house_door('start_order(bigint, text, text, text, text, date, text, uuid, bigint)', 'app');
DO $$ BEGIN
  EXECUTE format('REVOKE INSERT ON bank_order FROM %I', (SELECT app_role FROM installation));
END $$;

-- What a payment says is read while nobody books a part of what it stands on; an order to a bank stands there alone.
CREATE OR REPLACE FUNCTION start_payment(
  p_transaction bigint, p_type text, p_method text, p_number text, p_name text, p_key uuid, p_fingerprint bigint,
  p_plan bigint, p_request bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM transaction t WHERE t.id = p_transaction AND t.owner = current_person() FOR NO KEY UPDATE;
  IF EXISTS (SELECT FROM bank_order o WHERE o.transaction = p_transaction) THEN PERFORM payment_refuse('PY009'); END IF;
  RETURN payment_started(p_transaction, p_type, p_method, p_number, p_name, p_key, p_fingerprint, p_plan, p_request);
END $$;

-- Settle up to 10,000 pending transactions in full, each accepted or refused on its own, or with p_whole all or none.
-- Headers are locked first, then accounts in id order; those between people are settled one by one under these locks.
-- What is named twice answers the second time as it ended the first time.
CREATE OR REPLACE FUNCTION ledger_settle_batch(p_transactions bigint[], p_booked date, p_whole boolean DEFAULT false)
RETURNS TABLE (item integer, transaction_id bigint, refusal text, replayed boolean)
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  me CONSTANT bigint := current_person();
  many CONSTANT integer := coalesce(cardinality(p_transactions), 0);
  headers transaction[];
  kept hold[];
  accounts account[];
  balances numeric[];
  holds numeric[];
  versions bigint[];
  giving_at integer[];
  taking_at integer[];
  same integer[];
  codes text[] := array_fill(NULL::text, ARRAY[many]);
  old boolean[] := array_fill(false, ARRAY[many]);
  fresh boolean[] := array_fill(false, ARRAY[many]);
  giving_balances numeric[] := array_fill(NULL::numeric, ARRAY[many]);
  giving_versions bigint[] := array_fill(NULL::bigint, ARRAY[many]);
  taking_balances numeric[] := array_fill(NULL::numeric, ARRAY[many]);
  taking_versions bigint[] := array_fill(NULL::bigint, ARRAY[many]);
  settled bigint[];
  seen account;
  n integer;
  g integer;
  t integer;
  code text;
BEGIN
  IF me IS NULL THEN PERFORM ledger_refuse('LG020'); END IF;
  IF many = 0 THEN RETURN; END IF;
  IF many > 10000 THEN PERFORM ledger_refuse('LG019', 'more than 10,000 items'); END IF;
  IF p_booked IS NULL OR p_booked NOT BETWEEN '1899-01-01' AND '2200-12-31' THEN PERFORM ledger_refuse('LG024'); END IF;

  EXECUTE 'SELECT FROM transaction t WHERE t.owner = $2 AND t.id = ANY ($1) ORDER BY t.id FOR NO KEY UPDATE' USING p_transactions, me;
  EXECUTE $query$
    SELECT array_agg(h.head ORDER BY x.ordinality), array_agg(k.kept ORDER BY x.ordinality), array_agg(x.first ORDER BY x.ordinality)
    FROM (SELECT u.id, u.ordinality, min(u.ordinality) OVER (PARTITION BY u.id) AS first FROM unnest($1) WITH ORDINALITY u (id, ordinality)) x
    LEFT JOIN LATERAL (SELECT t AS head FROM transaction t WHERE t.id = x.id AND t.owner = $2 OFFSET 0) h ON true
    LEFT JOIN LATERAL (SELECT w AS kept FROM hold w WHERE w.transaction = x.id AND w.owner = $2 OFFSET 0) k ON true
  $query$ INTO headers, kept, same USING p_transactions, me;

  SELECT array_agg(s.a ORDER BY (s.a).id), array_agg((s.a).posted_balance ORDER BY (s.a).id),
         array_agg((s.a).held_balance ORDER BY (s.a).id), array_agg((s.a).version ORDER BY (s.a).id)
  INTO accounts, balances, holds, versions
  FROM (SELECT a FROM account a
        WHERE a.id = ANY (ARRAY(SELECT k.account FROM unnest(kept) k UNION SELECT k.taking FROM unnest(kept) k
                                UNION SELECT w.id FROM unnest(kept) k JOIN account w ON w.number = k.number))
        ORDER BY a.id FOR NO KEY UPDATE) s;
  SELECT array_agg(g.ordinality ORDER BY k.ordinality), array_agg(t.ordinality ORDER BY k.ordinality)
  INTO giving_at, taking_at
  FROM unnest(kept) WITH ORDINALITY k
  LEFT JOIN unnest(accounts) WITH ORDINALITY g ON g.id = k.account
  LEFT JOIN unnest(accounts) WITH ORDINALITY t ON t.id = k.taking;

  FOR n IN 1..many LOOP
    code := NULL;
    IF (headers[n]).id IS NULL THEN
      code := 'LG015';
    ELSIF same[n] < n THEN
      CONTINUE;
    ELSIF (headers[n]).status IN (2, 3, 6) AND EXISTS (SELECT FROM transaction_event e WHERE e.transaction = (headers[n]).id AND e.kind = 1) THEN
      old[n] := true;
    ELSIF (headers[n]).status <> 1 THEN
      code := 'LG027';
    ELSIF (headers[n]).kind <> 5 THEN
      g := giving_at[n];
      t := taking_at[n];
      IF g IS NOT NULL THEN
        seen := accounts[g];
        seen.posted_balance := balances[g];
        seen.held_balance := holds[g] - (kept[n]).amount;
        code := ledger_refusal(seen, me, (kept[n]).currency, (kept[n]).amount, true, false, p_booked);
      END IF;
      IF code IS NULL AND t IS NOT NULL THEN
        code := ledger_refusal(accounts[t], me, (kept[n]).currency, (kept[n]).amount, false, false, p_booked);
      END IF;
      IF code IS NULL AND (balances[g] - (kept[n]).amount < -9999999999999999.9999 OR balances[t] + (kept[n]).amount > 9999999999999999.9999) THEN
        code := 'LG023';
      END IF;
      IF code IS NULL THEN
        IF g IS NOT NULL THEN
          balances[g] := balances[g] - (kept[n]).amount;
          holds[g] := holds[g] - (kept[n]).amount;
          versions[g] := versions[g] + 1;
          giving_balances[n] := balances[g];
          giving_versions[n] := versions[g];
        END IF;
        IF t IS NOT NULL THEN
          balances[t] := balances[t] + (kept[n]).amount;
          versions[t] := versions[t] + 1;
          taking_balances[n] := balances[t];
          taking_versions[n] := versions[t];
        END IF;
        fresh[n] := true;
      END IF;
    END IF;
    codes[n] := code;
    IF p_whole AND code IS NOT NULL THEN PERFORM ledger_refuse(code, (n - 1)::text); END IF;
  END LOOP;

  SELECT array_agg(h.id) INTO settled FROM unnest(headers) WITH ORDINALITY h WHERE fresh[h.ordinality];
  IF settled IS NOT NULL THEN
    PERFORM ledger_nominal(me, need.currency, need.type)
    FROM (SELECT DISTINCT k.currency, ledger_against(h.kind) AS type
          FROM unnest(headers) WITH ORDINALITY h JOIN unnest(kept) WITH ORDINALITY k ON k.ordinality = h.ordinality
          WHERE fresh[h.ordinality] AND h.kind <> 4) need;
    EXECUTE 'UPDATE transaction SET status = 2, booked = $3 WHERE owner = $2 AND id = ANY ($1)' USING settled, me, p_booked;
    INSERT INTO posting (transaction, owner, debit, credit, debit_version, credit_version, booked, currency, amount, debit_balance, credit_balance)
    SELECT h.id, me, coalesce(k.taking, a.id), coalesce(k.account, a.id), taking_versions[h.ordinality], giving_versions[h.ordinality],
           p_booked, k.currency, k.amount, taking_balances[h.ordinality], giving_balances[h.ordinality]
    FROM unnest(headers) WITH ORDINALITY h JOIN unnest(kept) WITH ORDINALITY k ON k.ordinality = h.ordinality
    LEFT JOIN account a ON a.owner = me AND a.custody IS NULL AND a.currency = k.currency AND a.type = ledger_against(h.kind)
    WHERE fresh[h.ordinality] ORDER BY h.ordinality;
    INSERT INTO transaction_event (owner, transaction, kind, amount, actor)
    SELECT me, k.transaction, 1, k.amount, me FROM unnest(kept) WITH ORDINALITY k WHERE fresh[k.ordinality] ORDER BY k.ordinality;
    UPDATE account a SET posted_balance = now_is.balance, held_balance = now_is.held, version = now_is.version, last_transaction_at = now()
    FROM (SELECT x.id, balances[x.ordinality] AS balance, holds[x.ordinality] AS held, versions[x.ordinality] AS version
          FROM unnest(accounts) WITH ORDINALITY x WHERE versions[x.ordinality] <> x.version) now_is
    WHERE a.id = now_is.id;
    EXECUTE 'DELETE FROM hold WHERE owner = $2 AND transaction = ANY ($1)' USING settled, me;
    INSERT INTO outbox (owner, kind, what) VALUES (me, 1, CASE cardinality(settled) WHEN 1 THEN settled[1] ELSE 0 END);
  END IF;

  FOR n IN 1..many LOOP
    IF same[n] < n THEN
      codes[n] := codes[same[n]];
      old[n] := codes[n] IS NULL;
    ELSIF codes[n] IS NULL AND NOT old[n] AND NOT fresh[n] THEN
      BEGIN
        PERFORM settle(p_transactions[n], NULL, true, p_booked, NULL, NULL, NULL);
      EXCEPTION WHEN OTHERS THEN
        IF p_whole AND SQLSTATE LIKE 'LG%' THEN PERFORM ledger_refuse(SQLSTATE, (n - 1)::text); END IF;
        IF SQLSTATE NOT LIKE 'LG%' THEN RAISE; END IF;
        codes[n] := SQLSTATE;
      END;
    END IF;
  END LOOP;
  RETURN QUERY SELECT (u.ordinality - 1)::integer, CASE WHEN codes[u.ordinality] IS NULL THEN u.id END, codes[u.ordinality], old[u.ordinality]
  FROM unnest(p_transactions) WITH ORDINALITY u (id);
END $$;

-- Take back a transaction of `person`, whole (p_amount NULL: what is left of it) or in part, by a linked reversal.
--   Openings and conversions only whole. A payment between people is given back by the person it reached, in both books,
--   and from own money as it was paid: nobody is put into debt to pay somebody back.
--   When nothing is left, the transaction and all its reversals count as reversed.
-- `actor` is who does it: the person, or staff.
CREATE OR REPLACE FUNCTION ledger_take_back(person bigint, actor bigint, p_transaction bigint, p_amount numeric, p_booked date, p_reason text,
  p_key uuid, p_fingerprint bigint, OUT transaction_id bigint, OUT transfer_number bigint, OUT replayed boolean)
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  header transaction;
  other transaction;
  line posting;
  stored_fingerprint bigint;
  rest numeric;
  part numeric;
  whole boolean;
  status_now smallint;
  day date;
  their_reversal bigint;
  seen account;
  one record;
  code text;
  lines smallint;
BEGIN
  IF p_key IS NULL OR p_fingerprint IS NULL THEN PERFORM ledger_refuse('LG021'); END IF;
  IF p_booked NOT BETWEEN '1899-01-01' AND '2200-12-31' THEN PERFORM ledger_refuse('LG024'); END IF;
  SELECT t.* INTO header FROM transaction t WHERE t.id = p_transaction AND t.owner = person;
  IF NOT FOUND THEN PERFORM ledger_refuse('LG015'); END IF;
  IF header.kind = 5 THEN
    SELECT t.* INTO other FROM transaction t WHERE t.transfer = header.transfer AND t.kind = 5 AND t.owner <> person AND t.status <> 1;
    IF NOT FOUND THEN PERFORM ledger_refuse(CASE WHEN header.status = 2 THEN 'LG014' ELSE 'LG016' END); END IF;
  END IF;
  PERFORM FROM transaction t WHERE t.id IN (header.id, other.id) ORDER BY t.id FOR NO KEY UPDATE;
  SELECT t.* INTO header FROM transaction t WHERE t.id = p_transaction;

  SELECT t.id, t.transfer, t.fingerprint INTO transaction_id, transfer_number, stored_fingerprint
  FROM transaction t WHERE t.owner = person AND t.key = p_key;
  replayed := FOUND;
  IF replayed THEN
    IF stored_fingerprint <> p_fingerprint THEN PERFORM ledger_refuse('LG001'); END IF;
    RETURN;
  END IF;
  IF header.status = 6 THEN PERFORM ledger_refuse('LG017'); END IF;
  IF header.status <> 2 OR header.kind = 7 THEN PERFORM ledger_refuse('LG016'); END IF;

  SELECT count(*) INTO lines FROM posting p WHERE p.transaction = header.id;
  SELECT * INTO STRICT line FROM posting p WHERE p.transaction = header.id AND p.line = 1;
  IF header.kind = 5 AND line.debit_version IS NULL THEN PERFORM ledger_refuse('LG016'); END IF;
  rest := line.amount - coalesce((SELECT sum(b.amount) FROM transaction s JOIN posting b ON b.transaction = s.id AND b.line = 1
                                  WHERE s.related = header.id AND s.owner = person), 0);
  part := coalesce(p_amount, rest);
  IF NOT coalesce(part > 0 AND part = round(part, 4), false) THEN PERFORM ledger_refuse('LG008'); END IF;
  IF part > rest THEN PERFORM ledger_refuse('LG029', rest::text); END IF;
  IF part < line.amount AND header.kind IN (1, 6) THEN PERFORM ledger_refuse('LG016'); END IF;
  whole := part = rest;
  status_now := CASE WHEN whole THEN 6 ELSE 2 END;
  day := coalesce(p_booked, header.booked);

  INSERT INTO transaction (owner, booked, valued, kind, status, transfer, related, key, fingerprint, description, created_by)
  VALUES (person, day, CASE WHEN p_booked IS NULL THEN header.valued END, 7, status_now, CASE WHEN header.kind = 5 THEN header.transfer END,
          header.id, p_key, p_fingerprint, p_reason, nullif(actor, person))
  RETURNING id, transfer INTO transaction_id, transfer_number;
  IF header.kind = 5 THEN
    INSERT INTO transaction (owner, booked, kind, status, transfer, related, description)
    VALUES (other.owner, day, 7, status_now, header.transfer, other.id, p_reason) RETURNING id INTO their_reversal;
  END IF;

  -- Each real side moves the other way, smaller account id first; what was taken now gives.
  FOR one IN
    SELECT p.transaction, p.line, p.owner, s.account, s.gives, CASE WHEN lines = 1 THEN part ELSE p.amount END AS amount, p.currency
    FROM posting p CROSS JOIN LATERAL (VALUES (p.debit, true, p.debit_version), (p.credit, false, p.credit_version)) s (account, gives, version)
    WHERE p.transaction IN (header.id, other.id) AND s.version IS NOT NULL ORDER BY s.account
  LOOP
    SELECT * INTO seen FROM account a WHERE a.id = one.account FOR NO KEY UPDATE;
    IF header.kind = 5 THEN seen.credit_limit := greatest(seen.held_balance - seen.posted_balance, 0); END IF;
    code := ledger_refusal(seen, one.owner, one.currency, one.amount, one.gives, false, day);
    IF code IS NOT NULL THEN
      IF one.owner <> person THEN PERFORM ledger_refuse('LG014'); END IF;
      PERFORM ledger_refuse_account(code, seen);
    END IF;
    IF one.gives AND seen.custody = 'held' AND gate_verdict(person, seen.id, 7::smallint, one.amount, NULL) IS DISTINCT FROM 'allow' THEN
      PERFORM ledger_refuse('LG012');
    END IF;
    UPDATE account a SET posted_balance = posted_balance + CASE WHEN one.gives THEN -one.amount ELSE one.amount END,
                         version = version + 1, last_transaction_at = now()
    WHERE a.id = one.account;
  END LOOP;

  INSERT INTO posting (transaction, line, owner, debit, credit, debit_version, credit_version, booked, currency, amount, debit_balance, credit_balance)
  SELECT CASE WHEN p.transaction = header.id THEN transaction_id ELSE their_reversal END, p.line, p.owner, p.credit, p.debit,
         CASE WHEN p.credit_version IS NOT NULL THEN d.version END, CASE WHEN p.debit_version IS NOT NULL THEN c.version END,
         day, p.currency, CASE WHEN lines = 1 THEN part ELSE p.amount END,
         CASE WHEN p.credit_version IS NOT NULL THEN d.posted_balance END, CASE WHEN p.debit_version IS NOT NULL THEN c.posted_balance END
  FROM posting p JOIN account d ON d.id = p.credit JOIN account c ON c.id = p.debit WHERE p.transaction IN (header.id, other.id);

  INSERT INTO transaction_event (owner, transaction, kind, amount, other, reason, actor)
  SELECT t.owner, t.id, CASE WHEN whole THEN 6 ELSE 7 END, part, CASE WHEN t.id = header.id THEN transaction_id ELSE their_reversal END, p_reason,
         actor
  FROM transaction t WHERE t.id IN (header.id, other.id) ORDER BY t.id;
  IF whole THEN
    UPDATE transaction t SET status = 6 WHERE t.status IN (2, 3) AND (t.id IN (header.id, other.id) OR t.related IN (header.id, other.id));
  END IF;
  INSERT INTO outbox (owner, kind, what)
  SELECT person, 1, transaction_id UNION ALL SELECT other.owner, 1, their_reversal WHERE other.id IS NOT NULL;
END $$;

-- Take away every row of a person who was shut out before; how many. Again: none, since nothing is left.
-- Calls of theirs, and of others who pay them, may still be under way, and none begins any more. So it waits for the person's
-- row alone, holding nothing else; then it takes every row of theirs, those that others refer to first so that nothing is
-- added, or, where somebody works on one, lets go of all and begins again: who never waits with rows in their hands is in
-- nobody's circle.
CREATE OR REPLACE FUNCTION erase_person(of_person bigint, why text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  tables CONSTANT regclass[] := tenant_tables();
  began CONSTANT timestamptz := clock_timestamp();
  one person;
  target regclass;
  gone bigint;
  total bigint := 0;
  halved bigint[];
BEGIN
  -- Each transaction that goes is looked for among the postings: uncounted, by all that this person ever booked.
  -- Only one counts at a time, and another erasure may be at it.
  LOOP
    BEGIN
      ANALYZE posting (owner, transaction, booked);
      EXIT;
    EXCEPTION WHEN lock_not_available THEN
      IF clock_timestamp() > began + interval '20 seconds' THEN RAISE; END IF;
    END;
  END LOOP;
  LOOP
    BEGIN
      SELECT * INTO one FROM person p WHERE p.id = of_person FOR UPDATE;
      IF NOT FOUND THEN
        RETURN 0;
      END IF;
      IF one.issuer = 'house' OR one.status <> 'closed' THEN
        RAISE EXCEPTION 'person % was not asked for', of_person USING ERRCODE = 'insufficient_privilege';
      END IF;
      FOR n IN REVERSE cardinality(tables)..1 LOOP
        EXECUTE format('SELECT FROM %s WHERE %I = $1 FOR UPDATE NOWAIT', tables[n], CASE WHEN tables[n] = 'person'::regclass THEN 'id' ELSE 'owner' END)
        USING of_person;
      END LOOP;
      EXIT;
    EXCEPTION WHEN lock_not_available THEN
      IF clock_timestamp() > began + interval '20 seconds' THEN RAISE; END IF;
    END;
    PERFORM pg_sleep(0.02);
  END LOOP;
  halved := ARRAY(
    SELECT t.transfer FROM transaction t WHERE t.owner = of_person AND t.transfer IS NOT NULL
      AND EXISTS (SELECT FROM transaction o WHERE o.transfer = t.transfer AND o.owner <> of_person) ORDER BY t.transfer);
  PERFORM set_config('app.erasing', of_person::text, true);
  FOREACH target IN ARRAY tables LOOP
    EXECUTE format('DELETE FROM %s WHERE %I = $1', target, CASE WHEN target = 'person'::regclass THEN 'id' ELSE 'owner' END) USING of_person;
    GET DIAGNOSTICS gone = ROW_COUNT;
    total := total + gone;
  END LOOP;
  PERFORM set_config('app.erasing', '', true);
  -- What the dispatcher has in its hands goes with it.
  DELETE FROM outbox o WHERE o.id = ANY (ARRAY(SELECT w.id FROM outbox w WHERE w.owner = of_person FOR UPDATE SKIP LOCKED));
  DELETE FROM dead_letter d WHERE d.id = ANY (ARRAY(SELECT w.id FROM dead_letter w WHERE w.owner = of_person FOR UPDATE SKIP LOCKED));
  INSERT INTO erasure (person, reason, rows, transfers) VALUES (of_person, left(why, 40), total, halved);
  RETURN total;
END $$;
