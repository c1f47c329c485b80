-- What a person says of themselves. The phone number is sealed by the app with a key from the data directory.
CREATE TABLE profile (
  owner bigint NOT NULL CONSTRAINT pk_profile PRIMARY KEY CONSTRAINT fk_profile_owner REFERENCES person (id),
  phone_sealed varchar NOT NULL DEFAULT '',
  country varchar(2) NOT NULL DEFAULT '',
  currency varchar(3) NOT NULL,
  monthly_income numeric(20,4),
  goal varchar NOT NULL DEFAULT ''
    CONSTRAINT ck_profile_goal CHECK (goal IN ('', 'savings', 'investment', 'debt_payoff', 'wealth_building')),
  risk_appetite varchar NOT NULL DEFAULT ''
    CONSTRAINT ck_profile_risk_appetite CHECK (risk_appetite IN ('', 'low', 'medium', 'high')),
  dependants smallint CONSTRAINT ck_profile_dependants CHECK (dependants BETWEEN 0 AND 30),
  birth_year smallint CONSTRAINT ck_profile_birth_year CHECK (birth_year BETWEEN 1900 AND 2200),
  zone varchar(64) NOT NULL,
  locale varchar(35) NOT NULL,
  week_start smallint NOT NULL DEFAULT 1 CONSTRAINT ck_profile_week_start CHECK (week_start BETWEEN 1 AND 7),
  month_start smallint NOT NULL DEFAULT 1 CONSTRAINT ck_profile_month_start CHECK (month_start BETWEEN 1 AND 28),
  completed_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now()
);
SELECT house_guard('profile', 'SELECT, UPDATE');
-- A person may change what they are called; who they are comes from sign-in alone.
SELECT house_share('person', 'UPDATE (name)');

