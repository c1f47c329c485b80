-- Doors that look at what they are given before they let it in; what they did so far is theirs alone now.
--   LG060 not_today             LG061 too_many_between_people
ALTER FUNCTION settle(bigint, numeric, boolean, date, date, uuid, bigint) RENAME TO ledger_settle;
ALTER FUNCTION settle_batch(bigint[], date, boolean) RENAME TO ledger_settle_batch;
ALTER FUNCTION post_mixed(jsonb, boolean) RENAME TO ledger_post_mixed;
ALTER FUNCTION post_batch(jsonb, bigint, boolean) RENAME TO ledger_post_batch;
DO $$
DECLARE inner_one regprocedure;
BEGIN
  FOREACH inner_one IN ARRAY ARRAY['ledger_settle(bigint, numeric, boolean, date, date, uuid, bigint)', 'ledger_settle_batch(bigint[], date, boolean)',
                                   'ledger_post_mixed(jsonb, boolean)', 'ledger_post_batch(jsonb, bigint, boolean)']::regprocedure[] LOOP
    EXECUTE format('ALTER FUNCTION %s SECURITY INVOKER', inner_one);
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM %I', inner_one, (SELECT app_role FROM installation));
  END LOOP;
END $$;

-- Book what is pending, as `ledger_settle` does. What goes to another person is booked today, in whatever zone: nobody
-- writes into another's past.
CREATE FUNCTION settle(p_transaction bigint, p_amount numeric, p_last boolean, p_booked date, p_valued date, p_key uuid, p_fingerprint bigint,
  OUT transaction_id bigint, OUT transfer_number bigint, OUT replayed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF p_booked NOT BETWEEN current_date - 1 AND current_date + 1
     AND EXISTS (SELECT FROM transaction t WHERE t.id = p_transaction AND t.owner = current_person() AND t.kind = 5 AND t.status = 1) THEN
    PERFORM ledger_refuse('LG060');
  END IF;
  SELECT s.* INTO transaction_id, transfer_number, replayed
  FROM ledger_settle(p_transaction, p_amount, p_last, p_booked, p_valued, p_key, p_fingerprint) s;
END $$;
SELECT house_door('settle(bigint, numeric, boolean, date, date, uuid, bigint)', 'app');

-- Take back what is the person's own, or give back what reached them; that, too, is booked today.
CREATE OR REPLACE FUNCTION take_back(p_transaction bigint, p_amount numeric, p_booked date, p_reason text, p_key uuid, p_fingerprint bigint,
  OUT transaction_id bigint, OUT transfer_number bigint, OUT replayed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE me CONSTANT bigint := current_person();
BEGIN
  IF me IS NULL THEN PERFORM ledger_refuse('LG020'); END IF;
  IF (p_booked BETWEEN current_date - 1 AND current_date + 1) IS NOT TRUE
     AND EXISTS (SELECT FROM transaction t WHERE t.id = p_transaction AND t.owner = me AND t.kind = 5 AND t.status IN (2, 3))
     AND NOT EXISTS (SELECT FROM transaction t WHERE t.owner = me AND t.key = p_key) THEN
    PERFORM ledger_refuse('LG060');
  END IF;
  SELECT b.* INTO transaction_id, transfer_number, replayed
  FROM ledger_take_back(me, me, p_transaction, p_amount, p_booked, left(p_reason, 500), p_key, p_fingerprint) b;
END $$;

-- How many items a call may have that has anything between people in it: it holds rows of others until it ends, and what
-- waits for a row gives up after 3 seconds.
CREATE FUNCTION most_between_people() RETURNS integer LANGUAGE sql IMMUTABLE RETURN 1000;

-- Settle up to 10,000 pending transactions of the person, as `ledger_settle_batch` does.
CREATE FUNCTION settle_batch(p_transactions bigint[], p_booked date, p_whole boolean DEFAULT false)
RETURNS TABLE (item integer, transaction_id bigint, refusal text, replayed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE between_people boolean;
BEGIN
  IF cardinality(p_transactions) BETWEEN most_between_people() + 1 AND 10000 THEN
    EXECUTE 'SELECT EXISTS (SELECT FROM hold h WHERE h.owner = $2 AND h.number IS NOT NULL AND h.transaction = ANY ($1))'
    INTO between_people USING p_transactions, current_person();
    IF between_people THEN PERFORM ledger_refuse('LG061'); END IF;
  END IF;
  RETURN QUERY SELECT b.* FROM ledger_settle_batch(p_transactions, p_booked, p_whole) b;
END $$;
SELECT house_door('settle_batch(bigint[], date, boolean)', 'app');

-- Run up to 10,000 calls of doors in the order given, as `ledger_post_mixed` does.
CREATE FUNCTION post_mixed(p_calls jsonb, p_whole boolean DEFAULT false)
RETURNS TABLE (item integer, transaction_id bigint, refusal text, replayed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE between_people boolean;
BEGIN
  IF jsonb_typeof(p_calls) = 'array' AND jsonb_array_length(p_calls) BETWEEN most_between_people() + 1 AND 10000 THEN
    EXECUTE $query$
      SELECT EXISTS (SELECT FROM jsonb_array_elements($1) c WHERE c ->> 'number' IS NOT NULL)
        OR EXISTS (SELECT FROM jsonb_array_elements($1) c
                   CROSS JOIN LATERAL (SELECT t.kind FROM transaction t WHERE t.id = ledger_named(c, 'transaction') AND t.owner = $2 OFFSET 0) t
                   WHERE t.kind = 5)
    $query$ INTO between_people USING p_calls, current_person();
    IF between_people THEN PERFORM ledger_refuse('LG061'); END IF;
  END IF;
  RETURN QUERY SELECT b.* FROM ledger_post_mixed(p_calls, p_whole) b;
END $$;
SELECT house_door('post_mixed(jsonb, boolean)', 'app');

-- Whether an item of a batch is one at all: values of its kinds, and no text longer than the books hold.
CREATE FUNCTION ledger_readable(one jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
DECLARE found_one ledger_item;
BEGIN
  IF jsonb_typeof(one) IS DISTINCT FROM 'object' THEN RETURN false; END IF;
  found_one := jsonb_populate_record(NULL::ledger_item, one);
  RETURN (char_length(found_one.description) > 500 OR char_length(found_one.external_reference) > 140
          OR char_length(found_one.payee) > 140 OR char_length(found_one.note) > 500) IS NOT TRUE;
EXCEPTION WHEN data_exception THEN
  RETURN false;
END $$;

-- Book up to 10,000 movements, as `ledger_post_batch` does. Items that cannot be read are refused like any other (LG019);
-- they are looked for only where the batch did not pass, so that one that is well made is read once.
CREATE FUNCTION post_batch(p_items jsonb, p_imported bigint DEFAULT NULL, p_whole boolean DEFAULT false)
RETURNS TABLE (item integer, transaction_id bigint, refusal text, replayed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  good integer[];
  bad integer[];
BEGIN
  IF jsonb_typeof(p_items) <> 'array' THEN PERFORM ledger_refuse('LG019'); END IF;
  BEGIN
    RETURN QUERY SELECT b.* FROM ledger_post_batch(p_items, p_imported, p_whole) b;
    RETURN;
  EXCEPTION WHEN data_exception THEN
    SELECT array_agg(x.n - 1 ORDER BY x.n) FILTER (WHERE x.readable), array_agg(x.n - 1 ORDER BY x.n) FILTER (WHERE NOT x.readable)
    INTO good, bad
    FROM (SELECT e.n::integer, ledger_readable(e.one) AS readable FROM jsonb_array_elements(p_items) WITH ORDINALITY e (one, n)) x;
    IF bad IS NULL THEN RAISE; END IF;
  END;
  IF p_whole THEN PERFORM ledger_refuse('LG019', bad[1]::text); END IF;
  RETURN QUERY
  SELECT good[b.item + 1], b.transaction_id, b.refusal, b.replayed
  FROM ledger_post_batch((SELECT jsonb_agg(p_items -> n ORDER BY n) FROM unnest(good) n), p_imported, false) b
  UNION ALL SELECT n, NULL, 'LG019', false FROM unnest(bad) n;
END $$;
SELECT house_door('post_batch(jsonb, bigint, boolean)', 'app');

REVOKE ALL ON FUNCTION most_between_people(), ledger_readable(jsonb) FROM PUBLIC;
