-- The newest p_rows rows of an account after a place, without an order. The indexes that lead to an account's postings know
-- their days and nothing more, so of a day that goes over the end of a page all are put in order: they are cut before any
-- header is looked at. complete: fewer of these are taken back than were cut too late for, so none is missing.
CREATE FUNCTION register_newest(f register_filter, person bigint, p_booked date, p_transaction bigint, p_rows integer,
  OUT picked register_row[], OUT complete boolean)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  ahead CONSTANT integer := p_rows + 50;
  side register_filter := f;
  part register_row[];
  way text;
  looked bigint;
BEGIN
  picked := '{}';
  complete := true;
  FOREACH way IN ARRAY CASE WHEN f.flow IS NULL THEN ARRAY['in', 'out'] ELSE ARRAY[f.flow] END LOOP
    side.flow := way;
    EXECUTE format(
      'WITH near AS MATERIALIZED (SELECT p.booked, p.transaction, p.line, p.currency, %s AS moved FROM posting p WHERE %s'
      || ' ORDER BY p.booked DESC, p.transaction DESC LIMIT %s)'
      || ' SELECT array_agg(ROW(n.*)::register_row), (SELECT count(*) FROM near) FROM near n JOIN transaction t ON t.id = n.transaction'
      || ' WHERE t.owner = $2 AND t.status IN (2, 3)',
      register_moved(f), concat_ws(' AND ', register_sides(side),
        CASE WHEN p_booked IS NOT NULL THEN '(p.booked, p.transaction) < ($3, $4)' END,
        CASE WHEN f.since IS NOT NULL THEN 'p.booked >= ($1).since' END,
        CASE WHEN f.until IS NOT NULL THEN 'p.booked <= ($1).until' END), ahead)
    INTO part, looked USING f, person, p_booked, p_transaction;
    picked := picked || coalesce(part, '{}');
    complete := complete AND (looked < ahead OR cardinality(part) >= p_rows) IS TRUE;
  END LOOP;
END $$;
REVOKE ALL ON FUNCTION register_newest(register_filter, bigint, date, bigint, integer) FROM PUBLIC;

-- As in 0023; an account's page looks at the headers of no more rows than it shows, if hardly any is taken back.
CREATE OR REPLACE FUNCTION search_register(f register_filter, p_booked date, p_transaction bigint, p_most integer) RETURNS SETOF register_row
LANGUAGE plpgsql STABLE ROWS 50 SECURITY DEFINER SET search_path = public, pg_temp SET jit = off SET random_page_cost = 1.1
SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  me CONSTANT bigint := current_person();
  most CONSTANT integer := least(greatest(p_most, 1), 1000);
  found register_row[] := '{}';
  more register_row[];
  near record;
  newest record;
  led record;
  walked integer := 0;
  step integer := 1000;
  ahead bigint;
  all_rows CONSTANT bigint := (SELECT sum(a.version) FROM account a WHERE a.owner = me AND a.custody IS NOT NULL);
  at_booked date := p_booked;
  at_transaction bigint := p_transaction;
BEGIN
  IF me IS NULL THEN RETURN; END IF;
  f := register_named(f, me);
  IF f.unbooked IS NOT NULL THEN
    RETURN QUERY EXECUTE format('%s LIMIT %s', register_announced(f, p_transaction IS NOT NULL), most) USING f, me, p_booked, p_transaction;
    RETURN;
  END IF;
  IF NOT EXISTS (SELECT FROM register_conditions(f)) THEN
    IF f.account IS NOT NULL AND f.kinds IS NULL AND f.counted IS NOT TRUE AND f.reversed IS NULL THEN
      newest := register_newest(f, me, p_booked, p_transaction, most);
      IF newest.complete THEN
        RETURN QUERY SELECT n.* FROM unnest(newest.picked) n ORDER BY n.booked DESC, n.transaction DESC LIMIT most;
        RETURN;
      END IF;
    END IF;
    RETURN QUERY EXECUTE register_walk(f, p_booked IS NOT NULL, most, '') USING f, me, p_booked, p_transaction;
    RETURN;
  END IF;
  LOOP
    near := register_look(f, me, at_booked, at_transaction, step);
    found := found || near.picked;
    walked := walked + near.seen;
    EXIT WHEN cardinality(found) >= most OR near.seen < step;
    IF walked = step THEN led := register_lead(f, near.met); END IF;
    -- A row walked over is read in some 10 blocks, one that a lead finds in some 5 before it is put in order.
    ahead := (most - cardinality(found)) * walked / greatest(cardinality(found), 1);
    IF led.lead IS NOT NULL AND ((led.rarest + 1) * all_rows / 1000 * 5 < ahead * 10 OR walked > 10000) THEN
      EXECUTE format('SELECT array_agg(ROW(q.*)::register_row) FROM (%s ORDER BY 1 DESC, 2 DESC LIMIT %s) q', register_led(f, true, led.lead), most)
      INTO more USING f, me, near.booked, near.transaction;
      found := found || more;
      EXIT;
    END IF;
    at_booked := near.booked;
    at_transaction := near.transaction;
    step := least(greatest(ahead * 5 / 4, 500), 10000)::integer;
  END LOOP;
  RETURN QUERY SELECT * FROM register_parts(f, me, found[:most]);
END $$;
