-- A detail for a refusal of an account: what is available, or which account is locked and until when.
CREATE FUNCTION ledger_refuse_account(code text, a account, credit boolean DEFAULT true) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM ledger_refuse(code, CASE code
    WHEN 'LG006' THEN (a.posted_balance - a.held_balance + CASE WHEN credit THEN a.credit_limit ELSE 0 END)::text
    WHEN 'LG026' THEN a.name || ',' || a.locked_until ELSE '' END);
END $$;

-- The account of another person that a number names, as far as `person` may pay it; refused where there is none.
CREATE FUNCTION ledger_payee(person bigint, p_number text, p_currency text) RETURNS account
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE found_one account;
BEGIN
  SELECT a.* INTO found_one
  FROM account a JOIN person theirs ON theirs.id = a.owner JOIN person own ON own.id = ledger_payee.person
  WHERE a.number = p_number AND (theirs.issuer = 'demo') = (own.issuer = 'demo') AND theirs.status = 'active';
  IF NOT FOUND THEN PERFORM ledger_refuse('LG009'); END IF;
  IF found_one.owner = ledger_payee.person THEN PERFORM ledger_refuse('LG010'); END IF;
  IF found_one.currency <> p_currency THEN PERFORM ledger_refuse('LG022'); END IF;
  IF found_one.status = 'closed' OR found_one.custody <> 'held' THEN PERFORM ledger_refuse('LG014'); END IF;
  RETURN found_one;
END $$;

