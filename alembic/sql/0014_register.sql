-- A view of the register that a person keeps under a name: the query of its address.
CREATE TABLE saved_view (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_saved_view PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_saved_view_owner REFERENCES person (id),
  name varchar(40) NOT NULL CONSTRAINT ck_saved_view_name CHECK (btrim(name) <> ''),
  query varchar(600) NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX uq_saved_view_name ON saved_view (owner, lower(name));
SELECT house_guard('saved_view', 'SELECT, INSERT (owner, name, query), UPDATE (name, query), DELETE');

-- What was booked in the place of what was taken back: edited (amount or day changed), or restored from the bin.
CREATE TABLE replacement (
  latter bigint NOT NULL CONSTRAINT pk_replacement PRIMARY KEY CONSTRAINT fk_replacement_latter REFERENCES transaction (id),
  owner bigint NOT NULL CONSTRAINT fk_replacement_owner REFERENCES person (id),
  former bigint NOT NULL CONSTRAINT fk_replacement_former REFERENCES transaction (id),
  edited boolean NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT ck_replacement_order CHECK (latter > former)
);
CREATE INDEX ix_replacement_former ON replacement (former);
SELECT house_guard('replacement', 'SELECT, INSERT (owner, former, latter, edited)');
SELECT ledger_refers('replacement', 'former', 'latter');

-- Two transactions that look like one twice, or like the legs of an own transfer, and that a person says are neither.
CREATE TABLE kept_apart (
  owner bigint NOT NULL CONSTRAINT fk_kept_apart_owner REFERENCES person (id),
  one bigint NOT NULL CONSTRAINT fk_kept_apart_one REFERENCES transaction (id),
  other bigint NOT NULL CONSTRAINT fk_kept_apart_other REFERENCES transaction (id),
  at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT pk_kept_apart PRIMARY KEY (one, other),
  CONSTRAINT ck_kept_apart_order CHECK (one < other)
);
CREATE INDEX ix_kept_apart_other ON kept_apart (other);
SELECT house_guard('kept_apart', 'SELECT, INSERT (owner, one, other), DELETE');
SELECT ledger_refers('kept_apart', 'one', 'other');

-- Few of many: what has a note; what was given a meaning but no category.
CREATE INDEX search_classification_noted ON classification (owner, transaction) WHERE note IS NOT NULL;
CREATE INDEX search_classification_open ON classification (owner, transaction) WHERE category IS NULL;

-- What the search box can ask for besides. Lists are own ids, or words as they stand.
--   words: all of these are contained, like `contains`; without: none of these. payees, notes: one of these is contained.
--   categories: one of these, as the category or that of a part; tags: all of these. noted, attached, tagged, parted: has
--   a note, file, tag, parts. uncategorised: income, spending or a payment between people that was given no category.
--   binned: taken back within 30 days and not booked anew.
ALTER TYPE register_filter
  ADD ATTRIBUTE words text[], ADD ATTRIBUTE without text[], ADD ATTRIBUTE payees text[], ADD ATTRIBUTE notes text[],
  ADD ATTRIBUTE categories bigint[], ADD ATTRIBUTE not_categories bigint[], ADD ATTRIBUTE not_accounts bigint[],
  ADD ATTRIBUTE tags bigint[], ADD ATTRIBUTE not_tags bigint[], ADD ATTRIBUTE noted boolean, ADD ATTRIBUTE attached boolean,
  ADD ATTRIBUTE tagged boolean, ADD ATTRIBUTE parted boolean, ADD ATTRIBUTE uncategorised boolean, ADD ATTRIBUTE own boolean,
  ADD ATTRIBUTE from_file boolean, ADD ATTRIBUTE binned boolean;

CREATE FUNCTION register_patterns(words text[]) RETURNS text[]
LANGUAGE sql IMMUTABLE RETURN (SELECT array_agg(register_pattern(w)) FROM unnest(words) w);

-- Conditions of the search box on posting p, transaction t and classification c.
CREATE FUNCTION register_also(f register_filter) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
DECLARE
  said CONSTANT text := 'concat_ws(E''\n'', t.description, c.payee, c.note)';
  parts CONSTANT text := 'EXISTS (SELECT FROM split s WHERE s.owner = $2 AND s.transaction = t.id';
  tags CONSTANT text := 'EXISTS (SELECT FROM tagging g WHERE g.owner = $2 AND g.transaction = t.id';
  files CONSTANT text := 'EXISTS (SELECT FROM attachment a WHERE a.owner = $2 AND a.transaction = t.id AND a.removed_at IS NULL)';
  bare CONSTANT text := '(t.kind IN (2, 3, 5) AND c.category IS NULL AND c.matched IS NULL)';
  mine CONSTANT text := '(t.kind = 4 OR c.matched IS NOT NULL)';
BEGIN
  RETURN concat_ws(' AND ',
    CASE WHEN f.words IS NOT NULL THEN said || ' ILIKE ALL (register_patterns(($1).words))' END,
    CASE WHEN f.without IS NOT NULL THEN said || ' NOT ILIKE ALL (register_patterns(($1).without))' END,
    CASE WHEN f.payees IS NOT NULL THEN 'c.payee ILIKE ANY (register_patterns(($1).payees))' END,
    CASE WHEN f.notes IS NOT NULL THEN 'c.note ILIKE ANY (register_patterns(($1).notes))' END,
    CASE WHEN f.categories IS NOT NULL THEN
      format('(c.category = ANY (($1).categories) OR %s AND s.category = ANY (($1).categories)))', parts) END,
    CASE WHEN f.not_categories IS NOT NULL THEN
      format('(c.category = ANY (($1).not_categories) OR %s AND s.category = ANY (($1).not_categories))) IS NOT TRUE', parts) END,
    CASE WHEN f.not_accounts IS NOT NULL THEN 'p.debit <> ALL (($1).not_accounts) AND p.credit <> ALL (($1).not_accounts)' END,
    CASE WHEN f.tags IS NOT NULL THEN
      '($1).tags <@ ARRAY(SELECT g.tag FROM tagging g WHERE g.owner = $2 AND g.transaction = t.id)' END,
    CASE WHEN f.not_tags IS NOT NULL THEN 'NOT ' || tags || ' AND g.tag = ANY (($1).not_tags))' END,
    CASE WHEN f.noted IS NOT NULL THEN '(c.note IS NOT NULL) = ($1).noted' END,
    CASE WHEN f.attached IS NOT NULL THEN files || ' = ($1).attached' END,
    CASE WHEN f.tagged IS NOT NULL THEN tags || ') = ($1).tagged' END,
    CASE WHEN f.parted IS NOT NULL THEN parts || ') = ($1).parted' END,
    CASE WHEN f.uncategorised IS NOT NULL THEN bare || ' = ($1).uncategorised' END,
    CASE WHEN f.own IS NOT NULL THEN mine || ' = ($1).own' END,
    CASE WHEN f.from_file IS NOT NULL THEN '(t.imported IS NOT NULL) = ($1).from_file' END,
    CASE WHEN f.binned THEN 't.status = 6 AND t.kind <> 7'
      || ' AND EXISTS (SELECT FROM transaction r WHERE r.related = t.id AND r.owner = $2 AND r.created_at > now() - interval ''30 days'')'
      || ' AND NOT EXISTS (SELECT FROM replacement m WHERE m.former = t.id AND m.owner = $2)' END);
END $$;

-- The few rows that the indexes of the search box lead to, as one more condition on t.id for each; '' where none does.
CREATE FUNCTION register_leads(f register_filter) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
DECLARE
  meant CONSTANT text := 't.id IN (SELECT c.transaction FROM classification c WHERE c.owner = $2 AND ';
BEGIN
  RETURN concat_ws(' AND ',
    (SELECT string_agg(format('t.id IN (SELECT d.id FROM transaction d WHERE d.owner = $2 AND d.description ILIKE register_pattern(($1).words[%1$s])'
       || ' UNION SELECT c.transaction FROM classification c WHERE c.owner = $2'
       || ' AND (c.payee ILIKE register_pattern(($1).words[%1$s]) OR c.note ILIKE register_pattern(($1).words[%1$s])))', n), ' AND ')
     FROM generate_series(1, least(coalesce(cardinality(f.words), 0), 3)) n),
    CASE WHEN f.payees IS NOT NULL THEN meant || 'c.payee ILIKE ANY (register_patterns(($1).payees)))' END,
    CASE WHEN f.notes IS NOT NULL THEN meant || 'c.note ILIKE ANY (register_patterns(($1).notes)))' END,
    CASE WHEN f.categories IS NOT NULL THEN meant || 'c.category = ANY (($1).categories)'
      || ' UNION SELECT s.transaction FROM split s WHERE s.owner = $2 AND s.category = ANY (($1).categories))' END,
    CASE WHEN f.tags IS NOT NULL THEN 't.id IN (SELECT g.transaction FROM tagging g WHERE g.owner = $2 AND g.tag = (($1).tags)[1])' END,
    CASE WHEN f.tagged THEN 't.id IN (SELECT g.transaction FROM tagging g WHERE g.owner = $2)' END,
    CASE WHEN f.parted THEN 't.id IN (SELECT s.transaction FROM split s WHERE s.owner = $2)' END,
    CASE WHEN f.attached THEN 't.id IN (SELECT a.transaction FROM attachment a WHERE a.owner = $2 AND a.removed_at IS NULL)' END,
    CASE WHEN f.noted THEN meant || 'c.note IS NOT NULL)' END,
    CASE WHEN f.uncategorised THEN meant || 'c.category IS NULL'
      || ' UNION ALL SELECT u.id FROM transaction u WHERE u.owner = $2 AND u.kind IN (2, 3, 5) AND NOT EXISTS'
      || ' (SELECT FROM classification c WHERE c.owner = $2 AND c.transaction = u.id))' END);
END $$;

-- What only a look at the row itself can tell: conditions on posting p, transaction t and classification c.
CREATE OR REPLACE FUNCTION register_picks(f register_filter) RETURNS text
LANGUAGE sql IMMUTABLE RETURN concat_ws(' AND ',
  CASE WHEN f.least IS NOT NULL THEN 'p.amount >= ($1).least' END,
  CASE WHEN f.most IS NOT NULL THEN 'p.amount <= ($1).most' END,
  CASE WHEN f.category > 0 THEN 'c.category = ($1).category' END,
  CASE WHEN f.imported IS NOT NULL THEN 't.imported = ($1).imported' END,
  CASE WHEN f.contains IS NOT NULL THEN '(t.description ILIKE $3 OR c.payee ILIKE $3 OR c.note ILIKE $3)' END,
  NULLIF(register_also(f), ''));

-- As 0011 says it, with the conditions of the search box.
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
    IF register_leads(f) <> '' THEN wanted := wanted || ' AND ' || register_leads(f); END IF;
    IF register_also(f) <> '' THEN
      source := source || ' LEFT JOIN classification c ON c.owner = $2 AND c.transaction = t.id';
      wanted := wanted || ' AND ' || register_also(f);
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

-- As 0004 says it; what the search box picks from the newest rows at least ten times in a thousand is found sooner by
-- walking on than by asking an index for all of it.
-- One page of the current person's register, newest first, after the row (p_booked, p_transaction) if that is given.
CREATE OR REPLACE FUNCTION search_register(f register_filter, p_booked date, p_transaction bigint, p_most integer) RETURNS SETOF register_row
LANGUAGE plpgsql STABLE ROWS 50 SECURITY DEFINER SET search_path = public, pg_temp SET jit = off SET random_page_cost = 1.1 AS $$
DECLARE
  me CONSTANT bigint := current_person();
  most CONSTANT integer := least(greatest(p_most, 1), 1000);
  picked register_row[] := '{}';
  all_seen boolean;
BEGIN
  IF me IS NULL THEN RETURN; END IF;
  IF register_picks(f) <> '' THEN
    SELECT n.picked, n.all_seen INTO picked, all_seen FROM register_near(f, me, p_booked, p_transaction) n;
    IF all_seen OR cardinality(picked) >= most THEN
      RETURN QUERY SELECT n.* FROM unnest(picked[:most]) n;
      RETURN;
    END IF;
  END IF;
  RETURN QUERY EXECUTE format(
    'SELECT q.booked, q.transaction, q.line, q.currency, q.moved FROM (%s) q ORDER BY q.booked DESC, q.transaction DESC LIMIT %s',
    register_query(f, p_booked IS NOT NULL, CASE WHEN register_also(f) <> '' AND cardinality(picked) >= 10 THEN 'many' ELSE 'few' END, most), most)
  USING f, me, register_pattern(f.contains), p_booked, p_transaction;
END $$;

REVOKE ALL ON FUNCTION register_patterns(text[]), register_also(register_filter), register_leads(register_filter) FROM PUBLIC;
