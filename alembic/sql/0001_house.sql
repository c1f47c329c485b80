-- Who is asking. Empty string and missing setting are both nobody, so a lost setting closes, never opens.
CREATE FUNCTION current_person() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
RETURN NULLIF(current_setting('app.person', true), '')::bigint;

-- Put a person's table under row security: the app sees the current person's rows, owner and system see all.
CREATE FUNCTION house_guard(target regclass, app_privileges text, own text DEFAULT 'owner') RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE house installation;
BEGIN
  SELECT * INTO STRICT house FROM installation;
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format('CREATE POLICY own ON %s TO %I USING (%I = current_person()) WITH CHECK (%I = current_person())', target, house.app_role, own, own);
  EXECUTE format('CREATE POLICY house ON %s TO %I, %I USING (true) WITH CHECK (true)', target, house.owner_role, house.system_role);
  EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', target);
  EXECUTE format('GRANT SELECT ON %s TO %I', target, house.system_role);
  IF app_privileges <> '' THEN
    EXECUTE format('GRANT %s ON %s TO %I', app_privileges, target, house.app_role);
  END IF;
END $$;

-- Grants on a table that belongs to nobody.
CREATE FUNCTION house_share(target regclass, app text DEFAULT '', system text DEFAULT '') RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE house installation;
BEGIN
  SELECT * INTO STRICT house FROM installation;
  EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', target);
  IF app <> '' THEN EXECUTE format('GRANT %s ON %s TO %I', app, target, house.app_role); END IF;
  IF system <> '' THEN EXECUTE format('GRANT %s ON %s TO %I', system, target, house.system_role); END IF;
END $$;

-- Let the named roles ('app', 'system', 'app, system') call a door, and nobody else.
CREATE FUNCTION house_door(door regprocedure, who text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE house installation; one text;
BEGIN
  SELECT * INTO STRICT house FROM installation;
  EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', door);
  FOREACH one IN ARRAY regexp_split_to_array(who, '\s*,\s*') LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', door,
                   CASE one WHEN 'app' THEN house.app_role WHEN 'system' THEN house.system_role END);
  END LOOP;
END $$;

REVOKE ALL ON FUNCTION house_guard(regclass, text, text), house_share(regclass, text, text), house_door(regprocedure, text) FROM PUBLIC;

CREATE TABLE person (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_person PRIMARY KEY,
  uuid uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT uq_person_uuid UNIQUE,
  issuer varchar NOT NULL,
  subject varchar NOT NULL,
  email varchar NOT NULL,
  email_verified boolean NOT NULL,
  name varchar NOT NULL,
  picture varchar NOT NULL,
  customer_number varchar NOT NULL CONSTRAINT uq_person_customer_number UNIQUE,
  status varchar NOT NULL CONSTRAINT ck_person_status CHECK (status IN ('active', 'suspended', 'closed')),
  kyc_status varchar NOT NULL CONSTRAINT ck_person_kyc_status CHECK (kyc_status IN ('pending', 'verified', 'rejected')),
  role varchar NOT NULL CONSTRAINT ck_person_role CHECK (role IN ('customer', 'staff', 'admin', 'house')),
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT uq_person_issuer_subject UNIQUE (issuer, subject)
);
SELECT house_guard('person', 'SELECT', 'id');

INSERT INTO person (issuer, subject, email, email_verified, name, picture, customer_number, status, kyc_status, role)
VALUES ('house', 'house', '', false, 'FinTwin', '', 'HOUSE', 'active', 'verified', 'house');

SELECT house_share('installation', 'SELECT', 'SELECT');
SELECT house_share('alembic_version', 'SELECT', 'SELECT');
