-- Roll-ups: what moved on a real account in a month, from its postings up to a version. Readers add the postings after it.
-- A head per real account, from its first moment on, says up to which version they are made. Who rolls up and who changes
-- whether a transaction counts as reversed locks the head's row, so that neither overlooks the other. Accounts are not
-- locked for it: a posting goes on meanwhile. Heads come after headers and accounts in the order of locks, by account.
CREATE TABLE rollup_head (
  account bigint NOT NULL CONSTRAINT pk_rollup_head PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_rollup_head_owner REFERENCES person (id),
  currency varchar(3) NOT NULL,
  made bigint NOT NULL DEFAULT 0 CONSTRAINT ck_rollup_head_made CHECK (made >= 0),
  CONSTRAINT uq_rollup_head_owner UNIQUE (owner, account),
  CONSTRAINT fk_rollup_head_account FOREIGN KEY (owner, currency, account) REFERENCES account (owner, currency, id)
) WITH (fillfactor = 70);

-- One row per account, month, kind, kind of what a reversal takes back (else the kind itself), whether the other side is
-- an own real account too, and whether the transaction is one of a reversed pair. Counts are of first lines only.
-- It refers to the head and not to the account, whose row every posting changes. Totals are wider than amounts: a month's
-- inflows have no bound, as a balance has.
CREATE TABLE rollup (
  owner bigint NOT NULL CONSTRAINT fk_rollup_owner REFERENCES person (id),
  account bigint NOT NULL,
  month date NOT NULL CONSTRAINT ck_rollup_month CHECK (extract(day FROM month) = 1),
  kind smallint NOT NULL,
  origin smallint NOT NULL,
  own boolean NOT NULL,
  reversed boolean NOT NULL,
  inflows bigint NOT NULL,
  outflows bigint NOT NULL,
  inflow numeric(28,4) NOT NULL,
  outflow numeric(28,4) NOT NULL,
  CONSTRAINT pk_rollup PRIMARY KEY (owner, account, month, kind, origin, own, reversed),
  CONSTRAINT fk_rollup_account FOREIGN KEY (owner, account) REFERENCES rollup_head (owner, account)
) WITH (fillfactor = 70);

SELECT house_guard('rollup_head', 'SELECT');
SELECT house_guard('rollup', 'SELECT');

INSERT INTO rollup_head (account, owner, currency) SELECT id, owner, currency FROM account WHERE custody IS NOT NULL;

CREATE FUNCTION rollup_begin() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO rollup_head (account, owner, currency) VALUES (NEW.id, NEW.owner, NEW.currency);
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION rollup_begin() FROM PUBLIC;
CREATE TRIGGER begin_rollup AFTER INSERT ON account FOR EACH ROW WHEN (NEW.custody IS NOT NULL) EXECUTE FUNCTION rollup_begin();
ALTER TABLE account ENABLE ALWAYS TRIGGER begin_rollup;

-- The entries of real accounts as roll-ups tell them apart.
CREATE VIEW real_entry WITH (security_invoker = true) AS
SELECT p.owner, p.debit AS account, p.debit_version AS version, p.transaction, p.line, p.booked, date_trunc('month', p.booked::timestamp)::date AS month,
       t.kind, coalesce(r.kind, t.kind) AS origin, p.credit_version IS NOT NULL AS own, t.status = 6 AS reversed, p.amount AS moved
FROM posting p JOIN transaction t ON t.id = p.transaction LEFT JOIN transaction r ON r.id = t.related
WHERE p.debit_version IS NOT NULL
UNION ALL
SELECT p.owner, p.credit, p.credit_version, p.transaction, p.line, p.booked, date_trunc('month', p.booked::timestamp)::date,
       t.kind, coalesce(r.kind, t.kind), p.debit_version IS NOT NULL, t.status = 6, -p.amount
FROM posting p JOIN transaction t ON t.id = p.transaction LEFT JOIN transaction r ON r.id = t.related
WHERE p.credit_version IS NOT NULL;
SELECT house_share('real_entry', '', 'SELECT');

-- An account's entries by version. The planner takes what lies above a version for a third of all rows, so that the way
-- by the index, one by one, has to be told.
CREATE FUNCTION rollup_entries(of_account bigint, above bigint, upto bigint) RETURNS SETOF real_entry
LANGUAGE sql STABLE ROWS 100 SET search_path = public, pg_temp SET jit = off
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
  SELECT * FROM real_entry e WHERE e.account = of_account AND e.version > above AND e.version <= upto;
