-- Search indexes. Their names begin with `search_`: they may be missing where pg_trgm is, and Alembic leaves them out.
CREATE INDEX search_posting_amount ON posting (owner, amount);
CREATE INDEX search_transaction_reversed ON transaction (owner, booked, id) WHERE status = 6;
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') THEN
    CREATE INDEX search_transaction_description ON transaction USING gin (description gin_trgm_ops) WHERE description IS NOT NULL;
    CREATE INDEX search_classification_payee ON classification USING gin (payee gin_trgm_ops) WHERE payee IS NOT NULL;
    CREATE INDEX search_classification_note ON classification USING gin (note gin_trgm_ops) WHERE note IS NOT NULL;
  END IF;
END $$;

-- What a register's filter asks for. NULL leaves a field open.
--   least, most: size of the amount moved, whichever way. flow: 'in' or 'out', on the account or, without one, on all
--   real accounts together. reversed: NULL hides reversed pairs, true shows them alone, false shows both kinds.
--   counted: only what the month result counts. category 0: none given.
CREATE TYPE register_filter AS (
  account bigint, since date, until date, contains text, least numeric, most numeric, flow text, kinds smallint[],
  category bigint, reversed boolean, counted boolean, imported bigint);

CREATE TYPE register_row AS (booked date, transaction bigint, line smallint, currency varchar, moved numeric);

-- A person's words as a pattern that contains them as they stand.
CREATE FUNCTION register_pattern(words text) RETURNS text
LANGUAGE sql IMMUTABLE RETURN '%' || replace(replace(replace(words, '\', '\\'), '%', '\%'), '_', '\_') || '%';

-- What only a look at the row itself can tell: conditions on posting p, transaction t and classification c.
CREATE FUNCTION register_picks(f register_filter) RETURNS text
LANGUAGE sql IMMUTABLE RETURN concat_ws(' AND ',
  CASE WHEN f.least IS NOT NULL THEN 'p.amount >= ($1).least' END,
  CASE WHEN f.most IS NOT NULL THEN 'p.amount <= ($1).most' END,
  CASE WHEN f.category > 0 THEN 'c.category = ($1).category' END,
  CASE WHEN f.imported IS NOT NULL THEN 't.imported = ($1).imported' END,
  CASE WHEN f.contains IS NOT NULL THEN '(t.description ILIKE $3 OR c.payee ILIKE $3 OR c.note ILIKE $3)' END);

-- The rows of one person's register as a query over $1 (the filter), $2 (the person), $3 (the text as a pattern) and
-- $4, $5 (the row before): columns of register_row. `moved` is signed; zero for an own transfer seen without an account.
--   picks: 'none', all rows that picks would be made from; 'few', picked by the indexes of what is picked; 'many',
--   picked while all rows are read.
--   most: the newest so many; an account's two sides are each cut to them, so that each follows its index.
-- Row security keeps comparisons of text and amounts away from indexes, so the doors below run as the owner; every
-- branch here names the person itself. It hides their statistics too, so the doors look at the newest rows first to tell
-- few from many, and both bounds of a rare amount are given, since the planner takes a range for rare.
CREATE FUNCTION register_query(f register_filter, paged boolean, picks text, most integer) RETURNS text
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
  IF f.counted THEN wanted := wanted || ' AND t.kind IN (2, 3, 5) AND NOT ' || meaning || 'c.matched IS NOT NULL)'; END IF;
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

-- The newest 1,000 rows before a place, and those of them that are picked.
CREATE FUNCTION register_near(f register_filter, person bigint, p_booked date, p_transaction bigint, OUT picked register_row[], OUT all_seen boolean)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  EXECUTE format(
    'WITH near AS MATERIALIZED (SELECT * FROM (%s) q ORDER BY q.booked DESC, q.transaction DESC LIMIT 1000)'
    || ' SELECT array_agg(ROW(n.*)::register_row ORDER BY n.booked DESC, n.transaction DESC) FILTER (WHERE %s), count(*) < 1000'
    || ' FROM near n JOIN posting p ON p.transaction = n.transaction AND p.line = n.line JOIN transaction t ON t.id = n.transaction'
    || ' LEFT JOIN classification c ON c.owner = $2 AND c.transaction = n.transaction',
    register_query(f, p_booked IS NOT NULL, 'none', 1000), register_picks(f))
  INTO picked, all_seen USING f, person, register_pattern(f.contains), p_booked, p_transaction;
  picked := coalesce(picked, '{}');
END $$;

-- One page of the current person's register, newest first, after the row (p_booked, p_transaction) if that is given.
CREATE FUNCTION search_register(f register_filter, p_booked date, p_transaction bigint, p_most integer) RETURNS SETOF register_row
LANGUAGE plpgsql STABLE ROWS 50 SECURITY DEFINER SET search_path = public, pg_temp SET jit = off SET random_page_cost = 1.1 AS $$
DECLARE
  me CONSTANT bigint := current_person();
  most CONSTANT integer := least(greatest(p_most, 1), 1000);
  near record;
BEGIN
  IF me IS NULL THEN RETURN; END IF;
  IF register_picks(f) <> '' THEN
    near := register_near(f, me, p_booked, p_transaction);
    IF near.all_seen OR cardinality(near.picked) >= most THEN
      RETURN QUERY SELECT n.* FROM unnest(near.picked[:most]) n;
      RETURN;
    END IF;
  END IF;
  RETURN QUERY EXECUTE format(
    'SELECT q.booked, q.transaction, q.line, q.currency, q.moved FROM (%s) q ORDER BY q.booked DESC, q.transaction DESC LIMIT %s',
    register_query(f, p_booked IS NOT NULL, 'few', most), most)
  USING f, me, register_pattern(f.contains), p_booked, p_transaction;
END $$;
SELECT house_door('search_register(register_filter, date, bigint, integer)', 'app');

-- Count, inflows and outflows of a filter, per currency.
CREATE FUNCTION sum_register(f register_filter) RETURNS TABLE (currency varchar, many bigint, inflow numeric, outflow numeric)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET jit = off SET random_page_cost = 1.1 AS $$
DECLARE
  me CONSTANT bigint := current_person();
  picked register_row[];
  all_seen boolean;
  rows text := register_query(f, false, 'many', NULL);
BEGIN
  IF me IS NULL THEN RETURN; END IF;
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
SELECT house_door('sum_register(register_filter)', 'app');

REVOKE ALL ON FUNCTION register_query(register_filter, boolean, text, integer), register_picks(register_filter),
  register_near(register_filter, bigint, date, bigint), register_pattern(text) FROM PUBLIC;
