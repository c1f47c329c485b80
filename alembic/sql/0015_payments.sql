-- Whom a person pays, by their own name for them. It names a number, never the other person: nothing leads across books.
CREATE TABLE contact (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_contact PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_contact_owner REFERENCES person (id),
  number varchar(14) NOT NULL CONSTRAINT ck_contact_number CHECK (number ~ '^[0-9]{14}$'),
  name varchar(80) NOT NULL CONSTRAINT ck_contact_name CHECK (btrim(name) <> ''),
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT uq_contact_owner UNIQUE (owner, id),
  CONSTRAINT uq_contact_number UNIQUE (owner, number)
);
CREATE INDEX ix_contact_number ON contact (number);

-- A total that is paid in parts: `parts` equal ones, or of any size where it is NULL.
CREATE TABLE instalment_plan (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_instalment_plan PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_instalment_plan_owner REFERENCES person (id),
  account bigint NOT NULL,
  currency varchar(3) NOT NULL,
  number varchar(14) NOT NULL CONSTRAINT ck_instalment_plan_number CHECK (number ~ '^[0-9]{14}$'),
  name varchar(140),
  total numeric(20,4) NOT NULL CONSTRAINT ck_instalment_plan_total CHECK (total > 0 AND total <> 'NaN'),
  parts smallint CONSTRAINT ck_instalment_plan_parts CHECK (parts BETWEEN 2 AND 120),
  description varchar(140),
  key uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  CONSTRAINT uq_instalment_plan_owner UNIQUE (owner, id),
  CONSTRAINT uq_instalment_plan_key UNIQUE (owner, key),
  CONSTRAINT fk_instalment_plan_account FOREIGN KEY (owner, currency, account) REFERENCES account (owner, currency, id)
);
CREATE INDEX ix_instalment_plan_account ON instalment_plan (account);

CREATE SEQUENCE payment_link;

-- One side's view of a payment: the payer's is 'out', the payee's 'in', and both carry the same link. Doors write it;
-- its status follows from the transaction it moves and is never said by anybody.
--   number, name: the payee as the payer wrote it; empty on the payee's side, who learns names through a door.
--   settles_at: until then a payment that is being sent can be cancelled; NULL for one that waits for something else.
CREATE TABLE payment (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_payment PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_payment_owner REFERENCES person (id),
  link bigint NOT NULL,
  side varchar(3) NOT NULL CONSTRAINT ck_payment_side CHECK (side IN ('out', 'in')),
  type varchar(8) NOT NULL CONSTRAINT ck_payment_type CHECK (type IN ('transfer', 'payment', 'topup')),
  method varchar(13) NOT NULL CONSTRAINT ck_payment_method CHECK (method IN ('wallet', 'bank_transfer')),
  status varchar(10) NOT NULL CONSTRAINT ck_payment_status CHECK (status IN ('initiated', 'processing', 'completed', 'failed', 'reversed')),
  account bigint NOT NULL,
  currency varchar(3) NOT NULL,
  amount numeric(20,4) NOT NULL CONSTRAINT ck_payment_amount CHECK (amount > 0 AND amount <> 'NaN'),
  refunded numeric(20,4) NOT NULL DEFAULT 0 CONSTRAINT ck_payment_refunded CHECK (refunded BETWEEN 0 AND amount),
  number varchar(40),
  name varchar(140),
  description varchar(500),
  external_reference varchar(140),
  transaction bigint CONSTRAINT fk_payment_transaction REFERENCES transaction (id),
  plan bigint,
  key uuid,
  fingerprint bigint,
  reason varchar(140),
  settles_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  processed_at timestamptz,
  CONSTRAINT uq_payment_owner UNIQUE (owner, id),
  CONSTRAINT uq_payment_link UNIQUE (link, side),
  CONSTRAINT uq_payment_key UNIQUE (owner, key),
  CONSTRAINT ck_payment_key CHECK ((key IS NULL) = (fingerprint IS NULL)),
  CONSTRAINT ck_payment_moved CHECK (transaction IS NOT NULL OR status = 'failed'),
  CONSTRAINT ck_payment_reason CHECK ((reason IS NOT NULL) = (status = 'failed')),
  CONSTRAINT fk_payment_account FOREIGN KEY (owner, currency, account) REFERENCES account (owner, currency, id),
  CONSTRAINT fk_payment_plan FOREIGN KEY (owner, plan) REFERENCES instalment_plan (owner, id)
);
CREATE UNIQUE INDEX uq_payment_transaction ON payment (transaction) WHERE transaction IS NOT NULL;
CREATE INDEX ix_payment_account ON payment (account);
CREATE INDEX ix_payment_plan ON payment (plan) WHERE plan IS NOT NULL;
CREATE INDEX ix_payment_owner_status ON payment (owner, status, id);

