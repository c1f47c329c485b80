-- Refusals beside those of 0004:
--   LG026 locked            LG027 not_pending       LG028 more_than_held    LG029 more_than_the_rest  LG030 balance_differs
--   LG031 lock_too_late     LG032 nothing_to_release
DROP FUNCTION ledger_refusal(account, bigint, text, numeric, boolean, boolean);
-- Why this account cannot take part in this movement; NULL when it can. `booked` NULL: nothing is booked yet.
CREATE FUNCTION ledger_refusal(a account, person bigint, currency text, amount numeric, outflow boolean, between_people boolean, booked date) RETURNS text
LANGUAGE sql IMMUTABLE RETURN CASE
  WHEN a.id IS NULL OR a.owner <> person OR a.custody IS NULL THEN 'LG002'
  WHEN a.status = 'closed' THEN 'LG005'
  WHEN outflow AND a.status = 'frozen' THEN 'LG004'
  WHEN a.currency <> currency THEN 'LG007'
  WHEN between_people AND a.custody <> 'held' THEN 'LG011'
  WHEN booked <= a.locked_until THEN 'LG026'
  WHEN outflow AND a.custody = 'held' AND a.posted_balance - a.held_balance + a.credit_limit < amount THEN 'LG006'
END;
REVOKE ALL ON FUNCTION ledger_refusal(account, bigint, text, numeric, boolean, boolean, date) FROM PUBLIC;

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
        AND (a.locked_until < p_booked OR a.locked_until IS NULL)
        AND (a.custody = 'held' AND a.posted_balance - a.held_balance + a.credit_limit >= p_amount
             OR a.custody = 'tracked' AND NOT between_people)
      RETURNING a.posted_balance, a.version, a.custody INTO giving_balance, giving_version, giving_custody;
      IF NOT FOUND THEN
        SELECT * INTO seen FROM account a WHERE a.id = giving;
        -- Nothing wrong now means that the row changed in between: a passing fault, tried again.
        code := coalesce(ledger_refusal(seen, me, p_currency, p_amount, true, between_people, p_booked), '40001');
        PERFORM ledger_refuse(code, CASE code WHEN 'LG006' THEN (seen.posted_balance - seen.held_balance + seen.credit_limit)::text
                                              WHEN 'LG026' THEN seen.name || ',' || seen.locked_until ELSE '' END);
      END IF;
    ELSIF NOT outflow AND taking IS NOT NULL THEN
      UPDATE account a SET posted_balance = posted_balance + p_amount, version = version + 1, last_transaction_at = now()
      WHERE a.id = taking AND a.owner = taker AND a.currency = p_currency AND a.status <> 'closed'
        AND (a.locked_until < p_booked OR a.locked_until IS NULL)
        AND (a.custody = 'held' OR a.custody = 'tracked' AND NOT between_people)
      RETURNING a.posted_balance, a.version INTO taking_balance, taking_version;
      IF NOT FOUND THEN
        SELECT * INTO seen FROM account a WHERE a.id = taking;
        code := coalesce(ledger_refusal(seen, taker, p_currency, p_amount, false, between_people, p_booked), '40001');
        PERFORM ledger_refuse(CASE WHEN NOT between_people OR code = '40001' THEN code WHEN code = 'LG007' THEN 'LG022' ELSE 'LG014' END,
                              CASE WHEN code = 'LG026' AND NOT between_people THEN seen.name || ',' || seen.locked_until ELSE '' END);
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
-- Book up to 10,000 movements in the order given, each accepted or refused on its own, as if posted one by one.
--   Kinds 1 to 4 as in `post`; kind 7 takes back the transaction `related` (an opening, deposit, withdrawal or own
--   transfer) by its mirror, booked on its day: only `related`, description, key and fingerprint of the item are read.
--   A key is optional here: what an import books once is known by its row. p_imported is one of the person's own imports.
--   p_whole: the first refusal refuses all (raised, with the item's number, from 0, as detail).
-- Headers to take back are locked first, then accounts in id order; one pass in memory decides; then one insert each
-- writes headers, postings and meanings.
-- What is looked up among transactions is planned anew by EXECUTE and one by one by OFFSET 0: joined freely, or by a plan
-- kept from when the tables were small, a batch would read a person's whole books.
CREATE OR REPLACE FUNCTION post_batch(p_items jsonb, p_imported bigint DEFAULT NULL, p_whole boolean DEFAULT false)
RETURNS TABLE (item integer, transaction_id bigint, refusal text, replayed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  me CONSTANT bigint := current_person();
  many CONSTANT integer := coalesce(jsonb_array_length(p_items), 0);
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

  EXECUTE $query$
    SELECT FROM transaction r
    WHERE r.owner = $2
      AND r.id = ANY (ARRAY(SELECT x.related FROM jsonb_populate_recordset(NULL::ledger_item, $1) x WHERE x.kind = 7))
    ORDER BY r.id FOR NO KEY UPDATE
  $query$ USING p_items, me;

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
    FROM jsonb_populate_recordset(NULL::ledger_item, $1) WITH ORDINALITY x
    LEFT JOIN LATERAL (SELECT t.* FROM transaction t WHERE t.id = x.related AND t.owner = $2 OFFSET 0) r ON x.kind = 7
    LEFT JOIN LATERAL (SELECT q.* FROM posting q WHERE q.transaction = r.id AND q.line = 1 OFFSET 0) p ON true
    LEFT JOIN LATERAL (SELECT sum(b.amount) AS amount FROM transaction s JOIN posting b ON b.transaction = s.id
                       WHERE s.related = r.id AND s.owner = $2 OFFSET 0) gone ON true
  $query$ INTO items, codes USING p_items, me;

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
