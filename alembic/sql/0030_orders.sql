-- Refusal beside those of 0015: PY011 order_moved
--
-- An order has no lock of its own: its row changes only where the header of its transaction is locked. So whoever settles,
-- lets go, takes back, sends or refuses takes headers by id first, then accounts by id, and meets nobody the other way round.

-- This person's orders, as they stand while nobody else moves them: theirs until the unit of work ends.
-- p_moves: money of several of them is about to move, so their accounts are taken here too.
CREATE FUNCTION lock_orders(p_orders bigint[], p_moves boolean) RETURNS SETOF bank_order
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE me CONSTANT bigint := current_person();
BEGIN
  IF me IS NULL THEN PERFORM ledger_refuse('LG020'); END IF;
  PERFORM FROM transaction t
  WHERE t.owner = me AND t.id IN (SELECT o.transaction FROM bank_order o WHERE o.owner = me AND o.id = ANY (p_orders))
  ORDER BY t.id FOR NO KEY UPDATE;
  IF p_moves THEN
    PERFORM FROM account a
    WHERE a.owner = me AND a.id IN (SELECT o.account FROM bank_order o WHERE o.owner = me AND o.id = ANY (p_orders))
    ORDER BY a.id FOR NO KEY UPDATE;
  END IF;
  RETURN QUERY SELECT o.* FROM bank_order o WHERE o.owner = me AND o.id = ANY (p_orders) ORDER BY o.transaction;
END $$;
SELECT house_door('lock_orders(bigint[], boolean)', 'app');

-- ready -> sent, all of them or none: they go out in one file of their account, which carries nothing yet. What was to be
-- carried out before p_day is carried out on it.
CREATE FUNCTION send_orders(p_orders bigint[], p_file bigint, p_day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  me CONSTANT bigint := current_person();
  carrier bank_file;
  gone bigint[];
BEGIN
  PERFORM lock_orders(p_orders, false);
  SELECT f.* INTO carrier FROM bank_file f WHERE f.id = p_file AND f.owner = me FOR NO KEY UPDATE;
  IF NOT FOUND OR EXISTS (SELECT FROM bank_order o WHERE o.file = carrier.id) THEN PERFORM payment_refuse('PY011'); END IF;
  WITH sent AS (
    UPDATE bank_order o SET status = 'sent', file = carrier.id, execute_on = greatest(o.execute_on, p_day), changed_at = now()
    WHERE o.id = ANY (p_orders) AND o.owner = me AND o.status = 'ready' AND o.account = carrier.account
    RETURNING o.id
  )
  SELECT array_agg(s.id ORDER BY s.id) INTO gone FROM sent s;
  IF cardinality(gone) IS DISTINCT FROM (SELECT count(DISTINCT u)::integer FROM unnest(p_orders) u) THEN PERFORM payment_refuse('PY011'); END IF;
  INSERT INTO outbox (owner, kind, what) SELECT me, 25, g FROM unnest(gone) g;
END $$;
SELECT house_door('send_orders(bigint[], bigint, date)', 'app');

-- ready, sent -> refused: the bank or the rail did not take it, and what was kept back for it is available again.
CREATE FUNCTION refuse_order(p_order bigint, p_reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  me CONSTANT bigint := current_person();
  meant bank_order;
BEGIN
  SELECT * INTO meant FROM lock_orders(ARRAY[p_order], false);
  IF NOT FOUND THEN PERFORM ledger_refuse('LG015'); END IF;
  IF meant.status NOT IN ('ready', 'sent') THEN PERFORM payment_refuse('PY011'); END IF;
  PERFORM ledger_let_go(me, me, meant.transaction, false, p_reason);
  UPDATE bank_order o SET status = 'refused' WHERE o.id = meant.id;
END $$;
SELECT house_door('refuse_order(bigint, text)', 'app');

-- Why an order stays where it is though its bank said something of it; it goes when the order moves on.
CREATE FUNCTION note_order(p_order bigint, p_reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  me CONSTANT bigint := current_person();
  meant bank_order;
BEGIN
  SELECT * INTO meant FROM lock_orders(ARRAY[p_order], false);
  IF NOT FOUND THEN PERFORM ledger_refuse('LG015'); END IF;
  IF meant.status NOT IN ('ready', 'sent', 'settled') THEN PERFORM payment_refuse('PY011'); END IF;
  IF meant.reason <> left(coalesce(p_reason, ''), 300) THEN
    UPDATE bank_order o SET reason = left(coalesce(p_reason, ''), 300), changed_at = now() WHERE o.id = meant.id;
    INSERT INTO outbox (owner, kind, what) VALUES (me, 25, meant.id);
  END IF;
END $$;
SELECT house_door('note_order(bigint, text)', 'app');

-- As in 0028; the order is looked at where its transaction is locked already.
CREATE OR REPLACE FUNCTION staff_void(p_transaction bigint, p_reason text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  actor CONSTANT person := refuse_unless_staff();
  why CONSTANT text := audit_reason(p_reason);
  owned_by bigint;
  kept jsonb;
BEGIN
  SELECT t.owner INTO owned_by FROM transaction t JOIN person p ON p.id = t.owner
  WHERE t.id = p_transaction AND p.issuer NOT IN ('demo', 'house') AND p.status <> 'closed' FOR NO KEY UPDATE OF t;
  IF NOT FOUND THEN PERFORM ledger_refuse('LG015'); END IF;
  IF owned_by = actor.id THEN RAISE EXCEPTION 'not in the own case' USING ERRCODE = 'FI024'; END IF;
  IF EXISTS (SELECT FROM bank_order o WHERE o.transaction = p_transaction AND o.status = 'sent') THEN PERFORM ledger_refuse('LG064'); END IF;
  SELECT jsonb_build_object('status', 1, 'kept_back', h.amount::text) INTO kept FROM hold h WHERE h.transaction = p_transaction;
  IF NOT ledger_let_go(owned_by, actor.id, p_transaction, false, why) THEN RETURN false; END IF;
  PERFORM audit(owned_by, actor.id, 'staff_voided', 'transaction ' || p_transaction, why, kept, jsonb_build_object('status', 4));
  RETURN true;
END $$;

-- As in 0028; a key that laid down another payment meanwhile, for another request or plan, is refused and not answered with it.
CREATE OR REPLACE FUNCTION start_payment(
  p_transaction bigint, p_type text, p_method text, p_number text, p_name text, p_key uuid, p_fingerprint bigint,
  p_plan bigint, p_request bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM transaction t WHERE t.id = p_transaction AND t.owner = current_person() FOR NO KEY UPDATE;
  IF EXISTS (SELECT FROM bank_order o WHERE o.transaction = p_transaction)
     OR EXISTS (SELECT FROM payment p WHERE p.owner = current_person() AND p.key = p_key AND p.fingerprint IS DISTINCT FROM p_fingerprint) THEN
    PERFORM payment_refuse('PY009');
  END IF;
  RETURN payment_started(p_transaction, p_type, p_method, p_number, p_name, p_key, p_fingerprint, p_plan, p_request);
END $$;

DO $$ BEGIN
  EXECUTE format('REVOKE UPDATE (status, reason, execute_on, file, reversal, changed_at) ON bank_order FROM %I', (SELECT app_role FROM installation));
END $$;