CREATE SEQUENCE request_link;

-- One side's view of a request for money: 'from' asks, 'to' is asked, and both carry the same link. Doors write it.
--   money: `number` is whom the asker asks, and on the other side where to pay. refund: it is about a payment of both.
--   accepted: the payment is on its way; it becomes paid with it, or open again where it fails.
CREATE TABLE request (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_request PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_request_owner REFERENCES person (id),
  link bigint NOT NULL,
  side varchar(4) NOT NULL CONSTRAINT ck_request_side CHECK (side IN ('from', 'to')),
  kind varchar(6) NOT NULL CONSTRAINT ck_request_kind CHECK (kind IN ('money', 'refund')),
  status varchar(9) NOT NULL DEFAULT 'open' CONSTRAINT ck_request_status CHECK (status IN ('open', 'accepted', 'paid', 'declined', 'cancelled', 'expired')),
  currency varchar(3) NOT NULL,
  amount numeric(20,4) NOT NULL CONSTRAINT ck_request_amount CHECK (amount > 0 AND amount <> 'NaN'),
  number varchar(14),
  name varchar(140),
  message varchar(140),
  about bigint,
  payment bigint,
  key uuid,
  fingerprint bigint,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL DEFAULT now() + interval '30 days',
  closed_at timestamptz,
  CONSTRAINT uq_request_owner UNIQUE (owner, id),
  CONSTRAINT uq_request_link UNIQUE (link, side),
  CONSTRAINT uq_request_key UNIQUE (owner, key),
  CONSTRAINT ck_request_kinds CHECK ((kind = 'money') = (number IS NOT NULL) AND (kind = 'refund') = (about IS NOT NULL)),
  CONSTRAINT fk_request_about FOREIGN KEY (owner, about) REFERENCES payment (owner, id),
  CONSTRAINT fk_request_payment FOREIGN KEY (owner, payment) REFERENCES payment (owner, id)
);
CREATE INDEX ix_request_owner_status ON request (owner, status, id);
CREATE INDEX ix_request_about ON request (about) WHERE about IS NOT NULL;
CREATE INDEX ix_request_payment ON request (payment) WHERE payment IS NOT NULL;
CREATE INDEX ix_request_expires_at ON request (expires_at) WHERE status = 'open';

-- The PIN of an account that is asked for above a threshold. The app reads no hash but its own person's, through a door.
CREATE TABLE account_pin (
  account bigint NOT NULL CONSTRAINT pk_account_pin PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_account_pin_owner REFERENCES person (id),
  currency varchar(3) NOT NULL,
  hash varchar(200) NOT NULL,
  threshold numeric(20,4) NOT NULL CONSTRAINT ck_account_pin_threshold CHECK (threshold >= 0 AND threshold <> 'NaN'),
  wrong smallint NOT NULL DEFAULT 0,
  locks smallint NOT NULL DEFAULT 0,
  locked_until timestamptz,
  changed_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT fk_account_pin_account FOREIGN KEY (owner, currency, account) REFERENCES account (owner, currency, id)
);

SELECT house_guard('contact', 'SELECT, INSERT, UPDATE (name), DELETE');
SELECT house_guard('instalment_plan', 'SELECT, INSERT, UPDATE (ended_at)');
SELECT house_guard('payment', 'SELECT');
SELECT house_guard('request', 'SELECT');
SELECT house_guard('account_pin', 'SELECT (account, owner, currency, threshold, wrong, locks, locked_until, changed_at), INSERT, UPDATE (hash, threshold, wrong, locks, locked_until, changed_at), DELETE');
REVOKE ALL ON SEQUENCE payment_link, request_link FROM PUBLIC;

