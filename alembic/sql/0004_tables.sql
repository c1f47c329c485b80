CREATE TABLE account (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_account PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_account_owner REFERENCES person (id),
  uuid uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT uq_account_uuid UNIQUE,
  number varchar(14) CONSTRAINT uq_account_number UNIQUE,
  bank_number varchar(40),
  name varchar(80) NOT NULL CONSTRAINT ck_account_name CHECK (btrim(name) <> ''),
  class varchar(9) NOT NULL,
  custody varchar(7) CONSTRAINT ck_account_custody CHECK (custody IN ('held', 'tracked')),
  type varchar(10) NOT NULL,
  currency varchar(3) NOT NULL CONSTRAINT ck_account_currency CHECK (currency ~ '^[A-Z]{3}$'),
  status varchar(6) NOT NULL DEFAULT 'active' CONSTRAINT ck_account_status CHECK (status IN ('active', 'frozen', 'closed')),
  posted_balance numeric(20,4) NOT NULL DEFAULT 0 CONSTRAINT ck_account_finite CHECK (posted_balance <> 'NaN'),
  held_balance numeric(20,4) NOT NULL DEFAULT 0,
  credit_limit numeric(20,4) NOT NULL DEFAULT 0 CONSTRAINT ck_account_credit_limit CHECK (credit_limit >= 0 AND credit_limit <> 'NaN'),
  known_since date,
  version bigint NOT NULL DEFAULT 0,
  last_transaction_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT uq_account_owner_currency UNIQUE (owner, currency, id),
  CONSTRAINT ck_account_type CHECK (
    CASE WHEN custody IS NULL THEN type IN ('income', 'expense', 'opening', 'people', 'trading')
         ELSE type IN ('checking', 'savings', 'credit', 'wallet', 'loan', 'investment', 'cash') END),
  CONSTRAINT ck_account_class CHECK (
    CASE type WHEN 'income' THEN class = 'income' WHEN 'expense' THEN class = 'expense'
              WHEN 'credit' THEN class = 'liability' WHEN 'loan' THEN class IN ('asset', 'liability')
              ELSE class = CASE WHEN custody IS NULL THEN 'equity' ELSE 'asset' END END),
  CONSTRAINT ck_account_number CHECK ((custody IS NOT DISTINCT FROM 'held') = (number IS NOT NULL)),
  CONSTRAINT ck_account_known CHECK (custody IS DISTINCT FROM 'held' OR known_since IS NOT NULL),
  CONSTRAINT ck_account_held_balance CHECK (held_balance >= 0 AND held_balance <> 'NaN'),
  CONSTRAINT ck_account_floor CHECK (custody IS DISTINCT FROM 'held' OR posted_balance - held_balance + credit_limit >= 0),
  CONSTRAINT ck_account_nominal CHECK (custody IS NOT NULL OR (posted_balance = 0 AND held_balance = 0 AND version = 0 AND status = 'active')),
  CONSTRAINT ck_account_closed CHECK (status <> 'closed' OR (posted_balance = 0 AND held_balance = 0))
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX uq_account_nominal ON account (owner, currency, type) WHERE custody IS NULL;
CREATE UNIQUE INDEX uq_account_bank_number ON account (owner, bank_number, currency) WHERE bank_number IS NOT NULL;

-- kind: 1 opening, 2 deposit, 3 withdrawal, 4 own transfer, 5 person to person, 6 conversion, 7 reversal.
-- status: 1 pending, 2 posted, 3 archived, 4 failed, 5 expired, 6 reversed (both of a pair that cancels out).
-- No key leads to person: a posting's account holds the owner, and a shared lock on one's person row per posting is saved.
CREATE TABLE transaction (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_transaction PRIMARY KEY,
  owner bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  booked date,
  valued date,
  kind smallint NOT NULL CONSTRAINT ck_transaction_kind CHECK (kind BETWEEN 1 AND 7),
  status smallint NOT NULL CONSTRAINT ck_transaction_status CHECK (status BETWEEN 1 AND 6),
  transfer bigint,
  related bigint CONSTRAINT fk_transaction_related REFERENCES transaction (id),
  imported bigint,
  created_by bigint,
  key uuid,
  fingerprint bigint,
  description varchar(500),
  external_reference varchar(140),
  CONSTRAINT uq_transaction_booked UNIQUE (owner, booked, id),
  CONSTRAINT ck_transaction_booked CHECK ((booked IS NOT NULL) = (status IN (2, 3, 6))),
  CONSTRAINT ck_transaction_key CHECK ((key IS NULL) = (fingerprint IS NULL)),
  CONSTRAINT ck_transaction_related CHECK ((kind = 7) = (related IS NOT NULL)),
  CONSTRAINT ck_transaction_transfer CHECK (kind <> 5 OR transfer IS NOT NULL)
);
CREATE UNIQUE INDEX uq_transaction_key ON transaction (owner, key) WHERE key IS NOT NULL;
CREATE UNIQUE INDEX uq_transaction_related ON transaction (related) WHERE related IS NOT NULL;
CREATE INDEX ix_transaction_transfer ON transaction (transfer) WHERE transfer IS NOT NULL;
CREATE INDEX ix_transaction_imported ON transaction (imported) WHERE imported IS NOT NULL;
CREATE SEQUENCE transfer_number;

-- A side whose account is real carries its balance and version after this posting; a nominal side carries none.
CREATE TABLE posting (
  transaction bigint NOT NULL,
  owner bigint NOT NULL,
  debit bigint NOT NULL,
  credit bigint NOT NULL,
  debit_version bigint,
  credit_version bigint,
  booked date NOT NULL,
  line smallint NOT NULL DEFAULT 1 CONSTRAINT ck_posting_line CHECK (line > 0),
  currency varchar(3) NOT NULL,
  amount numeric(20,4) NOT NULL CONSTRAINT ck_posting_amount CHECK (amount > 0 AND amount <> 'NaN'),
  debit_balance numeric(20,4),
  credit_balance numeric(20,4),
  CONSTRAINT pk_posting PRIMARY KEY (transaction, line),
  CONSTRAINT fk_posting_transaction FOREIGN KEY (owner, booked, transaction) REFERENCES transaction (owner, booked, id),
  CONSTRAINT fk_posting_debit FOREIGN KEY (owner, currency, debit) REFERENCES account (owner, currency, id),
  CONSTRAINT fk_posting_credit FOREIGN KEY (owner, currency, credit) REFERENCES account (owner, currency, id),
  CONSTRAINT ck_posting_sides CHECK (debit <> credit),
  CONSTRAINT ck_posting_real CHECK (debit_version IS NOT NULL OR credit_version IS NOT NULL),
  CONSTRAINT ck_posting_debit CHECK ((debit_version IS NULL) = (debit_balance IS NULL)),
  CONSTRAINT ck_posting_credit CHECK ((credit_version IS NULL) = (credit_balance IS NULL))
);
CREATE UNIQUE INDEX uq_posting_debit_version ON posting (debit, debit_version) WHERE debit_version IS NOT NULL;
CREATE UNIQUE INDEX uq_posting_credit_version ON posting (credit, credit_version) WHERE credit_version IS NOT NULL;
CREATE INDEX ix_posting_debit_booked ON posting (debit, booked, transaction) WHERE debit_version IS NOT NULL;
CREATE INDEX ix_posting_credit_booked ON posting (credit, booked, transaction) WHERE credit_version IS NOT NULL;

CREATE VIEW entry WITH (security_invoker = true) AS
SELECT transaction, line, owner, booked, currency, debit AS account, credit AS other, amount, debit_balance AS balance_after, debit_version AS version
FROM posting
UNION ALL
SELECT transaction, line, owner, booked, currency, credit, debit, -amount, credit_balance, credit_version
FROM posting;

-- What a pending transaction keeps back from the available balance; account.held_balance is the sum of these.
CREATE TABLE hold (
  transaction bigint NOT NULL CONSTRAINT pk_hold PRIMARY KEY CONSTRAINT fk_hold_transaction REFERENCES transaction (id),
  owner bigint NOT NULL CONSTRAINT fk_hold_owner REFERENCES person (id),
  account bigint NOT NULL,
  currency varchar(3) NOT NULL,
  amount numeric(20,4) NOT NULL CONSTRAINT ck_hold_amount CHECK (amount > 0 AND amount <> 'NaN'),
  expires_at timestamptz,
  CONSTRAINT fk_hold_account FOREIGN KEY (owner, currency, account) REFERENCES account (owner, currency, id)
);
CREATE INDEX ix_hold_account ON hold (account);

CREATE TABLE category (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_category PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_category_owner REFERENCES person (id),
  parent bigint,
  code varchar(30),
  name varchar(60) NOT NULL CONSTRAINT ck_category_name CHECK (btrim(name) <> ''),
  flow varchar(3) NOT NULL CONSTRAINT ck_category_flow CHECK (flow IN ('in', 'out')),
  CONSTRAINT uq_category_owner UNIQUE (owner, id),
  CONSTRAINT uq_category_name UNIQUE NULLS NOT DISTINCT (owner, parent, name),
  CONSTRAINT uq_category_code UNIQUE (owner, code),
  CONSTRAINT fk_category_parent FOREIGN KEY (owner, parent) REFERENCES category (owner, id)
);

-- What a transaction means to its owner. Beside the books: postings never change for it.
-- matched: the other leg of an own transfer found in imports; reports leave both out.
CREATE TABLE classification (
  owner bigint NOT NULL CONSTRAINT fk_classification_owner REFERENCES person (id),
  transaction bigint NOT NULL CONSTRAINT fk_classification_transaction REFERENCES transaction (id),
  category bigint,
  matched bigint CONSTRAINT fk_classification_matched REFERENCES transaction (id),
  payee varchar(140),
  note varchar(500),
  changed_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT pk_classification PRIMARY KEY (owner, transaction),
  CONSTRAINT fk_classification_category FOREIGN KEY (owner, category) REFERENCES category (owner, id)
);
CREATE INDEX ix_classification_category ON classification (category) WHERE category IS NOT NULL;

CREATE TABLE classification_past (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_classification_past PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_classification_past_owner REFERENCES person (id),
  transaction bigint NOT NULL CONSTRAINT fk_classification_past_transaction REFERENCES transaction (id),
  category bigint,
  matched bigint,
  payee varchar(140),
  note varchar(500),
  since timestamptz NOT NULL,
  until timestamptz NOT NULL
);
CREATE INDEX ix_classification_past_transaction ON classification_past (transaction);

-- What the app writes into a column that names a transaction is one of the person's own: another's would stand in the
-- way of their erasure. A policy of the app's role alone, so that what the doors write pays nothing for it.
CREATE FUNCTION ledger_refers(target regclass, VARIADIC columns text[]) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  EXECUTE (
    SELECT format('CREATE POLICY refers ON %s AS RESTRICTIVE TO %I USING (true) WITH CHECK (%s)', target, house.app_role, string_agg(
             format('(%1$s.%2$I IS NULL OR EXISTS (SELECT FROM transaction t WHERE t.id = %1$s.%2$I AND t.owner = current_person()))', target, one),
             ' AND '))
    FROM installation house, unnest(columns) one GROUP BY house.app_role);
END $$;
REVOKE ALL ON FUNCTION ledger_refers(regclass, text[]) FROM PUBLIC;

SELECT house_guard('account', 'SELECT, INSERT (owner, uuid, number, bank_number, name, class, custody, type, currency, known_since), UPDATE (name, bank_number, status, known_since)');
SELECT house_guard('transaction', 'SELECT');
SELECT house_guard('posting', 'SELECT');
SELECT house_guard('hold', 'SELECT');
SELECT house_guard('category', 'SELECT, INSERT, UPDATE, DELETE');
SELECT house_guard('classification', 'SELECT, INSERT, UPDATE (category, matched, payee, note, changed_at)');
SELECT house_guard('classification_past', 'SELECT');
SELECT ledger_refers('classification', 'transaction', 'matched');
SELECT house_share('entry', 'SELECT', 'SELECT');
REVOKE ALL ON SEQUENCE transfer_number FROM PUBLIC;

-- Only an erasure of the row's owner, run by the tables' own role, may take rows away.
CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
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
    IF kept IS NOT DISTINCT FROM NEW THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION USING ERRCODE = 'LG900', MESSAGE = format('%s is append-only', TG_TABLE_NAME);
END $$;
REVOKE ALL ON FUNCTION ledger_append_only() FROM PUBLIC;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON posting FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON posting FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON transaction FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON transaction FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();
ALTER TABLE posting ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE posting ENABLE ALWAYS TRIGGER append_only_whole;
ALTER TABLE transaction ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE transaction ENABLE ALWAYS TRIGGER append_only_whole;

CREATE FUNCTION ledger_keep_classification() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO classification_past (owner, transaction, category, matched, payee, note, since, until)
  VALUES (OLD.owner, OLD.transaction, OLD.category, OLD.matched, OLD.payee, OLD.note, OLD.changed_at, NEW.changed_at);
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION ledger_keep_classification() FROM PUBLIC;
CREATE TRIGGER keep_past AFTER UPDATE ON classification FOR EACH ROW
WHEN ((OLD.category, OLD.matched, OLD.payee, OLD.note) IS DISTINCT FROM (NEW.category, NEW.matched, NEW.payee, NEW.note))
EXECUTE FUNCTION ledger_keep_classification();
ALTER TABLE classification ENABLE ALWAYS TRIGGER keep_past;
