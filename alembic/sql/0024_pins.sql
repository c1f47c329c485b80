-- A PIN is kept, tried and counted behind doors: the app has no way to write its row, and never sees its hash.
--   given_until: till then the PIN itself may be changed or taken away, because it was given right.
ALTER TABLE account_pin
  ADD COLUMN given_until timestamptz,
  ADD CONSTRAINT uq_account_pin_owner UNIQUE (owner, account);

-- An attempt that was counted and not judged yet. `proof` is SHA-256 of the hash that the guess would have, `taken_in`
-- the transaction that counted it.
CREATE TABLE pin_attempt (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_pin_attempt PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_pin_attempt_owner REFERENCES person (id),
  account bigint NOT NULL,
  proof bytea NOT NULL CONSTRAINT ck_pin_attempt_proof CHECK (octet_length(proof) = 32),
  taken_in bigint NOT NULL,
  taken_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT fk_pin_attempt_account FOREIGN KEY (owner, account) REFERENCES account_pin (owner, account)
);
CREATE INDEX ix_pin_attempt_account ON pin_attempt (owner, account);
SELECT house_guard('pin_attempt', '');

DO $$ BEGIN
  EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON account_pin FROM %I', (SELECT app_role FROM installation));
END $$;
DROP FUNCTION pin_hash(bigint);

-- Refusals beside those of 0015: PY040 no_pin   PY041 pin_not_given   PY042 attempt_gone

-- How the hash of a guess is made: the kind, the costs and the salt of one's own PIN, not its digest.
CREATE FUNCTION pin_recipe(p_account bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT regexp_replace(s.hash, '\$[^$]*$', '') FROM account_pin s WHERE s.account = p_account AND s.owner = current_person();
$$;
SELECT house_door('pin_recipe(bigint)', 'app');

-- Count an attempt, as a wrong one, before it is judged. Five in a row lock the PIN for 15 minutes, each further five for
-- twice as long, up to a day; while it is locked there is no ticket and nothing is counted.
--   remaining: attempts that are left. locked: until when it is locked, with this attempt in it.
-- What is tried is bound here and judged in a later transaction only (`judge_pin`), so a caller who takes the count back
-- by a rollback has learned nothing.
CREATE FUNCTION take_pin_attempt(p_account bigint, p_proof bytea, OUT ticket bigint, OUT remaining integer, OUT locked timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  me CONSTANT bigint := current_person();
  kept account_pin;
BEGIN
  SELECT * INTO kept FROM account_pin s WHERE s.account = p_account AND s.owner = me FOR UPDATE;
  IF NOT FOUND THEN PERFORM payment_refuse('PY040'); END IF;
  IF (octet_length(p_proof) = 32) IS NOT TRUE THEN PERFORM ledger_refuse('LG019'); END IF;
  IF kept.locked_until > now() THEN
    remaining := 0;
    locked := kept.locked_until;
    RETURN;
  END IF;
  remaining := 4 - kept.wrong;
  IF remaining <= 0 THEN
    locked := now() + least(interval '15 minutes' * 2 ^ kept.locks, interval '1 day');
    UPDATE account_pin s SET wrong = 0, locks = least(s.locks + 1, 10), locked_until = locked WHERE s.account = p_account;
  ELSE
    UPDATE account_pin s SET wrong = s.wrong + 1, locked_until = NULL WHERE s.account = p_account;
  END IF;
  DELETE FROM pin_attempt a WHERE a.owner = me AND a.account = p_account AND a.taken_at < now() - interval '1 minute';
  INSERT INTO pin_attempt (owner, account, proof, taken_in) VALUES (me, p_account, p_proof, pg_current_xact_id()::text::bigint)
  RETURNING id INTO ticket;
END $$;
SELECT house_door('take_pin_attempt(bigint, bytea)', 'app');

-- Whether an attempt that an earlier transaction took within a minute was right; then its count and lock are gone. Once.
CREATE FUNCTION judge_pin(p_ticket bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  me CONSTANT bigint := current_person();
  tried pin_attempt;
BEGIN
  -- The PIN's row first, as everywhere.
  PERFORM FROM account_pin s
  WHERE s.owner = me AND s.account = (SELECT a.account FROM pin_attempt a WHERE a.id = p_ticket AND a.owner = me) FOR UPDATE;
  DELETE FROM pin_attempt a WHERE a.id = p_ticket AND a.owner = me RETURNING * INTO tried;
  IF NOT FOUND OR tried.taken_in = pg_current_xact_id()::text::bigint OR tried.taken_at < now() - interval '1 minute' THEN
    PERFORM payment_refuse('PY042');
  END IF;
  UPDATE account_pin s SET wrong = 0, locks = 0, locked_until = NULL, given_until = now() + interval '2 minutes'
  WHERE s.account = tried.account AND s.owner = me AND sha256(convert_to(s.hash, 'UTF8')) = tried.proof;
  RETURN FOUND;
END $$;
SELECT house_door('judge_pin(bigint)', 'app');

-- Give an own account that is kept here a PIN; another hash, or with NULL another threshold alone, only while the PIN that
-- it has was given right.
CREATE FUNCTION set_pin(p_account bigint, p_hash text, p_threshold numeric) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  me CONSTANT bigint := current_person();
  own account;
BEGIN
  SELECT * INTO own FROM account a WHERE a.id = p_account AND a.owner = me;
  IF NOT FOUND THEN PERFORM ledger_refuse('LG002'); END IF;
  IF own.custody IS DISTINCT FROM 'held' THEN PERFORM ledger_refuse('LG011'); END IF;
  IF (p_threshold BETWEEN 0 AND 9999999999999999.9999 AND p_threshold = round(p_threshold, 4)) IS NOT TRUE THEN PERFORM ledger_refuse('LG008'); END IF;
  IF (p_hash IS NULL OR p_hash ~ '^\$argon2id\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$') IS NOT TRUE THEN PERFORM ledger_refuse('LG019'); END IF;
  UPDATE account_pin s SET hash = coalesce(p_hash, s.hash), threshold = p_threshold, changed_at = now(), given_until = NULL
  WHERE s.account = own.id AND s.given_until > now();
  IF FOUND THEN
    RETURN;
  END IF;
  IF p_hash IS NULL THEN PERFORM payment_refuse('PY041'); END IF;
  INSERT INTO account_pin (account, owner, currency, hash, threshold) VALUES (own.id, me, own.currency, p_hash, p_threshold)
  ON CONFLICT (account) DO NOTHING;
  IF NOT FOUND THEN PERFORM payment_refuse('PY041'); END IF;
END $$;
SELECT house_door('set_pin(bigint, text, numeric)', 'app');

-- Take the PIN of an own account away, while it was given right.
CREATE FUNCTION remove_pin(p_account bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE me CONSTANT bigint := current_person();
BEGIN
  PERFORM FROM account_pin s WHERE s.account = p_account AND s.owner = me AND s.given_until > now() FOR UPDATE;
  IF NOT FOUND THEN PERFORM payment_refuse('PY041'); END IF;
  DELETE FROM pin_attempt a WHERE a.owner = me AND a.account = p_account;
  DELETE FROM account_pin s WHERE s.owner = me AND s.account = p_account;
END $$;
SELECT house_door('remove_pin(bigint)', 'app');
