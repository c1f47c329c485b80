-- Have the planner count every table that has grown a good deal since it was counted last; how many it were.
--   By itself the server counts once a minute at most. Until then it takes a table for what it was, if for anything, and a
--   list over books that were filled a moment ago could take it half a minute.
--   A table that somebody counts or changes right now is left out.
CREATE FUNCTION tables_counted() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
  target regclass;
  counted integer := 0;
BEGIN
  FOR target IN
    SELECT c.oid::regclass FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
      AND pg_relation_size(c.oid) / current_setting('block_size')::integer > c.relpages * CASE WHEN c.relpages < 2000 THEN 1.1 ELSE 1.5 END + 4
    ORDER BY c.oid
  LOOP
    BEGIN
      EXECUTE format('ANALYZE %s', target);
      counted := counted + 1;
    EXCEPTION WHEN lock_not_available THEN
      NULL;
    END;
  END LOOP;
  RETURN counted;
END $$;
SELECT house_door('tables_counted()', 'app, system');