$$;

-- The entries of own transfers that were found in imports, and of what takes them back in part.
CREATE FUNCTION rollup_matched(person bigint) RETURNS SETOF real_entry
LANGUAGE sql STABLE ROWS 100 SET search_path = public, pg_temp SET jit = off
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
  SELECT e.* FROM (
    SELECT t.id FROM classification c JOIN transaction t ON t.id = c.transaction
    WHERE c.owner = person AND c.matched IS NOT NULL AND t.related IS NULL
    UNION ALL
    SELECT t.id FROM classification c JOIN transaction t ON t.related = c.transaction WHERE c.owner = person AND c.matched IS NOT NULL
  ) m CROSS JOIN LATERAL (SELECT * FROM real_entry e WHERE e.transaction = m.id OFFSET 0) e;
$$;
CREATE INDEX ix_classification_owner_matched ON classification (owner, transaction) WHERE matched IS NOT NULL;

-- The roll-ups of an account's entries by version.
CREATE FUNCTION rollup_of(of_account bigint, above bigint, upto bigint) RETURNS SETOF rollup
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT e.owner, e.account, e.month, e.kind, e.origin, e.own, e.reversed,
         count(*) FILTER (WHERE e.moved > 0 AND e.line = 1), count(*) FILTER (WHERE e.moved < 0 AND e.line = 1),
         coalesce(sum(e.moved) FILTER (WHERE e.moved > 0), 0), coalesce(-sum(e.moved) FILTER (WHERE e.moved < 0), 0)
  FROM rollup_entries(of_account, above, upto) e GROUP BY 1, 2, 3, 4, 5, 6, 7;
$$;

-- Add to what is rolled up; the caller has locked the heads. Nothing else writes roll-ups.
CREATE FUNCTION rollup_add(more rollup[]) RETURNS void
LANGUAGE sql SET search_path = public, pg_temp AS $$
  INSERT INTO rollup AS kept SELECT * FROM unnest(more)
  ON CONFLICT ON CONSTRAINT pk_rollup DO UPDATE SET
    inflows = kept.inflows + EXCLUDED.inflows, outflows = kept.outflows + EXCLUDED.outflows,
    inflow = kept.inflow + EXCLUDED.inflow, outflow = kept.outflow + EXCLUDED.outflow;
$$;

-- Whoever makes a transaction one of a reversed pair, or no longer one, moves what is rolled up of it in the same
-- transaction. Statement by statement, so that no door can forget it.
CREATE FUNCTION rollup_turn() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  turned CONSTANT bigint[] := ARRAY(SELECT n.id FROM was o JOIN became n ON n.id = o.id WHERE (o.status = 6) <> (n.status = 6));
BEGIN
  IF turned = '{}' THEN RETURN NULL; END IF;
  PERFORM FROM rollup_head h
  WHERE h.account IN (SELECT e.account FROM real_entry e WHERE e.transaction = ANY (turned)) ORDER BY h.account FOR NO KEY UPDATE;
  PERFORM rollup_add(ARRAY(
    SELECT ROW(e.owner, e.account, e.month, e.kind, e.origin, e.own, side.reversed,
               coalesce(sum(side.sign) FILTER (WHERE e.moved > 0 AND e.line = 1), 0), coalesce(sum(side.sign) FILTER (WHERE e.moved < 0 AND e.line = 1), 0),
               coalesce(sum(side.sign * e.moved) FILTER (WHERE e.moved > 0), 0), coalesce(-sum(side.sign * e.moved) FILTER (WHERE e.moved < 0), 0))::rollup
    FROM real_entry e JOIN rollup_head h ON h.account = e.account AND h.made >= e.version
    CROSS JOIN LATERAL (VALUES (e.reversed, 1), (NOT e.reversed, -1)) side (reversed, sign)
    WHERE e.transaction = ANY (turned)
    GROUP BY e.owner, e.account, e.month, e.kind, e.origin, e.own, side.reversed));
  RETURN NULL;
END $$;
CREATE TRIGGER turn_rollups AFTER UPDATE ON transaction REFERENCING OLD TABLE AS was NEW TABLE AS became
FOR EACH STATEMENT EXECUTE FUNCTION rollup_turn();
ALTER TABLE transaction ENABLE ALWAYS TRIGGER turn_rollups;

