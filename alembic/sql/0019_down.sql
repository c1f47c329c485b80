DROP FUNCTION booked_flows(date, date, text, integer), booked_repayments(date, date, text),
  register_sum_all(register_filter, bigint, integer[]), register_total(register_filter, text), register_framed(register_filter, bigint),
  register_parts(register_filter, bigint, register_row[]), register_all(register_filter, integer[]), register_lead(register_filter, integer[]),
  register_look(register_filter, bigint, date, bigint, integer), register_led(register_filter, boolean, text),
  register_walk(register_filter, boolean, integer, text), register_moved(register_filter), register_sides(register_filter),
  register_frame(register_filter, boolean, text, text), register_conditions(register_filter);
ALTER FUNCTION register_pattern(text) PARALLEL UNSAFE;
ALTER FUNCTION register_patterns(text[]) PARALLEL UNSAFE;
CREATE INDEX search_classification_open ON classification (owner, transaction) WHERE category IS NULL;
DROP INDEX search_transaction_own, search_classification_bare;
ALTER FUNCTION search_register(register_filter, date, bigint, integer) RESET enable_hashjoin RESET enable_mergejoin;
ALTER FUNCTION sum_register(register_filter) RESET work_mem;
-- As 0014 says it.
CREATE FUNCTION register_picks(f register_filter) RETURNS text
LANGUAGE sql IMMUTABLE RETURN concat_ws(' AND ',
  CASE WHEN f.least IS NOT NULL THEN 'p.amount >= ($1).least' END,
  CASE WHEN f.most IS NOT NULL THEN 'p.amount <= ($1).most' END,
  CASE WHEN f.category > 0 THEN 'c.category = ($1).category' END,
  CASE WHEN f.imported IS NOT NULL THEN 't.imported = ($1).imported' END,
  CASE WHEN f.contains IS NOT NULL THEN '(t.description ILIKE $3 OR c.payee ILIKE $3 OR c.note ILIKE $3)' END,
  NULLIF(register_also(f), ''));
REVOKE ALL ON FUNCTION register_also(register_filter), register_leads(register_filter) FROM PUBLIC;