CREATE FUNCTION ledger_meaning(person bigint, of_transaction bigint, p_payee text, p_category bigint, p_note text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF p_payee IS NULL AND p_category IS NULL AND p_note IS NULL THEN
    RETURN;
  END IF;
  IF p_category IS NOT NULL AND NOT EXISTS (SELECT FROM category c WHERE c.owner = person AND c.id = p_category) THEN
    PERFORM ledger_refuse('LG018');
  END IF;
  INSERT INTO classification (owner, transaction, category, payee, note) VALUES (person, of_transaction, p_category, p_payee, p_note);
END $$;

-- Announce a movement of one amount without booking it: kinds 2 to 5 as in `post`. What an own account would give is kept
-- back from what is available, never drawing on its credit limit. Same key, same fingerprint: the first answer.
CREATE FUNCTION keep_back(
  p_kind smallint, p_from bigint, p_to bigint, p_number text, p_amount numeric, p_currency text, p_description text, p_external text,
  p_payee text, p_category bigint, p_note text, p_key uuid, p_fingerprint bigint, p_expires timestamptz, p_settles timestamptz,
  OUT transaction_id bigint, OUT transfer_number bigint, OUT replayed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  me CONSTANT bigint := current_person();
  between_people CONSTANT boolean := p_kind = 5;
  stored_fingerprint bigint;
  seen account;
  payee account;
  custody_of_giving text;
  verdict text;
  code text;
BEGIN
  IF me IS NULL THEN PERFORM ledger_refuse('LG020'); END IF;
  IF p_key IS NULL OR p_fingerprint IS NULL THEN PERFORM ledger_refuse('LG021'); END IF;
  code := ledger_malformed(p_kind, p_from, p_to, p_number, p_amount, p_currency, current_date, NULL);
  IF code IS NULL AND p_kind NOT BETWEEN 2 AND 5 THEN code := 'LG019'; END IF;
  IF code IS NOT NULL THEN PERFORM ledger_refuse(code); END IF;

  INSERT INTO transaction (owner, kind, status, transfer, key, fingerprint, description, external_reference)
  VALUES (me, p_kind, 1, CASE WHEN between_people THEN nextval('transfer_number') END, p_key, p_fingerprint, p_description, p_external)
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
    payee := ledger_payee(me, p_number, p_currency);
  END IF;
  IF p_from IS NOT NULL THEN
    UPDATE account a SET held_balance = held_balance + p_amount
    WHERE a.id = p_from AND a.owner = me AND a.currency = p_currency AND a.status = 'active'
      AND (a.custody = 'held' AND a.posted_balance - a.held_balance >= p_amount OR a.custody = 'tracked' AND NOT between_people)
    RETURNING a.custody INTO custody_of_giving;
    IF NOT FOUND THEN
      SELECT * INTO seen FROM account a WHERE a.id = p_from;
      seen.credit_limit := 0;
      PERFORM ledger_refuse_account(coalesce(ledger_refusal(seen, me, p_currency, p_amount, true, between_people, NULL), '40001'), seen);
    END IF;
  END IF;
  IF p_to IS NOT NULL THEN
    SELECT * INTO seen FROM account a WHERE a.id = p_to;
    code := ledger_refusal(seen, me, p_currency, p_amount, false, false, NULL);
    IF code IS NOT NULL THEN PERFORM ledger_refuse(code); END IF;
  END IF;
  IF custody_of_giving = 'held' THEN
    verdict := gate_verdict(me, p_from, p_kind, p_amount, payee.id);
    IF verdict IS DISTINCT FROM 'allow' THEN
      PERFORM ledger_refuse(CASE verdict WHEN 'hold' THEN 'LG013' ELSE 'LG012' END);
    END IF;
  END IF;

  INSERT INTO hold (transaction, owner, account, taking, number, currency, amount, expires_at, settles_at)
  VALUES (transaction_id, me, p_from, p_to, p_number, p_currency, p_amount, p_expires, p_settles);
  PERFORM ledger_meaning(me, transaction_id, p_payee, p_category, p_note);
  INSERT INTO outbox (owner, kind, what) VALUES (me, 1, transaction_id);
END $$;
SELECT house_door('keep_back(smallint, bigint, bigint, text, numeric, text, text, text, text, bigint, text, uuid, bigint, timestamptz, timestamptz)', 'app');

-- Book what is pending: all of what is kept back, or p_amount of it.
--   p_last: the rest is let go and the pending transaction itself becomes the posted one. Otherwise the part is booked as a
--   transaction of its own under p_key, and the rest stays kept back.
-- A transaction that is settled already answers as it did; one that failed or lapsed is refused.
CREATE FUNCTION settle(p_transaction bigint, p_amount numeric, p_last boolean, p_booked date, p_valued date, p_key uuid, p_fingerprint bigint,
  OUT transaction_id bigint, OUT transfer_number bigint, OUT replayed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  me CONSTANT bigint := current_person();
  header transaction;
  kept hold;
  part numeric;
  last boolean := coalesce(p_last, true);
  between_people boolean;
  taking bigint;
  taker bigint;
  released numeric;
  giving_balance numeric;
  giving_version bigint;
  taking_balance numeric;
  taking_version bigint;
  other_side bigint;
  theirs bigint;
  stored_fingerprint bigint;
  seen account;
  code text;
  outflow boolean;
BEGIN
  IF me IS NULL THEN PERFORM ledger_refuse('LG020'); END IF;
  IF p_booked IS NULL OR p_booked NOT BETWEEN '1899-01-01' AND '2200-12-31' OR p_valued NOT BETWEEN '1899-01-01' AND '2200-12-31' THEN
    PERFORM ledger_refuse('LG024');
  END IF;
  SELECT * INTO header FROM transaction t WHERE t.id = p_transaction AND t.owner = me FOR NO KEY UPDATE;
  IF NOT FOUND THEN PERFORM ledger_refuse('LG015'); END IF;
  between_people := header.kind = 5;
  IF NOT last THEN
    IF p_key IS NULL OR p_fingerprint IS NULL THEN PERFORM ledger_refuse('LG021'); END IF;
    SELECT t.id, t.transfer, t.fingerprint INTO transaction_id, transfer_number, stored_fingerprint
    FROM transaction t WHERE t.owner = me AND t.key = p_key;
    IF FOUND THEN
      IF stored_fingerprint <> p_fingerprint THEN PERFORM ledger_refuse('LG001'); END IF;
      replayed := true;
      RETURN;
    END IF;
  END IF;
  IF last AND header.status IN (2, 3, 6) AND EXISTS (SELECT FROM transaction_event e WHERE e.transaction = header.id AND e.kind = 1) THEN
    SELECT e.amount INTO part FROM transaction_event e WHERE e.transaction = header.id AND e.kind = 1;
    IF p_amount IS NOT NULL AND p_amount <> part THEN PERFORM ledger_refuse('LG001'); END IF;
    transaction_id := header.id;
    transfer_number := header.transfer;
    replayed := true;
    RETURN;
  END IF;
  IF header.status <> 1 THEN PERFORM ledger_refuse('LG027'); END IF;
  replayed := false;

  SELECT * INTO STRICT kept FROM hold h WHERE h.transaction = header.id FOR UPDATE;
  part := coalesce(p_amount, kept.amount);
  IF NOT coalesce(part > 0 AND part = round(part, 4), false) THEN PERFORM ledger_refuse('LG008'); END IF;
  IF part > kept.amount THEN PERFORM ledger_refuse('LG028', kept.amount::text); END IF;
  IF NOT last AND part = kept.amount THEN last := true; END IF;
  released := CASE WHEN last THEN kept.amount ELSE part END;

  taking := kept.taking;
  taker := me;
  IF between_people THEN
    seen := ledger_payee(me, kept.number, kept.currency);
    taking := seen.id;
    taker := seen.owner;
  END IF;
  FOREACH outflow IN ARRAY CASE WHEN kept.account > taking THEN '{f,t}'::boolean[] ELSE '{t,f}'::boolean[] END LOOP
    IF outflow AND kept.account IS NOT NULL THEN
      UPDATE account a SET posted_balance = posted_balance - part, held_balance = held_balance - released, version = version + 1, last_transaction_at = now()
      WHERE a.id = kept.account AND a.owner = me AND a.status = 'active' AND (a.locked_until < p_booked OR a.locked_until IS NULL)
      RETURNING a.posted_balance, a.version INTO giving_balance, giving_version;
      IF NOT FOUND THEN
        SELECT * INTO seen FROM account a WHERE a.id = kept.account;
        seen.held_balance := seen.held_balance - released;
        PERFORM ledger_refuse_account(coalesce(ledger_refusal(seen, me, kept.currency, part, true, between_people, p_booked), '40001'), seen);
      END IF;
    ELSIF NOT outflow AND taking IS NOT NULL THEN
      UPDATE account a SET posted_balance = posted_balance + part, version = version + 1, last_transaction_at = now()
      WHERE a.id = taking AND a.owner = taker AND a.status <> 'closed' AND (a.locked_until < p_booked OR a.locked_until IS NULL)
      RETURNING a.posted_balance, a.version INTO taking_balance, taking_version;
      IF NOT FOUND THEN
        SELECT * INTO seen FROM account a WHERE a.id = taking;
        code := coalesce(ledger_refusal(seen, taker, kept.currency, part, false, between_people, p_booked), '40001');
        IF between_people AND code <> '40001' THEN PERFORM ledger_refuse('LG014'); END IF;
        PERFORM ledger_refuse_account(code, seen);
      END IF;
    END IF;
  END LOOP;

  IF last THEN
    transaction_id := header.id;
    transfer_number := header.transfer;
    UPDATE transaction SET status = 2, booked = p_booked, valued = p_valued WHERE id = header.id;
    DELETE FROM hold h WHERE h.transaction = header.id;
    INSERT INTO transaction_event (owner, transaction, kind, amount, actor) VALUES (me, header.id, 1, part, me);
  ELSE
    -- A part between people has a transfer number of its own, so that each number joins two headers.
    INSERT INTO transaction (owner, booked, valued, kind, status, transfer, key, fingerprint, description, external_reference)
    VALUES (me, p_booked, p_valued, header.kind, 2, CASE WHEN between_people THEN nextval('transfer_number') END,
            p_key, p_fingerprint, header.description, header.external_reference)
    RETURNING id, transfer INTO transaction_id, transfer_number;
    INSERT INTO classification (owner, transaction, category, payee, note)
    SELECT me, transaction_id, c.category, c.payee, c.note FROM classification c WHERE c.owner = me AND c.transaction = header.id;
    UPDATE hold h SET amount = h.amount - part WHERE h.transaction = header.id;
    INSERT INTO transaction_event (owner, transaction, kind, amount, other, actor) VALUES (me, header.id, 2, part, transaction_id, me);
  END IF;

  IF between_people THEN
    WITH theirs AS (
      INSERT INTO transaction (owner, booked, valued, kind, status, transfer, description)
      VALUES (taker, p_booked, p_valued, 5, 2, transfer_number, header.description) RETURNING id
    ), told AS (
      INSERT INTO outbox (owner, kind, what) SELECT me, 1, transaction_id UNION ALL SELECT taker, 1, theirs.id FROM theirs
    )
    INSERT INTO posting (transaction, owner, debit, credit, debit_version, credit_version, booked, currency, amount, debit_balance, credit_balance)
    SELECT transaction_id, me, ledger_nominal(me, kept.currency, 'people'), kept.account, NULL, giving_version, p_booked, kept.currency, part, NULL, giving_balance
    UNION ALL
    SELECT theirs.id, taker, taking, ledger_nominal(taker, kept.currency, 'people'), taking_version, NULL, p_booked, kept.currency, part, taking_balance, NULL
    FROM theirs;
  ELSE
    IF kept.account IS NULL OR taking IS NULL THEN
      other_side := ledger_nominal(me, kept.currency, ledger_against(header.kind));
    END IF;
    INSERT INTO posting (transaction, owner, debit, credit, debit_version, credit_version, booked, currency, amount, debit_balance, credit_balance)
    VALUES (transaction_id, me, coalesce(taking, other_side), coalesce(kept.account, other_side), taking_version, giving_version,
            p_booked, kept.currency, part, taking_balance, giving_balance);
    INSERT INTO outbox (owner, kind, what) VALUES (me, 1, transaction_id);
  END IF;
END $$;
SELECT house_door('settle(bigint, numeric, boolean, date, date, uuid, bigint)', 'app');

-- Let go of what is pending: it failed, or with p_expired it lapsed, which only one whose time is up may.
-- One that failed or lapsed already stays as it is; one that was settled is refused.
CREATE FUNCTION let_go(p_transaction bigint, p_expired boolean, p_reason text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  me CONSTANT bigint := current_person();
  header transaction;
  kept hold;
BEGIN
  IF me IS NULL THEN PERFORM ledger_refuse('LG020'); END IF;
  SELECT * INTO header FROM transaction t WHERE t.id = p_transaction AND t.owner = me FOR NO KEY UPDATE;
  IF NOT FOUND THEN PERFORM ledger_refuse('LG015'); END IF;
  IF header.status IN (4, 5) THEN RETURN false; END IF;
  IF header.status <> 1 THEN PERFORM ledger_refuse('LG027'); END IF;
  SELECT * INTO STRICT kept FROM hold h WHERE h.transaction = header.id FOR UPDATE;
  IF p_expired AND (kept.expires_at <= now()) IS NOT TRUE THEN PERFORM ledger_refuse('LG027'); END IF;
  UPDATE account a SET held_balance = held_balance - kept.amount WHERE a.id = kept.account;
  DELETE FROM hold h WHERE h.transaction = header.id;
  UPDATE transaction SET status = CASE WHEN p_expired THEN 5 ELSE 4 END WHERE id = header.id;
  INSERT INTO transaction_event (owner, transaction, kind, amount, reason, actor)
  VALUES (me, header.id, CASE WHEN p_expired THEN 4 ELSE 3 END, kept.amount, left(p_reason, 500), CASE WHEN p_expired THEN NULL ELSE me END);
  INSERT INTO outbox (owner, kind, what) VALUES (me, 1, header.id);
  RETURN true;
END $$;
SELECT house_door('let_go(bigint, boolean, text)', 'app');

-- What is pending and due, oldest first: to be settled, or to lapse. A time that has come to lapse comes first.
CREATE FUNCTION due_holds(most integer) RETURNS TABLE (owner bigint, transaction bigint, expired boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT d.owner, d.transaction, bool_or(d.expired) FROM (
    (SELECT h.owner, h.transaction, true AS expired, h.expires_at AS at FROM hold h JOIN person p ON p.id = h.owner AND p.status = 'active'
     WHERE h.expires_at <= now() ORDER BY h.expires_at LIMIT most)
    UNION ALL
    (SELECT h.owner, h.transaction, false, h.settles_at FROM hold h JOIN person p ON p.id = h.owner AND p.status = 'active'
     WHERE h.settles_at <= now() ORDER BY h.settles_at LIMIT most)
  ) d GROUP BY d.owner, d.transaction ORDER BY min(d.at), d.transaction LIMIT most;
$$;
SELECT house_door('due_holds(integer)', 'system');

-- Settle up to 10,000 pending transactions in full, each accepted or refused on its own, or with p_whole all or none.
-- Headers are locked first, then accounts in id order; those between people are settled one by one under these locks.
CREATE FUNCTION settle_batch(p_transactions bigint[], p_booked date, p_whole boolean DEFAULT false)
RETURNS TABLE (item integer, transaction_id bigint, refusal text, replayed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
      code := codes[same[n]];
      old[n] := code IS NULL;
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
    IF codes[n] IS NULL AND NOT old[n] AND NOT fresh[n] THEN
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
SELECT house_door('settle_batch(bigint[], date, boolean)', 'app');

-- Take back a transaction of `person`, whole (p_amount NULL: what is left of it) or in part, by a linked reversal.
--   Openings and conversions only whole. A payment between people is given back by the person it reached, in both books.
--   When nothing is left, the transaction and all its reversals count as reversed.
-- `actor` is who does it: the person, or staff.
CREATE FUNCTION ledger_take_back(person bigint, actor bigint, p_transaction bigint, p_amount numeric, p_booked date, p_reason text,
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

CREATE FUNCTION take_back(p_transaction bigint, p_amount numeric, p_booked date, p_reason text, p_key uuid, p_fingerprint bigint,
  OUT transaction_id bigint, OUT transfer_number bigint, OUT replayed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF current_person() IS NULL THEN PERFORM ledger_refuse('LG020'); END IF;
  SELECT b.* INTO transaction_id, transfer_number, replayed
  FROM ledger_take_back(current_person(), current_person(), p_transaction, p_amount, p_booked, left(p_reason, 500), p_key, p_fingerprint) b;
END $$;
SELECT house_door('take_back(bigint, numeric, date, text, uuid, bigint)', 'app');

-- Change money of one currency into another between two own accounts: two postings through `trading`, whole or not at all.
CREATE FUNCTION convert_money(p_from bigint, p_to bigint, p_gave numeric, p_got numeric, p_booked date, p_valued date, p_description text,
  p_external text, p_note text, p_key uuid, p_fingerprint bigint, OUT transaction_id bigint, OUT replayed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  me CONSTANT bigint := current_person();
  stored_fingerprint bigint;
  giving account;
  taking account;
  code text;
BEGIN
  IF me IS NULL THEN PERFORM ledger_refuse('LG020'); END IF;
  IF p_key IS NULL OR p_fingerprint IS NULL THEN PERFORM ledger_refuse('LG021'); END IF;
  code := coalesce(ledger_malformed(4::smallint, p_from, p_to, NULL, p_gave, '', p_booked, p_valued),
                   ledger_malformed(4::smallint, p_from, p_to, NULL, p_got, '', p_booked, p_valued));
  IF code IS NOT NULL THEN PERFORM ledger_refuse(code); END IF;
  INSERT INTO transaction (owner, booked, valued, kind, status, key, fingerprint, description, external_reference)
  VALUES (me, p_booked, p_valued, 6, 2, p_key, p_fingerprint, p_description, p_external)
  ON CONFLICT (owner, key) WHERE key IS NOT NULL DO NOTHING RETURNING id INTO transaction_id;
  replayed := NOT FOUND;
  IF replayed THEN
    SELECT t.id, t.fingerprint INTO STRICT transaction_id, stored_fingerprint FROM transaction t WHERE t.owner = me AND t.key = p_key;
    IF stored_fingerprint <> p_fingerprint THEN PERFORM ledger_refuse('LG001'); END IF;
    RETURN;
  END IF;
  PERFORM FROM account a WHERE a.owner = me AND a.id IN (p_from, p_to) ORDER BY a.id FOR NO KEY UPDATE;
  SELECT * INTO giving FROM account a WHERE a.id = p_from;
  SELECT * INTO taking FROM account a WHERE a.id = p_to;
  code := ledger_refusal(giving, me, giving.currency, p_gave, true, false, p_booked);
  IF code IS NOT NULL THEN PERFORM ledger_refuse_account(code, giving); END IF;
  code := ledger_refusal(taking, me, taking.currency, p_got, false, false, p_booked);
  IF code IS NOT NULL THEN PERFORM ledger_refuse_account(code, taking); END IF;
  IF giving.currency = taking.currency THEN PERFORM ledger_refuse('LG033'); END IF;
  IF giving.custody = 'held' AND gate_verdict(me, giving.id, 6::smallint, p_gave, NULL) IS DISTINCT FROM 'allow' THEN
    PERFORM ledger_refuse('LG012');
  END IF;
  UPDATE account a SET posted_balance = posted_balance + CASE a.id WHEN p_from THEN -p_gave ELSE p_got END, version = version + 1, last_transaction_at = now()
  WHERE a.id IN (p_from, p_to);
  INSERT INTO posting (transaction, line, owner, debit, credit, debit_version, credit_version, booked, currency, amount, debit_balance, credit_balance)
  VALUES (transaction_id, 1, me, ledger_nominal(me, giving.currency, 'trading'), p_from, NULL, giving.version + 1,
          p_booked, giving.currency, p_gave, NULL, giving.posted_balance - p_gave),
         (transaction_id, 2, me, p_to, ledger_nominal(me, taking.currency, 'trading'), taking.version + 1, NULL,
          p_booked, taking.currency, p_got, taking.posted_balance + p_got, NULL);
  PERFORM ledger_meaning(me, transaction_id, NULL, NULL, p_note);
  INSERT INTO outbox (owner, kind, what) VALUES (me, 1, transaction_id);
END $$;
SELECT house_door('convert_money(bigint, bigint, numeric, numeric, date, date, text, text, text, uuid, bigint)', 'app');

-- Close up to p_most posted transactions booked on or before a day for good: they can no longer be taken back. How many.
CREATE FUNCTION archive(p_until date, p_most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  me CONSTANT bigint := current_person();
  chosen bigint[];
BEGIN
  IF me IS NULL THEN PERFORM ledger_refuse('LG020'); END IF;
  chosen := ARRAY(SELECT t.id FROM transaction t WHERE t.owner = me AND t.booked <= p_until AND t.status = 2
                  ORDER BY t.id LIMIT least(greatest(p_most, 1), 10000) FOR NO KEY UPDATE);
  IF chosen = '{}' THEN RETURN 0; END IF;
  UPDATE transaction t SET status = 3 WHERE t.id = ANY (chosen);
  INSERT INTO transaction_event (owner, transaction, kind, actor) SELECT me, c, 5, me FROM unnest(chosen) c;
  INSERT INTO outbox (owner, kind, what) VALUES (me, 1, 0);
  RETURN cardinality(chosen);
END $$;
SELECT house_door('archive(date, integer)', 'app');

-- Compare an account's balance at the end of a day with a statement's; where they agree, lock what is booked up to it.
CREATE FUNCTION reconcile(p_account bigint, p_day date, p_balance numeric, p_today date) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  me CONSTANT bigint := current_person();
  seen account;
  actual numeric;
  made bigint;
BEGIN
  IF me IS NULL THEN PERFORM ledger_refuse('LG020'); END IF;
  SELECT * INTO seen FROM account a WHERE a.id = p_account AND a.owner = me AND a.custody IS NOT NULL FOR NO KEY UPDATE;
  IF NOT FOUND THEN PERFORM ledger_refuse('LG002'); END IF;
  -- A payment may be booked on any day that is today somewhere on earth: as early as the day before that of UTC.
  IF (p_day <= CASE seen.custody WHEN 'held' THEN least(p_today, (now() AT TIME ZONE 'UTC')::date) - 2
                                 ELSE least(p_today, (now() AT TIME ZONE 'UTC')::date + 1) - 1 END) IS NOT TRUE THEN PERFORM ledger_refuse('LG031'); END IF;
  IF (p_day >= seen.known_since) IS NOT TRUE THEN PERFORM ledger_refuse('LG034'); END IF;
  actual := seen.posted_balance
    - coalesce((SELECT sum(p.amount) FROM posting p WHERE p.debit = seen.id AND p.debit_version IS NOT NULL AND p.booked > p_day), 0)
    + coalesce((SELECT sum(p.amount) FROM posting p WHERE p.credit = seen.id AND p.credit_version IS NOT NULL AND p.booked > p_day), 0);
  IF actual IS DISTINCT FROM p_balance THEN PERFORM ledger_refuse('LG030', actual::text); END IF;
  INSERT INTO reconciliation (owner, account, currency, day, balance) VALUES (me, seen.id, seen.currency, p_day, actual)
  ON CONFLICT (account, day) WHERE released_at IS NULL DO NOTHING RETURNING id INTO made;
  IF made IS NULL THEN
    SELECT r.id INTO made FROM reconciliation r WHERE r.account = seen.id AND r.day = p_day AND r.released_at IS NULL;
  END IF;
  UPDATE account a SET locked_until = greatest(a.locked_until, p_day) WHERE a.id = seen.id;
  INSERT INTO outbox (owner, kind, what) VALUES (me, 2, seen.id);
  RETURN made;
END $$;
SELECT house_door('reconcile(bigint, date, numeric, date)', 'app');

-- Take the latest lock of an account away; the one before it holds again.
CREATE FUNCTION release_lock(p_account bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE me CONSTANT bigint := current_person();
BEGIN
  IF me IS NULL THEN PERFORM ledger_refuse('LG020'); END IF;
  PERFORM FROM account a WHERE a.id = p_account AND a.owner = me AND a.custody IS NOT NULL FOR NO KEY UPDATE;
  IF NOT FOUND THEN PERFORM ledger_refuse('LG002'); END IF;
  UPDATE reconciliation r SET released_at = now()
  WHERE r.id = (SELECT w.id FROM reconciliation w WHERE w.owner = me AND w.account = p_account AND w.released_at IS NULL ORDER BY w.day DESC LIMIT 1);
  IF NOT FOUND THEN PERFORM ledger_refuse('LG032'); END IF;
  UPDATE account a SET locked_until = (SELECT max(w.day) FROM reconciliation w WHERE w.account = a.id AND w.released_at IS NULL) WHERE a.id = p_account;
  INSERT INTO outbox (owner, kind, what) VALUES (me, 2, p_account);
END $$;
SELECT house_door('release_lock(bigint)', 'app');

-- The id that a call of `post_mixed` names; NULL where what it says is none.
CREATE FUNCTION ledger_named(call jsonb, name text) RETURNS bigint
LANGUAGE sql IMMUTABLE RETURN CASE WHEN call ->> name ~ '^[0-9]{1,18}$' THEN (call ->> name)::bigint END;

-- Run up to 10,000 calls of the doors above in the order given, each accepted or refused on its own, or with p_whole all
-- or none. What they name is locked first: headers, then accounts in id order, others' too.
--   Each call is {"door": "post" | "keep_back" | "take_back" | "convert_money" | "settle", ...its arguments without p_}.
CREATE FUNCTION post_mixed(p_calls jsonb, p_whole boolean DEFAULT false)
RETURNS TABLE (item integer, transaction_id bigint, refusal text, replayed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  me CONSTANT bigint := current_person();
  named bigint[];
  one jsonb;
  n integer := 0;
BEGIN
  IF me IS NULL THEN PERFORM ledger_refuse('LG020'); END IF;
  IF p_calls IS NULL THEN RETURN; END IF;
  IF jsonb_typeof(p_calls) <> 'array' THEN PERFORM ledger_refuse('LG019'); END IF;
  IF jsonb_array_length(p_calls) > 10000 THEN PERFORM ledger_refuse('LG019', 'more than 10,000 items'); END IF;
  named := ARRAY(SELECT t.id FROM jsonb_array_elements(p_calls) c JOIN transaction t ON t.id = ledger_named(c, 'transaction') AND t.owner = me);
  named := named || ARRAY(SELECT o.id FROM unnest(named) u (id) JOIN transaction t ON t.id = u.id JOIN transaction o ON o.transfer = t.transfer AND o.id <> t.id);
  PERFORM FROM transaction t WHERE t.id = ANY (named) ORDER BY t.id FOR NO KEY UPDATE;
  PERFORM FROM account a
  WHERE a.id = ANY (ARRAY(
      SELECT s.id FROM jsonb_array_elements(p_calls) c
        CROSS JOIN LATERAL (VALUES (ledger_named(c, 'from')), (ledger_named(c, 'to'))) s (id) JOIN account own ON own.id = s.id AND own.owner = me
      UNION SELECT s.id FROM unnest(named) u (id) JOIN hold h ON h.transaction = u.id CROSS JOIN LATERAL (VALUES (h.account), (h.taking)) s (id)
      UNION SELECT s.id FROM unnest(named) u (id) JOIN posting p ON p.transaction = u.id
        CROSS JOIN LATERAL (VALUES (p.debit, p.debit_version), (p.credit, p.credit_version)) s (id, version) WHERE s.version IS NOT NULL
      UNION SELECT w.id FROM jsonb_array_elements(p_calls) c JOIN account w ON w.number = c ->> 'number'
      UNION SELECT w.id FROM unnest(named) u (id) JOIN hold h ON h.transaction = u.id JOIN account w ON w.number = h.number))
  ORDER BY a.id FOR NO KEY UPDATE;

  FOR one IN SELECT c FROM jsonb_array_elements(p_calls) c LOOP
    item := n;
    refusal := NULL;
    transaction_id := NULL;
    replayed := false;
    BEGIN
      CASE one ->> 'door'
      WHEN 'post' THEN
        SELECT b.transaction_id, b.replayed INTO transaction_id, replayed FROM post(
          (one ->> 'kind')::smallint, (one ->> 'from')::bigint, (one ->> 'to')::bigint, one ->> 'number', (one ->> 'amount')::numeric, one ->> 'currency',
          (one ->> 'booked')::date, (one ->> 'valued')::date, one ->> 'description', one ->> 'external', one ->> 'payee', (one ->> 'category')::bigint,
          one ->> 'note', (one ->> 'key')::uuid, (one ->> 'fingerprint')::bigint) b;
      WHEN 'keep_back' THEN
        SELECT b.transaction_id, b.replayed INTO transaction_id, replayed FROM keep_back(
          (one ->> 'kind')::smallint, (one ->> 'from')::bigint, (one ->> 'to')::bigint, one ->> 'number', (one ->> 'amount')::numeric, one ->> 'currency',
          one ->> 'description', one ->> 'external', one ->> 'payee', (one ->> 'category')::bigint, one ->> 'note', (one ->> 'key')::uuid,
          (one ->> 'fingerprint')::bigint, (one ->> 'expires')::timestamptz, (one ->> 'settles')::timestamptz) b;
      WHEN 'take_back' THEN
        SELECT b.transaction_id, b.replayed INTO transaction_id, replayed FROM take_back(
          (one ->> 'transaction')::bigint, (one ->> 'amount')::numeric, (one ->> 'booked')::date, one ->> 'reason', (one ->> 'key')::uuid,
          (one ->> 'fingerprint')::bigint) b;
      WHEN 'convert_money' THEN
        SELECT b.transaction_id, b.replayed INTO transaction_id, replayed FROM convert_money(
          (one ->> 'from')::bigint, (one ->> 'to')::bigint, (one ->> 'gave')::numeric, (one ->> 'got')::numeric, (one ->> 'booked')::date,
          (one ->> 'valued')::date, one ->> 'description', one ->> 'external', one ->> 'note', (one ->> 'key')::uuid, (one ->> 'fingerprint')::bigint) b;
      WHEN 'settle' THEN
        SELECT b.transaction_id, b.replayed INTO transaction_id, replayed FROM settle(
          (one ->> 'transaction')::bigint, (one ->> 'amount')::numeric, coalesce((one ->> 'last')::boolean, true), (one ->> 'booked')::date,
          (one ->> 'valued')::date, (one ->> 'key')::uuid, (one ->> 'fingerprint')::bigint) b;
      ELSE
        PERFORM ledger_refuse('LG019');
      END CASE;
    EXCEPTION WHEN OTHERS THEN
      -- What is no number, no day or too long is refused like any other item.
      refusal := CASE WHEN SQLSTATE LIKE 'LG%' THEN SQLSTATE WHEN SQLSTATE = '22003' THEN 'LG023' WHEN SQLSTATE LIKE '22%' THEN 'LG019' END;
      IF refusal IS NULL THEN RAISE; END IF;
      IF p_whole THEN PERFORM ledger_refuse(refusal, n::text); END IF;
      transaction_id := NULL;
    END;
    n := n + 1;
    RETURN NEXT;
  END LOOP;
END $$;
SELECT house_door('post_mixed(jsonb, boolean)', 'app');

-- While a payment is only announced, the other side is whom its number names.
CREATE OR REPLACE FUNCTION counterparts(p_transfers bigint[]) RETURNS TABLE (transfer bigint, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT DISTINCT own.transfer, masked_name(p.name)
  FROM transaction own
  LEFT JOIN transaction theirs ON theirs.transfer = own.transfer AND theirs.owner <> own.owner
  LEFT JOIN hold h ON h.transaction = own.id AND theirs.id IS NULL
  LEFT JOIN account a ON a.number = h.number
  LEFT JOIN person p ON p.id = coalesce(theirs.owner, a.owner)
  WHERE own.transfer = ANY (p_transfers) AND own.owner = current_person();
$$;

REVOKE ALL ON FUNCTION ledger_refuse_account(text, account, boolean), ledger_payee(bigint, text, text),
  ledger_named(jsonb, text), ledger_meaning(bigint, bigint, text, bigint, text), ledger_take_back(bigint, bigint, bigint, numeric, date, text, uuid, bigint) FROM PUBLIC;
