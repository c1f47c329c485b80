-- That somebody's rows were taken away, and how many. It names nobody: a number, and a word why. `transfers` are those
-- whose other side stays in another person's books, so that their half is no fault there.
CREATE TABLE erasure (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_erasure PRIMARY KEY,
  person bigint NOT NULL CONSTRAINT uq_erasure_person UNIQUE,
  reason varchar(40) NOT NULL,
  rows bigint NOT NULL,
  transfers bigint[] NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
SELECT house_share('erasure', '', 'SELECT');

-- What an erasure looks up once for each transaction that goes.
ALTER TABLE classification DROP CONSTRAINT pk_classification, ADD CONSTRAINT pk_classification PRIMARY KEY (transaction, owner);
CREATE INDEX ix_classification_matched ON classification (matched) WHERE matched IS NOT NULL;

-- Every guarded table, those that refer before those they refer to. What house_guard has guarded is a person's, so
-- nothing has to be named a second time, and nothing can be forgotten.
CREATE FUNCTION tenant_tables() RETURNS regclass[]
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  ordered regclass[] := '{}';
  left_over regclass[] := ARRAY(
    SELECT c.oid::regclass FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid AND p.polname = 'own'
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY c.relname);
  free regclass[];
BEGIN
  WHILE left_over <> '{}' LOOP
    free := ARRAY(
      SELECT t FROM unnest(left_over) t WHERE NOT EXISTS (
        SELECT FROM pg_constraint f
        WHERE f.contype = 'f' AND f.confrelid = t AND f.conrelid <> t AND f.conrelid::regclass = ANY (left_over)));
    IF free = '{}' THEN
      RAISE EXCEPTION 'these tables refer to each other in a circle: %', left_over;
    END IF;
    ordered := ordered || free;
    left_over := ARRAY(SELECT t FROM unnest(left_over) t WHERE t <> ALL (free));
  END LOOP;
  RETURN ordered;
END $$;

-- Shut the person out and have the worker take their rows away. A demo person's whole household goes together.
CREATE FUNCTION begin_erasure(of_person bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  leaving bigint[] := ARRAY(
    SELECT other.id FROM person one
    JOIN person other ON other.id = one.id
      OR one.issuer = 'demo' AND other.issuer = 'demo' AND split_part(other.subject, '/', 1) = split_part(one.subject, '/', 1)
    WHERE one.id = of_person AND one.issuer <> 'house' ORDER BY other.id);
BEGIN
  UPDATE person SET status = 'closed' WHERE id = ANY (leaving);
  DELETE FROM session WHERE owner = ANY (leaving);
  INSERT INTO outbox (owner, kind, what) SELECT one, kind, 0 FROM unnest(leaving) one, unnest('{5,34}'::smallint[]) kind;
END $$;

CREATE FUNCTION ask_erasure() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF current_person() IS NULL THEN
    RAISE EXCEPTION 'nobody is acting' USING ERRCODE = 'insufficient_privilege';
  END IF;
  PERFORM begin_erasure(current_person());
END $$;
SELECT house_door('ask_erasure()', 'app');

-- For demo households that nobody looks at any more; nobody else can be sent away by the house.
CREATE FUNCTION end_demo(of_person bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM person WHERE id = of_person AND issuer = 'demo' AND status <> 'closed') THEN
    PERFORM begin_erasure(of_person);
  END IF;
END $$;
SELECT house_door('end_demo(bigint)', 'system');

-- Take away every row of a person who was shut out before; how many. Again: none, since nothing is left.
CREATE FUNCTION erase_person(of_person bigint, why text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  one person;
  target regclass;
  gone bigint;
  total bigint := 0;
  halved bigint[];
BEGIN
  SELECT * INTO one FROM person p WHERE p.id = of_person FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  IF one.issuer = 'house' OR one.status <> 'closed' THEN
    RAISE EXCEPTION 'person % was not asked for', of_person USING ERRCODE = 'insufficient_privilege';
  END IF;
  halved := ARRAY(
    SELECT t.transfer FROM transaction t WHERE t.owner = of_person AND t.transfer IS NOT NULL
      AND EXISTS (SELECT FROM transaction o WHERE o.transfer = t.transfer AND o.owner <> of_person) ORDER BY t.transfer);
  PERFORM set_config('app.erasing', of_person::text, true);
  FOREACH target IN ARRAY tenant_tables() LOOP
    EXECUTE format('DELETE FROM %s WHERE %I = $1', target, CASE WHEN target = 'person'::regclass THEN 'id' ELSE 'owner' END) USING of_person;
    GET DIAGNOSTICS gone = ROW_COUNT;
    total := total + gone;
  END LOOP;
  PERFORM set_config('app.erasing', '', true);
  DELETE FROM outbox WHERE owner = of_person;
  DELETE FROM dead_letter WHERE owner = of_person;
  INSERT INTO erasure (person, reason, rows, transfers) VALUES (of_person, left(why, 40), total, halved);
  RETURN total;
END $$;
SELECT house_door('erase_person(bigint, text)', 'system');

REVOKE ALL ON FUNCTION tenant_tables(), begin_erasure(bigint) FROM PUBLIC;
