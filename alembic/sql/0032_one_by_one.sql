-- As in 0027; the transactions to take back, and what was taken back of them, are looked up by their numbers alone, each with
-- its owner in a form that no index has: of a person whom nobody has counted the planner believes that they have next to
-- nothing, and read all their books for each.
CREATE OR REPLACE FUNCTION ledger_post_batch(p_items jsonb, p_imported bigint DEFAULT NULL, p_whole boolean DEFAULT false)
RETURNS TABLE (item integer, transaction_id bigint, refusal text, replayed boolean)
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  me CONSTANT bigint := current_person();
  many CONSTANT integer := coalesce(jsonb_array_length(p_items), 0);
  sent ledger_item[];
  backs bigint[];
  items ledger_item[];
  accounts account[];
  balances numeric[];
  versions bigint[];
  giving_at integer[];
  taking_at integer[];
  same_key integer[];
  same_related integer[];
  codes text[];
  ids bigint[];
  prints bigint[];
  old boolean[];
  taken bigint[];
  taken_back boolean[] := array_fill(false, ARRAY[many]);
  fresh boolean[] := array_fill(false, ARRAY[many]);
  giving_balances numeric[] := array_fill(NULL::numeric, ARRAY[many]);
  giving_versions bigint[] := array_fill(NULL::bigint, ARRAY[many]);
  taking_balances numeric[] := array_fill(NULL::numeric, ARRAY[many]);
  taking_versions bigint[] := array_fill(NULL::bigint, ARRAY[many]);
  booked_count integer := 0;
  one ledger_item;
  seen account;
  n integer;
  g integer;
  t integer;
  code text;
  verdict text;
