-- What a block's hashes cover: per table its columns and their types as they stood, JSON. A column that a later migration
-- adds makes a new layout; blocks keep theirs.
CREATE TABLE seal_layout (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_seal_layout PRIMARY KEY,
  columns varchar NOT NULL CONSTRAINT uq_seal_layout_columns UNIQUE
);

-- A chain of blocks over rows that never change again. `heads` names the rows (19 bytes each: table, line, id, owner),
-- `hashes` holds the SHA-256 of each row in the same order; `reached` says up to which id numbered tables are sealed.
-- Blocks outlive an erasure: they hold numbers and hashes, nothing that says what was in a row.
CREATE TABLE seal (
  number bigint CONSTRAINT pk_seal PRIMARY KEY CONSTRAINT ck_seal_number CHECK (number > 0),
  sealed_at timestamptz NOT NULL,
  layout bigint NOT NULL CONSTRAINT fk_seal_layout REFERENCES seal_layout (id),
  rows integer NOT NULL CONSTRAINT ck_seal_rows CHECK (rows >= 0),
  reached varchar NOT NULL,
  previous bytea NOT NULL,
  root bytea NOT NULL,
  hash bytea NOT NULL,
  signature bytea NOT NULL,
  heads bytea NOT NULL,
  hashes bytea NOT NULL
);
ALTER TABLE seal ALTER COLUMN hashes SET STORAGE EXTERNAL;

-- Up to which version an account's postings are sealed. Versions are given out under the account's lock, so what is
-- visible of them has no gap, whenever a transaction commits; ids are not in the order of commits.
CREATE TABLE seal_mark (
  account bigint NOT NULL CONSTRAINT pk_seal_mark PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_seal_mark_owner REFERENCES person (id),
  version bigint NOT NULL,
  block bigint NOT NULL
);
CREATE INDEX ix_seal_mark_owner ON seal_mark (owner);

-- The last check that a person asked for over their own rows.
CREATE TABLE seal_check (
  owner bigint NOT NULL CONSTRAINT pk_seal_check PRIMARY KEY CONSTRAINT fk_seal_check_owner REFERENCES person (id),
  status varchar(7) NOT NULL CONSTRAINT ck_seal_check_status CHECK (status IN ('asked', 'running', 'done', 'failed')),
  asked_at timestamptz NOT NULL DEFAULT now(),
  heard_at timestamptz NOT NULL DEFAULT now(),
  done bigint NOT NULL DEFAULT 0,
  total bigint NOT NULL DEFAULT 0,
  sealed bigint NOT NULL DEFAULT 0,
  rules smallint NOT NULL DEFAULT 0,
  held smallint NOT NULL DEFAULT 0,
  findings varchar[] NOT NULL DEFAULT '{}'
);

SELECT house_share('seal_layout', '', 'SELECT');
SELECT house_share('seal', '', 'SELECT');
SELECT house_guard('seal_mark', 'SELECT');
SELECT house_guard('seal_check', 'SELECT');

-- Rows that nothing may change or take away, an erasure neither.
CREATE FUNCTION seal_kept() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'LG900', MESSAGE = format('%s is append-only', TG_TABLE_NAME);
END $$;
REVOKE ALL ON FUNCTION seal_kept() FROM PUBLIC;

