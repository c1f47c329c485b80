-- The part of the house that acts in this transaction, where no person does it themself: `worker:JOB`, `command:WHAT WAS
-- TYPED` or `house:PLACE`. What it writes names it, beside the person whose rights it uses; fintwin/identity/principals.py
-- holds the words.
CREATE FUNCTION acting_as() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN NULLIF(current_setting('app.principal', true), '');

DO $$
DECLARE target text;
BEGIN
  FOREACH target IN ARRAY ARRAY['audit_event', 'transaction_event', 'erasure', 'classification_past', 'meaning_past'] LOOP
    -- The default comes afterwards: rows that stand name nobody.
    EXECUTE format('ALTER TABLE %I ADD COLUMN principal varchar(60) CONSTRAINT %I CHECK (principal ~ ''^(worker|command|house):[a-z][a-z_. -]*$'')',
                   target, 'ck_' || target || '_principal');
    EXECUTE format('ALTER TABLE %I ALTER COLUMN principal SET DEFAULT acting_as()', target);
  END LOOP;
END $$;

DROP FUNCTION staff_trail(uuid, uuid, text, date, date, bigint, integer);
-- What was done, the latest first, before a row's id; to one person, by one, of one kind, in some days.
CREATE FUNCTION staff_trail(p_person uuid, p_actor uuid, p_kind text, p_from date, p_to date, p_after bigint, p_most integer)
RETURNS TABLE (id bigint, at timestamptz, kind text, detail text, reason text, before jsonb, after jsonb, person_uuid uuid, person text, actor_uuid uuid, actor text, principal text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE who bigint; whose bigint;
BEGIN
  PERFORM refuse_unless_staff();
  IF p_person IS NOT NULL THEN whose := (real_person(p_person)).id; END IF;
  IF p_actor IS NOT NULL THEN who := (real_person(p_actor)).id; END IF;
  RETURN QUERY
  SELECT e.id, e.at, e.kind::text, e.detail::text, coalesce(e.reason, '')::text, e.before, e.after,
         o.uuid, o.name::text, a.uuid, coalesce(a.name, CASE WHEN e.actor IS NOT NULL THEN 'closed account' ELSE '' END)::text, e.principal::text
  FROM audit_event e JOIN person o ON o.id = e.owner AND o.issuer <> 'demo' LEFT JOIN person a ON a.id = e.actor
  WHERE (p_after IS NULL OR e.id < p_after) AND (whose IS NULL OR e.owner = whose) AND (who IS NULL OR e.actor = who)
    AND (coalesce(p_kind, '') = '' OR e.kind = p_kind) AND (p_from IS NULL OR e.at >= p_from) AND (p_to IS NULL OR e.at < p_to + 1)
  ORDER BY e.id DESC LIMIT least(greatest(coalesce(p_most, 1), 1), 100);
END $$;
SELECT house_door('staff_trail(uuid, uuid, text, date, date, bigint, integer)', 'app');
