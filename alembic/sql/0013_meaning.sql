-- One act of a person that changed what transactions mean, of one or of many: what its undo takes back.
-- what: a sentence for people ("Rule: payee contains Rewe"). kept: the category that a merge or deletion took away.
CREATE TABLE meaning_change (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_meaning_change PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_meaning_change_owner REFERENCES person (id),
  what varchar(200) NOT NULL,
  kept jsonb,
  at timestamptz NOT NULL DEFAULT now(),
  undone_at timestamptz,
  CONSTRAINT uq_meaning_change_owner UNIQUE (owner, id)
);

-- An archived category stays with what it was given to and is offered no more.
ALTER TABLE category ADD COLUMN archived_at timestamptz;

-- Who changed it, by which act, and what the category was called then: it may be gone by the time somebody looks.
ALTER TABLE classification_past
  ADD COLUMN actor bigint,
  ADD COLUMN change bigint,
  ADD COLUMN category_name varchar(60),
  ADD CONSTRAINT fk_classification_past_change FOREIGN KEY (owner, change) REFERENCES meaning_change (owner, id);
CREATE INDEX ix_classification_past_change ON classification_past (change) WHERE change IS NOT NULL;

-- The act that is going on in this unit of work, if it is one of many steps.
CREATE FUNCTION meaning_change_now() RETURNS bigint LANGUAGE sql STABLE
RETURN NULLIF(current_setting('app.meaning_change', true), '')::bigint;

CREATE OR REPLACE FUNCTION ledger_keep_classification() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO classification_past (owner, transaction, category, matched, payee, note, since, until, actor, change, category_name)
  VALUES (OLD.owner, OLD.transaction, OLD.category, OLD.matched, OLD.payee, OLD.note, OLD.changed_at, NEW.changed_at,
          current_person(), meaning_change_now(), (SELECT k.name FROM category k WHERE k.id = OLD.category AND k.owner = OLD.owner));
  RETURN NULL;
END $$;

-- A payment over several categories. The parts sum exactly to the transaction's classified amount: the net of its real
-- accounts. Then classification.category is the category of the largest part, for lists that show one; sums by
-- category count the parts and not that one. A transaction without parts has its category in classification alone.
CREATE TABLE split (
  owner bigint NOT NULL CONSTRAINT fk_split_owner REFERENCES person (id),
  transaction bigint NOT NULL,
  line smallint NOT NULL CONSTRAINT ck_split_line CHECK (line BETWEEN 1 AND 20),
  category bigint NOT NULL,
  amount numeric(20,4) NOT NULL CONSTRAINT ck_split_amount CHECK (amount > 0 AND amount <> 'NaN'),
  note varchar(200),
  CONSTRAINT pk_split PRIMARY KEY (transaction, line),
  CONSTRAINT fk_split_classification FOREIGN KEY (transaction, owner) REFERENCES classification (transaction, owner),
  CONSTRAINT fk_split_category FOREIGN KEY (owner, category) REFERENCES category (owner, id)
);
CREATE INDEX ix_split_category ON split (category, transaction);

-- What a booked transaction moved on the real accounts together, as a size; NULL where it has nothing to classify
-- (an opening, own transfer or conversion, several currencies, nothing booked).
CREATE FUNCTION ledger_classified(person bigint, number bigint) RETURNS numeric
LANGUAGE sql STABLE RETURN (
  SELECT CASE WHEN count(DISTINCT p.currency) = 1 THEN
           NULLIF(abs(sum(CASE WHEN p.debit_version IS NULL THEN 0 ELSE p.amount END - CASE WHEN p.credit_version IS NULL THEN 0 ELSE p.amount END)), 0) END
  FROM transaction t JOIN posting p ON p.transaction = t.id
  WHERE t.owner = person AND t.id = number AND t.kind IN (2, 3, 5, 7));

-- Held at commit, so that parts can be replaced one by one. The classification is locked first: two tabs that split
-- one transaction at once see each other's parts.
CREATE FUNCTION ledger_parts_sum() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  part CONSTANT split := coalesce(NEW, OLD);
  many bigint;
  total numeric;
BEGIN
  PERFORM FROM classification c WHERE c.transaction = part.transaction FOR NO KEY UPDATE;
  SELECT count(*), sum(s.amount) INTO many, total FROM split s WHERE s.transaction = part.transaction;
  IF many = 1 OR many > 1 AND total IS DISTINCT FROM ledger_classified(part.owner, part.transaction) THEN
    RAISE EXCEPTION USING ERRCODE = 'LG040', MESSAGE = 'refused: LG040', DETAIL = 'the parts do not sum to the amount';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER parts_sum AFTER INSERT OR DELETE OR UPDATE OF amount, transaction, line ON split DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION ledger_parts_sum();
ALTER TABLE split ENABLE ALWAYS TRIGGER parts_sum;

