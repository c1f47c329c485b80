-- What was given back of a refund that is asked for, since it was asked for; it is paid when that is all of it.
ALTER TABLE request
  ADD COLUMN given numeric(20,4) NOT NULL DEFAULT 0 CONSTRAINT ck_request_given CHECK (given BETWEEN 0 AND amount);

-- Bring both sides of a payment to where the books stand, and tell both. What was asked for it becomes paid, or open again;
-- what is asked back stays open until all of it was given.
CREATE OR REPLACE FUNCTION follow_payment(p_link bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  sent payment;
  before numeric;
  back numeric;
  waiting bigint[];
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
  back := (SELECT max(p.refunded) FROM payment p WHERE p.link = p_link) - before;
  IF back > 0 THEN
    waiting := ARRAY(SELECT r.id FROM request r JOIN payment p ON p.id = r.about WHERE p.link = p_link AND r.status = 'open');
    PERFORM FROM request r WHERE r.id = ANY (waiting) ORDER BY r.id FOR NO KEY UPDATE;
    UPDATE request r SET given = least(r.amount, r.given + back) WHERE r.id = ANY (waiting) AND r.status = 'open';
    PERFORM settle_requests(ARRAY(SELECT r.link FROM request r WHERE r.id = ANY (waiting) AND r.status = 'open' AND r.side = 'from' AND r.given = r.amount), 'paid');
    INSERT INTO outbox (owner, kind, what) SELECT r.owner, 16, r.id FROM request r WHERE r.id = ANY (waiting) AND r.status = 'open';
  END IF;
  INSERT INTO outbox (owner, kind, what) SELECT p.owner, 15, p.id FROM payment p WHERE p.link = p_link;
END $$;
