-- A person's books at one date as the twin saw them: the value itself, under its hash. `marker` is the latest transaction.
CREATE TABLE snapshot (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_snapshot PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_snapshot_owner REFERENCES person (id),
  hash varchar(64) NOT NULL CONSTRAINT ck_snapshot_hash CHECK (hash ~ '^[0-9a-f]{64}$'),
  content text NOT NULL CONSTRAINT ck_snapshot_content CHECK (octet_length(content) <= 2000000),
  marker bigint NOT NULL,
  taken_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT uq_snapshot_hash UNIQUE (owner, hash),
  CONSTRAINT uq_snapshot_owner UNIQUE (owner, id)
);

-- Events that were thought of together, by name.
CREATE TABLE scenario (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_scenario PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_scenario_owner REFERENCES person (id),
  name varchar(80) NOT NULL CONSTRAINT ck_scenario_name CHECK (btrim(name) <> ''),
  events jsonb NOT NULL CONSTRAINT ck_scenario_events CHECK (jsonb_typeof(events) = 'array' AND octet_length(events::text) <= 100000),
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT uq_scenario_owner UNIQUE (owner, id)
);

-- A run that was kept: repeatable from its snapshot, scenario, seed and settings with the same engine, and shown as it
-- was with any other. `outcome` is the engine's answer for both sides.
CREATE TABLE simulation (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_simulation PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_simulation_owner REFERENCES person (id),
  snapshot bigint NOT NULL,
  scenario bigint NOT NULL,
  months integer NOT NULL CONSTRAINT ck_simulation_months CHECK (months BETWEEN 1 AND 480),
  seed bigint NOT NULL CONSTRAINT ck_simulation_seed CHECK (seed >= 0),
  paths integer NOT NULL CONSTRAINT ck_simulation_paths CHECK (paths BETWEEN 100 AND 20000),
  "limit" numeric(20,4) NOT NULL CONSTRAINT ck_simulation_limit CHECK ("limit" >= 0 AND "limit" <> 'NaN'),
  real boolean NOT NULL,
  engine varchar(120) NOT NULL,
  digest varchar(64) NOT NULL,
  headline varchar(500) NOT NULL,
  outcome text NOT NULL CONSTRAINT ck_simulation_outcome CHECK (octet_length(outcome) <= 2000000),
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT fk_simulation_snapshot FOREIGN KEY (owner, snapshot) REFERENCES snapshot (owner, id),
  CONSTRAINT fk_simulation_scenario FOREIGN KEY (owner, scenario) REFERENCES scenario (owner, id)
);
CREATE INDEX ix_simulation_owner ON simulation (owner, id);
CREATE INDEX ix_simulation_snapshot ON simulation (snapshot);
CREATE INDEX ix_simulation_scenario ON simulation (scenario);

SELECT house_guard('snapshot', 'SELECT, INSERT, DELETE');
SELECT house_guard('scenario', 'SELECT, INSERT, UPDATE (name), DELETE');
SELECT house_guard('simulation', 'SELECT, INSERT, DELETE');