BEGIN
  IF me IS NULL THEN PERFORM ledger_refuse('LG020'); END IF;
  IF many = 0 THEN RETURN; END IF;
  IF many > 10000 THEN PERFORM ledger_refuse('LG019', 'more than 10,000 items'); END IF;
  IF p_imported IS NOT NULL AND NOT EXISTS (SELECT FROM statement_import i WHERE i.owner = me AND i.id = p_imported) THEN
    PERFORM ledger_refuse('LG025');
  END IF;

  sent := ARRAY(SELECT x FROM jsonb_populate_recordset(NULL::ledger_item, p_items) x);
  backs := ARRAY(SELECT DISTINCT x.related FROM unnest(sent) x WHERE x.kind = 7 AND x.related IS NOT NULL ORDER BY 1);
  -- The owner in a form that no index has: by the person a plan would read all of their books to find a few numbers.
  IF backs <> '{}' THEN
    EXECUTE $query$
      SELECT FROM transaction r WHERE r.id = ANY ($1) AND r.owner IS NOT DISTINCT FROM $2 ORDER BY r.id FOR NO KEY UPDATE
    $query$ USING backs, me;
  END IF;

  -- A reversal becomes the mirror of what it takes back; `origin` is the kind that says which nominal account it meets.
  EXECUTE $query$
    SELECT array_agg(CASE WHEN x.kind = 7
             THEN ROW(x.kind, CASE WHEN p.debit_version IS NOT NULL THEN p.debit END, CASE WHEN p.credit_version IS NOT NULL THEN p.credit END,
                      p.amount - coalesce(gone.amount, 0), p.currency, r.booked, r.valued, x.description, NULL, NULL, NULL, NULL, x.key, x.fingerprint, x.related, r.kind)::ledger_item
             ELSE ROW(x.kind, x.giving, x.taking, x.amount, x.currency, x.booked, x.valued, x.description, x.external_reference,
                      x.payee, x.category, x.note, x.key, x.fingerprint, NULL, x.kind)::ledger_item
           END ORDER BY x.ordinality),
           array_agg(CASE WHEN x.kind <> 7 THEN ledger_malformed(x.kind, x.giving, x.taking, NULL, x.amount, x.currency, x.booked, x.valued)
                          WHEN r.id IS NULL THEN 'LG015'
                          WHEN r.status = 6 THEN 'LG017'
                          WHEN r.kind > 4 OR r.status <> 2 OR EXISTS (SELECT FROM posting q WHERE q.transaction = r.id AND q.line > 1) THEN 'LG016'
                     END ORDER BY x.ordinality)
    FROM unnest($1) WITH ORDINALITY x
    LEFT JOIN LATERAL (SELECT t.* FROM transaction t WHERE t.id = x.related AND t.owner IS NOT DISTINCT FROM $2 OFFSET 0) r ON x.kind = 7
    LEFT JOIN LATERAL (SELECT q.* FROM posting q WHERE q.transaction = r.id AND q.line = 1 OFFSET 0) p ON true
    LEFT JOIN LATERAL (SELECT sum(b.amount) AS amount FROM transaction s JOIN posting b ON b.transaction = s.id
                       WHERE s.related = r.id AND s.owner IS NOT DISTINCT FROM $2 OFFSET 0) gone ON true
  $query$ INTO items, codes USING sent, me;

  SELECT array_agg(s.a ORDER BY (s.a).id), array_agg((s.a).posted_balance ORDER BY (s.a).id), array_agg((s.a).version ORDER BY (s.a).id)
  INTO accounts, balances, versions
  FROM (SELECT a FROM account a
        WHERE a.owner = me AND a.custody IS NOT NULL AND a.id IN (SELECT x.giving FROM unnest(items) x UNION SELECT x.taking FROM unnest(items) x)
        ORDER BY a.id FOR NO KEY UPDATE) s;

  -- Read after the locks, so that the same batch sent twice at once finds its first run's keys.
  EXECUTE $query$
    SELECT array_agg(k.id ORDER BY x.ordinality), array_agg(k.fingerprint ORDER BY x.ordinality)
    FROM unnest($1) WITH ORDINALITY x
    LEFT JOIN LATERAL (SELECT s.id, s.fingerprint FROM transaction s
                       WHERE x.key IS NOT NULL AND s.owner = $2 AND s.key = x.key OFFSET 0) k ON true
  $query$ INTO ids, prints USING items, me;

  SELECT array_agg(g.ordinality ORDER BY x.ordinality), array_agg(t.ordinality ORDER BY x.ordinality),
         array_agg(ids[x.ordinality] IS NOT NULL ORDER BY x.ordinality),
         array_agg(CASE WHEN ids[x.ordinality] IS NOT NULL THEN CASE WHEN prints[x.ordinality] IS DISTINCT FROM x.fingerprint THEN 'LG001' END
                        WHEN (x.key IS NULL) <> (x.fingerprint IS NULL) THEN 'LG021'
                        WHEN codes[x.ordinality] IS NOT NULL THEN codes[x.ordinality]
                        WHEN x.category IS NOT NULL AND c.id IS NULL THEN 'LG018' END ORDER BY x.ordinality),
         array_agg(CASE WHEN x.key IS NOT NULL THEN x.key_first END ORDER BY x.ordinality),
         array_agg(CASE WHEN x.related IS NOT NULL THEN x.related_first END ORDER BY x.ordinality)
  INTO giving_at, taking_at, old, codes, same_key, same_related
  FROM (SELECT y.*, min(y.ordinality) OVER (PARTITION BY y.key) AS key_first, min(y.ordinality) OVER (PARTITION BY y.related) AS related_first
        FROM unnest(items) WITH ORDINALITY y) x
  LEFT JOIN unnest(accounts) WITH ORDINALITY g ON g.id = x.giving
  LEFT JOIN unnest(accounts) WITH ORDINALITY t ON t.id = x.taking
  LEFT JOIN category c ON c.owner = me AND c.id = x.category;

  FOR n IN 1..many LOOP
    one := items[n];
    code := codes[n];
    IF code IS NULL AND NOT old[n] AND same_key[n] < n THEN
      IF one.fingerprint <> (items[same_key[n]]).fingerprint THEN
        code := 'LG001';
      ELSE
        ids[n] := ids[same_key[n]];
        code := codes[same_key[n]];
        old[n] := code IS NULL;
      END IF;
    END IF;
    IF code IS NULL AND NOT old[n] THEN
      g := giving_at[n];
      t := taking_at[n];
      IF taken_back[same_related[n]] THEN
        code := 'LG017';
      ELSIF one.giving IS NOT NULL AND g IS NULL OR one.taking IS NOT NULL AND t IS NULL THEN
        code := 'LG002';
      END IF;
      IF code IS NULL AND g IS NOT NULL THEN
        seen := accounts[g];
        seen.posted_balance := balances[g];
        code := ledger_refusal(seen, me, one.currency, one.amount, true, false, one.booked);
        IF code IS NULL AND seen.custody = 'held' THEN
          verdict := gate_verdict(me, seen.id, one.kind, one.amount, NULL);
          code := CASE WHEN verdict = 'allow' THEN NULL WHEN verdict = 'hold' THEN 'LG013' ELSE 'LG012' END;
        END IF;
      END IF;
      IF code IS NULL AND t IS NOT NULL THEN
        code := ledger_refusal(accounts[t], me, one.currency, one.amount, false, false, one.booked);
      END IF;
      IF code IS NULL AND (balances[g] - one.amount < -9999999999999999.9999 OR balances[t] + one.amount > 9999999999999999.9999) THEN
        code := 'LG023';
      END IF;
      IF code IS NULL THEN
        IF g IS NOT NULL THEN
          balances[g] := balances[g] - one.amount;
          versions[g] := versions[g] + 1;
          giving_balances[n] := balances[g];
          giving_versions[n] := versions[g];
        END IF;
        IF t IS NOT NULL THEN
          balances[t] := balances[t] + one.amount;
          versions[t] := versions[t] + 1;
          taking_balances[n] := balances[t];
          taking_versions[n] := versions[t];
        END IF;
        ids[n] := nextval('transaction_id_seq');
        fresh[n] := true;
        IF one.kind = 7 THEN
          taken_back[same_related[n]] := true;
        END IF;
        booked_count := booked_count + 1;
      END IF;
    END IF;
    codes[n] := code;
    IF p_whole AND code IS NOT NULL THEN PERFORM ledger_refuse(code, (n - 1)::text); END IF;
  END LOOP;

  IF booked_count > 0 THEN
    PERFORM ledger_nominal(me, need.currency, need.type)
    FROM (SELECT DISTINCT x.currency, ledger_against(x.origin) AS type
          FROM unnest(items) WITH ORDINALITY x WHERE fresh[x.ordinality] AND x.origin <> 4) need;

    INSERT INTO transaction (id, owner, booked, valued, kind, status, related, imported, key, fingerprint, description, external_reference)
    OVERRIDING SYSTEM VALUE
    SELECT ids[x.ordinality], me, x.booked, x.valued, x.kind, CASE x.kind WHEN 7 THEN 6 ELSE 2 END, x.related, p_imported, x.key, x.fingerprint,
           x.description, x.external_reference
    FROM unnest(items) WITH ORDINALITY x WHERE fresh[x.ordinality] ORDER BY x.ordinality;

    INSERT INTO posting (transaction, owner, debit, credit, debit_version, credit_version, booked, currency, amount, debit_balance, credit_balance)
    SELECT ids[x.ordinality], me, coalesce(x.taking, a.id), coalesce(x.giving, a.id), taking_versions[x.ordinality], giving_versions[x.ordinality],
           x.booked, x.currency, x.amount, taking_balances[x.ordinality], giving_balances[x.ordinality]
    FROM unnest(items) WITH ORDINALITY x
    LEFT JOIN account a ON a.owner = me AND a.custody IS NULL AND a.currency = x.currency AND a.type = ledger_against(x.origin)
    WHERE fresh[x.ordinality] ORDER BY x.ordinality;

    INSERT INTO classification (owner, transaction, category, payee, note)
    SELECT me, ids[x.ordinality], x.category, x.payee, x.note
    FROM unnest(items) WITH ORDINALITY x
    WHERE fresh[x.ordinality] AND (x.category IS NOT NULL OR x.payee IS NOT NULL OR x.note IS NOT NULL);

    UPDATE account a SET posted_balance = now_is.balance, version = now_is.version, last_transaction_at = now()
    FROM (SELECT x.id, balances[x.ordinality] AS balance, versions[x.ordinality] AS version
          FROM unnest(accounts) WITH ORDINALITY x WHERE versions[x.ordinality] <> x.version) now_is
    WHERE a.id = now_is.id;

    INSERT INTO transaction_event (owner, transaction, kind, amount, other, reason, actor)
    SELECT me, x.related, 6, x.amount, ids[x.ordinality], x.description, me
    FROM unnest(items) WITH ORDINALITY x WHERE fresh[x.ordinality] AND x.kind = 7;

    SELECT array_agg(x.related) INTO taken FROM unnest(items) WITH ORDINALITY x WHERE fresh[x.ordinality] AND x.kind = 7;
    IF taken IS NOT NULL THEN
      EXECUTE 'UPDATE transaction SET status = 6 WHERE owner = $2 AND status IN (2, 3) AND (id = ANY ($1) OR related = ANY ($1))' USING taken, me;
    END IF;

    INSERT INTO outbox (owner, kind, what)
    SELECT me, 1, CASE booked_count WHEN 1 THEN ids[array_position(fresh, true)] ELSE 0 END;
  END IF;

  RETURN QUERY SELECT (u.ordinality - 1)::integer, CASE WHEN u.refusal IS NULL THEN u.id END, u.refusal, u.old
  FROM unnest(ids, codes, old) WITH ORDINALITY u (id, refusal, old);
END $$;

-- As in 0028; what is looked up by its number is, as above.
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
    LEFT JOIN LATERAL (SELECT t AS head FROM transaction t WHERE t.id = x.id AND t.owner IS NOT DISTINCT FROM $2 OFFSET 0) h ON true
    LEFT JOIN LATERAL (SELECT w AS kept FROM hold w WHERE w.transaction = x.id AND w.owner IS NOT DISTINCT FROM $2 OFFSET 0) k ON true
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
