-- Staff act through the doors below alone. Each checks the role, takes a reason and writes what it did to `audit_event`,
-- in the books of the person concerned, who can read it there; what concerns nobody in particular stands with the one
-- who did it. Refusals:
--   FI020 not staff            FI021 no reason            FI022 no such person or account
--   FI023 colleagues are for an administrator             FI024 not in one's own case
--   FI025 account closed       FI026 not kept here        FI027 below what is drawn (detail: the least)
--   FI028 not a choice         FI029 not a payment between people
--   LG050 blocked by staff     LG051 something is pending LG052 the balance is not zero
ALTER TABLE audit_event ADD COLUMN reason varchar(300), ADD COLUMN before jsonb, ADD COLUMN after jsonb;
CREATE INDEX ix_audit_event_actor_id ON audit_event (actor, id) WHERE actor IS NOT NULL;

ALTER TABLE account ADD COLUMN blocked_by varchar(5), ADD COLUMN blocked_reason varchar(300);
UPDATE account SET blocked_by = 'self' WHERE status = 'frozen';
ALTER TABLE account
  ADD CONSTRAINT ck_account_blocked_by CHECK (blocked_by IN ('self', 'staff')),
  ADD CONSTRAINT ck_account_blocked CHECK ((status = 'frozen') = (blocked_by IS NOT NULL) AND (blocked_reason IS NULL OR blocked_by IS NOT NULL));
DO $$ BEGIN EXECUTE format('REVOKE UPDATE (status) ON account FROM %I', (SELECT app_role FROM installation)); END $$;

CREATE FUNCTION audit(of_person bigint, by_actor bigint, of_kind text, what text, why text, was jsonb DEFAULT NULL, is_now jsonb DEFAULT NULL) RETURNS void
LANGUAGE sql SET search_path = public, pg_temp AS $$
  INSERT INTO audit_event (owner, actor, kind, detail, reason, before, after)
  VALUES (of_person, by_actor, of_kind, left(what, 300), left(nullif(why, ''), 300), was, is_now)
$$;

-- A look is kept once: paging through what was looked at for one reason is the same look for a quarter of an hour.
CREATE FUNCTION audit_look(of_person bigint, by_actor bigint, of_kind text, what text, why text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM audit_event e WHERE e.owner = of_person AND e.actor = by_actor AND e.kind = of_kind AND e.detail = left(what, 300)
                 AND e.reason IS NOT DISTINCT FROM why AND e.at > now() - interval '15 minutes') THEN
    PERFORM audit(of_person, by_actor, of_kind, what, why);
  END IF;
END $$;

-- Who acts, if they are staff of the real house; administrators are. FI020 for everybody else, demo persons among them.
CREATE FUNCTION refuse_unless_staff() RETURNS person
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE one person;
BEGIN
  SELECT * INTO one FROM person p
  WHERE p.id = current_person() AND p.role IN ('staff', 'admin') AND p.status = 'active' AND p.issuer NOT IN ('demo', 'house');
  IF NOT FOUND THEN RAISE EXCEPTION 'staff only' USING ERRCODE = 'FI020'; END IF;
  RETURN one;
END $$;

