-- As 0015 and 0019 say it.
CREATE OR REPLACE FUNCTION counterparts(p_transfers bigint[]) RETURNS TABLE (transfer bigint, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT DISTINCT own.transfer, shown_name(own.owner, coalesce(theirs.owner, a.owner))
  FROM transaction own
  LEFT JOIN transaction theirs ON theirs.transfer = own.transfer AND theirs.owner <> own.owner
  LEFT JOIN hold h ON h.transaction = own.id AND theirs.id IS NULL
  LEFT JOIN account a ON a.number = h.number
  WHERE own.transfer = ANY (p_transfers) AND own.owner = current_person();
$$;

CREATE OR REPLACE FUNCTION register_parts(f register_filter, person bigint, found register_row[]) RETURNS SETOF register_row
LANGUAGE sql STABLE ROWS 50 SET search_path = public, pg_temp AS $$
  SELECT r.booked, r.transaction, r.line, r.currency,
         CASE WHEN s.amount IS NULL THEN r.moved WHEN r.line = 1 THEN sign(r.moved) * s.amount ELSE 0 END
  FROM unnest(found) r
  LEFT JOIN LATERAL (
    SELECT sum(s.amount) AS amount FROM split s
    WHERE s.transaction = r.transaction AND s.category = ANY (f.categories || nullif(f.category, 0))) s ON true;
$$;

CREATE OR REPLACE FUNCTION register_total(f register_filter, rows text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp RETURN format(
  'SELECT q.currency, count(*) FILTER (WHERE q.line = 1), coalesce(sum(q.moved) FILTER (WHERE q.moved > 0), 0),'
  || ' coalesce(-sum(q.moved) FILTER (WHERE q.moved < 0), 0) FROM (%s) q GROUP BY q.currency ORDER BY q.currency',
  CASE WHEN f.categories IS NULL AND coalesce(f.category, 0) = 0 THEN rows ELSE format(
    'SELECT r.currency, r.line, CASE WHEN s.amount IS NULL THEN r.moved WHEN r.line = 1 THEN sign(r.moved) * s.amount ELSE 0 END AS moved'
    || ' FROM (%s) r LEFT JOIN (SELECT s.transaction, sum(s.amount) AS amount FROM split s'
    || ' WHERE s.owner = $2 AND s.category = ANY (($1).categories || nullif(($1).category, 0)) GROUP BY 1) s ON s.transaction = r.transaction', rows) END);

DROP FUNCTION register_announced(register_filter, boolean), register_named(register_filter, bigint), register_people(bigint, text[]),
  register_unrolled(bigint), register_known(bigint[]), register_words(register_filter);
ALTER TYPE register_filter DROP ATTRIBUTE unbooked, DROP ATTRIBUTE people;
DROP INDEX search_transaction_back;
DROP VIEW announced;
DROP TABLE counterpart;
ALTER FUNCTION register_sum_all(register_filter, bigint, integer[]) RESET enable_sort;
