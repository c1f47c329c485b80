-- Refusal beside those of 0030: PY012 closed_for_good

-- What this person is asked to give back and has not answered yet.
CREATE VIEW asked_back WITH (security_invoker = true) AS
SELECT r.owner, p.transaction
FROM request r JOIN payment p ON p.id = r.about
WHERE r.side = 'to' AND r.kind = 'refund' AND r.status = 'open' AND p.transaction IS NOT NULL;
DO $$ BEGIN
  EXECUTE format('GRANT SELECT ON asked_back TO %I', (SELECT app_role FROM installation));
END $$;

-- As in 0015; what its receiver has closed for good is not asked back, since they could only say no. The header of what
-- they received is locked, so that they do not close it meanwhile.
CREATE OR REPLACE FUNCTION ask_refund(p_payment bigint, p_amount numeric, p_message text, p_key uuid, p_fingerprint bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  me CONSTANT bigint := current_person();
  sent payment;
  received payment;
  before request;
  new_link bigint;
  new_id bigint;
BEGIN
  IF me IS NULL THEN PERFORM ledger_refuse('LG020'); END IF;
  IF p_key IS NULL OR p_fingerprint IS NULL THEN PERFORM ledger_refuse('LG021'); END IF;
  PERFORM FROM transaction t
  WHERE t.id = (SELECT o.transaction FROM payment p JOIN payment o ON o.link = p.link AND o.side = 'in'
                WHERE p.id = p_payment AND p.owner = me AND p.side = 'out' AND p.type = 'transfer')
  FOR NO KEY UPDATE;
  PERFORM FROM person p WHERE p.id = me FOR NO KEY UPDATE;
  SELECT * INTO before FROM request r WHERE r.owner = me AND r.key = p_key;
  IF FOUND THEN
    IF before.fingerprint IS DISTINCT FROM p_fingerprint THEN PERFORM payment_refuse('PY009'); END IF;
    RETURN before.id;
  END IF;
  SELECT * INTO sent FROM payment p WHERE p.id = p_payment AND p.owner = me AND p.side = 'out' AND p.type = 'transfer';
  IF NOT FOUND THEN PERFORM payment_refuse('PY001'); END IF;
  SELECT * INTO received FROM payment p WHERE p.link = sent.link AND p.side = 'in';
  IF NOT FOUND OR sent.status <> 'completed' THEN PERFORM payment_refuse('PY005'); END IF;
  IF (SELECT t.status FROM transaction t WHERE t.id = received.transaction) = 3 THEN PERFORM payment_refuse('PY012'); END IF;
  IF (p_amount > 0 AND p_amount <= sent.amount - sent.refunded AND p_amount = round(p_amount, 4)) IS NOT TRUE THEN PERFORM payment_refuse('PY008'); END IF;
  IF EXISTS (SELECT FROM request r WHERE r.about = sent.id AND r.status = 'open') THEN PERFORM payment_refuse('PY007'); END IF;
  IF (SELECT count(*) FROM request r WHERE r.owner = me AND r.side = 'from' AND r.created_at > now() - interval '1 day') >= 20 THEN
    PERFORM payment_refuse('PY006');
  END IF;
  new_link := nextval('request_link');
  INSERT INTO request (owner, link, side, kind, currency, amount, name, message, about, key, fingerprint)
  VALUES (me, new_link, 'from', 'refund', sent.currency, p_amount, sent.name, p_message, sent.id, p_key, p_fingerprint) RETURNING id INTO new_id;
  INSERT INTO request (owner, link, side, kind, currency, amount, message, about)
  VALUES (received.owner, new_link, 'to', 'refund', sent.currency, p_amount, p_message, received.id);
  INSERT INTO outbox (owner, kind, what) SELECT r.owner, 16, r.id FROM request r WHERE r.link = new_link;
  RETURN new_id;
END $$;

-- As in 0010; what somebody waits to be given back stays open until that was answered. It is looked at again where the
-- headers are locked: it may have been asked for while they were waited for.
CREATE OR REPLACE FUNCTION archive(p_until date, p_most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  me CONSTANT bigint := current_person();
  asked bigint[];
  chosen bigint[];
BEGIN
  IF me IS NULL THEN PERFORM ledger_refuse('LG020'); END IF;
  asked := ARRAY(SELECT b.transaction FROM asked_back b WHERE b.owner = me);
  chosen := ARRAY(SELECT t.id FROM transaction t WHERE t.owner = me AND t.booked <= p_until AND t.status = 2 AND t.id <> ALL (asked)
                  ORDER BY t.id LIMIT least(greatest(p_most, 1), 10000) FOR NO KEY UPDATE);
  asked := ARRAY(SELECT b.transaction FROM asked_back b WHERE b.owner = me);
  chosen := ARRAY(SELECT c FROM unnest(chosen) c WHERE c <> ALL (asked) ORDER BY c);
  IF chosen = '{}' THEN RETURN 0; END IF;
  UPDATE transaction t SET status = 3 WHERE t.id = ANY (chosen);
  INSERT INTO transaction_event (owner, transaction, kind, actor) SELECT me, c, 5, me FROM unnest(chosen) c;
  INSERT INTO outbox (owner, kind, what) VALUES (me, 1, 0);
  RETURN cardinality(chosen);
END $$;

-- returned without a reversal: the bank paid it and gave it back before the books had taken either, so nothing is booked.
ALTER TABLE bank_order
  DROP CONSTRAINT ck_bank_order_returned,
  ADD CONSTRAINT ck_bank_order_returned CHECK (reversal IS NULL OR status = 'returned');

-- ready, sent -> returned: the bank gave back what these books never saw leave. What was kept back is available again.
CREATE FUNCTION return_order(p_order bigint, p_reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_order(p_order, p_reason);
  UPDATE bank_order o SET status = 'returned' WHERE o.id = p_order AND o.owner = current_person();
END $$;
SELECT house_door('return_order(bigint, text)', 'app');

-- For who looks for an amount, and for nobody else: every row is in it, but only a condition on the amount leads to it.
-- Of a person whom nobody has counted the planner believes that they have next to nothing, and as long as an index led to
-- all postings of a person it read them all for each transaction that it was to find the posting of.
DROP INDEX search_posting_amount;
CREATE INDEX search_posting_amount ON posting (owner, amount) WHERE amount >= 0;

-- Whether a transaction is this person's, found by its id alone. Row security adds the owner to whatever the app asks, and
-- of a person whom nobody has counted the planner believes that they have next to nothing: it read all their books for
-- each row that names a transaction. Its plan is kept, so it must hold for books that grow: no table is read from end to end.
CREATE FUNCTION own_transaction(p_number bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  RETURN (SELECT t.owner FROM transaction t WHERE t.id = p_number) IS NOT DISTINCT FROM current_person() AND current_person() IS NOT NULL;
END $$;
SELECT house_door('own_transaction(bigint)', 'app');

-- As in 0004: what the app writes into a column that names a transaction is one of the person's own.
CREATE OR REPLACE FUNCTION ledger_refers(target regclass, VARIADIC columns text[]) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  EXECUTE (
    SELECT format('CREATE POLICY refers ON %s AS RESTRICTIVE TO %I USING (true) WITH CHECK (%s)', target, house.app_role,
                  string_agg(format('(%1$I IS NULL OR own_transaction(%1$I))', one), ' AND '))
    FROM installation house, unnest(columns) one GROUP BY house.app_role);
END $$;
