-- A check is read and planned anew by every statement that writes its table. What a posting cannot change is looked at
-- where it is written, and what it can by one compiled expression: about a third of a posting's time went into the rest.
ALTER TABLE account
  DROP CONSTRAINT ck_account_name, DROP CONSTRAINT ck_account_custody, DROP CONSTRAINT ck_account_currency,
  DROP CONSTRAINT ck_account_status, DROP CONSTRAINT ck_account_type, DROP CONSTRAINT ck_account_class,
  DROP CONSTRAINT ck_account_number, DROP CONSTRAINT ck_account_known, DROP CONSTRAINT ck_account_blocked_by,
  DROP CONSTRAINT ck_account_blocked, DROP CONSTRAINT ck_account_finite, DROP CONSTRAINT ck_account_credit_limit,
  DROP CONSTRAINT ck_account_held_balance, DROP CONSTRAINT ck_account_floor, DROP CONSTRAINT ck_account_nominal,
  DROP CONSTRAINT ck_account_closed;

-- Whether an account may stand as it does: finite, nothing kept back below zero, no overdraft beyond the credit limit of
-- one that is kept here, nothing kept on a nominal one, nothing left on a closed one.
CREATE FUNCTION account_sound(custody varchar, status varchar, posted numeric, held numeric, credit_limit numeric, version bigint)
RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN posted <> 'NaN' AND held >= 0 AND held <> 'NaN' AND credit_limit >= 0 AND credit_limit <> 'NaN'
    AND CASE WHEN custody = 'held' THEN posted - held + credit_limit >= 0
             WHEN custody IS NULL THEN posted = 0 AND held = 0 AND version = 0 AND status = 'active'
             ELSE true END
    AND (status <> 'closed' OR posted = 0 AND held = 0);
END $$;
ALTER TABLE account ADD CONSTRAINT ck_account_sound
  CHECK (account_sound(custody, status, posted_balance, held_balance, credit_limit, version));

CREATE FUNCTION account_shape() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE broken text := CASE
  WHEN btrim(NEW.name) = '' THEN 'name'
  WHEN NEW.currency !~ '^[A-Z]{3}$' THEN 'currency'
  WHEN NEW.custody NOT IN ('held', 'tracked') THEN 'custody'
  WHEN NEW.status NOT IN ('active', 'frozen', 'closed') THEN 'status'
  WHEN NEW.type <> ALL (CASE WHEN NEW.custody IS NULL THEN '{income,expense,opening,people,trading}'::text[]
                             ELSE '{checking,savings,credit,wallet,loan,investment,cash}' END) THEN 'type'
  WHEN NEW.class <> ALL (CASE NEW.type WHEN 'income' THEN '{income}'::text[] WHEN 'expense' THEN '{expense}'
                                       WHEN 'credit' THEN '{liability}' WHEN 'loan' THEN '{asset,liability}'
                                       ELSE CASE WHEN NEW.custody IS NULL THEN '{equity}'::text[] ELSE '{asset}' END END) THEN 'class'
  WHEN (NEW.custody IS NOT DISTINCT FROM 'held') <> (NEW.number IS NOT NULL) THEN 'number'
  WHEN NEW.custody = 'held' AND NEW.known_since IS NULL THEN 'known'
  WHEN NEW.blocked_by NOT IN ('self', 'staff') OR (NEW.status = 'frozen') <> (NEW.blocked_by IS NOT NULL)
       OR NEW.blocked_reason IS NOT NULL AND NEW.blocked_by IS NULL THEN 'blocked' END;
BEGIN
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', TABLE = 'account', CONSTRAINT = 'ck_account_' || broken,
      MESSAGE = format('an account cannot stand like this: ck_account_%s', broken);
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION account_shape() FROM PUBLIC;
CREATE TRIGGER shape BEFORE INSERT OR UPDATE OF name, currency, custody, status, type, class, number, known_since, blocked_by, blocked_reason
ON account FOR EACH ROW EXECUTE FUNCTION account_shape();
ALTER TABLE account ENABLE ALWAYS TRIGGER shape;

-- One account's day is short enough to be sorted when it is read; without the number, equal keys are stored once.
DROP INDEX ix_posting_debit_booked, ix_posting_credit_booked;
CREATE INDEX ix_posting_debit_booked ON posting (debit, booked) WHERE debit_version IS NOT NULL;
CREATE INDEX ix_posting_credit_booked ON posting (credit, booked) WHERE credit_version IS NOT NULL;
-- Written at their end only, so no page of them is split.
ALTER INDEX pk_transaction SET (fillfactor = 100);
ALTER INDEX pk_posting SET (fillfactor = 100);
