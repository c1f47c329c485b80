-- What came in and went out on the current person's real accounts, the latest p_most transactions, oldest first; `amount`
-- is signed. Left out, as in the month result: openings, own transfers, conversions, what was taken back.
-- A door, since row security brings the person into every join: over tables that nobody has counted yet the planner then
-- takes a person's rows for as few as a transaction's, and reads all of them for each one.
CREATE FUNCTION booked_flows(p_since date, p_until date, p_currency text, p_most integer)
RETURNS TABLE (booked date, payee text, account uuid, amount numeric)
LANGUAGE sql STABLE ROWS 1000 SECURITY DEFINER SET search_path = public, pg_temp SET jit = off
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
  WITH recent AS MATERIALIZED (
    SELECT t.id, t.booked, coalesce(nullif(c.payee, ''), t.description, '') AS payee
    FROM transaction t LEFT JOIN classification c ON c.owner = t.owner AND c.transaction = t.id
    WHERE t.owner = current_person() AND t.booked > p_since AND t.booked <= p_until AND t.status IN (2, 3) AND t.kind IN (2, 3, 5)
      AND c.matched IS NULL
    ORDER BY t.booked DESC, t.id DESC LIMIT least(greatest(p_most, 1), 20000))
  SELECT r.booked, r.payee, a.uuid, CASE WHEN p.debit_version IS NULL THEN -p.amount ELSE p.amount END
  FROM recent r
  CROSS JOIN LATERAL (SELECT * FROM posting p WHERE p.transaction = r.id OFFSET 0) p
  CROSS JOIN LATERAL (SELECT * FROM account a WHERE a.id = CASE WHEN p.debit_version IS NULL THEN p.credit ELSE p.debit END OFFSET 0) a
  WHERE p.currency = p_currency AND a.custody IS NOT NULL
  ORDER BY r.booked, r.id, p.line;
$$;
SELECT house_door('booked_flows(date, date, text, integer)', 'app');

-- What was paid into the current person's loan accounts, openings left out.
CREATE FUNCTION booked_repayments(p_since date, p_until date, p_currency text) RETURNS TABLE (booked date, account uuid, amount numeric)
LANGUAGE sql STABLE ROWS 100 SECURITY DEFINER SET search_path = public, pg_temp SET jit = off
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
  SELECT p.booked, a.uuid, p.amount
  FROM account a
  CROSS JOIN LATERAL (
    SELECT * FROM posting p WHERE p.debit = a.id AND p.debit_version IS NOT NULL AND p.booked > p_since AND p.booked <= p_until OFFSET 0) p
  CROSS JOIN LATERAL (SELECT * FROM transaction t WHERE t.id = p.transaction OFFSET 0) t
  WHERE a.owner = current_person() AND a.type = 'loan' AND a.currency = p_currency AND t.status IN (2, 3) AND t.kind <> 1
  ORDER BY p.booked, p.transaction;
$$;
SELECT house_door('booked_repayments(date, date, text)', 'app');

-- Few of many: own transfers; what was given a meaning but no category and is no leg of an own transfer.
CREATE INDEX search_transaction_own ON transaction (owner, booked, id) WHERE kind = 4;
CREATE INDEX search_classification_bare ON classification (owner, transaction) WHERE category IS NULL AND matched IS NULL;
DROP INDEX search_classification_open;

DROP FUNCTION register_near(register_filter, bigint, date, bigint), register_query(register_filter, boolean, text, integer),
  register_picks(register_filter), register_also(register_filter), register_leads(register_filter);
ALTER FUNCTION register_pattern(text) PARALLEL SAFE;
ALTER FUNCTION register_patterns(text[]) PARALLEL SAFE;