-- Refusals are named SQLSTATEs; fintwin/payments/refusals.py holds their codes and sentences.
--   PY001 unknown_payment   PY002 unknown_request    PY003 request_answered  PY004 request_differs  PY005 not_refundable
--   PY006 too_many_requests PY007 already_asked      PY008 more_than_rest    PY009 key_reused       PY010 plan_paid
CREATE FUNCTION payment_refuse(code text) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = code, MESSAGE = 'refused: ' || code;
END $$;

-- What one person may learn of another: the full name where each has the other among their contacts.
CREATE FUNCTION shown_name(me bigint, other bigint) RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT CASE WHEN p.status <> 'closed'
      AND EXISTS (SELECT FROM contact c JOIN account a ON a.number = c.number WHERE c.owner = me AND a.owner = other)
      AND EXISTS (SELECT FROM contact c JOIN account a ON a.number = c.number WHERE c.owner = other AND a.owner = me)
    THEN p.name ELSE masked_name(p.name) END
  FROM person p WHERE p.id = other;
$$;

CREATE OR REPLACE FUNCTION payee_by_number(p_number text) RETURNS TABLE (name text, own boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT shown_name(own.id, theirs.id), theirs.id = own.id
  FROM account a JOIN person theirs ON theirs.id = a.owner JOIN person own ON own.id = current_person()
  WHERE a.number = p_number AND a.status <> 'closed' AND theirs.status = 'active' AND (theirs.issuer = 'demo') = (own.issuer = 'demo');
$$;

CREATE OR REPLACE FUNCTION counterparts(p_transfers bigint[]) RETURNS TABLE (transfer bigint, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT DISTINCT own.transfer, shown_name(own.owner, coalesce(theirs.owner, a.owner))
  FROM transaction own
  LEFT JOIN transaction theirs ON theirs.transfer = own.transfer AND theirs.owner <> own.owner
  LEFT JOIN hold h ON h.transaction = own.id AND theirs.id IS NULL
  LEFT JOIN account a ON a.number = h.number
  WHERE own.transfer = ANY (p_transfers) AND own.owner = current_person();
$$;

-- The other person of this person's payments and requests, by link; NULL where there is none, or they are gone.
CREATE FUNCTION payment_others(p_payments bigint[], p_requests bigint[]) RETURNS TABLE (kind text, link bigint, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT 'payment', own.link, shown_name(own.owner, theirs.owner)
  FROM payment own LEFT JOIN payment theirs ON theirs.link = own.link AND theirs.owner <> own.owner
  WHERE own.link = ANY (p_payments) AND own.owner = current_person()
  UNION ALL
  SELECT 'request', own.link, shown_name(own.owner, theirs.owner)
  FROM request own LEFT JOIN request theirs ON theirs.link = own.link AND theirs.owner <> own.owner
  WHERE own.link = ANY (p_requests) AND own.owner = current_person();
$$;
SELECT house_door('payment_others(bigint[], bigint[])', 'app');

-- The account behind a number that a person may pay or ask; no row where there is none.
CREATE FUNCTION payment_payee(me bigint, p_number text) RETURNS account
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT a FROM account a JOIN person theirs ON theirs.id = a.owner JOIN person own ON own.id = me
  WHERE a.number = p_number AND theirs.status = 'active' AND theirs.id <> me AND (theirs.issuer = 'demo') = (own.issuer = 'demo');
$$;

-- Lay down a payment over a transaction of this person's, pending or posted; again with the same key: the first one.
--   p_request: a request to this person that it pays. p_plan: an instalment plan of theirs.
CREATE FUNCTION start_payment(
  p_transaction bigint, p_type text, p_method text, p_number text, p_name text, p_key uuid, p_fingerprint bigint,
  p_plan bigint, p_request bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  me CONSTANT bigint := current_person();
  t transaction;
  moved record;
  asked request;
  new_id bigint;
BEGIN
  SELECT * INTO t FROM transaction x WHERE x.id = p_transaction AND x.owner = me;
  IF NOT FOUND THEN PERFORM payment_refuse('PY001'); END IF;
  SELECT p.id INTO new_id FROM payment p WHERE p.owner = me AND p.key = p_key;
  IF FOUND THEN
    RETURN new_id;
  END IF;
  IF EXISTS (SELECT FROM payment p WHERE p.transaction = t.id) THEN PERFORM payment_refuse('PY009'); END IF;
  -- What it says of itself must be what the books do: own money of that kind, to the account of that number.
  IF t.status = 1 THEN
    SELECT h.account, h.currency, h.amount, h.settles_at, h.account IS NOT NULL AS real, h.number INTO moved FROM hold h WHERE h.transaction = t.id;
  ELSE
    SELECT CASE WHEN p_type = 'topup' THEN p.debit ELSE p.credit END AS account, p.currency, p.amount, NULL::timestamptz AS settles_at,
           CASE WHEN p_type = 'topup' THEN p.debit_version ELSE p.credit_version END IS NOT NULL AS real,
           (SELECT a.number FROM transaction o JOIN posting q ON q.transaction = o.id AND q.line = 1 JOIN account a ON a.id = q.debit
            WHERE o.transfer = t.transfer AND o.owner <> me AND o.kind = 5) AS number
    INTO moved FROM posting p WHERE p.transaction = t.id AND p.line = 1;
  END IF;
  IF (moved.real AND CASE p_type WHEN 'transfer' THEN t.kind = 5 AND moved.number = p_number WHEN 'payment' THEN t.kind = 3
                                 WHEN 'topup' THEN t.kind = 4 AND t.status <> 1 END) IS NOT TRUE THEN
    PERFORM payment_refuse('PY001');
  END IF;
  IF p_plan IS NOT NULL THEN
    PERFORM FROM instalment_plan i WHERE i.id = p_plan AND i.owner = me FOR NO KEY UPDATE;
    IF (SELECT i.total - coalesce(sum(p.amount - p.refunded) FILTER (WHERE p.status <> 'failed'), 0) < moved.amount
          OR i.ended_at IS NOT NULL OR i.currency <> moved.currency OR i.number IS DISTINCT FROM p_number
        FROM instalment_plan i LEFT JOIN payment p ON p.plan = i.id WHERE i.id = p_plan AND i.owner = me GROUP BY i.id) IS NOT FALSE THEN
      PERFORM payment_refuse('PY010');
    END IF;
  END IF;
  INSERT INTO payment (owner, link, side, type, method, status, account, currency, amount, number, name, description, external_reference,
                       transaction, plan, key, fingerprint, settles_at)
  VALUES (me, nextval('payment_link'), 'out', p_type, p_method, CASE WHEN moved.settles_at IS NULL THEN 'processing' ELSE 'initiated' END,
          moved.account, moved.currency, moved.amount, p_number, p_name, t.description, t.external_reference,
          t.id, p_plan, p_key, p_fingerprint, moved.settles_at)
  RETURNING id INTO new_id;
  IF p_request IS NOT NULL THEN
    PERFORM FROM request r WHERE r.link = (SELECT q.link FROM request q WHERE q.id = p_request AND q.owner = me) ORDER BY r.id FOR NO KEY UPDATE;
    SELECT * INTO asked FROM request r WHERE r.id = p_request AND r.owner = me AND r.side = 'to' AND r.kind = 'money';
    IF NOT FOUND THEN PERFORM payment_refuse('PY002'); END IF;
    IF asked.status <> 'open' OR asked.expires_at <= now() THEN PERFORM payment_refuse('PY003'); END IF;
    IF (asked.number, asked.amount, asked.currency) IS DISTINCT FROM (p_number::varchar, moved.amount, moved.currency) THEN
      PERFORM payment_refuse('PY004');
    END IF;
    UPDATE request r SET status = 'accepted', payment = CASE r.owner WHEN me THEN new_id END WHERE r.link = asked.link;
    INSERT INTO outbox (owner, kind, what) SELECT r.owner, 16, r.id FROM request r WHERE r.link = asked.link;
  END IF;
  IF t.status = 1 THEN
    INSERT INTO outbox (owner, kind, what) VALUES (me, 15, new_id);
    IF moved.settles_at IS NOT NULL THEN
      INSERT INTO outbox (owner, kind, what) VALUES (me, 45, new_id);
    END IF;
  ELSE
    PERFORM follow_payment((SELECT p.link FROM payment p WHERE p.id = new_id));
  END IF;
  RETURN new_id;
END $$;
SELECT house_door('start_payment(bigint, text, text, text, text, uuid, bigint, bigint, bigint)', 'app');

-- Bring both sides of a payment to where the books stand, and tell both. What was asked for it becomes paid, or open again.
CREATE FUNCTION follow_payment(p_link bigint) RETURNS void
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
    PERFORM settle_requests(ARRAY(SELECT r.link FROM request r JOIN payment p ON p.id = r.about WHERE p.link = p_link AND r.status = 'open'), 'paid');
  END IF;
  INSERT INTO outbox (owner, kind, what) SELECT p.owner, 15, p.id FROM payment p WHERE p.link = p_link;
END $$;

-- Whatever becomes of a transaction, its payment follows when the transaction that did it commits, by then with all its rows.
CREATE FUNCTION payment_moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE its_link bigint := (SELECT p.link FROM payment p WHERE p.transaction = NEW.transaction);
BEGIN
  IF its_link IS NOT NULL THEN
    PERFORM follow_payment(its_link);
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION payment_moved() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER payment_moved AFTER INSERT ON transaction_event DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION payment_moved();
ALTER TABLE transaction_event ENABLE ALWAYS TRIGGER payment_moved;

-- Give both sides of some requests another status, and tell both.
CREATE FUNCTION settle_requests(links bigint[], new_status text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM request r WHERE r.link = ANY (links) ORDER BY r.id FOR NO KEY UPDATE;
  UPDATE request r SET status = new_status, closed_at = CASE WHEN new_status <> 'open' THEN now() END,
    payment = CASE WHEN new_status <> 'open' THEN r.payment END
  WHERE r.link = ANY (links);
  INSERT INTO outbox (owner, kind, what) SELECT r.owner, 16, r.id FROM request r WHERE r.link = ANY (links);
END $$;

-- Ask whoever has an account of this number for money, paid to an own account. Same key and fingerprint: the first one.
--   At most 20 a day, and three open ones to the same person.
CREATE FUNCTION ask_money(p_account bigint, p_number text, p_name text, p_amount numeric, p_message text, p_key uuid, p_fingerprint bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  me CONSTANT bigint := current_person();
  mine account;
  asked account;
  before request;
  new_link bigint;
  new_id bigint;
BEGIN
  IF me IS NULL THEN PERFORM ledger_refuse('LG020'); END IF;
  IF p_key IS NULL OR p_fingerprint IS NULL THEN PERFORM ledger_refuse('LG021'); END IF;
  -- One person's requests come one after another, so that a key counts once and the bound of a day holds.
  PERFORM FROM person p WHERE p.id = me FOR NO KEY UPDATE;
  SELECT * INTO before FROM request r WHERE r.owner = me AND r.key = p_key;
  IF FOUND THEN
    IF before.fingerprint IS DISTINCT FROM p_fingerprint THEN PERFORM payment_refuse('PY009'); END IF;
    RETURN before.id;
  END IF;
  IF (p_amount > 0 AND p_amount <= 9999999999999999.9999 AND p_amount = round(p_amount, 4)) IS NOT TRUE THEN PERFORM ledger_refuse('LG008'); END IF;
  SELECT * INTO mine FROM account a WHERE a.id = p_account AND a.owner = me;
  IF NOT FOUND THEN PERFORM ledger_refuse('LG002'); END IF;
  IF mine.custody IS DISTINCT FROM 'held' THEN PERFORM ledger_refuse('LG011'); END IF;
  IF mine.status = 'closed' THEN PERFORM ledger_refuse('LG005'); END IF;
  IF EXISTS (SELECT FROM account a WHERE a.owner = me AND a.number = p_number) THEN PERFORM ledger_refuse('LG010'); END IF;
  asked := payment_payee(me, p_number);
  IF asked.id IS NULL OR asked.status = 'closed' THEN PERFORM ledger_refuse('LG009'); END IF;
  IF (SELECT count(*) FROM request r WHERE r.owner = me AND r.side = 'from' AND r.created_at > now() - interval '1 day') >= 20 THEN
    PERFORM payment_refuse('PY006');
  END IF;
  IF (SELECT count(*) FROM request r JOIN request o ON o.link = r.link AND o.owner = asked.owner
      WHERE r.owner = me AND r.side = 'from' AND r.status = 'open') >= 3 THEN
    PERFORM payment_refuse('PY007');
  END IF;
  new_link := nextval('request_link');
  INSERT INTO request (owner, link, side, kind, currency, amount, number, name, message, key, fingerprint)
  VALUES (me, new_link, 'from', 'money', mine.currency, p_amount, p_number, p_name, p_message, p_key, p_fingerprint) RETURNING id INTO new_id;
  INSERT INTO request (owner, link, side, kind, currency, amount, number, message)
  VALUES (asked.owner, new_link, 'to', 'money', mine.currency, p_amount, mine.number, p_message);
  INSERT INTO outbox (owner, kind, what) SELECT r.owner, 16, r.id FROM request r WHERE r.link = new_link;
  RETURN new_id;
END $$;
SELECT house_door('ask_money(bigint, text, text, numeric, text, uuid, bigint)', 'app');

-- Ask the payee of an own payment to give it back, whole or in part; one open request at a time.
CREATE FUNCTION ask_refund(p_payment bigint, p_amount numeric, p_message text, p_key uuid, p_fingerprint bigint) RETURNS bigint
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
SELECT house_door('ask_refund(bigint, numeric, text, uuid, bigint)', 'app');

-- Decline a request to this person, or cancel one of theirs. Again: nothing more.
CREATE FUNCTION end_request(p_request bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  own request;
  ended text;
BEGIN
  PERFORM FROM request r WHERE r.link = (SELECT q.link FROM request q WHERE q.id = p_request AND q.owner = current_person()) ORDER BY r.id FOR NO KEY UPDATE;
  SELECT * INTO own FROM request r WHERE r.id = p_request AND r.owner = current_person();
  IF NOT FOUND THEN PERFORM payment_refuse('PY002'); END IF;
  ended := CASE own.side WHEN 'to' THEN 'declined' ELSE 'cancelled' END;
  IF own.status = ended THEN
    RETURN ended;
  END IF;
  IF own.status <> 'open' THEN PERFORM payment_refuse('PY003'); END IF;
  PERFORM settle_requests(ARRAY[own.link], ended);
  RETURN ended;
END $$;
SELECT house_door('end_request(bigint)', 'app');

-- Requests that nobody answered in time; how many.
CREATE FUNCTION expire_requests() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE late bigint[] := ARRAY(SELECT r.link FROM request r WHERE r.status = 'open' AND r.expires_at <= now() AND r.side = 'from' ORDER BY r.id LIMIT 1000);
BEGIN
  PERFORM FROM request r WHERE r.link = ANY (late) ORDER BY r.id FOR NO KEY UPDATE;
  PERFORM settle_requests(ARRAY(SELECT r.link FROM request r WHERE r.link = ANY (late) AND r.side = 'from' AND r.status = 'open'), 'expired');
  RETURN cardinality(late);
END $$;
SELECT house_door('expire_requests()', 'system');

-- The hash of one's own PIN.
CREATE FUNCTION pin_hash(p_account bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT s.hash FROM account_pin s WHERE s.account = p_account AND s.owner = current_person();
$$;
SELECT house_door('pin_hash(bigint)', 'app');

-- Nobody is asked by, or waits for, somebody who has left.
CREATE FUNCTION requests_of_the_leaving() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM settle_requests(ARRAY(SELECT r.link FROM request r WHERE r.owner = NEW.id AND r.side = 'to' AND r.status IN ('open', 'accepted')), 'declined');
  PERFORM settle_requests(ARRAY(SELECT r.link FROM request r WHERE r.owner = NEW.id AND r.side = 'from' AND r.status IN ('open', 'accepted')), 'cancelled');
  RETURN NULL;
END $$;
CREATE TRIGGER requests_of_the_leaving AFTER UPDATE OF status ON person FOR EACH ROW
WHEN (NEW.status = 'closed' AND OLD.status <> 'closed') EXECUTE FUNCTION requests_of_the_leaving();

REVOKE ALL ON FUNCTION payment_refuse(text), shown_name(bigint, bigint), payment_payee(bigint, text), settle_requests(bigint[], text), follow_payment(bigint),
  requests_of_the_leaving() FROM PUBLIC;
