-- Mark the rows of one window of an import as booked (number -> transaction) or as refused (number -> sentence); how many
-- it were. A row that stands for a transaction already, or would for somebody else's, is left as it is.
--   What is to stand in each row is looked up by its number, and each transaction by its id alone: of a person or an import
--   that nobody has counted yet the planner believes that there is next to nothing, and reads all of it for every row. The
--   policy that guards the app's own updates has to name the owner beside the id, so it does just that.
CREATE FUNCTION mark_booked(p_imported bigint, p_first integer, p_many integer, p_booked jsonb, p_refused jsonb) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  me CONSTANT bigint := current_person();
  marked integer;
BEGIN
  IF me IS NULL THEN PERFORM ledger_refuse('LG020'); END IF;
  EXECUTE $query$
    UPDATE statement_row r SET transaction = CAST($5 ->> r.number::text AS bigint),
      verdict = CASE WHEN jsonb_exists($6, r.number::text) THEN 'error' ELSE 'new' END,
      sentence = coalesce($6 ->> r.number::text, r.sentence)
    WHERE r.owner = $1 AND r.imported = $2 AND r.number >= $3 AND r.number < $3 + $4 AND r.transaction IS NULL
      AND (jsonb_exists($6, r.number::text)
        OR (SELECT t.owner FROM transaction t WHERE t.id = CAST($5 ->> r.number::text AS bigint)) = $1)
  $query$ USING me, p_imported, p_first, p_many, coalesce(p_booked, '{}'), coalesce(p_refused, '{}');
  GET DIAGNOSTICS marked = ROW_COUNT;
  RETURN marked;
END $$;
SELECT house_door('mark_booked(bigint, integer, integer, jsonb, jsonb)', 'app');
