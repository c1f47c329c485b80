ALTER INDEX pk_transaction RESET (fillfactor);
ALTER INDEX pk_posting RESET (fillfactor);
DROP INDEX ix_posting_debit_booked, ix_posting_credit_booked;
CREATE INDEX ix_posting_debit_booked ON posting (debit, booked, transaction) WHERE debit_version IS NOT NULL;
CREATE INDEX ix_posting_credit_booked ON posting (credit, booked, transaction) WHERE credit_version IS NOT NULL;
DROP TRIGGER shape ON account;
DROP FUNCTION account_shape();
ALTER TABLE account
  DROP CONSTRAINT ck_account_sound,
  ADD CONSTRAINT ck_account_name CHECK (btrim(name) <> ''),
  ADD CONSTRAINT ck_account_custody CHECK (custody IN ('held', 'tracked')),
  ADD CONSTRAINT ck_account_currency CHECK (currency ~ '^[A-Z]{3}$'),
  ADD CONSTRAINT ck_account_status CHECK (status IN ('active', 'frozen', 'closed')),
  ADD CONSTRAINT ck_account_type CHECK (
    CASE WHEN custody IS NULL THEN type IN ('income', 'expense', 'opening', 'people', 'trading')
         ELSE type IN ('checking', 'savings', 'credit', 'wallet', 'loan', 'investment', 'cash') END),
  ADD CONSTRAINT ck_account_class CHECK (
    CASE type WHEN 'income' THEN class = 'income' WHEN 'expense' THEN class = 'expense'
              WHEN 'credit' THEN class = 'liability' WHEN 'loan' THEN class IN ('asset', 'liability')
              ELSE class = CASE WHEN custody IS NULL THEN 'equity' ELSE 'asset' END END),
  ADD CONSTRAINT ck_account_number CHECK ((custody IS NOT DISTINCT FROM 'held') = (number IS NOT NULL)),
  ADD CONSTRAINT ck_account_known CHECK (custody IS DISTINCT FROM 'held' OR known_since IS NOT NULL),
  ADD CONSTRAINT ck_account_blocked_by CHECK (blocked_by IN ('self', 'staff')),
  ADD CONSTRAINT ck_account_blocked CHECK ((status = 'frozen') = (blocked_by IS NOT NULL) AND (blocked_reason IS NULL OR blocked_by IS NOT NULL)),
  ADD CONSTRAINT ck_account_finite CHECK (posted_balance <> 'NaN'),
  ADD CONSTRAINT ck_account_credit_limit CHECK (credit_limit >= 0 AND credit_limit <> 'NaN'),
  ADD CONSTRAINT ck_account_held_balance CHECK (held_balance >= 0 AND held_balance <> 'NaN'),
  ADD CONSTRAINT ck_account_floor CHECK (custody IS DISTINCT FROM 'held' OR posted_balance - held_balance + credit_limit >= 0),
  ADD CONSTRAINT ck_account_nominal CHECK (custody IS NOT NULL OR (posted_balance = 0 AND held_balance = 0 AND version = 0 AND status = 'active')),
  ADD CONSTRAINT ck_account_closed CHECK (status <> 'closed' OR (posted_balance = 0 AND held_balance = 0));
DROP FUNCTION account_sound(varchar, varchar, numeric, numeric, numeric, bigint);
