-- Ways to pay, as a person ordered them: wallet (an account that is kept here pays people), bank_transfer (orders through
-- a bank). An account without a row is offered behind those with one; a removed row says that it is not offered.
-- label: NULL: it is called as its account is.
CREATE TABLE payment_method (
  owner bigint NOT NULL CONSTRAINT fk_payment_method_owner REFERENCES person (id),
  kind varchar(13) NOT NULL CONSTRAINT ck_payment_method_kind CHECK (kind IN ('wallet', 'bank_transfer')),
  account bigint NOT NULL,
  currency varchar(3) NOT NULL,
  label varchar(60) CONSTRAINT ck_payment_method_label CHECK (btrim(label) <> ''),
  position integer NOT NULL CONSTRAINT ck_payment_method_position CHECK (position >= 0),
  is_default boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  removed_at timestamptz,
  CONSTRAINT pk_payment_method PRIMARY KEY (owner, kind, account),
  CONSTRAINT fk_payment_method_account FOREIGN KEY (owner, currency, account) REFERENCES account (owner, currency, id),
  CONSTRAINT ck_payment_method_default CHECK (NOT is_default OR removed_at IS NULL)
);
CREATE UNIQUE INDEX uq_payment_method_default ON payment_method (owner, kind) WHERE is_default;
CREATE INDEX ix_payment_method_account ON payment_method (account);
SELECT house_guard('payment_method',
  'SELECT, INSERT (owner, kind, account, currency, position), UPDATE (label, position, is_default, removed_at)');