CREATE TABLE tag (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_tag PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_tag_owner REFERENCES person (id),
  name varchar(40) NOT NULL CONSTRAINT ck_tag_name CHECK (btrim(name) <> ''),
  CONSTRAINT uq_tag_owner UNIQUE (owner, id)
);
CREATE UNIQUE INDEX uq_tag_name ON tag (owner, lower(name));

CREATE TABLE tagging (
  owner bigint NOT NULL CONSTRAINT fk_tagging_owner REFERENCES person (id),
  transaction bigint NOT NULL CONSTRAINT fk_tagging_transaction REFERENCES transaction (id),
  tag bigint NOT NULL,
  CONSTRAINT pk_tagging PRIMARY KEY (transaction, tag),
  CONSTRAINT fk_tagging_tag FOREIGN KEY (owner, tag) REFERENCES tag (owner, id)
);
CREATE INDEX ix_tagging_tag ON tagging (tag, transaction);

-- A file beside a transaction. Several may share one blob; a removed one lies in the bin until it is swept.
CREATE TABLE attachment (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_attachment PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_attachment_owner REFERENCES person (id),
  uuid uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT uq_attachment_uuid UNIQUE,
  transaction bigint NOT NULL CONSTRAINT fk_attachment_transaction REFERENCES transaction (id),
  blob bigint NOT NULL,
  name varchar(140) NOT NULL CONSTRAINT ck_attachment_name CHECK (btrim(name) <> ''),
  added_at timestamptz NOT NULL DEFAULT now(),
  removed_at timestamptz,
  CONSTRAINT uq_attachment_blob UNIQUE (transaction, blob),
  CONSTRAINT fk_attachment_blob FOREIGN KEY (owner, blob) REFERENCES blob (owner, id)
);
CREATE INDEX ix_attachment_blob ON attachment (owner, blob);
CREATE INDEX ix_attachment_removed ON attachment (owner, removed_at) WHERE removed_at IS NOT NULL;

-- Earlier parts (JSON: category, its name, amount, note), tags (JSON: names) and files (a name) of a transaction. Payee, category, note and match: classification_past.
CREATE TABLE meaning_past (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_meaning_past PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_meaning_past_owner REFERENCES person (id),
  transaction bigint NOT NULL CONSTRAINT fk_meaning_past_transaction REFERENCES transaction (id),
  what varchar(10) NOT NULL CONSTRAINT ck_meaning_past_what CHECK (what IN ('split', 'tags', 'attachment')),
  before varchar(6000) NOT NULL,
  after varchar(6000) NOT NULL,
  actor bigint DEFAULT current_person(),
  change bigint DEFAULT meaning_change_now(),
  at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT fk_meaning_past_change FOREIGN KEY (owner, change) REFERENCES meaning_change (owner, id)
);
CREATE INDEX ix_meaning_past_transaction ON meaning_past (transaction);
CREATE INDEX ix_meaning_past_change ON meaning_past (change) WHERE change IS NOT NULL;

-- What a transaction's history keeps of its parts and of its tags.
CREATE FUNCTION meaning_parts(person bigint, number bigint) RETURNS text
LANGUAGE sql STABLE RETURN (
  SELECT coalesce(jsonb_agg(jsonb_build_array(s.category, k.name, s.amount::text, coalesce(s.note, '')) ORDER BY s.line), '[]')::text
  FROM split s JOIN category k ON k.id = s.category AND k.owner = s.owner WHERE s.owner = person AND s.transaction = number);

CREATE FUNCTION meaning_tags(person bigint, number bigint) RETURNS text
LANGUAGE sql STABLE RETURN (
  SELECT coalesce(jsonb_agg(g.name ORDER BY lower(g.name)), '[]')::text
  FROM tagging x JOIN tag g ON g.id = x.tag AND g.owner = x.owner WHERE x.owner = person AND x.transaction = number);

-- One category for the whole payment takes the place of its parts, whoever sets it: else two answers would stand there.
CREATE FUNCTION ledger_drop_parts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.category IS DISTINCT FROM (
    SELECT s.category FROM split s WHERE s.transaction = NEW.transaction ORDER BY s.amount DESC, s.line LIMIT 1) THEN
    INSERT INTO meaning_past (owner, transaction, what, before, after)
    SELECT NEW.owner, NEW.transaction, 'split', meaning_parts(NEW.owner, NEW.transaction), '[]'
    WHERE EXISTS (SELECT FROM split s WHERE s.transaction = NEW.transaction);
    DELETE FROM split s WHERE s.transaction = NEW.transaction;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER drop_parts AFTER UPDATE OF category ON classification FOR EACH ROW
WHEN (OLD.category IS DISTINCT FROM NEW.category) EXECUTE FUNCTION ledger_drop_parts();
ALTER TABLE classification ENABLE ALWAYS TRIGGER drop_parts;