-- Each condition of a filter that only a look at the row itself can tell, over $1 (the filter) and $2 (the person).
--   test: on posting p, transaction t and classification c. lead: a query of the transactions that an index leads to, all
--   of the condition's and perhaps more; NULL where none does. whole: the test as it is quickest over all rows at once.
-- A category is also that of a part.
CREATE FUNCTION register_conditions(f register_filter) RETURNS TABLE (test text, lead text, whole text)
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
DECLARE
  -- The fence keeps the planner from hashing all that an index leads to for the sake of a few rows.
  fence CONSTANT text := ' OFFSET 0)';
  among CONSTANT text := 'EXISTS (SELECT FROM (%s) m (number) WHERE m.number = p.transaction' || fence;
  said CONSTANT text := '(t.description ILIKE %1$s OR c.payee ILIKE %1$s OR c.note ILIKE %1$s)';
  saying CONSTANT text := 'SELECT d.id FROM transaction d WHERE d.owner = $2 AND d.description ILIKE %1$s'
    || ' UNION ALL SELECT k.transaction FROM classification k WHERE k.owner = $2 AND (k.payee ILIKE %1$s OR k.note ILIKE %1$s)';
  meaning CONSTANT text := 'SELECT k.transaction FROM classification k WHERE k.owner = $2 AND ';
  labelled CONSTANT text := meaning || 'k.category = ANY (%1$s) UNION ALL SELECT s.transaction FROM split s WHERE s.owner = $2 AND s.category = ANY (%1$s)';
  tagged CONSTANT text := 'SELECT g.transaction FROM tagging g WHERE g.owner = $2';
  parted CONSTANT text := 'SELECT s.transaction FROM split s WHERE s.owner = $2 AND s.line = 1';
  attached CONSTANT text := 'SELECT a.transaction FROM attachment a WHERE a.owner = $2 AND a.removed_at IS NULL';
  bare CONSTANT text := '(t.kind IN (2, 3, 5) AND c.category IS NULL AND c.matched IS NULL)';
  own CONSTANT text := '(t.kind = 4 OR c.matched IS NOT NULL)';
  transfers CONSTANT text := 'SELECT d.id FROM transaction d WHERE d.owner = $2 AND d.kind = 4 UNION ALL ' || meaning || 'k.matched IS NOT NULL';
  settled CONSTANT text := meaning || '(k.category IS NOT NULL OR k.matched IS NOT NULL)'
    || ' UNION ALL SELECT d.id FROM transaction d WHERE d.owner = $2 AND d.kind NOT IN (2, 3, 5)';
  -- Without a category: what has a meaning, by its index, and what has none.
  open CONSTANT text := meaning || 'k.category IS NULL AND k.matched IS NULL'
    || ' AND NOT EXISTS (SELECT FROM transaction d WHERE d.owner = $2 AND d.kind NOT IN (2, 3, 5) AND d.id = k.transaction)'
    || ' UNION ALL SELECT u.id FROM transaction u WHERE u.owner = $2 AND u.kind IN (2, 3, 5) AND NOT EXISTS (' || meaning || 'k.transaction = u.id)';
  entered CONSTANT text := 'SELECT d.id FROM transaction d WHERE d.owner = $2 AND d.imported IS NULL';
  pattern text;
