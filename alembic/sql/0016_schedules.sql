-- What is paid on given days. kind: person (account pays the number), own (account to taking), deposit and withdrawal
-- (planned on a tracked account, as a mirror of what a bank does by itself).
-- rule: RFC 5545, '' for once. next_due is the day that the rule names and a run is known by; next_on is when it runs,
-- after the business-day adjustment, in the person's zone. wake_at: when the worker looks at it again; NULL: never.
-- again_at: before it, a due date whose attempt failed is not tried again, whoever asks.
CREATE TABLE schedule (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_schedule PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_schedule_owner REFERENCES person (id),
  uuid uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT uq_schedule_uuid UNIQUE,
  key uuid NOT NULL,
  fingerprint bigint NOT NULL,
  kind varchar(10) NOT NULL CONSTRAINT ck_schedule_kind CHECK (kind IN ('person', 'own', 'deposit', 'withdrawal')),
  account bigint NOT NULL,
  taking bigint,
  number varchar(14),
  currency varchar(3) NOT NULL,
  amount numeric(20,4) NOT NULL CONSTRAINT ck_schedule_amount CHECK (amount > 0 AND amount <> 'NaN'),
  description varchar(500) NOT NULL DEFAULT '',
  payee varchar(140) NOT NULL DEFAULT '',
  category bigint,
  rule varchar(200) NOT NULL DEFAULT '',
  adjustment varchar(9) NOT NULL DEFAULT 'none' CONSTRAINT ck_schedule_adjustment CHECK
    (adjustment IN ('none', 'following', 'preceding', 'modified')),
  starts date NOT NULL,
  paused boolean NOT NULL DEFAULT false,
  next_due date,
  next_on date,
  wake_at timestamptz,
  again_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT uq_schedule_owner UNIQUE (owner, id),
  CONSTRAINT uq_schedule_key UNIQUE (owner, key),
  CONSTRAINT fk_schedule_account FOREIGN KEY (owner, currency, account) REFERENCES account (owner, currency, id),
  CONSTRAINT fk_schedule_taking FOREIGN KEY (owner, currency, taking) REFERENCES account (owner, currency, id),
  CONSTRAINT fk_schedule_category FOREIGN KEY (owner, category) REFERENCES category (owner, id),
  CONSTRAINT ck_schedule_person CHECK ((kind = 'person') = (number IS NOT NULL)),
  CONSTRAINT ck_schedule_own CHECK ((kind = 'own') = (taking IS NOT NULL)),
  CONSTRAINT ck_schedule_next CHECK ((next_due IS NULL) = (next_on IS NULL)),
  CONSTRAINT ck_schedule_wake CHECK (wake_at IS NULL OR next_due IS NOT NULL AND NOT paused)
);
CREATE INDEX ix_schedule_wake ON schedule (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX ix_schedule_account ON schedule (account);
CREATE INDEX ix_schedule_taking ON schedule (taking) WHERE taking IS NOT NULL;
CREATE INDEX ix_schedule_category ON schedule (category) WHERE category IS NOT NULL;

-- One due date of a schedule and what became of it. `done` is written in the transaction that books: it is what makes a
-- run happen once. waiting: an attempt failed and there will be another.
CREATE TABLE schedule_run (
  owner bigint NOT NULL CONSTRAINT fk_schedule_run_owner REFERENCES person (id),
  schedule bigint NOT NULL,
  due date NOT NULL,
  status varchar(8) NOT NULL CONSTRAINT ck_schedule_run_status CHECK (status IN ('waiting', 'done', 'failed', 'skipped')),
  attempts smallint NOT NULL DEFAULT 0 CONSTRAINT ck_schedule_run_attempts CHECK (attempts >= 0),
  reason varchar(300) NOT NULL DEFAULT '',
  transaction bigint CONSTRAINT fk_schedule_run_transaction REFERENCES transaction (id),
  at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT pk_schedule_run PRIMARY KEY (schedule, due),
  CONSTRAINT fk_schedule_run_schedule FOREIGN KEY (owner, schedule) REFERENCES schedule (owner, id),
  CONSTRAINT ck_schedule_run_done CHECK ((status = 'done') = (transaction IS NOT NULL))
);
CREATE INDEX ix_schedule_run_transaction ON schedule_run (transaction) WHERE transaction IS NOT NULL;

-- A file of orders as it was given to the person; its content follows from its orders and its own row.
CREATE TABLE bank_file (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_bank_file PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_bank_file_owner REFERENCES person (id),
  uuid uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT uq_bank_file_uuid UNIQUE,
  account bigint NOT NULL,
  currency varchar(3) NOT NULL,
  message varchar(35) NOT NULL,
  payer varchar(70) NOT NULL,
  payer_iban varchar(34) NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT uq_bank_file_owner UNIQUE (owner, id),
  CONSTRAINT uq_bank_file_message UNIQUE (owner, message),
  CONSTRAINT fk_bank_file_account FOREIGN KEY (owner, currency, account) REFERENCES account (owner, currency, id)
);
CREATE INDEX ix_bank_file_account ON bank_file (account);

-- A payment that leaves through a bank. Its transaction is pending until the bank answers; status says the same in the
-- rail's words: ready (waits for a file) -> sent -> settled | refused; settled -> returned; ready -> cancelled.
CREATE TABLE bank_order (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_bank_order PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_bank_order_owner REFERENCES person (id),
  uuid uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT uq_bank_order_uuid UNIQUE,
  key uuid NOT NULL,
  fingerprint bigint NOT NULL,
  rail varchar(10) NOT NULL,
  account bigint NOT NULL,
  currency varchar(3) NOT NULL,
  amount numeric(20,4) NOT NULL CONSTRAINT ck_bank_order_amount CHECK (amount > 0 AND amount <> 'NaN'),
  name varchar(70) NOT NULL,
  iban varchar(34) NOT NULL,
  remittance varchar(140) NOT NULL DEFAULT '',
  execute_on date NOT NULL,
  end_to_end varchar(35) NOT NULL,
  status varchar(9) NOT NULL DEFAULT 'ready' CONSTRAINT ck_bank_order_status CHECK
    (status IN ('ready', 'sent', 'settled', 'refused', 'returned', 'cancelled')),
  reason varchar(300) NOT NULL DEFAULT '',
  file bigint,
  transaction bigint NOT NULL CONSTRAINT fk_bank_order_transaction REFERENCES transaction (id),
  reversal bigint CONSTRAINT fk_bank_order_reversal REFERENCES transaction (id),
  created_at timestamptz NOT NULL DEFAULT now(),
  changed_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT uq_bank_order_key UNIQUE (owner, key),
  CONSTRAINT uq_bank_order_end_to_end UNIQUE (owner, end_to_end),
  CONSTRAINT fk_bank_order_account FOREIGN KEY (owner, currency, account) REFERENCES account (owner, currency, id),
  CONSTRAINT fk_bank_order_file FOREIGN KEY (owner, file) REFERENCES bank_file (owner, id),
  CONSTRAINT ck_bank_order_returned CHECK ((status = 'returned') = (reversal IS NOT NULL))
);
CREATE INDEX ix_bank_order_account ON bank_order (account);
CREATE INDEX ix_bank_order_file ON bank_order (file) WHERE file IS NOT NULL;
CREATE INDEX ix_bank_order_transaction ON bank_order (transaction);
CREATE INDEX ix_bank_order_reversal ON bank_order (reversal) WHERE reversal IS NOT NULL;

SELECT house_guard('schedule', 'SELECT, INSERT, UPDATE, DELETE');
SELECT house_guard('schedule_run', 'SELECT, INSERT, UPDATE, DELETE');
SELECT house_guard('bank_file', 'SELECT, INSERT');
SELECT house_guard('bank_order', 'SELECT, INSERT, UPDATE (status, reason, execute_on, file, reversal, changed_at)');
SELECT ledger_refers('schedule_run', 'transaction');
SELECT ledger_refers('bank_order', 'transaction', 'reversal');

-- The schedules that the worker looks at now, oldest first. Each is asleep until five minutes later, so that a job which
-- was lost is asked for again, and one that waits is not asked for twice.
CREATE FUNCTION take_due_schedules(p_now timestamptz, p_most integer) RETURNS TABLE (owner bigint, schedule bigint)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH due AS (
    SELECT s.id FROM schedule s JOIN person p ON p.id = s.owner AND p.status = 'active'
    WHERE s.wake_at <= p_now ORDER BY s.wake_at, s.id LIMIT p_most FOR UPDATE OF s SKIP LOCKED
  )
  UPDATE schedule s SET wake_at = p_now + interval '5 minutes' FROM due WHERE s.id = due.id
  RETURNING s.owner, s.id;
$$;
SELECT house_door('take_due_schedules(timestamptz, integer)', 'system');

-- An order stands where its transaction stands, whoever settled it, let it go or took it back: what was called off or paid
-- elsewhere goes into no file, and what the bank says of it then is known already.
CREATE FUNCTION bank_order_moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE moved bigint;
BEGIN
  UPDATE bank_order o
  SET status = CASE WHEN NEW.kind = 1 THEN 'settled' WHEN NEW.kind = 6 THEN 'returned' WHEN o.status = 'ready' THEN 'cancelled' ELSE 'refused' END,
      reason = CASE NEW.kind WHEN 1 THEN '' ELSE left(coalesce(NEW.reason, 'It was called off.'), 300) END,
      reversal = CASE NEW.kind WHEN 6 THEN NEW.other END, changed_at = now()
  WHERE o.transaction = NEW.transaction AND o.owner = NEW.owner AND o.status = ANY (CASE NEW.kind WHEN 6 THEN '{settled}' ELSE '{ready,sent}' END::text[])
  RETURNING o.id INTO moved;
  IF moved IS NOT NULL THEN
    INSERT INTO outbox (owner, kind, what) VALUES (NEW.owner, 25, moved);
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION bank_order_moved() FROM PUBLIC;
CREATE TRIGGER bank_order_moved AFTER INSERT ON transaction_event FOR EACH ROW
WHEN (NEW.kind IN (1, 3, 4, 6)) EXECUTE FUNCTION bank_order_moved();
ALTER TABLE transaction_event ENABLE ALWAYS TRIGGER bank_order_moved;