-- Roll up some p_most entries of accounts that are p_least or more behind; how many it were, 0 where nothing is left.
-- Accounts whose head somebody holds are left for the next time. What is read after a head is locked is read anew, so a
-- status that changed before is seen, and one that changes later finds its entries rolled up.
CREATE FUNCTION roll_up(p_least bigint, p_most bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  head record;
  upto bigint;
  rolled bigint := 0;
BEGIN
  FOR head IN
    SELECT h.account, h.made, a.version FROM rollup_head h JOIN account a ON a.id = h.account
    WHERE a.version - h.made >= greatest(p_least, 1) ORDER BY h.account LIMIT 1000 FOR NO KEY UPDATE OF h SKIP LOCKED
  LOOP
    upto := least(head.version, head.made + greatest(p_most, 1) - rolled);
    PERFORM rollup_add(ARRAY(SELECT r FROM rollup_of(head.account, head.made, upto) r));
    UPDATE rollup_head SET made = upto WHERE account = head.account;
    rolled := rolled + upto - head.made;
    EXIT WHEN rolled >= p_most;
  END LOOP;
  RETURN rolled;
END $$;
SELECT house_door('roll_up(bigint, bigint)', 'system');

-- Rebuild what is kept of one account from its postings and holds alone; a row for each value that differed, as it was
-- kept and as it was made. Roll-ups are rebuilt as far as they were made.
CREATE FUNCTION rebuild_account(p_account bigint) RETURNS TABLE (what text, kept text, made text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  one account;
  head rollup_head;
  balance numeric;
  holds numeric;
  versions bigint;
  upto bigint;
  fresh rollup[];
BEGIN
  SELECT * INTO one FROM account a WHERE a.id = p_account AND a.custody IS NOT NULL FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  SELECT * INTO head FROM rollup_head h WHERE h.account = p_account FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    INSERT INTO rollup_head (account, owner, currency) VALUES (one.id, one.owner, one.currency) RETURNING * INTO head;
    RETURN QUERY SELECT 'rolled up to version', NULL, '0';
  END IF;
  SELECT coalesce(sum(e.moved), 0), coalesce(max(e.version), 0) INTO balance, versions FROM real_entry e WHERE e.account = p_account;
  SELECT coalesce(sum(h.amount), 0) INTO holds FROM hold h WHERE h.account = p_account;
  IF (one.posted_balance, one.held_balance, one.version) IS DISTINCT FROM (balance, holds, versions) THEN
    RETURN QUERY SELECT d.* FROM (VALUES
      ('balance', one.posted_balance::text, balance::text), ('held back', one.held_balance::text, holds::text),
      ('version', one.version::text, versions::text)) d (what, kept, made) WHERE d.kept::numeric <> d.made::numeric;
    UPDATE account a SET posted_balance = balance, held_balance = holds, version = versions WHERE a.id = p_account;
  END IF;
  upto := least(head.made, versions);
  IF upto <> head.made THEN
    RETURN QUERY SELECT 'rolled up to version', head.made::text, upto::text;
    UPDATE rollup_head h SET made = upto WHERE h.account = p_account;
  END IF;
  fresh := ARRAY(SELECT r FROM rollup_of(p_account, 0, upto) r);
  RETURN QUERY
    SELECT format('roll-up of %s, kind %s', to_char(d.month, 'YYYY-MM'), d.kind), d.kept, d.made FROM (
      SELECT month, kind, origin, own, reversed,
             format('%s in, %s out (%s, %s)', coalesce(k.inflow, 0), coalesce(k.outflow, 0), coalesce(k.inflows, 0), coalesce(k.outflows, 0)) AS kept,
             format('%s in, %s out (%s, %s)', coalesce(m.inflow, 0), coalesce(m.outflow, 0), coalesce(m.inflows, 0), coalesce(m.outflows, 0)) AS made
      FROM (SELECT * FROM rollup r WHERE r.owner = one.owner AND r.account = p_account) k
      FULL JOIN unnest(fresh) m USING (month, kind, origin, own, reversed)
      WHERE (coalesce(k.inflow, 0), coalesce(k.outflow, 0), coalesce(k.inflows, 0), coalesce(k.outflows, 0))
         <> (coalesce(m.inflow, 0), coalesce(m.outflow, 0), coalesce(m.inflows, 0), coalesce(m.outflows, 0))) d
    ORDER BY d.month, d.kind, d.origin, d.own, d.reversed;
  IF FOUND THEN
    DELETE FROM rollup r WHERE r.owner = one.owner AND r.account = p_account;
    PERFORM rollup_add(fresh);
  END IF;
END $$;
SELECT house_door('rebuild_account(bigint)', 'system');

-- The balances of some of the current person's real accounts at the end of a day: the months before, the entries that are
-- not rolled up yet, and the days of the month.
CREATE FUNCTION balances_at(p_accounts bigint[], p_day date) RETURNS TABLE (account bigint, balance numeric)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET jit = off
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
  SELECT h.account,
    coalesce((SELECT sum(r.inflow - r.outflow) FROM rollup r WHERE r.owner = h.owner AND r.account = h.account AND r.month < first), 0)
    + coalesce((SELECT sum(e.moved) FROM rollup_entries(h.account, h.made, a.version) e WHERE a.version > h.made AND e.booked < first), 0)
    + coalesce((SELECT sum(p.amount) FROM posting p WHERE p.debit = h.account AND p.debit_version IS NOT NULL AND p.booked BETWEEN first AND p_day), 0)
    - coalesce((SELECT sum(p.amount) FROM posting p WHERE p.credit = h.account AND p.credit_version IS NOT NULL AND p.booked BETWEEN first AND p_day), 0)
  FROM rollup_head h JOIN account a ON a.id = h.account, (SELECT date_trunc('month', p_day::timestamp)::date AS first) m
  WHERE h.owner = current_person() AND h.account = ANY (p_accounts);
$$;
SELECT house_door('balances_at(bigint[], date)', 'app');

-- What the month's result counts: income, spending, payments between people, and what takes these back in part; not the
-- legs of an own transfer. A condition on transaction t of the person $2, as roll-ups count it (register_rolled).
CREATE FUNCTION register_counts() RETURNS text
LANGUAGE sql IMMUTABLE RETURN
  '(t.kind IN (2, 3, 5) OR t.kind = 7 AND EXISTS (SELECT FROM transaction r WHERE r.id = t.related AND r.kind IN (2, 3, 5)))'
  || ' AND NOT EXISTS (SELECT FROM classification c WHERE c.owner = $2 AND c.transaction = coalesce(t.related, t.id) AND c.matched IS NOT NULL)';

-- The rows of one person's register, as before but for what counts.
CREATE OR REPLACE FUNCTION register_query(f register_filter, paged boolean, picks text, most integer) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  -- The columns that the page is ordered by stand in the index that leads to it.
  booked CONSTANT text := CASE WHEN f.account IS NULL THEN 't.booked' ELSE 'p.booked' END;
  number CONSTANT text := CASE WHEN f.account IS NULL THEN 't.id' ELSE 'p.transaction' END;
  cut CONSTANT text := CASE WHEN most IS NULL THEN '' ELSE format(' ORDER BY 1 DESC, 2 DESC LIMIT %s', most) END;
  source text := ' FROM posting p JOIN transaction t ON t.id = p.transaction';
  meaning CONSTANT text := 'EXISTS (SELECT FROM classification c WHERE c.owner = $2 AND c.transaction = t.id AND ';
  wanted text := ' WHERE p.owner = $2 AND t.owner = $2' || CASE WHEN f.counted OR f.reversed IS NULL THEN ' AND t.status IN (2, 3)' WHEN f.reversed THEN ' AND t.status = 6' ELSE '' END;
BEGIN
  IF paged THEN
    wanted := wanted || format(' AND (%s, %s) < ($4, $5)', booked, number);
  END IF;
  IF f.since IS NOT NULL THEN wanted := wanted || format(' AND %s >= ($1).since', booked); END IF;
  IF f.until IS NOT NULL THEN wanted := wanted || format(' AND %s <= ($1).until', booked); END IF;
  IF f.kinds IS NOT NULL THEN wanted := wanted || ' AND t.kind = ANY (($1).kinds)'; END IF;
  IF f.counted THEN wanted := wanted || ' AND ' || register_counts(); END IF;
  IF f.category = 0 THEN wanted := wanted || ' AND NOT ' || meaning || 'c.category IS NOT NULL)'; END IF;
  IF picks = 'few' THEN
    IF f.contains IS NOT NULL THEN
      wanted := wanted || ' AND t.id IN (SELECT d.id FROM transaction d WHERE d.owner = $2 AND d.description ILIKE $3'
        || ' UNION SELECT c.transaction FROM classification c WHERE c.owner = $2 AND (c.payee ILIKE $3 OR c.note ILIKE $3))';
    END IF;
    IF f.category > 0 THEN wanted := wanted || ' AND ' || meaning || 'c.category = ($1).category)'; END IF;
    IF f.imported IS NOT NULL THEN wanted := wanted || ' AND t.imported = ($1).imported'; END IF;
    IF f.least IS NOT NULL OR f.most IS NOT NULL THEN
      wanted := wanted || ' AND p.amount BETWEEN coalesce(($1).least, 0) AND coalesce(($1).most, 9999999999999999)';
    END IF;
  ELSIF picks = 'many' AND register_picks(f) <> '' THEN
    source := source || ' LEFT JOIN classification c ON c.owner = $2 AND c.transaction = t.id';
    wanted := wanted || ' AND ' || register_picks(f);
  END IF;
  IF f.account IS NULL THEN
    RETURN 'SELECT t.booked, t.id AS transaction, p.line, p.currency,'
      || ' CASE WHEN p.debit_version IS NULL THEN -p.amount WHEN p.credit_version IS NULL THEN p.amount ELSE 0 END AS moved' || source || wanted
      || CASE f.flow WHEN 'in' THEN ' AND p.credit_version IS NULL' WHEN 'out' THEN ' AND p.debit_version IS NULL' ELSE '' END || cut;
  END IF;
  RETURN CASE WHEN f.flow IS DISTINCT FROM 'out' THEN
      '(SELECT p.booked, p.transaction, p.line, p.currency, p.amount AS moved' || source
      || ' AND p.debit = ($1).account AND p.debit_version IS NOT NULL' || wanted || cut || ')' ELSE '' END
    || CASE WHEN f.flow IS NULL THEN ' UNION ALL ' ELSE '' END
    || CASE WHEN f.flow IS DISTINCT FROM 'in' THEN
      '(SELECT p.booked, p.transaction, p.line, p.currency, -p.amount AS moved' || source
      || ' AND p.credit = ($1).account AND p.credit_version IS NOT NULL' || wanted || cut || ')' ELSE '' END;
END $$;

-- The whole months that a filter's dates span, the first day of the first and the one beyond the last.
CREATE FUNCTION register_months(f register_filter, OUT first date, OUT beyond date)
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT coalesce((date_trunc('month', (f.since - 1)::timestamp) + interval '1 month')::date, '-infinity'),
         coalesce(date_trunc('month', (f.until + 1)::timestamp)::date, 'infinity');
$$;

-- Whether roll-ups answer a filter: it asks for nothing that they do not tell apart, spans a whole month, and they do not
-- lack so much that reading everything would be quicker. An attribute that the type gets later is not known here.
CREATE FUNCTION register_rolls(f register_filter, person bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT jsonb_strip_nulls(to_jsonb(f)) - '{account,since,until,flow,kinds,reversed,counted}'::text[] = '{}'
    AND (SELECT m.first < m.beyond FROM register_months(f) m)
    AND (SELECT coalesce(sum(a.version - h.made), 0) <= 20000 FROM rollup_head h JOIN account a ON a.id = h.account
         WHERE h.owner = person AND (f.account IS NULL OR h.account = f.account));
$$;

-- Count, inflows and outflows of a filter that roll-ups answer: its whole months from them and from the entries that are
-- not rolled up yet, less what was matched where only what counts is asked for, and the days before and after them from
-- the postings. An own transfer seen without an account is counted where it comes in, and moves nothing.
CREATE FUNCTION register_rolled(f register_filter, person bigint) RETURNS TABLE (currency varchar, many bigint, inflow numeric, outflow numeric)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET jit = off AS $$
DECLARE
  whole CONSTANT boolean := f.account IS NULL;
  first date;
  beyond date;
  part register_filter;
  days register_filter[] := '{}';
BEGIN
  SELECT m.first, m.beyond INTO first, beyond FROM register_months(f) m;
  IF f.since < first THEN
    part := f;
    part.until := first - 1;
    days := days || part;
  END IF;
  IF f.until >= beyond THEN
    part := f;
    part.since := beyond;
    days := days || part;
  END IF;
  RETURN QUERY
  WITH head AS MATERIALIZED (
    SELECT h.account, h.currency, h.made, a.version FROM rollup_head h JOIN account a ON a.id = h.account
    WHERE h.owner = person AND (whole OR h.account = f.account)
  ), unit AS (
    SELECT h.currency, r.kind, r.origin, r.own, r.reversed, r.inflows, r.outflows, r.inflow, r.outflow
    FROM head h JOIN rollup r ON r.owner = person AND r.account = h.account
    WHERE r.month >= first AND r.month < beyond
    UNION ALL
    SELECT h.currency, e.kind, e.origin, e.own, e.reversed, (e.moved > 0 AND e.line = 1)::integer, (e.moved < 0 AND e.line = 1)::integer,
           greatest(e.moved, 0), greatest(-e.moved, 0)
    FROM head h CROSS JOIN LATERAL rollup_entries(h.account, h.made, h.version) e
    WHERE h.version > h.made AND e.booked >= first AND e.booked < beyond
    UNION ALL
    SELECT h.currency, e.kind, e.origin, e.own, e.reversed, -(e.moved > 0 AND e.line = 1)::integer, -(e.moved < 0 AND e.line = 1)::integer,
           -greatest(e.moved, 0), -greatest(-e.moved, 0)
    FROM (SELECT m.* FROM rollup_matched(person) m WHERE f.counted) e JOIN head h ON h.account = e.account
    WHERE e.booked >= first AND e.booked < beyond
  ), part AS (
    SELECT u.currency,
           CASE WHEN f.flow IS DISTINCT FROM 'out' AND (NOT whole OR NOT u.own OR f.flow IS NULL) THEN u.inflows ELSE 0 END
             + CASE WHEN f.flow IS DISTINCT FROM 'in' AND (NOT whole OR NOT u.own) THEN u.outflows ELSE 0 END AS many,
           CASE WHEN f.flow IS DISTINCT FROM 'out' AND (NOT whole OR NOT u.own) THEN u.inflow ELSE 0 END AS inflow,
           CASE WHEN f.flow IS DISTINCT FROM 'in' AND (NOT whole OR NOT u.own) THEN u.outflow ELSE 0 END AS outflow
    FROM unit u
    WHERE (f.kinds IS NULL OR u.kind = ANY (f.kinds))
      AND CASE WHEN f.counted THEN u.origin IN (2, 3, 5) AND NOT u.reversed
               WHEN f.reversed IS NULL THEN NOT u.reversed
               ELSE u.reversed OR NOT f.reversed END
    UNION ALL
    SELECT s.currency, s.many, s.inflow, s.outflow FROM unnest(days) d CROSS JOIN LATERAL sum_register(d) s
  )
  SELECT p.currency, sum(p.many)::bigint, sum(p.inflow), sum(p.outflow) FROM part p GROUP BY p.currency
  HAVING sum(p.many) <> 0 OR sum(p.inflow) <> 0 OR sum(p.outflow) <> 0 ORDER BY p.currency;
END $$;

-- Count, inflows and outflows of a filter, per currency.
CREATE OR REPLACE FUNCTION sum_register(f register_filter) RETURNS TABLE (currency varchar, many bigint, inflow numeric, outflow numeric)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET jit = off SET random_page_cost = 1.1 AS $$
DECLARE
  me CONSTANT bigint := current_person();
  picked register_row[];
  all_seen boolean;
  rows text := register_query(f, false, 'many', NULL);
BEGIN
  IF me IS NULL THEN RETURN; END IF;
  IF register_rolls(f, me) THEN
    RETURN QUERY SELECT * FROM register_rolled(f, me);
    RETURN;
  END IF;
  IF register_picks(f) <> '' THEN
    SELECT n.picked, n.all_seen INTO picked, all_seen FROM register_near(f, me, NULL, NULL) n;
    IF all_seen THEN
      rows := 'SELECT * FROM unnest($4)';
    ELSIF cardinality(picked) < 20 THEN
      rows := register_query(f, false, 'few', NULL);
    END IF;
  END IF;
  RETURN QUERY EXECUTE format(
    'SELECT q.currency, count(*) FILTER (WHERE q.line = 1), coalesce(sum(q.moved) FILTER (WHERE q.moved > 0), 0),'
    || ' coalesce(-sum(q.moved) FILTER (WHERE q.moved < 0), 0) FROM (%s) q GROUP BY q.currency ORDER BY q.currency', rows)
  USING f, me, register_pattern(f.contains), picked;
END $$;

REVOKE ALL ON FUNCTION rollup_entries(bigint, bigint, bigint), rollup_matched(bigint), rollup_of(bigint, bigint, bigint), rollup_add(rollup[]), rollup_turn(),
  register_counts(), register_months(register_filter), register_rolls(register_filter, bigint), register_rolled(register_filter, bigint) FROM PUBLIC;
