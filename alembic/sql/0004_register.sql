-- Search indexes. Their names begin with `search_`: they may be missing where pg_trgm is, and Alembic leaves them out.
CREATE INDEX search_posting_amount ON posting (owner, amount);
CREATE INDEX search_transaction_reversed ON transaction (owner, booked, id) WHERE status = 6;
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm') THEN
    BEGIN
      CREATE EXTENSION IF NOT EXISTS pg_trgm;
    EXCEPTION WHEN insufficient_privilege THEN
      RAISE NOTICE 'pg_trgm may not be created here: text search works, slower';
    END;
  END IF;
  IF EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') THEN
    CREATE INDEX search_transaction_description ON transaction USING gin (description gin_trgm_ops);
    CREATE INDEX search_classification_payee ON classification USING gin (payee gin_trgm_ops);
    CREATE INDEX search_classification_note ON classification USING gin (note gin_trgm_ops);
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

-- The rows of one person's register as a query over $1 (the filter), $2 (the person), $3 (the text as a pattern) and
-- $4, $5 (the row before): columns of register_row. `moved` is signed; zero for an own transfer seen without an account.
-- Row security keeps comparisons of text and amounts away from indexes, so the doors below run as the owner; every
-- branch here names the person itself.
CREATE FUNCTION register_query(f register_filter, paged boolean, with_text boolean) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  -- The columns that the page is ordered by stand in the index that the filter reaches.
  by_posting CONSTANT boolean := f.account IS NOT NULL OR f.least IS NOT NULL;
  booked CONSTANT text := CASE WHEN by_posting THEN 'p.booked' ELSE 't.booked' END;
  number CONSTANT text := CASE WHEN by_posting THEN 'p.transaction' ELSE 't.id' END;
  source CONSTANT text := ' FROM posting p JOIN transaction t ON t.id = p.transaction WHERE p.owner = $2 AND t.owner = $2';
  meaning CONSTANT text := 'EXISTS (SELECT FROM classification c WHERE c.owner = $2 AND c.transaction = t.id AND ';
  wanted text := CASE WHEN f.counted OR f.reversed IS NULL THEN ' AND t.status IN (2, 3)' WHEN f.reversed THEN ' AND t.status = 6' ELSE '' END;
BEGIN
  IF paged THEN
    wanted := wanted || format(' AND (%s, %s) < ($4, $5)', booked, number);
  END IF;
  IF f.since IS NOT NULL THEN wanted := wanted || format(' AND %s >= ($1).since', booked); END IF;
  IF f.until IS NOT NULL THEN wanted := wanted || format(' AND %s <= ($1).until', booked); END IF;
  IF f.least IS NOT NULL THEN wanted := wanted || ' AND p.amount >= ($1).least'; END IF;
  IF f.most IS NOT NULL THEN wanted := wanted || ' AND p.amount <= ($1).most'; END IF;
  IF f.kinds IS NOT NULL THEN wanted := wanted || ' AND t.kind = ANY (($1).kinds)'; END IF;
  IF f.imported IS NOT NULL THEN wanted := wanted || ' AND t.imported = ($1).imported'; END IF;
  IF f.counted THEN wanted := wanted || ' AND t.kind IN (2, 3, 5) AND NOT ' || meaning || 'c.matched IS NOT NULL)'; END IF;
  IF f.category = 0 THEN
    wanted := wanted || ' AND NOT ' || meaning || 'c.category IS NOT NULL)';
  ELSIF f.category IS NOT NULL THEN
    wanted := wanted || ' AND ' || meaning || 'c.category = ($1).category)';
  END IF;
  IF with_text THEN
    wanted := wanted || ' AND t.id IN (SELECT d.id FROM transaction d WHERE d.owner = $2 AND d.description ILIKE $3'
      || ' UNION SELECT c.transaction FROM classification c WHERE c.owner = $2 AND (c.payee ILIKE $3 OR c.note ILIKE $3))';
  END IF;
  IF f.account IS NOT NULL THEN
    RETURN 'SELECT p.booked, p.transaction, p.line, p.currency, p.amount AS moved' || source
      || ' AND p.debit = ($1).account AND p.debit_version IS NOT NULL' || wanted || CASE f.flow WHEN 'out' THEN ' AND false' ELSE '' END
      || ' UNION ALL SELECT p.booked, p.transaction, p.line, p.currency, -p.amount' || source
      || ' AND p.credit = ($1).account AND p.credit_version IS NOT NULL' || wanted || CASE f.flow WHEN 'in' THEN ' AND false' ELSE '' END;
  END IF;
  RETURN format('SELECT %s AS booked, %s AS transaction, p.line, p.currency,', booked, number)
    || ' CASE WHEN p.debit_version IS NULL THEN -p.amount WHEN p.credit_version IS NULL THEN p.amount ELSE 0 END AS moved' || source || wanted
    || CASE f.flow WHEN 'in' THEN ' AND p.credit_version IS NULL' WHEN 'out' THEN ' AND p.debit_version IS NULL' ELSE '' END;
