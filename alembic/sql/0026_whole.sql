-- What a payment or an order to a bank stands on: it moves whole or not at all, and ends where it was made. Ask it of one
-- transaction at a time (EXISTS with OFFSET 0), which is one look into each index; joined, it may be read once for each row.
CREATE VIEW carried WITH (security_invoker = true) AS
SELECT transaction FROM payment WHERE transaction IS NOT NULL
UNION ALL
SELECT transaction FROM bank_order;
DO $$ BEGIN
  EXECUTE format('GRANT SELECT ON carried TO %I', (SELECT app_role FROM installation));
END $$;

-- What a payment says is read while nobody books a part of what it stands on; what the door did so far is its own alone now.
ALTER FUNCTION start_payment(bigint, text, text, text, text, uuid, bigint, bigint, bigint) RENAME TO payment_started;
ALTER FUNCTION payment_started(bigint, text, text, text, text, uuid, bigint, bigint, bigint) SECURITY INVOKER;
DO $$ BEGIN
  EXECUTE format('REVOKE ALL ON FUNCTION payment_started(bigint, text, text, text, text, uuid, bigint, bigint, bigint) FROM %I', (SELECT app_role FROM installation));
END $$;
CREATE FUNCTION start_payment(
  p_transaction bigint, p_type text, p_method text, p_number text, p_name text, p_key uuid, p_fingerprint bigint,
  p_plan bigint, p_request bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM transaction t WHERE t.id = p_transaction AND t.owner = current_person() FOR NO KEY UPDATE;
  RETURN payment_started(p_transaction, p_type, p_method, p_number, p_name, p_key, p_fingerprint, p_plan, p_request);
END $$;
SELECT house_door('start_payment(bigint, text, text, text, text, uuid, bigint, bigint, bigint)', 'app');

-- Refusals beside those of 0024: LG062 moves_whole

-- Book what is pending, as `ledger_settle` does. What goes to another person is booked today, in whatever zone: nobody
-- writes into another's past. What is carried is settled in full: whoever made it, or was promised it, reads its amount.
CREATE OR REPLACE FUNCTION settle(p_transaction bigint, p_amount numeric, p_last boolean, p_booked date, p_valued date, p_key uuid, p_fingerprint bigint,
  OUT transaction_id bigint, OUT transfer_number bigint, OUT replayed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF p_booked NOT BETWEEN current_date - 1 AND current_date + 1
     AND EXISTS (SELECT FROM transaction t WHERE t.id = p_transaction AND t.owner = current_person() AND t.kind = 5 AND t.status = 1) THEN
    PERFORM ledger_refuse('LG060');
  END IF;
  IF p_amount IS NOT NULL OR p_last IS FALSE THEN
    PERFORM FROM transaction t WHERE t.id = p_transaction AND t.owner = current_person() FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM hold h WHERE h.transaction = p_transaction AND h.owner = current_person() AND (p_last IS FALSE OR p_amount <> h.amount))
       AND EXISTS (SELECT FROM carried c WHERE c.transaction = p_transaction) THEN
      PERFORM ledger_refuse('LG062');
    END IF;
  END IF;
  SELECT s.* INTO transaction_id, transfer_number, replayed
  FROM ledger_settle(p_transaction, p_amount, p_last, p_booked, p_valued, p_key, p_fingerprint) s;
END $$;

-- Settle up to 10,000 pending transactions of the person, as `ledger_settle_batch` does. What is carried is none of them:
-- its 10 seconds, or its bank, are waited for.
CREATE OR REPLACE FUNCTION settle_batch(p_transactions bigint[], p_booked date, p_whole boolean DEFAULT false)
RETURNS TABLE (item integer, transaction_id bigint, refusal text, replayed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  me CONSTANT bigint := current_person();
  between_people boolean;
  good integer[];
  bad integer[];
BEGIN
  IF cardinality(p_transactions) BETWEEN most_between_people() + 1 AND 10000 THEN
    EXECUTE 'SELECT EXISTS (SELECT FROM hold h WHERE h.owner = $2 AND h.number IS NOT NULL AND h.transaction = ANY ($1))'
    INTO between_people USING p_transactions, me;
    IF between_people THEN PERFORM ledger_refuse('LG061'); END IF;
  END IF;
  IF cardinality(p_transactions) <= 10000 THEN
    EXECUTE $query$
      SELECT array_agg(x.n ORDER BY x.n) FILTER (WHERE NOT x.bound), array_agg(x.n ORDER BY x.n) FILTER (WHERE x.bound)
      FROM (SELECT u.n::integer AS n, EXISTS (SELECT FROM hold h WHERE h.transaction = u.id AND h.owner = $2 OFFSET 0)
                                      AND EXISTS (SELECT FROM carried c WHERE c.transaction = u.id OFFSET 0) AS bound
            FROM unnest($1) WITH ORDINALITY u (id, n)) x
    $query$ INTO good, bad USING p_transactions, me;
  END IF;
  IF bad IS NULL THEN
    RETURN QUERY SELECT b.* FROM ledger_settle_batch(p_transactions, p_booked, p_whole) b;
    RETURN;
  END IF;
  IF p_whole THEN PERFORM ledger_refuse('LG062', (bad[1] - 1)::text); END IF;
  RETURN QUERY
  SELECT good[b.item + 1] - 1, b.transaction_id, b.refusal, b.replayed
  FROM ledger_settle_batch(ARRAY(SELECT p_transactions[n] FROM unnest(good) WITH ORDINALITY g (n, at) ORDER BY at), p_booked, false) b
  UNION ALL SELECT n - 1, NULL, 'LG062', false FROM unnest(bad) n;
END $$;

-- A payment of which the register settled a part before says what it moves itself; the part is a transaction of its own.
-- An order to a bank stays as it is: the bank pays all of it, and a check of the books says that they differ.
UPDATE payment p SET amount = m.amount, refunded = least(p.refunded, m.amount)
FROM (SELECT x.id, coalesce(q.amount, h.amount) AS amount
      FROM payment x LEFT JOIN posting q ON q.transaction = x.transaction AND q.line = 1 LEFT JOIN hold h ON h.transaction = x.transaction) m
WHERE m.id = p.id AND p.status <> 'failed' AND m.amount <> p.amount;
