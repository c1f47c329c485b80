-- What an account of the house is for; one of each in a currency.
CREATE TABLE house_account (
  account bigint NOT NULL CONSTRAINT pk_house_account PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_house_account_owner REFERENCES person (id),
  currency varchar(3) NOT NULL,
  purpose varchar(8) NOT NULL CONSTRAINT ck_house_account_purpose CHECK (purpose IN ('funds', 'fees', 'clearing')),
  CONSTRAINT fk_house_account_account FOREIGN KEY (owner, currency, account) REFERENCES account (owner, currency, id),
  CONSTRAINT uq_house_account_purpose UNIQUE (owner, currency, purpose)
);
SELECT house_guard('house_account', '');

-- Put money of the house's own into one of its accounts, against `opening`, or with an amount below zero take it out, never
-- more than is there; the account is opened where there is none. No amount: it is opened and no more. For administrators.
--   p_number: the account number it gets. Same key, same fingerprint: once.
CREATE FUNCTION staff_fund_house(p_purpose text, p_currency text, p_amount numeric, p_booked date, p_number text, p_reason text, p_key uuid, p_fingerprint bigint)
RETURNS TABLE (name text, type text, currency text, posted numeric)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  actor CONSTANT person := refuse_unless_staff();
  why CONSTANT text := audit_reason(p_reason);
  house CONSTANT bigint := (SELECT p.id FROM person p WHERE p.issuer = 'house');
  kept account;
  fresh boolean := false;
  again boolean := true;
BEGIN
  PERFORM refuse_unless_administrator();
  IF (p_purpose IN ('funds', 'fees', 'clearing') AND p_currency ~ '^[A-Z]{3}$' AND p_booked BETWEEN current_date - 1 AND current_date + 1
      AND p_number ~ '^[0-9]{14}$' AND coalesce(p_amount <> 0 AND abs(p_amount) <= 9999999999999999.9999 AND p_amount = round(p_amount, 4), p_amount IS NULL)) IS NOT TRUE THEN
    RAISE EXCEPTION 'not a choice' USING ERRCODE = 'FI028';
  END IF;
  IF p_key IS NULL OR p_fingerprint IS NULL THEN PERFORM ledger_refuse('LG021'); END IF;

  -- One after another, so that there is one account of a kind.
  PERFORM FROM person p WHERE p.id = house FOR NO KEY UPDATE;
  SELECT a.* INTO kept FROM account a JOIN house_account h ON h.account = a.id WHERE h.owner = house AND h.currency = p_currency AND h.purpose = p_purpose;
  IF NOT FOUND THEN
    fresh := true;
    INSERT INTO account (owner, number, name, class, custody, type, currency, known_since)
    VALUES (house, p_number, CASE p_purpose WHEN 'funds' THEN 'Funds' WHEN 'fees' THEN 'Fee income' ELSE 'Clearing' END, 'asset', 'held',
            CASE p_purpose WHEN 'funds' THEN 'checking' ELSE 'wallet' END, p_currency, p_booked)
    RETURNING * INTO kept;
    INSERT INTO house_account (account, owner, currency, purpose) VALUES (kept.id, house, p_currency, p_purpose);
    INSERT INTO outbox (owner, kind, what) VALUES (house, 2, kept.id);
  END IF;
  IF p_amount IS NOT NULL THEN
    PERFORM set_config('app.person', house::text, true);
    SELECT b.replayed INTO again FROM post(1::smallint, CASE WHEN p_amount < 0 THEN kept.id END, CASE WHEN p_amount > 0 THEN kept.id END, NULL, abs(p_amount),
      p_currency, p_booked, NULL, left(why, 300), NULL, NULL, NULL, NULL, p_key, p_fingerprint) b;
    PERFORM set_config('app.person', actor.id::text, true);
  END IF;
  IF fresh OR NOT again THEN
    PERFORM audit(house, actor.id, 'staff_house_funds', kept.name || ' ' || p_currency, why,
                  CASE WHEN fresh THEN '{}' ELSE jsonb_build_object('balance', kept.posted_balance::text) END,
                  jsonb_build_object('balance', (SELECT a.posted_balance FROM account a WHERE a.id = kept.id)::text));
  END IF;
  RETURN QUERY SELECT a.name::text, a.type::text, a.currency::text, a.posted_balance FROM account a WHERE a.id = kept.id;
END $$;
SELECT house_door('staff_fund_house(text, text, numeric, date, text, text, uuid, bigint)', 'app');
