-- What was kept back over time: a row for each change of a hold, so that an account's past says what was pending, and a
-- transaction that never got postings says what it would have moved.
--   amount: by how much the hold changed; settled: because it was booked, whole or in part.
--   held: what is kept back of `account` after it; version: the account's last entry by then, the one that settles included.
-- A row without a transaction says what was kept back of an account when this table began; before that it is not known.
CREATE TABLE hold_past (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_hold_past PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_hold_past_owner REFERENCES person (id),
  transaction bigint CONSTRAINT fk_hold_past_transaction REFERENCES transaction (id),
  account bigint,
  taking bigint,
  number varchar(14),
  currency varchar(3) NOT NULL,
  amount numeric(20,4) NOT NULL CONSTRAINT ck_hold_past_amount CHECK (amount <> 'NaN' AND (amount = 0) = (transaction IS NULL)),
  settled boolean NOT NULL DEFAULT false,
  held numeric(20,4) CONSTRAINT ck_hold_past_held CHECK (held <> 'NaN'),
  version bigint,
  at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT fk_hold_past_account FOREIGN KEY (owner, currency, account) REFERENCES account (owner, currency, id),
  CONSTRAINT fk_hold_past_taking FOREIGN KEY (owner, currency, taking) REFERENCES account (owner, currency, id),
  CONSTRAINT ck_hold_past_account CHECK ((account IS NULL) = (held IS NULL) AND (account IS NULL) = (version IS NULL))
);
CREATE INDEX ix_hold_past_account ON hold_past (account, version, id) WHERE account IS NOT NULL;
CREATE INDEX ix_hold_past_taking ON hold_past (taking) WHERE taking IS NOT NULL;
CREATE INDEX ix_hold_past_transaction ON hold_past (transaction) WHERE transaction IS NOT NULL;
SELECT house_guard('hold_past', 'SELECT');
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON hold_past FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON hold_past FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();
ALTER TABLE hold_past ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE hold_past ENABLE ALWAYS TRIGGER append_only_whole;

-- The doors change an account before its holds and mark a header as settled before they take its hold away; settle books
-- after that, settle_batch before. Holds of one account that a batch takes away ran down in the order of their entries.
CREATE FUNCTION ledger_keep_hold() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO hold_past (owner, transaction, account, taking, number, currency, amount, held, version)
    SELECT n.owner, n.transaction, n.account, n.taking, n.number, n.currency, n.amount, a.held_balance, a.version
    FROM new_holds n LEFT JOIN account a ON a.id = n.account;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO hold_past (owner, transaction, account, taking, number, currency, amount, settled, held, version)
    SELECT n.owner, n.transaction, n.account, n.taking, n.number, n.currency, n.amount - o.amount, true, a.held_balance, a.version
    FROM new_holds n JOIN old_holds o ON o.transaction = n.transaction LEFT JOIN account a ON a.id = n.account
    WHERE n.amount <> o.amount;
  ELSIF coalesce(current_setting('app.erasing', true), '') = '' THEN
    INSERT INTO hold_past (owner, transaction, account, taking, number, currency, amount, settled, held, version)
    SELECT w.owner, w.transaction, w.account, w.taking, w.number, w.currency, -w.amount, w.settled,
           w.held_balance + sum(w.amount) OVER (PARTITION BY w.account ORDER BY w.version DESC, w.transaction DESC) - w.amount, w.version
    FROM (SELECT o.*, t.status = 2 AS settled, a.held_balance, coalesce(p.credit_version, a.version) AS version
          FROM old_holds o JOIN transaction t ON t.id = o.transaction LEFT JOIN account a ON a.id = o.account
          LEFT JOIN posting p ON p.transaction = o.transaction AND p.credit = o.account) w
    ORDER BY w.version, w.transaction;
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION ledger_keep_hold() FROM PUBLIC;
CREATE TRIGGER keep_new AFTER INSERT ON hold REFERENCING NEW TABLE AS new_holds FOR EACH STATEMENT EXECUTE FUNCTION ledger_keep_hold();
CREATE TRIGGER keep_less AFTER UPDATE ON hold REFERENCING OLD TABLE AS old_holds NEW TABLE AS new_holds
FOR EACH STATEMENT EXECUTE FUNCTION ledger_keep_hold();
CREATE TRIGGER keep_gone AFTER DELETE ON hold REFERENCING OLD TABLE AS old_holds FOR EACH STATEMENT EXECUTE FUNCTION ledger_keep_hold();

-- Whoever had something pending before: what was kept back then is not known any more.
INSERT INTO hold_past (owner, account, currency, amount, held, version)
SELECT a.owner, a.id, a.currency, 0, a.held_balance, a.version FROM account a
WHERE a.custody IS NOT NULL AND EXISTS (
  SELECT FROM transaction t WHERE t.owner = a.owner
    AND (t.status IN (1, 4, 5) OR EXISTS (SELECT FROM transaction_event e WHERE e.transaction = t.id AND e.kind IN (1, 2))));
