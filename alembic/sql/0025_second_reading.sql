-- What was last paid to a number, and whether an equal payment went there a moment ago, is found without a person's whole list.
CREATE INDEX ix_payment_owner_number ON payment (owner, number, created_at) WHERE side = 'out';

-- What is pending is asked for by person on every look at the register, whatever others have pending.
CREATE INDEX ix_hold_owner ON hold (owner, transaction);

-- A leg of an own transfer that is taken back lets go of the other one, whoever does it: what is left alone counts.
CREATE FUNCTION ledger_let_legs_go() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  gone CONSTANT bigint[] := ARRAY(SELECT n.id FROM was o JOIN became n ON n.id = o.id WHERE n.status = 6 AND o.status <> 6 AND n.kind IN (2, 3));
  others bigint[];
BEGIN
  IF gone = '{}' THEN RETURN NULL; END IF;
  others := ARRAY(SELECT c.transaction FROM classification c WHERE c.matched = ANY (gone));
  IF others <> '{}' THEN
    UPDATE classification c SET matched = NULL WHERE c.transaction = ANY (gone || others) AND c.matched IS NOT NULL;
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION ledger_let_legs_go() FROM PUBLIC;
CREATE TRIGGER let_legs_go AFTER UPDATE ON transaction REFERENCING OLD TABLE AS was NEW TABLE AS became
FOR EACH STATEMENT EXECUTE FUNCTION ledger_let_legs_go();
ALTER TABLE transaction ENABLE ALWAYS TRIGGER let_legs_go;
-- The same for what was taken back before.
UPDATE classification c SET matched = NULL
WHERE c.matched IS NOT NULL AND EXISTS (SELECT FROM transaction t WHERE t.id IN (c.transaction, c.matched) AND t.status = 6);

-- The payments of a demo household's adult began and arrived on the day that they are booked on, as did what they are parts
-- of: its two years are made in a moment.
CREATE FUNCTION date_demo_payments() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE me CONSTANT bigint := (SELECT p.id FROM person p WHERE p.id = current_person() AND p.issuer = 'demo');
BEGIN
  IF me IS NULL THEN
    RAISE EXCEPTION 'not a demo person' USING ERRCODE = 'insufficient_privilege';
  END IF;
  UPDATE payment p SET created_at = d.noon, processed_at = d.noon
  FROM (SELECT t.id, least((t.booked + time '12:00') AT TIME ZONE f.zone, now()) AS noon
        FROM transaction t JOIN profile f ON f.owner = t.owner WHERE t.owner = me AND t.kind = 5) d
  WHERE p.owner = me AND p.transaction = d.id AND p.status = 'completed';
  UPDATE instalment_plan i SET created_at = first.at
  FROM (SELECT p.plan, min(p.created_at) AS at FROM payment p WHERE p.owner = me GROUP BY p.plan) first
  WHERE i.owner = me AND i.id = first.plan;
END $$;
SELECT house_door('date_demo_payments()', 'app');

-- Bring both sides of a payment to where the books stand, and tell both. What was asked for it becomes paid, or open again.
CREATE OR REPLACE FUNCTION follow_payment(p_link bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  sent payment;
  before numeric;
  theirs record;
  payee account;
BEGIN
  PERFORM FROM payment p WHERE p.link = p_link ORDER BY p.id FOR NO KEY UPDATE;
  before := (SELECT max(p.refunded) FROM payment p WHERE p.link = p_link);
  UPDATE payment p
  SET status = CASE WHEN t.status = 1 THEN p.status WHEN t.status IN (2, 3) THEN 'completed' WHEN t.status = 6 THEN 'reversed' ELSE 'failed' END,
      reason = CASE WHEN t.status IN (4, 5) THEN coalesce(
        (SELECT left(e.reason, 140) FROM transaction_event e WHERE e.transaction = t.id AND e.kind IN (3, 4) ORDER BY e.id DESC LIMIT 1), 'It was called off.') END,
      refunded = CASE t.status WHEN 6 THEN p.amount ELSE
        (SELECT coalesce(sum(q.amount), 0) FROM transaction r JOIN posting q ON q.transaction = r.id WHERE r.related = t.id AND r.kind = 7) END,
      processed_at = CASE WHEN t.status <> 1 THEN coalesce(p.processed_at, now()) END
  FROM transaction t WHERE t.id = p.transaction AND p.link = p_link;
  SELECT * INTO sent FROM payment p WHERE p.link = p_link AND p.side = 'out';
  IF sent.type = 'transfer' AND NOT EXISTS (SELECT FROM payment p WHERE p.link = p_link AND p.side = 'in') THEN
    IF sent.status IN ('completed', 'reversed') THEN
      SELECT t.id, t.owner, p.debit INTO theirs
      FROM transaction s JOIN transaction t ON t.transfer = s.transfer AND t.owner <> s.owner AND t.kind = 5
      JOIN posting p ON p.transaction = t.id AND p.line = 1 WHERE s.id = sent.transaction;
      INSERT INTO payment (owner, link, side, type, method, status, account, currency, amount, refunded, description, transaction, processed_at)
      SELECT theirs.owner, p_link, 'in', sent.type, sent.method, sent.status, theirs.debit, sent.currency, sent.amount, sent.refunded,
             sent.description, theirs.id, sent.processed_at
      WHERE theirs.id IS NOT NULL;
    ELSIF sent.status = 'failed' THEN
      -- That money could not reach them concerns the payee too, as long as they are here to be told.
      payee := payment_payee(sent.owner, sent.number);
      INSERT INTO payment (owner, link, side, type, method, status, account, currency, amount, description, reason, processed_at)
      SELECT payee.owner, p_link, 'in', sent.type, sent.method, 'failed', payee.id, sent.currency, sent.amount, sent.description,
             'Your account is closed, so this payment could not reach you.', sent.processed_at
      WHERE payee.status = 'closed' AND payee.currency = sent.currency AND sent.reason <> 'cancelled';
    END IF;
  END IF;
  IF sent.status IN ('completed', 'failed') THEN
    PERFORM settle_requests(ARRAY(SELECT r.link FROM request r WHERE r.payment = sent.id AND r.status = 'accepted'),
                            CASE sent.status WHEN 'completed' THEN 'paid' ELSE 'open' END);
  END IF;
  IF (SELECT max(p.refunded) FROM payment p WHERE p.link = p_link) > before THEN
    -- Asked back is answered by as much as was asked, in parts too, or by all that was left.
    PERFORM settle_requests(ARRAY(
      SELECT r.link FROM request r JOIN payment p ON p.id = r.about
      WHERE p.link = p_link AND r.status = 'open' AND (p.refunded = p.amount OR r.amount <=
        (SELECT sum(q.amount) FROM transaction b JOIN posting q ON q.transaction = b.id
         WHERE b.related = p.transaction AND b.kind = 7 AND b.created_at >= r.created_at))), 'paid');
  END IF;
  INSERT INTO outbox (owner, kind, what) SELECT p.owner, 15, p.id FROM payment p WHERE p.link = p_link;
END $$;
