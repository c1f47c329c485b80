-- One small row per person concerned, written by the doors in the transaction that changed something.
CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_outbox PRIMARY KEY,
  owner bigint NOT NULL,
  kind smallint NOT NULL,
  what bigint NOT NULL DEFAULT 0,
  at timestamptz NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 20000);

-- Rows whose consumers failed, kept until they are replayed.
CREATE TABLE dead_letter (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_dead_letter PRIMARY KEY,
  owner bigint NOT NULL,
  kind smallint NOT NULL,
  what bigint NOT NULL,
  at timestamptz NOT NULL,
  problem varchar NOT NULL,
  failed_at timestamptz NOT NULL DEFAULT now()
);

SELECT house_share('outbox', '', 'SELECT');
SELECT house_share('dead_letter', '', 'SELECT');

-- A row for the person who acts, and for nobody else.
CREATE FUNCTION tell(kind smallint, what bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF current_person() IS NULL THEN
    RAISE EXCEPTION 'nobody is acting' USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO outbox (owner, kind, what) VALUES (current_person(), tell.kind, tell.what);
END $$;
SELECT house_door('tell(smallint, bigint)', 'app');

-- A row for any person, written by the house.
CREATE FUNCTION tell(owner bigint, kind smallint, what bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO outbox (owner, kind, what) VALUES (tell.owner, tell.kind, tell.what);
$$;
SELECT house_door('tell(bigint, smallint, bigint)', 'system');

-- Take the oldest rows that no other dispatcher holds. They are gone when the caller's transaction commits.
CREATE FUNCTION take_outbox(most integer)
RETURNS TABLE (id bigint, owner bigint, kind smallint, what bigint, at timestamptz)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH taken AS (
    -- ARRAY(...) is planned once; IN (...) could be run again for each row and take more than it should.
    DELETE FROM outbox o
    WHERE o.id = ANY (ARRAY(SELECT w.id FROM outbox w ORDER BY w.id LIMIT most FOR UPDATE SKIP LOCKED))
    RETURNING o.id, o.owner, o.kind, o.what, o.at
  )
  SELECT t.id, t.owner, t.kind, t.what, t.at FROM taken t ORDER BY t.id;
$$;
SELECT house_door('take_outbox(integer)', 'system');

CREATE FUNCTION bury(owner bigint, kind smallint, what bigint, at timestamptz, problem text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO dead_letter (owner, kind, what, at, problem)
  VALUES (bury.owner, bury.kind, bury.what, bury.at, left(bury.problem, 500));
$$;
SELECT house_door('bury(bigint, smallint, bigint, timestamptz, text)', 'system');

-- Put one dead letter back into the outbox, or all of them (NULL); how many went.
CREATE FUNCTION replay(letter bigint) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH back AS (
    DELETE FROM dead_letter d WHERE letter IS NULL OR d.id = letter RETURNING d.owner, d.kind, d.what, d.id
  ), told AS (
    INSERT INTO outbox (owner, kind, what) SELECT b.owner, b.kind, b.what FROM back b ORDER BY b.id RETURNING 1
  )
  SELECT count(*) FROM told;
$$;
SELECT house_door('replay(bigint)', 'system');