CREATE FUNCTION audit_reason(given text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
DECLARE why text := btrim(given, E' \t\r\n');
BEGIN
  IF (length(why) BETWEEN 3 AND 300) IS NOT TRUE THEN RAISE EXCEPTION 'no reason' USING ERRCODE = 'FI021'; END IF;
  RETURN why;
END $$;

-- A person whom staff may look at; neither a demo's nor the house.
CREATE FUNCTION real_person(of_uuid uuid) RETURNS person
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE one person;
BEGIN
  SELECT * INTO one FROM person p WHERE p.uuid = of_uuid AND p.issuer NOT IN ('demo', 'house') AND p.status <> 'closed';
  IF NOT FOUND THEN RAISE EXCEPTION 'no such person' USING ERRCODE = 'FI022'; END IF;
  RETURN one;
END $$;

-- The same, to be changed by `by_actor`: not oneself, and a colleague only by an administrator.
CREATE FUNCTION person_to_change(of_uuid uuid, by_actor person) RETURNS person
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE one person;
BEGIN
  one := real_person(of_uuid);
  IF one.id = by_actor.id THEN RAISE EXCEPTION 'not in the own case' USING ERRCODE = 'FI024'; END IF;
  SELECT * INTO one FROM person p WHERE p.id = one.id FOR NO KEY UPDATE;
  IF one.role <> 'customer' AND by_actor.role <> 'admin' THEN RAISE EXCEPTION 'colleagues are for an administrator' USING ERRCODE = 'FI023'; END IF;
  RETURN one;
END $$;

-- An account of somebody else whom staff may look at, locked.
CREATE FUNCTION account_to_change(of_uuid uuid, by_actor person) RETURNS account
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE seen account;
BEGIN
  SELECT a.* INTO seen FROM account a JOIN person p ON p.id = a.owner
  WHERE a.uuid = of_uuid AND a.custody IS NOT NULL AND p.issuer NOT IN ('demo', 'house') AND p.status <> 'closed' FOR NO KEY UPDATE OF a;
  IF NOT FOUND THEN RAISE EXCEPTION 'no such account' USING ERRCODE = 'FI022'; END IF;
  IF seen.owner = by_actor.id THEN RAISE EXCEPTION 'not in the own case' USING ERRCODE = 'FI024'; END IF;
  IF seen.status = 'closed' THEN RAISE EXCEPTION 'account closed' USING ERRCODE = 'FI025'; END IF;
  RETURN seen;
END $$;

-- Bring an account that is locked by the caller into another status, told to its owner and audited.
CREATE FUNCTION ledger_set_status(a account, to_status text, by_whom text, why text, actor bigint, of_kind text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE account SET status = to_status, blocked_by = by_whom, blocked_reason = CASE WHEN by_whom IS NOT NULL THEN why END WHERE id = a.id;
  PERFORM audit(a.owner, actor, of_kind, a.name, why,
                jsonb_strip_nulls(jsonb_build_object('status', a.status, 'blocked_by', a.blocked_by)),
                jsonb_strip_nulls(jsonb_build_object('status', to_status, 'blocked_by', by_whom)));
  INSERT INTO outbox (owner, kind, what) VALUES (a.owner, 2, a.id);
END $$;

-- The owner's own hand on an account: 'block', 'unblock', 'close' or 'reopen'. What is so already stays so.
-- A block by staff is not the owner's to lift, nor to get around by closing.
CREATE FUNCTION set_account_status(p_account bigint, p_change text, p_reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  me CONSTANT bigint := current_person();
  why CONSTANT text := nullif(btrim(left(p_reason, 300)), '');
  seen account;
BEGIN
  IF me IS NULL THEN PERFORM ledger_refuse('LG020'); END IF;
  SELECT * INTO seen FROM account a WHERE a.id = p_account AND a.owner = me AND a.custody IS NOT NULL FOR NO KEY UPDATE;
  IF NOT FOUND THEN PERFORM ledger_refuse('LG002'); END IF;
  IF seen.status = 'closed' AND p_change IN ('block', 'unblock') THEN PERFORM ledger_refuse('LG005'); END IF;
  IF seen.blocked_by = 'staff' AND p_change IN ('unblock', 'close') THEN PERFORM ledger_refuse('LG050'); END IF;
  CASE p_change
  WHEN 'block' THEN
    IF seen.status = 'active' THEN PERFORM ledger_set_status(seen, 'frozen', 'self', why, me, 'account_blocked'); END IF;
  WHEN 'unblock' THEN
    IF seen.status = 'frozen' THEN PERFORM ledger_set_status(seen, 'active', NULL, why, me, 'account_unblocked'); END IF;
  WHEN 'close' THEN
    IF seen.held_balance <> 0 THEN PERFORM ledger_refuse('LG051'); END IF;
    IF seen.posted_balance <> 0 THEN PERFORM ledger_refuse('LG052'); END IF;
    IF seen.status <> 'closed' THEN PERFORM ledger_set_status(seen, 'closed', NULL, why, me, 'account_closed'); END IF;
  WHEN 'reopen' THEN
    IF seen.status = 'closed' THEN PERFORM ledger_set_status(seen, 'active', NULL, why, me, 'account_reopened'); END IF;
  ELSE
    PERFORM ledger_refuse('LG019');
  END CASE;
END $$;
SELECT house_door('set_account_status(bigint, text, text)', 'app');

-- Real people whose customer number begins with the words, or whose name or address has them, the newest first, after a
-- row's `place`. The search itself is kept with who made it.
CREATE FUNCTION staff_find(p_words text, p_after bigint, p_most integer)
RETURNS TABLE (place bigint, uuid uuid, customer_number text, name text, email text, status text, kyc_status text, role text, since timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  actor CONSTANT person := refuse_unless_staff();
  words CONSTANT text := btrim(left(coalesce(p_words, ''), 100));
  pattern CONSTANT text := regexp_replace(words, '([\\%_])', '\\\1', 'g');
BEGIN
  IF words <> '' THEN PERFORM audit_look(actor.id, actor.id, 'staff_searched', words, NULL); END IF;
  RETURN QUERY
  SELECT p.id, p.uuid, p.customer_number::text, p.name::text, p.email::text, p.status::text, p.kyc_status::text, p.role::text, p.created_at
  FROM person p
  WHERE p.issuer NOT IN ('demo', 'house') AND p.status <> 'closed' AND (p_after IS NULL OR p.id < p_after)
    AND (words = '' OR p.customer_number ILIKE pattern || '%' OR p.name ILIKE '%' || pattern || '%' OR p.email ILIKE '%' || pattern || '%')
  ORDER BY p.id DESC LIMIT least(greatest(coalesce(p_most, 1), 1), 100);
END $$;
SELECT house_door('staff_find(text, bigint, integer)', 'app');

-- One customer.
CREATE FUNCTION staff_person(p_person uuid, p_reason text)
RETURNS TABLE (uuid uuid, customer_number text, name text, email text, issuer text, status text, kyc_status text, role text, since timestamptz,
               sessions integer, own boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  actor CONSTANT person := refuse_unless_staff();
  why CONSTANT text := audit_reason(p_reason);
  one CONSTANT person := real_person(p_person);
BEGIN
  PERFORM audit_look(one.id, actor.id, 'staff_looked', 'name and accounts', why);
  RETURN QUERY SELECT one.uuid, one.customer_number::text, one.name::text, one.email::text, one.issuer::text, one.status::text,
    one.kyc_status::text, one.role::text, one.created_at,
    (SELECT count(*)::integer FROM session s WHERE s.owner = one.id AND s.expires_at > now()), one.id = actor.id;
END $$;
SELECT house_door('staff_person(uuid, text)', 'app');

-- A customer's real accounts, open ones first.
CREATE FUNCTION staff_accounts(p_person uuid, p_reason text)
RETURNS TABLE (uuid uuid, name text, number text, bank_number text, class text, custody text, type text, currency text, status text,
               blocked_by text, blocked_reason text, posted numeric, pending numeric, credit_limit numeric, known boolean, last_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  actor CONSTANT person := refuse_unless_staff();
  why CONSTANT text := audit_reason(p_reason);
  one CONSTANT person := real_person(p_person);
BEGIN
  PERFORM audit_look(one.id, actor.id, 'staff_looked', 'name and accounts', why);
  RETURN QUERY
  SELECT a.uuid, a.name::text, coalesce(a.number, '')::text, coalesce(a.bank_number, '')::text, a.class::text, a.custody::text, a.type::text,
         a.currency::text, a.status::text, coalesce(a.blocked_by, '')::text, coalesce(a.blocked_reason, '')::text,
         a.posted_balance, a.held_balance, a.credit_limit, a.known_since IS NOT NULL, a.last_transaction_at
  FROM account a WHERE a.owner = one.id AND a.custody IS NOT NULL ORDER BY a.status = 'closed', lower(a.name), a.id LIMIT 500;
END $$;
SELECT house_door('staff_accounts(uuid, text)', 'app');

-- A customer's transactions: what is pending first, then the latest booked; after a row's (booked, id). The amount is what
-- the first posting, or the hold, moves; `giving` and `taking` are the accounts' names, or a nominal account's type.
CREATE FUNCTION staff_transactions(p_person uuid, p_reason text, p_after_booked date, p_after bigint, p_most integer)
RETURNS TABLE (id bigint, booked date, kind smallint, status smallint, transfer bigint, description text, payee text, amount numeric, currency text,
               giving text, taking text, received boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  actor CONSTANT person := refuse_unless_staff();
  why CONSTANT text := audit_reason(p_reason);
  one CONSTANT person := real_person(p_person);
BEGIN
  PERFORM audit_look(one.id, actor.id, 'staff_looked', 'transactions', why);
  RETURN QUERY
  SELECT t.id, t.booked, t.kind, t.status, t.transfer, coalesce(t.description, '')::text, coalesce(c.payee, '')::text,
         coalesce(p.amount, h.amount), coalesce(p.currency, h.currency)::text,
         coalesce(CASE WHEN g.custody IS NULL THEN g.type ELSE g.name END, '')::text,
         coalesce(CASE WHEN k.custody IS NULL THEN k.type ELSE k.name END, h.number, '')::text, p.debit_version IS NOT NULL
  FROM (SELECT * FROM transaction w
        WHERE w.owner = one.id
          AND (p_after IS NULL
               OR p_after_booked IS NULL AND (w.booked IS NULL AND w.id < p_after OR w.booked IS NOT NULL)
               OR w.booked <= p_after_booked AND (w.booked < p_after_booked OR w.id < p_after))
        ORDER BY w.booked DESC NULLS FIRST, w.id DESC LIMIT least(greatest(coalesce(p_most, 1), 1), 100)) t
  LEFT JOIN posting p ON p.transaction = t.id AND p.line = 1
  LEFT JOIN hold h ON h.transaction = t.id
  LEFT JOIN account g ON g.id = coalesce(p.credit, h.account)
  LEFT JOIN account k ON k.id = coalesce(p.debit, h.taking)
  LEFT JOIN classification c ON c.transaction = t.id AND c.owner = t.owner
  ORDER BY t.booked DESC NULLS FIRST, t.id DESC;
END $$;
SELECT house_door('staff_transactions(uuid, text, date, bigint, integer)', 'app');

-- Every posting of the house's real people as one line, both sides named by owner and account. Demo households are not in it.
CREATE FUNCTION ledger_lines(p_from date, p_to date)
RETURNS TABLE (booked date, transaction bigint, line smallint, kind smallint, customer_number text, debit text, credit text, currency text, amount numeric,
               description text)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT p.booked, p.transaction, p.line, t.kind, o.customer_number::text,
         CASE WHEN d.custody IS NULL THEN d.type ELSE d.type || ' ' || coalesce(d.number, d.bank_number, d.name) END,
         CASE WHEN c.custody IS NULL THEN c.type ELSE c.type || ' ' || coalesce(c.number, c.bank_number, c.name) END,
         p.currency::text, p.amount, coalesce(t.description, '')::text
  FROM posting p JOIN person o ON o.id = p.owner AND o.issuer <> 'demo' JOIN transaction t ON t.id = p.transaction
  JOIN account d ON d.id = p.debit JOIN account c ON c.id = p.credit
  WHERE p.booked BETWEEN p_from AND p_to
$$;

-- The general ledger of some days, oldest first, after a row's (booked, transaction, line).
CREATE FUNCTION staff_ledger(p_from date, p_to date, p_reason text, p_after_booked date, p_after_transaction bigint, p_after_line integer, p_most integer)
RETURNS TABLE (booked date, transaction bigint, line smallint, kind smallint, customer_number text, debit text, credit text, currency text, amount numeric,
               description text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  actor CONSTANT person := refuse_unless_staff();
  why CONSTANT text := audit_reason(p_reason);
BEGIN
  PERFORM audit_look(actor.id, actor.id, 'staff_ledger', p_from || ' to ' || p_to, why);
  RETURN QUERY SELECT l.* FROM ledger_lines(greatest(p_from, p_after_booked), p_to) l
  WHERE p_after_booked IS NULL OR (l.booked, l.transaction, l.line) > (p_after_booked, p_after_transaction, p_after_line)
  ORDER BY l.booked, l.transaction, l.line LIMIT least(greatest(coalesce(p_most, 1), 1), 200);
END $$;
SELECT house_door('staff_ledger(date, date, text, date, bigint, integer, integer)', 'app');

-- All of it, for a file.
CREATE FUNCTION staff_ledger_export(p_from date, p_to date, p_reason text)
RETURNS TABLE (booked date, transaction bigint, line smallint, kind smallint, customer_number text, debit text, credit text, currency text, amount numeric,
               description text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  actor CONSTANT person := refuse_unless_staff();
  why CONSTANT text := audit_reason(p_reason);
BEGIN
  PERFORM audit(actor.id, actor.id, 'staff_exported', p_from || ' to ' || p_to, why);
  RETURN QUERY SELECT l.* FROM ledger_lines(p_from, p_to) l ORDER BY l.booked, l.transaction, l.line;
END $$;
SELECT house_door('staff_ledger_export(date, date, text)', 'app');

-- What was debited and credited in some days, per currency and type of account; over a currency both sums are one.
CREATE FUNCTION staff_trial_balance(p_from date, p_to date, p_reason text)
RETURNS TABLE (currency text, class text, type text, debits numeric, credits numeric, postings bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  actor CONSTANT person := refuse_unless_staff();
  why CONSTANT text := audit_reason(p_reason);
BEGIN
  PERFORM audit_look(actor.id, actor.id, 'staff_ledger', p_from || ' to ' || p_to, why);
  RETURN QUERY
  SELECT x.currency::text, a.class::text, a.type::text, sum(x.debit), sum(x.credit), sum(x.times)::bigint
  FROM (SELECT p.currency, s.account, sum(s.debit) AS debit, sum(s.credit) AS credit, count(*) AS times
        FROM posting p JOIN person o ON o.id = p.owner AND o.issuer <> 'demo'
        CROSS JOIN LATERAL (VALUES (p.debit, p.amount, 0), (p.credit, 0, p.amount)) s (account, debit, credit)
        WHERE p.booked BETWEEN p_from AND p_to GROUP BY p.currency, s.account) x
  JOIN account a ON a.id = x.account GROUP BY x.currency, a.class, a.type ORDER BY x.currency, a.class, a.type;
END $$;
SELECT house_door('staff_trial_balance(date, date, text)', 'app');

-- The house's own funds.
CREATE FUNCTION staff_pool() RETURNS TABLE (name text, type text, currency text, posted numeric)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM refuse_unless_staff();
  RETURN QUERY SELECT a.name::text, a.type::text, a.currency::text, a.posted_balance
  FROM account a JOIN person p ON p.id = a.owner AND p.issuer = 'house' WHERE a.custody IS NOT NULL ORDER BY a.currency, lower(a.name), a.id;
END $$;
SELECT house_door('staff_pool()', 'app');

-- Block or unblock up to 100 accounts for one reason, each on its own: the refusal's code where there is one.
CREATE FUNCTION staff_set_block(p_accounts uuid[], p_block boolean, p_reason text) RETURNS TABLE (account uuid, name text, refusal text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  actor CONSTANT person := refuse_unless_staff();
  why CONSTANT text := audit_reason(p_reason);
  wanted uuid;
  seen account;
BEGIN
  IF (cardinality(p_accounts) BETWEEN 1 AND 100 AND p_block IS NOT NULL) IS NOT TRUE THEN RAISE EXCEPTION 'not a choice' USING ERRCODE = 'FI028'; END IF;
  -- By id, so that two of these calls, or a payment, wait for each other instead of for ever.
  FOR wanted IN SELECT u.id FROM (SELECT DISTINCT unnest(p_accounts) AS id) u LEFT JOIN account a ON a.uuid = u.id ORDER BY a.id LOOP
    account := wanted;
    name := '';
    refusal := NULL;
    BEGIN
      seen := account_to_change(wanted, actor);
      name := seen.name;
      IF p_block AND seen.blocked_by IS DISTINCT FROM 'staff' THEN
        PERFORM ledger_set_status(seen, 'frozen', 'staff', why, actor.id, 'staff_blocked');
      ELSIF NOT p_block AND seen.status = 'frozen' THEN
        PERFORM ledger_set_status(seen, 'active', NULL, why, actor.id, 'staff_unblocked');
      END IF;
    EXCEPTION WHEN OTHERS THEN
      IF SQLSTATE NOT LIKE 'FI%' THEN RAISE; END IF;
      refusal := SQLSTATE;
    END;
    RETURN NEXT;
  END LOOP;
END $$;
SELECT house_door('staff_set_block(uuid[], boolean, text)', 'app');

-- Suspend a person, or let them in again. Suspended: no session of theirs goes on; the hashes of those that ended.
CREATE FUNCTION staff_set_standing(p_person uuid, p_status text, p_reason text) RETURNS bytea[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  actor CONSTANT person := refuse_unless_staff();
  why CONSTANT text := audit_reason(p_reason);
  one CONSTANT person := person_to_change(p_person, actor);
  ended bytea[];
BEGIN
  IF (p_status IN ('active', 'suspended')) IS NOT TRUE THEN RAISE EXCEPTION 'not a choice' USING ERRCODE = 'FI028'; END IF;
  IF one.status = p_status THEN RETURN '{}'; END IF;
  UPDATE person SET status = p_status WHERE id = one.id;
  WITH gone AS (DELETE FROM session s WHERE s.owner = one.id RETURNING s.hash) SELECT coalesce(array_agg(g.hash), '{}') INTO ended FROM gone g;
  DELETE FROM sign_in_link WHERE owner = one.id;
  PERFORM audit(one.id, actor.id, CASE p_status WHEN 'active' THEN 'staff_reactivated' ELSE 'staff_suspended' END, '', why,
                jsonb_build_object('status', one.status), jsonb_build_object('status', p_status));
  INSERT INTO outbox (owner, kind, what) VALUES (one.id, 5, 0);
  RETURN ended;
END $$;
SELECT house_door('staff_set_standing(uuid, text, text)', 'app');

CREATE FUNCTION staff_set_kyc(p_person uuid, p_status text, p_reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  actor CONSTANT person := refuse_unless_staff();
  why CONSTANT text := audit_reason(p_reason);
  one CONSTANT person := person_to_change(p_person, actor);
BEGIN
  IF (p_status IN ('pending', 'verified', 'rejected')) IS NOT TRUE THEN RAISE EXCEPTION 'not a choice' USING ERRCODE = 'FI028'; END IF;
  IF one.kyc_status = p_status THEN RETURN; END IF;
  UPDATE person SET kyc_status = p_status WHERE id = one.id;
  PERFORM audit(one.id, actor.id, 'staff_kyc', '', why, jsonb_build_object('kyc_status', one.kyc_status), jsonb_build_object('kyc_status', p_status));
  INSERT INTO outbox (owner, kind, what) VALUES (one.id, 4, 0);
END $$;
SELECT house_door('staff_set_kyc(uuid, text, text)', 'app');

-- Administrators alone give roles and take them, never to themselves; the next look at a session sees it.
CREATE FUNCTION staff_set_role(p_person uuid, p_role text, p_reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  actor CONSTANT person := refuse_unless_staff();
  why CONSTANT text := audit_reason(p_reason);
  one person;
BEGIN
  PERFORM refuse_unless_administrator();
  IF (p_role IN ('customer', 'staff', 'admin')) IS NOT TRUE THEN RAISE EXCEPTION 'not a choice' USING ERRCODE = 'FI028'; END IF;
  one := person_to_change(p_person, actor);
  IF one.role = p_role THEN RETURN; END IF;
  UPDATE person SET role = p_role WHERE id = one.id;
  PERFORM audit(one.id, actor.id, 'role', one.role || ' to ' || p_role, why, jsonb_build_object('role', one.role), jsonb_build_object('role', p_role));
END $$;
SELECT house_door('staff_set_role(uuid, text, text)', 'app');

-- How far an account that is kept here may go below zero; never less than what is drawn.
CREATE FUNCTION staff_set_credit_limit(p_account uuid, p_limit numeric, p_reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  actor CONSTANT person := refuse_unless_staff();
  why CONSTANT text := audit_reason(p_reason);
  seen CONSTANT account := account_to_change(p_account, actor);
BEGIN
  IF seen.custody <> 'held' THEN RAISE EXCEPTION 'not kept here' USING ERRCODE = 'FI026'; END IF;
  IF (p_limit BETWEEN 0 AND 9999999999999999.9999 AND p_limit = round(p_limit, 4)) IS NOT TRUE THEN RAISE EXCEPTION 'not a choice' USING ERRCODE = 'FI028'; END IF;
  IF seen.posted_balance - seen.held_balance + p_limit < 0 THEN
    RAISE EXCEPTION 'below what is drawn' USING ERRCODE = 'FI027', DETAIL = (seen.held_balance - seen.posted_balance)::text;
  END IF;
  IF seen.credit_limit = p_limit THEN RETURN; END IF;
  UPDATE account SET credit_limit = p_limit WHERE id = seen.id;
  PERFORM audit(seen.owner, actor.id, 'staff_credit_limit', seen.name, why,
                jsonb_build_object('credit_limit', seen.credit_limit::text), jsonb_build_object('credit_limit', p_limit::numeric(20,4)::text));
  INSERT INTO outbox (owner, kind, what) VALUES (seen.owner, 2, seen.id);
END $$;
SELECT house_door('staff_set_credit_limit(uuid, numeric, text)', 'app');

-- What is left of a booked transaction after the parts that were taken back.
CREATE FUNCTION ledger_rest(of_transaction bigint) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT jsonb_build_object('status', t.status, 'left', (p.amount - coalesce(
           (SELECT sum(b.amount) FROM transaction s JOIN posting b ON b.transaction = s.id AND b.line = 1 WHERE s.related = t.id AND s.owner = t.owner), 0))::text)
  FROM transaction t JOIN posting p ON p.transaction = t.id AND p.line = 1 WHERE t.id = of_transaction
$$;

-- Give a payment between two people back, whole or in part, out of what the receiver has available; either side's number
-- names it. Staff may have blocked the receiver's account before: that block does not stand in the way of this.
CREATE FUNCTION staff_reverse(p_transaction bigint, p_amount numeric, p_booked date, p_reason text, p_key uuid, p_fingerprint bigint,
  OUT transaction_id bigint, OUT transfer_number bigint, OUT replayed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  actor CONSTANT person := refuse_unless_staff();
  why CONSTANT text := audit_reason(p_reason);
  named transaction;
  received transaction;
  sent transaction;
  reached bigint;
  frozen account;
  received_was jsonb;
  sent_was jsonb;
BEGIN
  SELECT t.* INTO named FROM transaction t JOIN person p ON p.id = t.owner
  WHERE t.id = p_transaction AND p.issuer NOT IN ('demo', 'house') AND p.status <> 'closed';
  IF NOT FOUND THEN PERFORM ledger_refuse('LG015'); END IF;
  IF named.kind <> 5 OR named.booked IS NULL OR p_booked IS NULL THEN RAISE EXCEPTION 'not a payment between people' USING ERRCODE = 'FI029'; END IF;
  PERFORM FROM transaction t WHERE t.transfer = named.transfer AND t.kind = 5 ORDER BY t.id FOR NO KEY UPDATE;
  SELECT t.* INTO received FROM transaction t JOIN posting p ON p.transaction = t.id AND p.line = 1
  WHERE t.transfer = named.transfer AND t.kind = 5 AND p.debit_version IS NOT NULL;
  SELECT t.* INTO sent FROM transaction t WHERE t.transfer = named.transfer AND t.kind = 5 AND t.id <> received.id AND t.booked IS NOT NULL;
  IF received.id IS NULL OR sent.id IS NULL THEN PERFORM ledger_refuse('LG014'); END IF;
  IF actor.id IN (received.owner, sent.owner) THEN RAISE EXCEPTION 'not in the own case' USING ERRCODE = 'FI024'; END IF;

  SELECT p.debit INTO STRICT reached FROM posting p WHERE p.transaction = received.id AND p.line = 1;
  PERFORM FROM account a
  WHERE a.id IN (reached, (SELECT p.credit FROM posting p WHERE p.transaction = sent.id AND p.line = 1)) ORDER BY a.id FOR NO KEY UPDATE;
  SELECT * INTO frozen FROM account a WHERE a.id = reached AND a.blocked_by = 'staff';
  UPDATE account SET status = 'active', blocked_by = NULL, blocked_reason = NULL WHERE id = frozen.id;
  received_was := ledger_rest(received.id);
  sent_was := ledger_rest(sent.id);
  SELECT b.* INTO transaction_id, transfer_number, replayed
  FROM ledger_take_back(received.owner, actor.id, received.id, p_amount, p_booked, why, p_key, p_fingerprint) b;
  UPDATE account SET status = 'frozen', blocked_by = frozen.blocked_by, blocked_reason = frozen.blocked_reason WHERE id = frozen.id;
  IF NOT replayed THEN
    PERFORM audit(received.owner, actor.id, 'staff_reversed', 'payment ' || named.transfer, why, received_was, ledger_rest(received.id));
    PERFORM audit(sent.owner, actor.id, 'staff_reversed', 'payment ' || named.transfer, why, sent_was, ledger_rest(sent.id));
  END IF;
END $$;
SELECT house_door('staff_reverse(bigint, numeric, date, text, uuid, bigint)', 'app');

-- Let go of what is pending of `person`; `actor` is who does it, NULL the house.
CREATE FUNCTION ledger_let_go(person bigint, actor bigint, p_transaction bigint, p_expired boolean, p_reason text) RETURNS boolean
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  header transaction;
  kept hold;
BEGIN
  SELECT * INTO header FROM transaction t WHERE t.id = p_transaction AND t.owner = person FOR NO KEY UPDATE;
  IF NOT FOUND THEN PERFORM ledger_refuse('LG015'); END IF;
  IF header.status IN (4, 5) THEN RETURN false; END IF;
  IF header.status <> 1 THEN PERFORM ledger_refuse('LG027'); END IF;
  SELECT * INTO STRICT kept FROM hold h WHERE h.transaction = header.id FOR UPDATE;
  IF p_expired AND (kept.expires_at <= now()) IS NOT TRUE THEN PERFORM ledger_refuse('LG027'); END IF;
  UPDATE account a SET held_balance = held_balance - kept.amount WHERE a.id = kept.account;
  DELETE FROM hold h WHERE h.transaction = header.id;
  UPDATE transaction SET status = CASE WHEN p_expired THEN 5 ELSE 4 END WHERE id = header.id;
  INSERT INTO transaction_event (owner, transaction, kind, amount, reason, actor)
  VALUES (person, header.id, CASE WHEN p_expired THEN 4 ELSE 3 END, kept.amount, left(p_reason, 500), actor);
  INSERT INTO outbox (owner, kind, what) VALUES (person, 1, header.id);
  RETURN true;
END $$;

CREATE OR REPLACE FUNCTION let_go(p_transaction bigint, p_expired boolean, p_reason text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF current_person() IS NULL THEN PERFORM ledger_refuse('LG020'); END IF;
  RETURN ledger_let_go(current_person(), CASE WHEN p_expired THEN NULL ELSE current_person() END, p_transaction, p_expired, p_reason);
END $$;

-- Stop what is pending; what was kept back is available again.
CREATE FUNCTION staff_void(p_transaction bigint, p_reason text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  actor CONSTANT person := refuse_unless_staff();
  why CONSTANT text := audit_reason(p_reason);
  owned_by bigint;
  kept jsonb;
BEGIN
  SELECT t.owner INTO owned_by FROM transaction t JOIN person p ON p.id = t.owner
  WHERE t.id = p_transaction AND p.issuer NOT IN ('demo', 'house') AND p.status <> 'closed' FOR NO KEY UPDATE OF t;
  IF NOT FOUND THEN PERFORM ledger_refuse('LG015'); END IF;
  IF owned_by = actor.id THEN RAISE EXCEPTION 'not in the own case' USING ERRCODE = 'FI024'; END IF;
  SELECT jsonb_build_object('status', 1, 'kept_back', h.amount::text) INTO kept FROM hold h WHERE h.transaction = p_transaction;
  IF NOT ledger_let_go(owned_by, actor.id, p_transaction, false, why) THEN RETURN false; END IF;
  PERFORM audit(owned_by, actor.id, 'staff_voided', 'transaction ' || p_transaction, why, kept, jsonb_build_object('status', 4));
  RETURN true;
END $$;
SELECT house_door('staff_void(bigint, text)', 'app');

-- What was done, the latest first, before a row's id; to one person, by one, of one kind, in some days.
CREATE FUNCTION staff_trail(p_person uuid, p_actor uuid, p_kind text, p_from date, p_to date, p_after bigint, p_most integer)
RETURNS TABLE (id bigint, at timestamptz, kind text, detail text, reason text, before jsonb, after jsonb, person_uuid uuid, person text, actor_uuid uuid, actor text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE who bigint; whose bigint;
BEGIN
  PERFORM refuse_unless_staff();
  IF p_person IS NOT NULL THEN whose := (real_person(p_person)).id; END IF;
  IF p_actor IS NOT NULL THEN who := (real_person(p_actor)).id; END IF;
  RETURN QUERY
  SELECT e.id, e.at, e.kind::text, e.detail::text, coalesce(e.reason, '')::text, e.before, e.after,
         o.uuid, o.name::text, a.uuid, coalesce(a.name, CASE WHEN e.actor IS NOT NULL THEN 'closed account' ELSE '' END)::text
  FROM audit_event e JOIN person o ON o.id = e.owner AND o.issuer <> 'demo' LEFT JOIN person a ON a.id = e.actor
  WHERE (p_after IS NULL OR e.id < p_after) AND (whose IS NULL OR e.owner = whose) AND (who IS NULL OR e.actor = who)
    AND (coalesce(p_kind, '') = '' OR e.kind = p_kind) AND (p_from IS NULL OR e.at >= p_from) AND (p_to IS NULL OR e.at < p_to + 1)
  ORDER BY e.id DESC LIMIT least(greatest(coalesce(p_most, 1), 1), 100);
END $$;
SELECT house_door('staff_trail(uuid, uuid, text, date, date, bigint, integer)', 'app');

REVOKE ALL ON FUNCTION audit(bigint, bigint, text, text, text, jsonb, jsonb), audit_look(bigint, bigint, text, text, text), refuse_unless_staff(),
  audit_reason(text), real_person(uuid), person_to_change(uuid, person), account_to_change(uuid, person),
  ledger_set_status(account, text, text, text, bigint, text), ledger_lines(date, date), ledger_rest(bigint),
  ledger_let_go(bigint, bigint, bigint, boolean, text) FROM PUBLIC;
