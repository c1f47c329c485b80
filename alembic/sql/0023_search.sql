-- What is, or was, announced and is not booked, in the columns of a posting: a side without an account is 0 and has no
-- version.
CREATE VIEW announced WITH (security_invoker = true) AS
SELECT h.transaction, 1::smallint AS line, h.owner, h.currency, h.amount, coalesce(h.taking, 0) AS debit, coalesce(h.account, 0) AS credit,
       CASE WHEN h.taking IS NOT NULL THEN 0::bigint END AS debit_version, CASE WHEN h.account IS NOT NULL THEN 0::bigint END AS credit_version, h.number
FROM hold h
UNION ALL
-- What ended without being booked took its hold away once, with what was left of it.
SELECT f.transaction, 1::smallint, f.owner, f.currency, -f.amount, coalesce(f.taking, 0), coalesce(f.account, 0),
       CASE WHEN f.taking IS NOT NULL THEN 0::bigint END, CASE WHEN f.account IS NOT NULL THEN 0::bigint END, f.number
FROM hold_past f WHERE f.amount < 0 AND NOT f.settled;
SELECT house_share('announced', 'SELECT', 'SELECT');

CREATE OR REPLACE FUNCTION counterparts(p_transfers bigint[]) RETURNS TABLE (transfer bigint, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT DISTINCT own.transfer, shown_name(own.owner, coalesce(theirs.owner, a.owner))
  FROM transaction own
  LEFT JOIN transaction theirs ON theirs.transfer = own.transfer AND theirs.owner <> own.owner
  LEFT JOIN announced h ON h.transaction = own.id AND theirs.id IS NULL
  LEFT JOIN account a ON a.number = h.number
  WHERE own.transfer = ANY (p_transfers) AND own.owner = current_person();
$$;

-- With whom a person's transactions between people were, to find them by a name: made by the worker from what it rolls up.
-- No key leads to the other person, whose rows may go; the app reads it through doors alone.
CREATE TABLE counterpart (
  owner bigint NOT NULL CONSTRAINT fk_counterpart_owner REFERENCES person (id),
  other bigint NOT NULL,
  transaction bigint NOT NULL,
  CONSTRAINT pk_counterpart PRIMARY KEY (owner, other, transaction)
);
SELECT house_guard('counterpart', '');

-- What takes something back, few of many: it means what that meant.
CREATE INDEX search_transaction_back ON transaction (owner, related) WHERE kind = 7;

-- What makes a person's transactions found, for those whose entries are rolled up: an empty meaning for income and
-- spending that was given none, so that what has no category is few rows of an index; and with whom it was.
CREATE FUNCTION register_known(transactions bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
  -- In the order of ids, as everybody else who gives many a meaning.
  INSERT INTO classification (owner, transaction)
  SELECT t.owner, t.id FROM (SELECT DISTINCT n FROM unnest(transactions) n ORDER BY n) m (id) CROSS JOIN LATERAL (SELECT * FROM transaction t WHERE t.id = m.id OFFSET 0) t
  WHERE t.kind IN (2, 3, 5) ORDER BY t.id
  ON CONFLICT DO NOTHING;
  INSERT INTO counterpart (owner, other, transaction)
  SELECT DISTINCT t.owner, o.owner, t.id FROM unnest(transactions) n CROSS JOIN LATERAL (SELECT * FROM transaction t WHERE t.id = n OFFSET 0) t
  JOIN transaction o ON o.transfer = t.transfer AND o.owner <> t.owner
  ORDER BY 1, 2, 3
  ON CONFLICT DO NOTHING;
END $$;

-- As 0011 says it, and makes what it rolls up found. Whoever is being erased is left out: an erasure holds the person from
-- its beginning and takes the heads last, so that nobody else's roll-ups wait for it, nor it for them.
CREATE OR REPLACE FUNCTION roll_up(p_least bigint, p_most bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  head record;
  upto bigint;
  rolled bigint := 0;
  found bigint[] := '{}';
BEGIN
  FOR head IN
    SELECT h.account, h.made, a.version FROM rollup_head h JOIN account a ON a.id = h.account JOIN person w ON w.id = h.owner
    WHERE a.version - h.made >= greatest(p_least, 1) ORDER BY h.account LIMIT 1000
    FOR NO KEY UPDATE OF h SKIP LOCKED FOR KEY SHARE OF w SKIP LOCKED
  LOOP
    upto := least(head.version, head.made + greatest(p_most, 1) - rolled);
    PERFORM rollup_add(ARRAY(SELECT r FROM rollup_of(head.account, head.made, upto) r));
    found := found || ARRAY(
      SELECT p.transaction FROM posting p WHERE p.debit = head.account AND p.debit_version > head.made AND p.debit_version <= upto
      UNION ALL SELECT p.transaction FROM posting p WHERE p.credit = head.account AND p.credit_version > head.made AND p.credit_version <= upto);
    UPDATE rollup_head SET made = upto WHERE account = head.account;
    rolled := rolled + upto - head.made;
    EXIT WHEN rolled >= p_most;
  END LOOP;
  PERFORM register_known(found);
  RETURN rolled;
END $$;

SELECT register_known(ARRAY(SELECT t.id FROM transaction t WHERE t.booked IS NOT NULL));

-- A person's transactions that are not rolled up yet, so that the worker has not made them found.
CREATE FUNCTION register_unrolled(person bigint) RETURNS TABLE (transaction bigint)
LANGUAGE sql STABLE ROWS 100 SET search_path = public, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
  SELECT e.transaction FROM rollup_head h JOIN account a ON a.id = h.account CROSS JOIN LATERAL (
    SELECT p.transaction FROM posting p WHERE p.debit = h.account AND p.debit_version > h.made
    UNION ALL SELECT p.transaction FROM posting p WHERE p.credit = h.account AND p.credit_version > h.made OFFSET 0) e
  WHERE h.owner = person AND a.version > h.made;
$$;

-- For each of some words, the people by whose name the current person finds what was between them: as an array in text,
-- NULL where there are none. A name is looked at as the person sees it (shown_name), and nothing that is looked at, or
-- how long that takes, hangs on more of it.
CREATE FUNCTION register_people(me bigint, words text[]) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  found text[];
BEGIN
  WITH RECURSIVE known AS (
    (SELECT q.other FROM counterpart q WHERE q.owner = me ORDER BY q.other LIMIT 1)
    UNION ALL
    SELECT (SELECT q.other FROM counterpart q WHERE q.owner = me AND q.other > k.other ORDER BY q.other LIMIT 1) FROM known k WHERE k.other IS NOT NULL
  ), others AS (
    SELECT other FROM known WHERE other IS NOT NULL
    UNION
    SELECT o.owner FROM register_unrolled(me) u JOIN transaction t ON t.id = u.transaction JOIN transaction o ON o.transfer = t.transfer AND o.owner <> me
    UNION
    SELECT a.owner FROM transaction t JOIN announced h ON h.transaction = t.id JOIN account a ON a.number = h.number
    WHERE t.owner = me AND t.booked IS NULL AND t.transfer IS NOT NULL
  ), mutual AS (
    SELECT a.owner FROM contact c JOIN account a ON a.number = c.number
    WHERE c.owner = me AND EXISTS (SELECT FROM contact d JOIN account b ON b.number = d.number WHERE d.owner = a.owner AND b.owner = me)
  ), named AS MATERIALIZED (
    SELECT p.id, lower(CASE WHEN p.status <> 'closed' AND p.id IN (SELECT m.owner FROM mutual m) THEN p.name ELSE masked_name(p.name) END) AS name
    FROM others o JOIN person p ON p.id = o.other
  )
  SELECT array_agg((SELECT array_agg(n.id)::text FROM named n WHERE n.name LIKE lower(register_pattern(w.word))) ORDER BY w.place)
  INTO found FROM unnest(words) WITH ORDINALITY w (word, place);
  RETURN found;
END $$;

-- unbooked: what is announced and not booked, of these states (1 pending, 4 failed, 5 lapsed); their day is the one on
-- which they were announced. people: made by the doors, whatever is passed: as register_people answers for `contains`,
-- `words`, `without` and `payees`, in this order.
ALTER TYPE register_filter ADD ATTRIBUTE unbooked smallint[], ADD ATTRIBUTE people text[];

-- A filter with the people by whose names it finds.
CREATE FUNCTION register_named(f register_filter, me bigint) RETURNS register_filter
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  words CONSTANT text[] := ARRAY(SELECT f.contains WHERE f.contains IS NOT NULL) || f.words || f.without || f.payees;
BEGIN
  f.people := CASE WHEN words <> '{}' THEN register_people(me, words) END;
  IF array_remove(f.people, NULL) = '{}' THEN f.people := NULL; END IF;
  RETURN f;
END $$;

-- The words that a filter looks for, as patterns, in the order of their conditions, which come first; NULL where one may
-- also be a name, and so is no matter of description, payee and note alone.
CREATE FUNCTION register_words(f register_filter) RETURNS text[]
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp RETURN ARRAY(
  SELECT CASE WHEN f.people[row_number() OVER (ORDER BY s.part, s.n)] IS NULL THEN s.pattern END FROM (
    SELECT 'register_pattern(($1).contains)' AS pattern, 1 AS part, 1 AS n WHERE f.contains IS NOT NULL
    UNION ALL SELECT format('register_pattern(($1).words[%s])', n), 2, n FROM generate_series(1, cardinality(f.words)) n) s
  ORDER BY s.part, s.n);

-- Each condition of a filter that only a look at the row itself can tell, over $1 (the filter) and $2 (the person).
--   test: on posting p, transaction t and classification c. lead: a query of the transactions that an index leads to, all
--   of the condition's and perhaps more; NULL where none does. whole: the test as it is quickest over all rows at once.
-- A category is also that of a part, and of what takes something of that category back.
CREATE OR REPLACE FUNCTION register_conditions(f register_filter) RETURNS TABLE (test text, lead text, whole text)
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
DECLARE
  -- The fence keeps the planner from hashing all that an index leads to for the sake of a few rows.
  fence CONSTANT text := ' OFFSET 0)';
  among CONSTANT text := 'EXISTS (SELECT FROM (%s) m (number) WHERE m.number = p.transaction' || fence;
  said CONSTANT text := '(t.description ILIKE %1$s OR c.payee ILIKE %1$s OR c.note ILIKE %1$s)';
  saying CONSTANT text := 'SELECT d.id FROM transaction d WHERE d.owner = $2 AND d.description ILIKE %1$s'
    || ' UNION ALL SELECT k.transaction FROM classification k WHERE k.owner = $2 AND (k.payee ILIKE %1$s OR k.note ILIKE %1$s)';
  -- The other person: who has the other half, or whose number a payment was announced to.
  met_with CONSTANT text := 't.transfer IS NOT NULL AND coalesce('
    || '(SELECT o.owner FROM transaction o WHERE o.transfer = t.transfer AND o.owner <> $2 LIMIT 1),'
    || ' (SELECT a.owner FROM announced h JOIN account a ON a.number = h.number WHERE h.transaction = t.id)) = ANY (CAST(($1).people[%1$s] AS bigint[]))';
  meeting CONSTANT text := 'SELECT q.transaction FROM counterpart q WHERE q.owner = $2 AND q.other = ANY (CAST(($1).people[%1$s] AS bigint[]))'
    || ' UNION ALL SELECT u.transaction FROM register_unrolled($2) u JOIN transaction v ON v.id = u.transaction'
    || ' JOIN transaction o ON o.transfer = v.transfer AND o.owner = ANY (CAST(($1).people[%1$s] AS bigint[]))';
  meaning CONSTANT text := 'SELECT k.transaction FROM classification k WHERE k.owner = $2 AND ';
  back CONSTANT text := 'SELECT r.id FROM transaction r JOIN classification k ON k.owner = $2 AND k.transaction = r.related'
    || ' WHERE r.owner = $2 AND r.kind = 7 AND %s'
    || ' AND NOT EXISTS (SELECT FROM classification w WHERE w.owner = $2 AND w.transaction = r.id AND w.category IS NOT NULL)';
  -- What takes back a payment in parts as a whole, which only a list of reversed pairs shows, means these parts.
  back_whole CONSTANT text := CASE WHEN f.reversed IS NULL THEN '' ELSE
    ' UNION ALL SELECT r.id FROM transaction r JOIN split s ON s.owner = $2 AND s.transaction = r.related JOIN posting x ON x.transaction = r.id AND x.line = 1'
    || ' WHERE r.owner = $2 AND r.kind = 7 AND s.category = ANY (%1$s) AND x.amount = (SELECT sum(y.amount) FROM split y WHERE y.transaction = r.related)' END;
  labelled CONSTANT text := meaning || 'k.category = ANY (%1$s) UNION ALL SELECT s.transaction FROM split s WHERE s.owner = $2 AND s.category = ANY (%1$s)' || back_whole;
  labels CONSTANT text := labelled || ' UNION ALL ' || format(back, 'k.category = ANY (%1$s)');
  is_labelled CONSTANT text := '(' || format(among, labelled) || ' OR t.kind = 7 AND c.category IS NULL AND EXISTS ('
    || meaning || 'k.transaction = t.related AND k.category = ANY (%1$s)' || fence || ')';
  tagged CONSTANT text := 'SELECT g.transaction FROM tagging g WHERE g.owner = $2';
  parted CONSTANT text := 'SELECT s.transaction FROM split s WHERE s.owner = $2 AND s.line = 1';
  attached CONSTANT text := 'SELECT a.transaction FROM attachment a WHERE a.owner = $2 AND a.removed_at IS NULL';
  -- Money from a person says what it is; money to one is spent on something.
  bare CONSTANT text := '((t.kind IN (2, 3) OR t.kind = 5 AND p.debit_version IS NULL) AND c.category IS NULL AND c.matched IS NULL)';
  other_kind CONSTANT text := '(d.kind NOT IN (2, 3, 5) OR d.kind = 5 AND EXISTS (SELECT FROM posting x WHERE x.transaction = d.id AND x.debit_version IS NOT NULL))';
  own CONSTANT text := '(t.kind = 4 OR c.matched IS NOT NULL)';
  transfers CONSTANT text := 'SELECT d.id FROM transaction d WHERE d.owner = $2 AND d.kind = 4 UNION ALL ' || meaning || 'k.matched IS NOT NULL';
  settled CONSTANT text := meaning || '(k.category IS NOT NULL OR k.matched IS NOT NULL)'
    || ' UNION ALL SELECT d.id FROM transaction d WHERE d.owner = $2 AND ' || other_kind;
  -- Without a category: what has a meaning, by its index, and what has none, which only what is not rolled up yet may lack.
  open CONSTANT text := meaning || 'k.category IS NULL AND k.matched IS NULL'
    || ' AND NOT EXISTS (SELECT FROM transaction d WHERE d.owner = $2 AND d.id = k.transaction AND ' || other_kind || ')'
    || ' UNION ALL SELECT u.transaction FROM register_unrolled($2) u JOIN transaction d ON d.id = u.transaction WHERE NOT ' || other_kind
    || ' AND NOT EXISTS (' || meaning || 'k.transaction = u.transaction)';
  entered CONSTANT text := 'SELECT d.id FROM transaction d WHERE d.owner = $2 AND d.imported IS NULL';
  one record;
BEGIN
  FOR one IN
    SELECT w.pattern, w.turned, CASE WHEN f.people[w.place] IS NOT NULL THEN w.place END AS people FROM (
      SELECT s.pattern, s.turned, row_number() OVER (ORDER BY s.part, s.n) AS place FROM (
        SELECT 'register_pattern(($1).contains)' AS pattern, false AS turned, 1 AS part, 1 AS n WHERE f.contains IS NOT NULL
        UNION ALL SELECT format('register_pattern(($1).words[%s])', n), false, 2, n FROM generate_series(1, cardinality(f.words)) n
        UNION ALL SELECT format('register_pattern(($1).without[%s])', n), true, 3, n FROM generate_series(1, cardinality(f.without)) n) s) w
    ORDER BY w.place
  LOOP
    test := format(said, one.pattern);
    lead := format(saying, one.pattern);
    IF one.people IS NOT NULL THEN
      test := format('(%s OR %s)', test, format(met_with, one.people));
      lead := lead || ' UNION ALL ' || format(meeting, one.people);
    END IF;
    whole := replace(format(among, lead), fence, ')');
    IF one.turned THEN
      test := test || ' IS NOT TRUE';
      lead := NULL;
      whole := 'NOT ' || whole;
    END IF;
    RETURN NEXT;
  END LOOP;
  IF f.payees IS NOT NULL THEN
    test := 'c.payee ILIKE ANY (register_patterns(($1).payees))';
    lead := meaning || 'k.payee ILIKE ANY (register_patterns(($1).payees))';
    FOR one IN
      SELECT p AS place FROM generate_subscripts(f.payees, 1) n
      CROSS JOIN LATERAL (SELECT n + coalesce(cardinality(f.words), 0) + coalesce(cardinality(f.without), 0) + (f.contains IS NOT NULL)::integer AS p) p
      WHERE f.people[p] IS NOT NULL
    LOOP
      test := format('(%s OR %s)', test, format(met_with, one.place));
      lead := lead || ' UNION ALL ' || format(meeting, one.place);
    END LOOP;
    whole := replace(format(among, lead), fence, ')');
    RETURN NEXT;
  END IF;
  RETURN QUERY
  SELECT o.test, o.lead, replace(coalesce(o.whole, o.test), fence, ')') FROM (VALUES
    (f.least IS NOT NULL OR f.most IS NOT NULL, concat_ws(' AND ', CASE WHEN f.least IS NOT NULL THEN 'p.amount >= ($1).least' END,
        CASE WHEN f.most IS NOT NULL THEN 'p.amount <= ($1).most' END),
      -- Both bounds are given, since the planner takes a range for rare.
      'SELECT d.transaction FROM posting d WHERE d.owner = $2 AND d.amount BETWEEN coalesce(($1).least, 0) AND coalesce(($1).most, 9999999999999999)',
      concat_ws(' AND ', CASE WHEN f.least IS NOT NULL THEN 'p.amount + 0 >= ($1).least' END, CASE WHEN f.most IS NOT NULL THEN 'p.amount + 0 <= ($1).most' END)),
    (f.category = 0, 'c.category IS NULL AND (t.kind = 7 AND EXISTS (' || meaning || 'k.transaction = t.related AND k.category IS NOT NULL' || fence || ') IS NOT TRUE',
      NULL, 'c.category IS NULL AND NOT ' || format(among, format(back, 'k.category IS NOT NULL'))),
    (f.category > 0, format(is_labelled, 'ARRAY[($1).category]'), format(labels, 'ARRAY[($1).category]'), format(among, format(labels, 'ARRAY[($1).category]'))),
    (f.categories IS NOT NULL, format(is_labelled, '($1).categories'), format(labels, '($1).categories'), format(among, format(labels, '($1).categories'))),
    (f.not_categories IS NOT NULL, 'NOT ' || format(is_labelled, '($1).not_categories'), NULL, 'NOT ' || format(among, format(labels, '($1).not_categories'))),
    (f.imported IS NOT NULL, 't.imported = ($1).imported', 'SELECT d.id FROM transaction d WHERE d.owner = $2 AND d.imported = ($1).imported', NULL),
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

-- All rows of a filter, all postings read once: no order, and nothing joined that no condition asks for. met: how many of
-- 1,000 rows met each condition; where an index leads to more than a quarter of all, a look at each row is quicker.
-- Words that so many rows contain are looked for in the description first, in lower case once for all of them; only the
-- meanings that contain one of them are joined for the rest.
CREATE OR REPLACE FUNCTION register_all(f register_filter, met integer[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
DECLARE
  -- Reversed pairs are few, and a posting's transaction is pending or failed never: no header is needed to leave them out.
  undone CONSTANT text := 'EXISTS (SELECT FROM transaction x WHERE x.owner = $2 AND x.status = 6 AND x.id = p.transaction)';
  common CONSTANT text[] := ARRAY(SELECT w.word FROM unnest(register_words(f)) WITH ORDINALITY w (word, place) WHERE w.word IS NOT NULL AND met[w.place] > 250);
  wanted CONSTANT text := concat_ws(' AND ', 'p.owner = $2', register_sides(f),
    CASE WHEN f.counted OR f.reversed IS NULL THEN 'NOT ' || undone WHEN f.reversed THEN undone END,
    CASE WHEN f.since IS NOT NULL THEN 'p.booked >= ($1).since' END,
    CASE WHEN f.until IS NOT NULL THEN 'p.booked <= ($1).until' END,
    CASE WHEN f.kinds IS NOT NULL THEN 't.kind = ANY (($1).kinds)' END,
    CASE WHEN f.counted THEN register_counts() END,
    (SELECT string_agg(format('(%s)', CASE WHEN CASE WHEN o.whole LIKE 'NOT %' THEN 1000 - met[o.place] ELSE met[o.place] END > 250
       AND o.whole ~ 'ILIKE' THEN o.test ELSE o.whole END), ' AND ')
     FROM register_conditions(f) WITH ORDINALITY o (test, lead, whole, place) WHERE ((register_words(f))[o.place] = ANY (common)) IS NOT TRUE));
  lowered CONSTANT text := (SELECT string_agg(format('lower(%s)', w), ', ') FROM unnest(common) w);
  described CONSTANT text := format('lower(t.description) LIKE ALL (ARRAY[%s])', lowered);
  elsewhere CONSTANT text := format('(%s) IS NOT TRUE AND (c.payee ILIKE ANY (ARRAY[%s]) OR c.note ILIKE ANY (ARRAY[%2$s]))'
    || ' AND lower(concat_ws(E''\n'', t.description, c.payee, c.note)) LIKE ALL (ARRAY[%3$s])', described, array_to_string(common, ', '), lowered);
BEGIN
  RETURN (
    SELECT string_agg('SELECT p.booked, p.transaction, p.line, p.currency, ' || register_moved(f) || ' AS moved FROM posting p'
      || CASE WHEN o.conditions ~ '\mt\.' THEN ' JOIN transaction t ON t.id = p.transaction AND t.owner = $2' ELSE '' END
      || CASE WHEN o.conditions ~ '\mc\.' THEN ' LEFT JOIN classification c ON c.owner = $2 AND c.transaction = p.transaction' ELSE '' END
      || ' WHERE ' || o.conditions, ' UNION ALL ')
    FROM (SELECT concat_ws(' AND ', wanted, n.words) AS conditions
          FROM unnest(CASE WHEN common = '{}' THEN ARRAY[NULL] ELSE ARRAY[described, elsewhere] END) n (words)) o);
END $$;

-- The planner takes what words leave for one row, and would put a million in order to sum them up.
ALTER FUNCTION register_sum_all(register_filter, bigint, integer[]) SET enable_sort = off;

-- What of each row's amount lies in the parts that a category's filter finds; rows without parts stay as they are, as does
-- what takes back some of a payment in parts and not the whole.
CREATE OR REPLACE FUNCTION register_parts(f register_filter, person bigint, found register_row[]) RETURNS SETOF register_row
LANGUAGE sql STABLE ROWS 50 SET search_path = public, pg_temp AS $$
  SELECT r.booked, r.transaction, r.line, r.currency,
         CASE WHEN s.amount IS NULL OR t.related IS NOT NULL AND s.total <> abs(r.moved) THEN r.moved
              WHEN r.line = 1 THEN sign(r.moved) * s.amount ELSE 0 END
  FROM unnest(found) r
  JOIN transaction t ON t.id = r.transaction
  LEFT JOIN LATERAL (
    SELECT sum(s.amount) FILTER (WHERE s.category = ANY (f.categories || nullif(f.category, 0))) AS amount, sum(s.amount) AS total FROM split s
    WHERE s.transaction = coalesce(t.related, t.id)) s ON true;
$$;

-- What a query of rows sums to, per currency; of a payment in parts those alone that a category's filter finds.
CREATE OR REPLACE FUNCTION register_total(f register_filter, rows text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp RETURN format(
  'SELECT q.currency, count(*) FILTER (WHERE q.line = 1), coalesce(sum(q.moved) FILTER (WHERE q.moved > 0), 0),'
  || ' coalesce(-sum(q.moved) FILTER (WHERE q.moved < 0), 0) FROM (%s) q GROUP BY q.currency ORDER BY q.currency',
  CASE WHEN f.categories IS NULL AND coalesce(f.category, 0) = 0 THEN rows ELSE format(
    'SELECT r.currency, r.line, CASE WHEN s.amount IS NULL THEN r.moved WHEN r.line = 1 THEN sign(r.moved) * s.amount ELSE 0 END AS moved'
    || ' FROM (%s) r LEFT JOIN (SELECT s.transaction, sum(s.amount) AS amount FROM split s'
    || ' WHERE s.owner = $2 AND s.category = ANY (($1).categories || nullif(($1).category, 0)) GROUP BY 1%s) s ON s.transaction = r.transaction', rows,
    CASE WHEN f.reversed IS NULL THEN '' ELSE
      ' UNION ALL SELECT v.id, z.amount FROM (SELECT s.transaction, sum(s.amount) AS total,'
      || ' sum(s.amount) FILTER (WHERE s.category = ANY (($1).categories || nullif(($1).category, 0))) AS amount FROM split s WHERE s.owner = $2 GROUP BY 1) z'
      || ' JOIN transaction v ON v.related = z.transaction AND v.owner = $2 AND v.kind = 7'
      || ' JOIN posting x ON x.transaction = v.id AND x.line = 1 AND x.amount = z.total WHERE z.amount IS NOT NULL' END) END);

-- What is announced and not booked, the latest first, after a transaction ($4): by the day it was announced on.
CREATE FUNCTION register_announced(f register_filter, paged boolean) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp RETURN format(
  'SELECT d.day AS booked, t.id AS transaction, p.line, p.currency, %s AS moved'
  || ' FROM (SELECT t.* FROM transaction t WHERE t.owner = $2 AND t.booked IS NULL AND t.status = ANY (($1).unbooked)%s ORDER BY t.id DESC OFFSET 0) t'
  || ' CROSS JOIN LATERAL (SELECT (t.created_at AT TIME ZONE coalesce((SELECT f.zone FROM profile f WHERE f.owner = $2), ''UTC''))::date AS day) d'
  || ' CROSS JOIN LATERAL (SELECT * FROM announced a WHERE a.transaction = t.id OFFSET 0) p'
  || ' LEFT JOIN classification c ON c.owner = $2 AND c.transaction = t.id WHERE %s ORDER BY t.id DESC',
  register_moved(f), CASE WHEN paged THEN ' AND t.id < $4' ELSE '' END,
  concat_ws(' AND ', register_sides(f),
    CASE WHEN f.reversed OR f.counted THEN 'false' END,
    CASE WHEN f.since IS NOT NULL THEN 'd.day >= ($1).since' END,
    CASE WHEN f.until IS NOT NULL THEN 'd.day <= ($1).until' END,
    CASE WHEN f.kinds IS NOT NULL THEN 't.kind = ANY (($1).kinds)' END,
    (SELECT string_agg(format('(%s)', o.test), ' AND ') FROM register_conditions(f) o)));

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
  f := register_named(f, me);
  IF f.unbooked IS NOT NULL THEN
    RETURN QUERY EXECUTE format('%s LIMIT %s', register_announced(f, p_transaction IS NOT NULL), most) USING f, me, p_booked, p_transaction;
    RETURN;
  END IF;
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
  f := register_named(f, me);
  IF f.unbooked IS NOT NULL THEN
    RETURN QUERY EXECUTE register_total(f, register_announced(f, false)) USING f, me;
    RETURN;
  END IF;
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

REVOKE ALL ON FUNCTION register_conditions(register_filter), register_known(bigint[]), register_unrolled(bigint), register_people(bigint, text[]),
  register_named(register_filter, bigint), register_announced(register_filter, boolean), register_words(register_filter) FROM PUBLIC;
