-- What a pending transaction would move. `account` gives (NULL: money to come), `taking` is an own account that takes,
-- `number` the account number of another person who does. Only what gives is kept back.
-- settles_at: when the worker settles it by itself; expires_at: when it lapses.
ALTER TABLE hold
  ALTER COLUMN account DROP NOT NULL,
  ADD COLUMN taking bigint,
  ADD COLUMN number varchar(14),
  ADD COLUMN settles_at timestamptz,
  ADD CONSTRAINT fk_hold_taking FOREIGN KEY (owner, currency, taking) REFERENCES account (owner, currency, id),
  ADD CONSTRAINT ck_hold_sides CHECK ((account IS NOT NULL OR taking IS NOT NULL) AND (number IS NULL OR taking IS NULL AND account IS NOT NULL));
CREATE INDEX ix_hold_taking ON hold (taking) WHERE taking IS NOT NULL;
CREATE INDEX ix_hold_settles_at ON hold (settles_at) WHERE settles_at IS NOT NULL;
CREATE INDEX ix_hold_expires_at ON hold (expires_at) WHERE expires_at IS NOT NULL;

-- One transaction may be taken back in parts; the door holds their sum.
DROP INDEX uq_transaction_related;
CREATE INDEX ix_transaction_related ON transaction (related) WHERE related IS NOT NULL;

-- What became of a transaction after it was made. `other` is what it led to: the part that was captured, the reversal.
-- kind: 1 settled, 2 captured in part, 3 failed, 4 expired, 5 archived, 6 reversed, 7 reversed in part.
-- actor: the person who did it; NULL is the house. No key leads to person, as from transaction.
CREATE TABLE transaction_event (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_transaction_event PRIMARY KEY,
  owner bigint NOT NULL,
  transaction bigint NOT NULL CONSTRAINT fk_transaction_event_transaction REFERENCES transaction (id),
  other bigint CONSTRAINT fk_transaction_event_other REFERENCES transaction (id),
  actor bigint,
  at timestamptz NOT NULL DEFAULT now(),
  kind smallint NOT NULL CONSTRAINT ck_transaction_event_kind CHECK (kind BETWEEN 1 AND 7),
  amount numeric(20,4) CONSTRAINT ck_transaction_event_amount CHECK (amount > 0 AND amount <> 'NaN'),
  reason varchar(500),
  CONSTRAINT ck_transaction_event_other CHECK ((kind IN (2, 6, 7)) = (other IS NOT NULL))
);
CREATE INDEX ix_transaction_event_transaction ON transaction_event (transaction);
CREATE INDEX ix_transaction_event_other ON transaction_event (other) WHERE other IS NOT NULL;
SELECT house_guard('transaction_event', 'SELECT');
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON transaction_event FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON transaction_event FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();
ALTER TABLE transaction_event ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE transaction_event ENABLE ALWAYS TRIGGER append_only_whole;

-- A balance that its owner compared with a statement. What is booked on or before `day` is locked until it is released;
-- account.locked_until is the latest day that is not.
ALTER TABLE account ADD COLUMN locked_until date;
CREATE TABLE reconciliation (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_reconciliation PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_reconciliation_owner REFERENCES person (id),
  account bigint NOT NULL,
  currency varchar(3) NOT NULL,
  day date NOT NULL,
  balance numeric(20,4) NOT NULL CONSTRAINT ck_reconciliation_balance CHECK (balance <> 'NaN'),
  made_at timestamptz NOT NULL DEFAULT now(),
  released_at timestamptz,
  CONSTRAINT fk_reconciliation_account FOREIGN KEY (owner, currency, account) REFERENCES account (owner, currency, id)
);
CREATE UNIQUE INDEX uq_reconciliation_day ON reconciliation (account, day) WHERE released_at IS NULL;
CREATE INDEX ix_reconciliation_account ON reconciliation (owner, currency, account);
SELECT house_guard('reconciliation', 'SELECT');

-- Only an erasure of the row's owner, run by the tables' own role, may take rows away; a transaction's status goes one way.
CREATE OR REPLACE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE kept transaction;
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('app.erasing', true) = OLD.owner::text
     AND current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) THEN
    RETURN OLD;
  END IF;
  IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'transaction' THEN
    kept := OLD;
    kept.status := NEW.status;
    IF OLD.booked IS NULL THEN
      kept.booked := NEW.booked;
      kept.valued := NEW.valued;
    END IF;
    -- pending to posted, failed or expired; posted to archived or reversed; what one side has archived the other gives back.
    IF kept IS NOT DISTINCT FROM NEW
       AND (OLD.status = NEW.status OR (OLD.status, NEW.status) IN ((1, 2), (1, 4), (1, 5), (2, 3), (2, 6), (3, 6))) THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION USING ERRCODE = 'LG900', MESSAGE = format('%s is append-only', TG_TABLE_NAME);
END $$;