-- What a person decided for transactions that look like this. All conditions must hold; the first rule that does wins.
CREATE TABLE category_rule (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_category_rule PRIMARY KEY,
  owner bigint NOT NULL CONSTRAINT fk_category_rule_owner REFERENCES person (id),
  position integer NOT NULL,
  looks_at varchar(11) NOT NULL CONSTRAINT ck_category_rule_looks_at CHECK (looks_at IN ('payee', 'description', 'any')),
  how varchar(8) NOT NULL CONSTRAINT ck_category_rule_how CHECK (how IN ('contains', 'equals', 'starts')),
  words varchar(100),
  account bigint,
  currency varchar(3),
  least numeric(20,4) CONSTRAINT ck_category_rule_least CHECK (least >= 0 AND least <> 'NaN'),
  most numeric(20,4) CONSTRAINT ck_category_rule_most CHECK (most >= coalesce(least, 0) AND most <> 'NaN'),
  flow varchar(3) CONSTRAINT ck_category_rule_flow CHECK (flow IN ('in', 'out')),
  category bigint,
  payee varchar(140),
  active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT uq_category_rule_owner UNIQUE (owner, id),
  CONSTRAINT ck_category_rule_account CHECK ((account IS NULL) = (currency IS NULL)),
  CONSTRAINT ck_category_rule_looks CHECK (words IS NOT NULL OR account IS NOT NULL OR least IS NOT NULL OR most IS NOT NULL),
  CONSTRAINT fk_category_rule_account FOREIGN KEY (owner, currency, account) REFERENCES account (owner, currency, id),
  CONSTRAINT fk_category_rule_category FOREIGN KEY (owner, category) REFERENCES category (owner, id)
);
CREATE INDEX ix_category_rule_position ON category_rule (owner, position);
CREATE INDEX ix_category_rule_account ON category_rule (account) WHERE account IS NOT NULL;
CREATE INDEX ix_category_rule_category ON category_rule (category) WHERE category IS NOT NULL;

CREATE TABLE category_rule_tag (
  owner bigint NOT NULL CONSTRAINT fk_category_rule_tag_owner REFERENCES person (id),
  rule bigint NOT NULL,
  tag bigint NOT NULL,
  CONSTRAINT pk_category_rule_tag PRIMARY KEY (rule, tag),
  CONSTRAINT fk_category_rule_tag_rule FOREIGN KEY (owner, rule) REFERENCES category_rule (owner, id),
  CONSTRAINT fk_category_rule_tag_tag FOREIGN KEY (owner, tag) REFERENCES tag (owner, id)
);
CREATE INDEX ix_category_rule_tag_tag ON category_rule_tag (tag);

-- Whether a rule fits a transaction; case does not count, and words stand for themselves.
CREATE FUNCTION rule_fits(
  looks_at text, how text, words text, account bigint, smallest numeric, largest numeric, flow text,
  of_payee text, of_description text, of_account bigint, of_amount numeric, of_flow text) RETURNS boolean
LANGUAGE sql IMMUTABLE RETURN
  (account IS NULL OR account = of_account) AND (smallest IS NULL OR of_amount >= smallest) AND (largest IS NULL OR of_amount <= largest)
  AND (flow IS NULL OR flow = of_flow)
  AND (words IS NULL
    OR looks_at <> 'description' AND CASE how WHEN 'equals' THEN lower(of_payee) = lower(words)
                                              WHEN 'starts' THEN starts_with(lower(of_payee), lower(words))
                                              ELSE position(lower(words) IN lower(of_payee)) > 0 END
    OR looks_at <> 'payee' AND CASE how WHEN 'equals' THEN lower(of_description) = lower(words)
                                        WHEN 'starts' THEN starts_with(lower(of_description), lower(words))
                                        ELSE position(lower(words) IN lower(of_description)) > 0 END);

SELECT house_guard('meaning_change', 'SELECT, INSERT (owner, what, kept), UPDATE (undone_at)');
SELECT house_guard('split', 'SELECT, INSERT, UPDATE (category, note), DELETE');
SELECT house_guard('tag', 'SELECT, INSERT, UPDATE (name), DELETE');
SELECT house_guard('tagging', 'SELECT, INSERT, DELETE');
SELECT house_guard('attachment', 'SELECT, INSERT (owner, transaction, blob, name), UPDATE (name, removed_at), DELETE');
SELECT house_guard('meaning_past', 'SELECT, INSERT (owner, transaction, what, before, after)');
SELECT house_guard('category_rule', 'SELECT, INSERT, UPDATE, DELETE');
SELECT house_guard('category_rule_tag', 'SELECT, INSERT, DELETE');
SELECT ledger_refers('tagging', 'transaction');
SELECT ledger_refers('attachment', 'transaction');
SELECT ledger_refers('meaning_past', 'transaction');
REVOKE ALL ON FUNCTION ledger_classified(bigint, bigint), ledger_parts_sum(), ledger_drop_parts() FROM PUBLIC;