DO $$
DECLARE target text;
BEGIN
  FOREACH target IN ARRAY ARRAY['seal', 'seal_layout', 'erasure'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION seal_kept()', target);
    EXECUTE format('CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION seal_kept()', target);
  END LOOP;
  FOREACH target IN ARRAY ARRAY['audit_event', 'classification_past'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION ledger_append_only()', target);
    EXECUTE format('CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()', target);
  END LOOP;
  FOREACH target IN ARRAY ARRAY['seal', 'seal_layout', 'erasure', 'audit_event', 'classification_past'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER append_only, ENABLE ALWAYS TRIGGER append_only_whole', target);
  END LOOP;
END $$;
CREATE TRIGGER append_only BEFORE DELETE ON account FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON account FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();
ALTER TABLE account ENABLE ALWAYS TRIGGER append_only, ENABLE ALWAYS TRIGGER append_only_whole;

-- The layout's number, made at its first use.
CREATE FUNCTION seal_layout_number(of_columns text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE found_id bigint;
BEGIN
  INSERT INTO seal_layout (columns) VALUES (of_columns) ON CONFLICT (columns) DO NOTHING RETURNING id INTO found_id;
  IF found_id IS NULL THEN
    SELECT id INTO STRICT found_id FROM seal_layout WHERE columns = of_columns;
  END IF;
  RETURN found_id;
END $$;
SELECT house_door('seal_layout_number(text)', 'system');

-- Put the next block at the chain's end and move the marks of the accounts in it. A person who is being erased is waited
-- for, and leaves none.
CREATE FUNCTION append_seal(next seal, accounts bigint[], versions bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  last_number bigint;
  last_hash bytea;
BEGIN
  SELECT s.number, s.hash INTO last_number, last_hash FROM seal s ORDER BY s.number DESC LIMIT 1;
  IF (next.number, next.previous) IS DISTINCT FROM (coalesce(last_number, 0) + 1, coalesce(last_hash, decode(repeat('00', 32), 'hex'))) THEN
    RAISE EXCEPTION 'block % does not follow block %', next.number, coalesce(last_number, 0) USING ERRCODE = 'LG901';
  END IF;
  INSERT INTO seal SELECT next.*;
  INSERT INTO seal_mark (account, owner, version, block)
  SELECT a.id, a.owner, m.version, next.number
  FROM unnest(accounts, versions) m (account, version) JOIN account a ON a.id = m.account JOIN person p ON p.id = a.owner
  FOR KEY SHARE OF p
  ON CONFLICT (account) DO UPDATE SET version = EXCLUDED.version, block = EXCLUDED.block;
END $$;
SELECT house_door('append_seal(seal, bigint[], bigint[])', 'system');

-- The last block that holds rows of the person who asks; no row where none does.
CREATE FUNCTION own_seal() RETURNS TABLE (number bigint, hash bytea, signature bytea, sealed_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT s.number, s.hash, s.signature, s.sealed_at FROM seal s
  WHERE s.number = (SELECT max(m.block) FROM seal_mark m WHERE m.owner = current_person());
$$;
SELECT house_door('own_seal()', 'app');

-- Have the worker check the own rows; false where a check is under way (one that was not heard of for 10 minutes is not).
CREATE FUNCTION ask_check() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF current_person() IS NULL THEN
    RAISE EXCEPTION 'nobody is acting' USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO seal_check AS c (owner, status) VALUES (current_person(), 'asked')
  ON CONFLICT (owner) DO UPDATE SET status = 'asked', asked_at = now(), heard_at = now(), done = 0, total = 0, findings = '{}'
  WHERE c.status NOT IN ('asked', 'running') OR c.heard_at < now() - interval '10 minutes';
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  INSERT INTO outbox (owner, kind, what) SELECT current_person(), kind, 0 FROM unnest('{20,52}'::smallint[]) kind;
  RETURN true;
END $$;
SELECT house_door('ask_check()', 'app');

-- How far a check has come; nothing where the person is gone.
CREATE FUNCTION note_check(of_person bigint, to_status text, blocks_done bigint, blocks bigint, rows_sealed bigint,
                           rules_read integer, rules_held integer, sentences text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE seal_check SET status = to_status, heard_at = now(), done = blocks_done, total = blocks, sealed = rows_sealed,
    rules = rules_read, held = rules_held, findings = sentences
  WHERE owner = of_person;
  IF FOUND THEN
    INSERT INTO outbox (owner, kind, what) VALUES (of_person, 20, 0);
  END IF;
END $$;
SELECT house_door('note_check(bigint, text, bigint, bigint, bigint, integer, integer, text[])', 'system');