BEGIN
  FOR pattern IN
    SELECT 'register_pattern(($1).contains)' WHERE f.contains IS NOT NULL
    UNION ALL SELECT format('register_pattern(($1).words[%s])', n) FROM generate_series(1, cardinality(f.words)) n
  LOOP
    RETURN QUERY SELECT format(said, pattern), format(saying, pattern), replace(format(among, format(saying, pattern)), fence, ')');
  END LOOP;
  FOR pattern IN SELECT format('register_pattern(($1).without[%s])', n) FROM generate_series(1, cardinality(f.without)) n LOOP
    RETURN QUERY SELECT format(said, pattern) || ' IS NOT TRUE', NULL, 'NOT ' || replace(format(among, format(saying, pattern)), fence, ')');
  END LOOP;
  RETURN QUERY
  SELECT o.test, o.lead, replace(coalesce(o.whole, o.test), fence, ')') FROM (VALUES
    (f.least IS NOT NULL OR f.most IS NOT NULL, concat_ws(' AND ', CASE WHEN f.least IS NOT NULL THEN 'p.amount >= ($1).least' END,
        CASE WHEN f.most IS NOT NULL THEN 'p.amount <= ($1).most' END),
      -- Both bounds are given, since the planner takes a range for rare.
      'SELECT d.transaction FROM posting d WHERE d.owner = $2 AND d.amount BETWEEN coalesce(($1).least, 0) AND coalesce(($1).most, 9999999999999999)',
      concat_ws(' AND ', CASE WHEN f.least IS NOT NULL THEN 'p.amount + 0 >= ($1).least' END, CASE WHEN f.most IS NOT NULL THEN 'p.amount + 0 <= ($1).most' END)),
    (f.category = 0, 'c.category IS NULL', NULL, NULL),
    (f.category > 0, format(among, format(labelled, 'ARRAY[($1).category]')), format(labelled, 'ARRAY[($1).category]'), NULL),
    (f.categories IS NOT NULL, format(among, format(labelled, '($1).categories')), format(labelled, '($1).categories'), NULL),
    (f.not_categories IS NOT NULL, 'NOT ' || format(among, format(labelled, '($1).not_categories')), NULL, NULL),
    (f.imported IS NOT NULL, 't.imported = ($1).imported', 'SELECT d.id FROM transaction d WHERE d.owner = $2 AND d.imported = ($1).imported', NULL),
    (f.payees IS NOT NULL, 'c.payee ILIKE ANY (register_patterns(($1).payees))', meaning || 'k.payee ILIKE ANY (register_patterns(($1).payees))',
      format(among, meaning || 'k.payee ILIKE ANY (register_patterns(($1).payees))')),
    (f.notes IS NOT NULL, 'c.note ILIKE ANY (register_patterns(($1).notes))', meaning || 'k.note ILIKE ANY (register_patterns(($1).notes))',
      format(among, meaning || 'k.note ILIKE ANY (register_patterns(($1).notes))')),
    (f.not_accounts IS NOT NULL, 'p.debit <> ALL (($1).not_accounts) AND p.credit <> ALL (($1).not_accounts)', NULL, NULL),
    (f.not_tags IS NOT NULL, 'NOT ' || format(among, tagged || ' AND g.tag = ANY (($1).not_tags)'), NULL, NULL),
    (f.noted, 'c.note IS NOT NULL', meaning || 'k.note IS NOT NULL', format(among, meaning || 'k.note IS NOT NULL')),
    (NOT f.noted, 'c.note IS NULL', NULL, 'NOT ' || format(among, meaning || 'k.note IS NOT NULL')),
    (f.attached, format(among, attached), attached, NULL),
    (NOT f.attached, 'NOT ' || format(among, attached), NULL, NULL),
    (f.tagged, format(among, tagged), tagged, NULL),
    (NOT f.tagged, 'NOT ' || format(among, tagged), NULL, NULL),
    (f.parted, format(among, parted), parted, NULL),
    (NOT f.parted, 'NOT ' || format(among, parted), NULL, NULL),
    (f.uncategorised, bare, open, 'NOT ' || format(among, settled)),
    (NOT f.uncategorised, bare || ' IS NOT TRUE', NULL, 'NOT ' || format(among, open)),
    (f.own, own, transfers, format(among, transfers)),
    (NOT f.own, own || ' IS NOT TRUE', NULL, 'NOT ' || format(among, transfers)),
    (f.from_file, 't.imported IS NOT NULL', NULL, 'NOT ' || format(among, entered)),
    (NOT f.from_file, 't.imported IS NULL', NULL, format(among, entered)),
    (f.binned, 't.status = 6 AND t.kind <> 7'
      || ' AND EXISTS (SELECT FROM transaction r WHERE r.related = t.id AND r.owner = $2 AND r.created_at > now() - interval ''30 days'')'
      || ' AND NOT EXISTS (SELECT FROM replacement m WHERE m.former = t.id AND m.owner = $2)',
      'SELECT d.id FROM transaction d WHERE d.owner = $2 AND d.status = 6', NULL)) o (asked, test, lead, whole)
  WHERE o.asked;
  RETURN QUERY
  SELECT format(among, format('%s AND g.tag = ($1).tags[%s]', tagged, n)), format('%s AND g.tag = ($1).tags[%s]', tagged, n),
         replace(format(among, format('%s AND g.tag = ($1).tags[%s]', tagged, n)), fence, ')')
  FROM generate_series(1, cardinality(f.tags)) n;
END $$;