CREATE TABLE session (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_session PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_session_owner REFERENCES person (id),
  hash bytea NOT NULL CONSTRAINT uq_session_hash UNIQUE CONSTRAINT ck_session_hash CHECK (length(hash) = 32),
  keep boolean NOT NULL,
  idle_seconds integer NOT NULL,
  agent varchar(80) NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX ix_session_owner ON session (owner);
SELECT house_guard('session', 'SELECT, DELETE');

-- One-time addresses that `fintwin run` and `fintwin staff link` print. An administrator's belongs to the house,
-- a profile's to the person whose books the next sign-in takes over.
CREATE TABLE sign_in_link (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_sign_in_link PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_sign_in_link_owner REFERENCES person (id),
  kind varchar NOT NULL CONSTRAINT ck_sign_in_link_kind CHECK (kind IN ('administrator', 'profile')),
  hash bytea NOT NULL CONSTRAINT uq_sign_in_link_hash UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX ix_sign_in_link_owner ON sign_in_link (owner);
SELECT house_guard('sign_in_link', '');

-- Who may sign up: an address, or a domain written as `@family.org`; lower case.
CREATE TABLE allowed (
  entry varchar(254) NOT NULL CONSTRAINT pk_allowed PRIMARY KEY,
  added_at timestamptz NOT NULL DEFAULT now()
);
SELECT house_share('allowed');

-- What was done to a person's rights and by whom; `actor` is NULL for a command on the machine itself.
CREATE TABLE audit_event (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_audit_event PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_audit_event_owner REFERENCES person (id),
  actor bigint,
  kind varchar(40) NOT NULL,
  detail varchar(300) NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_audit_event_owner_id ON audit_event (owner, id);
SELECT house_guard('audit_event', 'SELECT');

-- The person behind a session, or no row. An active call (a person did something) keeps the session from idling;
-- a look from a background handler does not. Seen is written once a minute at most.
CREATE FUNCTION session_person(of_hash bytea, active boolean)
RETURNS TABLE (person bigint, uuid uuid, name text, email text, issuer text, role text, onboarded boolean,
               locale text, zone text, currency text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE seen timestamptz;
BEGIN
  SELECT p.id, p.uuid, p.name, p.email, p.issuer, p.role, f.completed_at IS NOT NULL, f.locale, f.zone, f.currency, s.seen_at
  INTO person, uuid, name, email, issuer, role, onboarded, locale, zone, currency, seen
  FROM session s JOIN person p ON p.id = s.owner JOIN profile f ON f.owner = s.owner
  WHERE s.hash = of_hash AND s.expires_at > now() AND s.seen_at + make_interval(secs => s.idle_seconds) > now()
    AND p.status = 'active';
  IF NOT FOUND THEN RETURN; END IF;
  IF active AND seen < now() - interval '1 minute' THEN
    UPDATE session SET seen_at = now() WHERE hash = of_hash;
  END IF;
  RETURN NEXT;
END $$;
SELECT house_door('session_person(bytea, boolean)', 'app');

-- A session row for a person who has just proved who they are. Inner part of the doors below.
CREATE FUNCTION begin_session(of_owner bigint, with_hash bytea, keeps boolean, with_agent text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  DELETE FROM session WHERE owner = of_owner
    AND (expires_at <= now() OR seen_at + make_interval(secs => idle_seconds) <= now());
  INSERT INTO session (owner, hash, keep, idle_seconds, agent, expires_at)
  VALUES (of_owner, with_hash, keeps, CASE WHEN keeps THEN 30 * 86400 ELSE 1800 END, left(with_agent, 80),
          now() + CASE WHEN keeps THEN interval '90 days' ELSE interval '12 hours' END);
END $$;

CREATE FUNCTION begin_person(of_issuer text, of_subject text, with_email text, verified boolean, with_name text,
                             with_picture text, with_locale text, with_zone text, with_country text, with_currency text,
                             with_week_start integer) RETURNS person
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE made person; number text;
BEGIN
  LOOP
    number := lpad((('x' || left(replace(gen_random_uuid()::text, '-', ''), 8))::bit(32)::bigint % 100000000)::text, 8, '0');
    EXIT WHEN NOT EXISTS (SELECT FROM person WHERE customer_number = number);
  END LOOP;
  INSERT INTO person (issuer, subject, email, email_verified, name, picture, customer_number, status, kyc_status, role)
  VALUES (of_issuer, of_subject, with_email, verified, with_name, with_picture, number, 'active', 'pending', 'customer')
  RETURNING * INTO made;
  INSERT INTO profile (owner, country, currency, zone, locale, week_start)
  VALUES (made.id, with_country, with_currency, with_zone, with_locale, with_week_start);
  RETURN made;
END $$;

REVOKE ALL ON FUNCTION begin_session(bigint, bytea, boolean, text),
  begin_person(text, text, text, boolean, text, text, text, text, text, text, integer) FROM PUBLIC;

-- Sign in whom an issuer has vouched for: find or make the person, apply the house's rules, begin a session.
-- A refusal raises and leaves nothing. Sign-ins go one after the other, so that there is one first administrator.
--   FI001 not on the list   FI002 the link is spent, wrong or not needed   FI003 has books of their own already
--   FI004 not an issuer for this door   FI005 suspended or closed
CREATE FUNCTION sign_in(
  of_issuer text, of_subject text, with_email text, verified boolean, with_name text, with_picture text,
  with_locale text, with_zone text, with_country text, with_currency text, with_week_start integer,
  with_hash bytea, keeps boolean, with_agent text,
  administrator text, listed text[], open_to_all boolean, first_is_administrator boolean, link bytea
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  one person; way sign_in_link; rooted boolean; becomes text := ''; address text := lower(with_email);
  domain text := substring(lower(with_email) FROM '@[^@]+$');
BEGIN
  IF of_issuer IN ('', 'house', 'demo') OR of_subject = '' THEN
    RAISE EXCEPTION 'no sign-in for this issuer' USING ERRCODE = 'FI004';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('sign_in'));
  SELECT * INTO one FROM person p WHERE p.issuer = of_issuer AND p.subject = of_subject FOR UPDATE;
  rooted := EXISTS (SELECT FROM person p WHERE p.role = 'admin' AND p.status = 'active' AND p.issuer NOT IN ('house', 'demo')
                    AND (p.issuer = 'local') = (of_issuer = 'local'));

  IF link IS NOT NULL THEN
    DELETE FROM sign_in_link l WHERE l.hash = link AND l.expires_at > now() RETURNING * INTO way;
    IF NOT FOUND OR (way.kind = 'administrator' AND rooted) THEN
      RAISE EXCEPTION 'the link is spent' USING ERRCODE = 'FI002';
    END IF;
    IF way.kind = 'administrator' THEN
      becomes := 'by the link that was printed at start';
    ELSE
      IF one.id IS NOT NULL THEN
        RAISE EXCEPTION 'has books already' USING ERRCODE = 'FI003';
      END IF;
      UPDATE person SET issuer = of_issuer, subject = of_subject, email = with_email, email_verified = verified, picture = with_picture
      WHERE id = way.owner AND issuer = 'local' AND status = 'active' RETURNING * INTO one;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'the profile is gone' USING ERRCODE = 'FI002';
      END IF;
      DELETE FROM session WHERE owner = one.id;
      DELETE FROM sign_in_link WHERE owner = one.id;
      INSERT INTO audit_event (owner, kind, detail)
      VALUES (one.id, 'profile_taken_over', left('local profile taken over by ' || of_issuer || ' ' || with_email, 300));
    END IF;
  END IF;

  IF becomes = '' AND verified AND administrator <> '' AND address = lower(administrator) THEN
    becomes := 'named by FINTWIN_ADMIN';
  ELSIF becomes = '' AND first_is_administrator AND NOT rooted AND one.id IS NULL THEN
    becomes := 'the first to sign in';
  END IF;

  IF one.id IS NULL THEN
    -- IS NOT TRUE, because an address without a domain makes NULL of the comparison.
    IF (becomes <> '' OR open_to_all
        OR (verified AND (address = ANY (listed) OR domain = ANY (listed)
                          OR EXISTS (SELECT FROM allowed a WHERE a.entry IN (address, domain))))) IS NOT TRUE THEN
      RAISE EXCEPTION 'not on the list' USING ERRCODE = 'FI001';
    END IF;
    one := begin_person(of_issuer, of_subject, with_email, verified, with_name, with_picture,
                        with_locale, with_zone, with_country, with_currency, with_week_start);
  ELSIF one.status <> 'active' THEN
    RAISE EXCEPTION 'suspended or closed' USING ERRCODE = 'FI005';
  ELSIF of_issuer <> 'local' THEN
    UPDATE person SET email = with_email, email_verified = verified, picture = with_picture
    WHERE id = one.id AND (email, email_verified, picture) IS DISTINCT FROM (with_email, verified, with_picture);
  END IF;

  IF becomes <> '' AND one.role <> 'admin' THEN
    UPDATE person SET role = 'admin' WHERE id = one.id;
    DELETE FROM sign_in_link WHERE kind = 'administrator';
    INSERT INTO audit_event (owner, kind, detail) VALUES (one.id, 'administrator', becomes);
  END IF;
  PERFORM begin_session(one.id, with_hash, keeps, with_agent);
  RETURN one.id;
END $$;
SELECT house_door('sign_in(text, text, text, boolean, text, text, text, text, text, text, integer, bytea, boolean, text, text, text[], boolean, boolean, bytea)', 'app');

-- The local profiles to pick from. The app asks only where local profiles are allowed.
CREATE FUNCTION local_profiles() RETURNS TABLE (subject text, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT p.subject, p.name FROM person p WHERE p.issuer = 'local' AND p.status = 'active' ORDER BY lower(p.name), p.id LIMIT 100
$$;
SELECT house_door('local_profiles()', 'app');

-- Make the people of one demo household, profile complete; FI006 when there are `most` households already.
CREATE FUNCTION open_demo(names text[], with_locale text, with_zone text, with_country text, with_currency text,
                          with_week_start integer, most integer) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE household text := gen_random_uuid()::text; made bigint[] := '{}'; one person; n integer := 0; called text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('open_demo'));
  IF (SELECT count(DISTINCT split_part(subject, '/', 1)) FROM person WHERE issuer = 'demo') >= most THEN
    RAISE EXCEPTION 'too many demo households' USING ERRCODE = 'FI006';
  END IF;
  FOREACH called IN ARRAY names LOOP
    n := n + 1;
    one := begin_person('demo', household || '/' || n, '', false, called, '',
                        with_locale, with_zone, with_country, with_currency, with_week_start);
    UPDATE profile SET completed_at = now() WHERE owner = one.id;
    made := made || one.id;
  END LOOP;
  RETURN made;
END $$;
SELECT house_door('open_demo(text[], text, text, text, text, integer, integer)', 'app');

-- A session for oneself in the demo, or for the other adult of one's own demo household. NULL where there is none.
CREATE FUNCTION enter_demo(the_other boolean, with_hash bytea, with_agent text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE me person; target bigint;
BEGIN
  SELECT * INTO me FROM person WHERE id = current_person() AND issuer = 'demo' AND status = 'active';
  IF NOT FOUND THEN RETURN NULL; END IF;
  target := me.id;
  IF the_other THEN
    SELECT p.id INTO target FROM person p
    WHERE p.issuer = 'demo' AND p.status = 'active' AND p.id <> me.id
      AND split_part(p.subject, '/', 1) = split_part(me.subject, '/', 1) ORDER BY p.id LIMIT 1;
    IF NOT FOUND THEN RETURN NULL; END IF;
  END IF;
  PERFORM begin_session(target, with_hash, false, with_agent);
  RETURN target;
END $$;
SELECT house_door('enter_demo(boolean, bytea, text)', 'app');

-- FI007 unless the current person is an administrator.
CREATE FUNCTION refuse_unless_administrator() RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM person WHERE id = current_person() AND role = 'admin' AND status = 'active') THEN
    RAISE EXCEPTION 'administrators only' USING ERRCODE = 'FI007';
  END IF;
END $$;
REVOKE ALL ON FUNCTION refuse_unless_administrator() FROM PUBLIC;

CREATE FUNCTION allowed_entries() RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless_administrator();
  RETURN QUERY SELECT a.entry::text FROM allowed a ORDER BY a.entry;
END $$;
SELECT house_door('allowed_entries()', 'app');

CREATE FUNCTION allow_entry(new_entry text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless_administrator();
  INSERT INTO allowed (entry) VALUES (lower(new_entry)) ON CONFLICT DO NOTHING;
  IF FOUND THEN
    INSERT INTO audit_event (owner, actor, kind, detail) VALUES (current_person(), current_person(), 'allowed_added', left(new_entry, 300));
  END IF;
END $$;
SELECT house_door('allow_entry(text)', 'app');

CREATE FUNCTION forget_entry(old_entry text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless_administrator();
  DELETE FROM allowed WHERE entry = lower(old_entry);
  IF FOUND THEN
    INSERT INTO audit_event (owner, actor, kind, detail) VALUES (current_person(), current_person(), 'allowed_removed', left(old_entry, 300));
  END IF;
END $$;
SELECT house_door('forget_entry(text)', 'app');

-- Give a person a role, from the command line; the change ends no session, the next look at it sees the new role.
CREATE FUNCTION set_role(of_person bigint, to_role text, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE before text;
BEGIN
  SELECT role INTO before FROM person WHERE id = of_person AND issuer NOT IN ('house', 'demo') FOR UPDATE;
  IF NOT FOUND OR to_role NOT IN ('customer', 'staff', 'admin') THEN
    RAISE EXCEPTION 'no such person or role' USING ERRCODE = 'FI004';
  END IF;
  UPDATE person SET role = to_role WHERE id = of_person;
  INSERT INTO audit_event (owner, kind, detail)
  VALUES (of_person, 'role', left(before || ' to ' || to_role || ': ' || reason, 300));
END $$;
SELECT house_door('set_role(bigint, text, text)', 'system');

-- Keep the hash of a link that is about to be printed; an older one of the same kind and person is void.
-- `of_person` is the local profile to take over; NULL makes an administrator's link.
CREATE FUNCTION make_sign_in_link(of_person bigint, with_hash bytea, valid interval) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE whose bigint; what text := CASE WHEN of_person IS NULL THEN 'administrator' ELSE 'profile' END;
BEGIN
  SELECT id INTO whose FROM person
  WHERE CASE WHEN of_person IS NULL THEN issuer = 'house' ELSE id = of_person AND issuer = 'local' AND status = 'active' END;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such profile' USING ERRCODE = 'FI004';
  END IF;
  DELETE FROM sign_in_link WHERE owner = whose AND kind = what;
  INSERT INTO sign_in_link (owner, kind, hash, expires_at) VALUES (whose, what, with_hash, now() + valid);
  IF of_person IS NOT NULL THEN
    INSERT INTO audit_event (owner, kind, detail) VALUES (of_person, 'link', 'a link to take over this profile was printed');
  END IF;
END $$;
SELECT house_door('make_sign_in_link(bigint, bytea, interval)', 'system');