END $$;

-- One page of the current person's register, newest first, after the row (p_booked, p_transaction) if that is given.
CREATE FUNCTION search_register(f register_filter, p_booked date, p_transaction bigint, p_most integer) RETURNS SETOF register_row
LANGUAGE plpgsql STABLE ROWS 50 SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  me CONSTANT bigint := current_person();
  pattern CONSTANT text := register_pattern(f.contains);
  most CONSTANT integer := least(greatest(p_most, 1), 1000);
  near CONSTANT integer := 2000;
  paged CONSTANT boolean := p_booked IS NOT NULL;
  ordered CONSTANT text := 'SELECT q.booked, q.transaction, q.line, q.currency, q.moved FROM (%s) q ORDER BY q.booked DESC, q.transaction DESC LIMIT %s';
  found register_row[];
  looked integer;
BEGIN
  IF me IS NULL THEN RETURN; END IF;
  IF f.contains IS NOT NULL THEN
    -- Common words are found among the latest rows; only rare ones are worth the index over all rows.
    EXECUTE format(
      'WITH near AS MATERIALIZED (%s) SELECT array_agg(ROW(n.*)::register_row ORDER BY n.booked DESC, n.transaction DESC) FILTER (WHERE d.description ILIKE $3 OR c.payee ILIKE $3 OR c.note ILIKE $3), count(*)'
      || ' FROM near n JOIN transaction d ON d.id = n.transaction LEFT JOIN classification c ON c.owner = $2 AND c.transaction = n.transaction',
      format(ordered, register_query(f, paged, false), near))
    INTO found, looked USING f, me, pattern, p_booked, p_transaction;
    IF looked < near OR cardinality(found) >= most THEN
      RETURN QUERY SELECT n.* FROM unnest(found[:most]) n;
      RETURN;
    END IF;
  END IF;
  RETURN QUERY EXECUTE format(ordered, register_query(f, paged, f.contains IS NOT NULL), most)
  USING f, me, pattern, p_booked, p_transaction;
END $$;
SELECT house_door('search_register(register_filter, date, bigint, integer)', 'app');

-- Count, inflows and outflows of a filter, per currency.
CREATE FUNCTION sum_register(f register_filter) RETURNS TABLE (currency varchar, many bigint, inflow numeric, outflow numeric)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE me CONSTANT bigint := current_person();
BEGIN
  IF me IS NULL THEN RETURN; END IF;
  RETURN QUERY EXECUTE format(
    'SELECT q.currency, count(*) FILTER (WHERE q.line = 1), coalesce(sum(q.moved) FILTER (WHERE q.moved > 0), 0),'
    || ' coalesce(-sum(q.moved) FILTER (WHERE q.moved < 0), 0) FROM (%s) q GROUP BY q.currency ORDER BY q.currency',
    register_query(f, false, f.contains IS NOT NULL))
  USING f, me, register_pattern(f.contains);
END $$;
SELECT house_door('sum_register(register_filter)', 'app');

REVOKE ALL ON FUNCTION register_query(register_filter, boolean, boolean), register_pattern(text) FROM PUBLIC;