-- The conditions that every row of a filter meets, on transaction t and posting p: days, kinds, status, direction.
CREATE FUNCTION register_frame(f register_filter, paged boolean, booked text, number text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp RETURN concat_ws(' AND ',
  CASE WHEN f.counted OR f.reversed IS NULL THEN 't.status IN (2, 3)' WHEN f.reversed THEN 't.status = 6' ELSE 't.status IN (2, 3, 6)' END,
  CASE WHEN paged THEN format('(%s, %s) < ($3, $4)', booked, number) END,
  CASE WHEN f.since IS NOT NULL THEN booked || ' >= ($1).since' END,
  CASE WHEN f.until IS NOT NULL THEN booked || ' <= ($1).until' END,
  CASE WHEN f.kinds IS NOT NULL THEN 't.kind = ANY (($1).kinds)' END,
  CASE WHEN f.counted THEN register_counts() END);

-- Which postings p a filter's account and direction leave.
CREATE FUNCTION register_sides(f register_filter) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp RETURN
  CASE WHEN f.account IS NULL THEN CASE f.flow WHEN 'in' THEN 'p.credit_version IS NULL' WHEN 'out' THEN 'p.debit_version IS NULL' ELSE 'true' END
    ELSE '(' || concat_ws(' OR ',
      CASE WHEN f.flow IS DISTINCT FROM 'out' THEN 'p.debit = ($1).account AND p.debit_version IS NOT NULL' END,
      CASE WHEN f.flow IS DISTINCT FROM 'in' THEN 'p.credit = ($1).account AND p.credit_version IS NOT NULL' END) || ')' END;

-- What a posting p moved on the filter's account, or without one on all real accounts together.
CREATE FUNCTION register_moved(f register_filter) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp RETURN
  CASE WHEN f.account IS NULL THEN 'CASE WHEN p.debit_version IS NULL THEN -p.amount WHEN p.credit_version IS NULL THEN p.amount ELSE 0 END'
    ELSE 'CASE WHEN p.debit = ($1).account THEN p.amount ELSE -p.amount END' END;

-- The newest p_rows rows of a filter's frame after a row ($3, $4), in order, each with what `also` says: a list of columns.
-- An account's two sides are each cut, so that each follows its index.
CREATE FUNCTION register_walk(f register_filter, paged boolean, p_rows integer, also text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp RETURN (
  SELECT 'SELECT * FROM (' || string_agg(format(
    '(SELECT %1$s AS booked, %2$s AS transaction, p.line, p.currency, %3$s AS moved%4$s FROM posting p JOIN transaction t ON t.id = p.transaction'
    || ' LEFT JOIN classification c ON c.owner = $2 AND c.transaction = p.transaction'
    || ' WHERE t.owner = $2 AND %5$s AND %6$s ORDER BY 1 DESC, 2 DESC LIMIT %7$s)',
    n.booked, n.number, register_moved(f), also, register_frame(f, paged, n.booked, n.number), register_sides(n.side), p_rows), ' UNION ALL ')
    || format(') w ORDER BY booked DESC, transaction DESC LIMIT %s', p_rows)
  FROM (
    SELECT 't.booked' AS booked, 't.id' AS number, f AS side WHERE f.account IS NULL
    UNION ALL
    -- The columns that the page is ordered by stand in the index that leads to it.
    SELECT 'p.booked', 'p.transaction', jsonb_populate_record(f, jsonb_build_object('flow', flow)) FROM unnest(ARRAY['in', 'out']) flow
    WHERE f.account IS NOT NULL AND f.flow IS DISTINCT FROM CASE flow WHEN 'in' THEN 'out' ELSE 'in' END) n);

-- The rows that a lead finds and that meet all conditions, the newest first; they are looked at as they are asked for.
CREATE FUNCTION register_led(f register_filter, paged boolean, lead text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp RETURN format(
  'SELECT t.booked, t.id AS transaction, p.line, p.currency, %1$s AS moved'
  || ' FROM (SELECT t.* FROM transaction t WHERE t.owner = $2 AND t.id IN (%2$s) AND %3$s ORDER BY t.booked DESC, t.id DESC OFFSET 0) t'
  || ' CROSS JOIN LATERAL (SELECT * FROM posting p WHERE p.transaction = t.id OFFSET 0) p'
  || ' LEFT JOIN classification c ON c.owner = $2 AND c.transaction = t.id WHERE %4$s AND %5$s',
  register_moved(f), lead, register_frame(f, paged, 't.booked', 't.id'), register_sides(f),
  (SELECT coalesce(string_agg(format('(%s)', o.test), ' AND '), 'true') FROM register_conditions(f) o));

-- The newest p_rows rows after a place: those that meet all conditions, how many there were, how many met each condition
-- (in the order of register_conditions), and the place after them.
CREATE FUNCTION register_look(f register_filter, person bigint, p_booked date, p_transaction bigint, p_rows integer,
  OUT picked register_row[], OUT seen integer, OUT met integer[], OUT booked date, OUT transaction bigint)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  tests CONSTANT text[] := ARRAY(SELECT o.test FROM register_conditions(f) o);
  holds CONSTANT text := (SELECT string_agg(format(', (%s) IS TRUE AS h%s', one, place), '') FROM unnest(tests) WITH ORDINALITY o (one, place));
BEGIN
  EXECUTE format(
    'WITH near AS MATERIALIZED (%s)'
    || ' SELECT array_agg(ROW(n.booked, n.transaction, n.line, n.currency, n.moved)::register_row ORDER BY n.booked DESC, n.transaction DESC)'
    || ' FILTER (WHERE %s), count(*), ARRAY[%s]::integer[],'
    || ' (SELECT min(o.booked) FROM near o), (SELECT min(o.transaction) FROM near o WHERE o.booked = (SELECT min(b.booked) FROM near b)) FROM near n',
    register_walk(f, p_booked IS NOT NULL, p_rows, holds),
    (SELECT string_agg('h' || place, ' AND ') FROM generate_subscripts(tests, 1) place),
    (SELECT string_agg(format('count(*) FILTER (WHERE h%s)', place), ', ') FROM generate_subscripts(tests, 1) place))
  INTO picked, seen, met, booked, transaction USING f, person, p_booked, p_transaction;
  picked := coalesce(picked, '{}');
END $$;

-- The lead to follow, given how many of some rows met each condition: the rarest one's, together with those that are
-- nearly as rare; NULL where no condition has one.
CREATE FUNCTION register_lead(f register_filter, met integer[], OUT lead text, OUT rarest integer)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  WITH led AS (
    SELECT o.lead, met[o.place] AS met, row_number() OVER (ORDER BY met[o.place]) AS place
    FROM register_conditions(f) WITH ORDINALITY o (test, lead, whole, place) WHERE o.lead IS NOT NULL)
  SELECT string_agg(format('(%s)', l.lead), ' INTERSECT ' ORDER BY l.place), min(l.met) FROM led l
  WHERE l.place = 1 OR l.place < 4 AND (SELECT min(r.met) FROM led r) BETWEEN 2 AND l.met AND l.met < 3 * (SELECT min(r.met) FROM led r);
$$;

-- All rows of a filter, all postings read once: no order, and nothing joined that no condition asks for. met: how many of
-- 1,000 rows met each condition; where an index leads to more than a quarter of all, a look at each row is quicker.
CREATE FUNCTION register_all(f register_filter, met integer[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
DECLARE
  -- Reversed pairs are few, and a posting's transaction is pending or failed never: no header is needed to leave them out.
  undone CONSTANT text := 'EXISTS (SELECT FROM transaction x WHERE x.owner = $2 AND x.status = 6 AND x.id = p.transaction)';
  wanted CONSTANT text := concat_ws(' AND ', 'p.owner = $2', register_sides(f),
    CASE WHEN f.counted OR f.reversed IS NULL THEN 'NOT ' || undone WHEN f.reversed THEN undone END,
    CASE WHEN f.since IS NOT NULL THEN 'p.booked >= ($1).since' END,
    CASE WHEN f.until IS NOT NULL THEN 'p.booked <= ($1).until' END,
    CASE WHEN f.kinds IS NOT NULL THEN 't.kind = ANY (($1).kinds)' END,
    CASE WHEN f.counted THEN register_counts() END,
    (SELECT string_agg(format('(%s)', CASE WHEN CASE WHEN o.whole LIKE 'NOT %' THEN 1000 - met[o.place] ELSE met[o.place] END > 250
       AND o.whole ~ 'ILIKE' THEN o.test ELSE o.whole END), ' AND ') FROM register_conditions(f) WITH ORDINALITY o (test, lead, whole, place)));
BEGIN
  RETURN 'SELECT p.booked, p.transaction, p.line, p.currency, ' || register_moved(f) || ' AS moved FROM posting p'
    || CASE WHEN wanted ~ '\mt\.' THEN ' JOIN transaction t ON t.id = p.transaction AND t.owner = $2' ELSE '' END
    || CASE WHEN wanted ~ '\mc\.' THEN ' LEFT JOIN classification c ON c.owner = $2 AND c.transaction = p.transaction' ELSE '' END
    || ' WHERE ' || wanted;
END $$;

-- What of each row's amount lies in the parts that a category's filter finds; rows without parts stay as they are.
CREATE FUNCTION register_parts(f register_filter, person bigint, found register_row[]) RETURNS SETOF register_row
LANGUAGE sql STABLE ROWS 50 SET search_path = public, pg_temp AS $$
  SELECT r.booked, r.transaction, r.line, r.currency,
         CASE WHEN s.amount IS NULL THEN r.moved WHEN r.line = 1 THEN sign(r.moved) * s.amount ELSE 0 END
  FROM unnest(found) r
  LEFT JOIN LATERAL (
    SELECT sum(s.amount) AS amount FROM split s
    WHERE s.transaction = r.transaction AND s.category = ANY (f.categories || nullif(f.category, 0))) s ON true;
$$;

-- One page of the current person's register, newest first, after the row (p_booked, p_transaction) if that is given.
-- What many rows meet is found by walking on, what few meet by the index of the rarest condition: the newest 1,000 tell
-- them apart. Row security keeps comparisons of text and amounts away from indexes, so the doors run as the owner; every
-- branch names the person itself. It hides their statistics too, so the order of joins is told and not left to guesses.
CREATE OR REPLACE FUNCTION search_register(f register_filter, p_booked date, p_transaction bigint, p_most integer) RETURNS SETOF register_row
LANGUAGE plpgsql STABLE ROWS 50 SECURITY DEFINER SET search_path = public, pg_temp SET jit = off SET random_page_cost = 1.1
SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  me CONSTANT bigint := current_person();
  most CONSTANT integer := least(greatest(p_most, 1), 1000);
  found register_row[] := '{}';
  more register_row[];
  near record;
  led record;
  walked integer := 0;
  step integer := 1000;
  ahead bigint;
  all_rows CONSTANT bigint := (SELECT sum(a.version) FROM account a WHERE a.owner = me AND a.custody IS NOT NULL);
  at_booked date := p_booked;
  at_transaction bigint := p_transaction;
BEGIN
  IF me IS NULL THEN RETURN; END IF;
  IF NOT EXISTS (SELECT FROM register_conditions(f)) THEN
    RETURN QUERY EXECUTE register_walk(f, p_booked IS NOT NULL, most, '') USING f, me, p_booked, p_transaction;
    RETURN;
  END IF;
  LOOP
    near := register_look(f, me, at_booked, at_transaction, step);
    found := found || near.picked;
    walked := walked + near.seen;
    EXIT WHEN cardinality(found) >= most OR near.seen < step;
    IF walked = step THEN led := register_lead(f, near.met); END IF;
    -- A row walked over is read in some 10 blocks, one that a lead finds in some 5 before it is put in order.
    ahead := (most - cardinality(found)) * walked / greatest(cardinality(found), 1);
    IF led.lead IS NOT NULL AND ((led.rarest + 1) * all_rows / 1000 * 5 < ahead * 10 OR walked > 10000) THEN
      EXECUTE format('SELECT array_agg(ROW(q.*)::register_row) FROM (%s ORDER BY 1 DESC, 2 DESC LIMIT %s) q', register_led(f, true, led.lead), most)
      INTO more USING f, me, near.booked, near.transaction;
      found := found || more;
      EXIT;
    END IF;
    at_booked := near.booked;
    at_transaction := near.transaction;
    step := least(greatest(ahead * 5 / 4, 500), 10000)::integer;
  END LOOP;
  RETURN QUERY SELECT * FROM register_parts(f, me, found[:most]);
END $$;

-- The transactions that a filter's frame leaves, as a lead, where they are few by the roll-ups; else NULL.
CREATE FUNCTION register_framed(f register_filter, person bigint) RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp RETURN CASE
  WHEN f.reversed AND f.counted IS NOT TRUE THEN 'SELECT d.id FROM transaction d WHERE d.owner = $2 AND d.status = 6'
  WHEN (f.since IS NOT NULL OR f.until IS NOT NULL) AND 30000 > (
    SELECT coalesce(sum(r.inflows + r.outflows), 0) FROM rollup r WHERE r.owner = person
    AND r.month BETWEEN coalesce(date_trunc('month', f.since::timestamp)::date, '-infinity') AND coalesce(f.until, 'infinity'))
  THEN 'SELECT d.id FROM transaction d WHERE d.owner = $2'
    || ' AND d.booked BETWEEN coalesce(($1).since, ''-infinity'') AND coalesce(($1).until, ''infinity'')' END;

-- What a query of rows sums to, per currency; of a payment in parts those alone that a category's filter finds.
CREATE FUNCTION register_total(f register_filter, rows text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp RETURN format(
  'SELECT q.currency, count(*) FILTER (WHERE q.line = 1), coalesce(sum(q.moved) FILTER (WHERE q.moved > 0), 0),'
  || ' coalesce(-sum(q.moved) FILTER (WHERE q.moved < 0), 0) FROM (%s) q GROUP BY q.currency ORDER BY q.currency',
  CASE WHEN f.categories IS NULL AND coalesce(f.category, 0) = 0 THEN rows ELSE format(
    'SELECT r.currency, r.line, CASE WHEN s.amount IS NULL THEN r.moved WHEN r.line = 1 THEN sign(r.moved) * s.amount ELSE 0 END AS moved'
    || ' FROM (%s) r LEFT JOIN (SELECT s.transaction, sum(s.amount) AS amount FROM split s'
    || ' WHERE s.owner = $2 AND s.category = ANY (($1).categories || nullif(($1).category, 0)) GROUP BY 1) s ON s.transaction = r.transaction', rows) END);

-- Sums over all postings. Guesses without statistics are for few rows, and row by row many take minutes: nothing is joined so.
CREATE FUNCTION register_sum_all(f register_filter, person bigint, met integer[]) RETURNS TABLE (currency varchar, many bigint, inflow numeric, outflow numeric)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
  RETURN QUERY EXECUTE register_total(f, register_all(f, met)) USING f, person;
END $$;

-- Count, inflows and outflows of a filter, per currency. What few rows meet is found by the index of the rarest condition;
-- else all postings are read once, and joined as a whole with what the conditions ask for. Of a payment in parts only
-- those count that a category's filter finds.
CREATE OR REPLACE FUNCTION sum_register(f register_filter) RETURNS TABLE (currency varchar, many bigint, inflow numeric, outflow numeric)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET jit = off SET random_page_cost = 1.1 SET work_mem = '48MB' AS $$
DECLARE
  me CONSTANT bigint := current_person();
  near record;
  led record;
  lead text;
BEGIN
  IF me IS NULL THEN RETURN; END IF;
  IF register_rolls(f, me) THEN
    RETURN QUERY SELECT * FROM register_rolled(f, me);
    RETURN;
  END IF;
  lead := register_framed(f, me);
  IF EXISTS (SELECT FROM register_conditions(f)) THEN
    near := register_look(f, me, NULL, NULL, 1000);
    IF near.seen < 1000 THEN
      RETURN QUERY EXECUTE register_total(f, 'SELECT * FROM unnest($3)') USING f, me, near.picked;
      RETURN;
    END IF;
    led := register_lead(f, near.met);
    IF led.rarest < 30 THEN lead := led.lead; END IF;
    IF lead IS NULL THEN
      RETURN QUERY SELECT * FROM register_sum_all(f, me, near.met);
      RETURN;
    END IF;
  END IF;
  RETURN QUERY EXECUTE register_total(f, CASE WHEN lead IS NULL THEN register_all(f, NULL) ELSE register_led(f, false, lead) END) USING f, me;
END $$;

REVOKE ALL ON FUNCTION register_conditions(register_filter), register_frame(register_filter, boolean, text, text), register_sides(register_filter),
  register_moved(register_filter), register_walk(register_filter, boolean, integer, text), register_led(register_filter, boolean, text),
  register_look(register_filter, bigint, date, bigint, integer), register_lead(register_filter, integer[]), register_all(register_filter, integer[]),
  register_parts(register_filter, bigint, register_row[]), register_framed(register_filter, bigint),
  register_total(register_filter, text), register_sum_all(register_filter, bigint, integer[]) FROM PUBLIC;
