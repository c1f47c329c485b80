-- What was last paid to a number, and whether an equal payment went there a moment ago, is found without a person's whole list.
CREATE INDEX ix_payment_owner_number ON payment (owner, number, created_at) WHERE side = 'out';

-- What is pending is asked for by person on every look at the register, whatever others have pending.
CREATE INDEX ix_hold_owner ON hold (owner, transaction);

-- A leg of an own transfer that is taken back lets go of the other one, whoever does it: what is left alone counts.
CREATE FUNCTION ledger_let_legs_go() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  gone CONSTANT bigint[] := ARRAY(SELECT n.id FROM was o JOIN became n ON n.id = o.id WHERE n.status = 6 AND o.status <> 6 AND n.kind IN (2, 3));
  others bigint[];
BEGIN
  IF gone = '{}' THEN RETURN NULL; END IF;
  others := ARRAY(SELECT c.transaction FROM classification c WHERE c.matched = ANY (gone));
  IF others <> '{}' THEN
    UPDATE classification c SET matched = NULL, changed_at = now() WHERE c.transaction = ANY (gone || others) AND c.matched IS NOT NULL;
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION ledger_let_legs_go() FROM PUBLIC;
-- Triggers run by their names: this one after `turn_rollups`, since roll_up too takes heads first and meanings then.
CREATE TRIGGER unlink_legs AFTER UPDATE ON transaction REFERENCING OLD TABLE AS was NEW TABLE AS became
FOR EACH STATEMENT EXECUTE FUNCTION ledger_let_legs_go();
ALTER TABLE transaction ENABLE ALWAYS TRIGGER unlink_legs;
-- The same for what was taken back before.
UPDATE classification c SET matched = NULL, changed_at = now()
WHERE c.matched IS NOT NULL AND EXISTS (SELECT FROM transaction t WHERE t.id IN (c.transaction, c.matched) AND t.status = 6);

-- The payments of a demo household's adult began and arrived on the day that they are booked on, as did what they are parts
-- of: its two years are made in a moment.
CREATE FUNCTION date_demo_payments() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE me CONSTANT bigint := (SELECT p.id FROM person p WHERE p.id = current_person() AND p.issuer = 'demo');
BEGIN
  IF me IS NULL THEN
    RAISE EXCEPTION 'not a demo person' USING ERRCODE = 'insufficient_privilege';
  END IF;
  UPDATE payment p SET created_at = d.noon, processed_at = d.noon
  FROM (SELECT t.id, least((t.booked + time '12:00') AT TIME ZONE f.zone, now()) AS noon
        FROM transaction t JOIN profile f ON f.owner = t.owner WHERE t.owner = me AND t.kind = 5) d
  WHERE p.owner = me AND p.transaction = d.id AND p.status = 'completed';
  UPDATE instalment_plan i SET created_at = first.at
  FROM (SELECT p.plan, min(p.created_at) AS at FROM payment p WHERE p.owner = me GROUP BY p.plan) first
  WHERE i.owner = me AND i.id = first.plan;
END $$;
SELECT house_door('date_demo_payments()', 'app');
