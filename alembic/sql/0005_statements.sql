-- Files as they came, before anything reads them.
CREATE TABLE blob (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_blob PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_blob_owner REFERENCES person (id),
  sha256 bytea NOT NULL CONSTRAINT ck_blob_sha256 CHECK (octet_length(sha256) = 32),
  type varchar(100) NOT NULL,
  data bytea NOT NULL CONSTRAINT ck_blob_data CHECK (octet_length(data) BETWEEN 1 AND 20971520),
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT uq_blob_owner UNIQUE (owner, id),
  CONSTRAINT uq_blob_sha256 UNIQUE (owner, sha256)
);

-- One file on its way into the books.
-- status: reading (the worker reads it) -> unreadable | ready (checked, waits for the person) -> asked -> booking -> done
--         -> undoing -> undone. revision counts the person's choices: a reading of older choices is thrown away.
CREATE TABLE statement_import (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_statement_import PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_statement_import_owner REFERENCES person (id),
  uuid uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT uq_statement_import_uuid UNIQUE,
  blob bigint NOT NULL,
  name varchar(100) NOT NULL,
  size integer NOT NULL,
  status varchar(10) NOT NULL DEFAULT 'reading' CONSTRAINT ck_statement_import_status CHECK
    (status IN ('reading', 'unreadable', 'ready', 'asked', 'booking', 'done', 'undoing', 'undone')),
  problem varchar(500) NOT NULL DEFAULT '',
  revision integer NOT NULL DEFAULT 1,
  chosen jsonb NOT NULL DEFAULT '{}',
  recognised jsonb,
  layout varchar(64) NOT NULL DEFAULT '',
  total integer NOT NULL DEFAULT 0,
  done integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  booked_at timestamptz,
  undone_at timestamptz,
  CONSTRAINT uq_statement_import_owner UNIQUE (owner, id),
  CONSTRAINT fk_statement_import_blob FOREIGN KEY (owner, blob) REFERENCES blob (owner, id)
);
CREATE INDEX ix_statement_import_blob ON statement_import (owner, blob);

-- One account's statement within a file; its sums may be larger than a balance.
-- account: where its rows go; NULL until a new one is opened for it.
-- anchor: the balance that the account must have at the end of anchor_day once the rows are booked; its opening is
-- computed from that. was_known, was_balance: what was known of the account before, for the way back.
CREATE TABLE statement_part (
  owner bigint NOT NULL CONSTRAINT fk_statement_part_owner REFERENCES person (id),
  imported bigint NOT NULL,
  part smallint NOT NULL,
  number varchar(64) NOT NULL DEFAULT '',
  bank varchar(100) NOT NULL DEFAULT '',
  kind varchar(10) NOT NULL DEFAULT '',
  currency varchar(3) NOT NULL,
  name varchar(80) NOT NULL,
  account bigint,
  opened boolean NOT NULL DEFAULT false,
  opening numeric(28,4),
  closing numeric(28,4),
  closing_day date,
  moved numeric(28,4) NOT NULL DEFAULT 0,
  note varchar(300) NOT NULL DEFAULT '',
  anchor numeric(28,4),
  anchor_day date,
  was_known date,
  was_balance numeric(20,4),
  CONSTRAINT pk_statement_part PRIMARY KEY (imported, part),
  CONSTRAINT fk_statement_part_imported FOREIGN KEY (owner, imported) REFERENCES statement_import (owner, id),
  CONSTRAINT fk_statement_part_account FOREIGN KEY (owner, currency, account) REFERENCES account (owner, currency, id)
);
CREATE INDEX ix_statement_part_number ON statement_part (owner, number);
CREATE INDEX ix_statement_part_account ON statement_part (account) WHERE account IS NOT NULL;

-- A row of a file. verdict: new, duplicate, same (as one entered by hand), error, left_out; after an undo also kept
-- (changed since, stays in the books) and removed (the person took it out, it is not brought back).
-- found: the verdict of the reader, before the person chose. transaction: what it became, or what it repeats.
CREATE TABLE statement_row (
  owner bigint NOT NULL CONSTRAINT fk_statement_row_owner REFERENCES person (id),
  imported bigint NOT NULL,
  number integer NOT NULL,
  part smallint NOT NULL,
  line integer NOT NULL,
  verdict varchar(9) NOT NULL CONSTRAINT ck_statement_row_verdict CHECK
    (verdict IN ('new', 'duplicate', 'same', 'error', 'left_out', 'kept', 'removed')),
  found varchar(9) NOT NULL,
  account bigint,
  booked date,
  valued date,
  amount numeric(20,4),
  payee varchar(200) NOT NULL DEFAULT '',
  payee_account varchar(64) NOT NULL DEFAULT '',
  purpose varchar(1000) NOT NULL DEFAULT '',
  reference varchar(200) NOT NULL DEFAULT '',
  end_to_end varchar(100) NOT NULL DEFAULT '',
  sentence varchar(300) NOT NULL DEFAULT '',
  booked_text varchar(60) NOT NULL DEFAULT '',
  amount_text varchar(40) NOT NULL DEFAULT '',
  raw varchar(2000) NOT NULL DEFAULT '',
  transaction bigint CONSTRAINT fk_statement_row_transaction REFERENCES transaction (id),
  CONSTRAINT pk_statement_row PRIMARY KEY (imported, number),
  CONSTRAINT fk_statement_row_imported FOREIGN KEY (owner, imported) REFERENCES statement_import (owner, id),
  CONSTRAINT ck_statement_row_amount CHECK (amount <> 0 AND amount <> 'NaN'),
  CONSTRAINT ck_statement_row_readable CHECK (verdict IN ('error', 'left_out') OR (booked IS NOT NULL AND amount IS NOT NULL))
);
CREATE INDEX ix_statement_row_verdict ON statement_row (imported, verdict, number);
CREATE INDEX ix_statement_row_booked ON statement_row (account, booked) WHERE account IS NOT NULL;
CREATE INDEX ix_statement_row_transaction ON statement_row (transaction) WHERE transaction IS NOT NULL;

SELECT house_guard('blob', 'SELECT, INSERT, DELETE');
SELECT house_guard('statement_import', 'SELECT, INSERT, UPDATE, DELETE');
SELECT house_guard('statement_part', 'SELECT, INSERT, UPDATE, DELETE');
SELECT house_guard('statement_row', 'SELECT, INSERT, UPDATE, DELETE');
SELECT ledger_refers('statement_row', 'transaction');
