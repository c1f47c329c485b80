-- A household made by the command line waits, with the mark `ready:` on its people, for the next visitor of its currency.
CREATE FUNCTION set_demo_ready() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE person other SET subject = 'ready:' || other.subject
  FROM person one
  WHERE one.id = current_person() AND one.issuer = 'demo' AND one.subject NOT LIKE 'ready:%' AND other.issuer = 'demo'
    AND split_part(other.subject, '/', 1) = split_part(one.subject, '/', 1);
$$;
SELECT house_door('set_demo_ready()', 'app');

-- Hand the oldest waiting household to the visitor who asks; its people in their order, or NULL where none waits.
CREATE FUNCTION take_ready_demo(with_locale text, with_zone text, with_currency text) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE household text; people bigint[];
BEGIN
  SELECT split_part(p.subject, '/', 1) INTO household FROM person p JOIN profile f ON f.owner = p.id
  WHERE p.issuer = 'demo' AND p.status = 'active' AND p.subject LIKE 'ready:%/1' AND f.currency = with_currency
  ORDER BY p.id LIMIT 1 FOR UPDATE OF p SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  SELECT array_agg(p.id ORDER BY p.id) INTO people FROM person p WHERE p.issuer = 'demo' AND split_part(p.subject, '/', 1) = household;
  UPDATE person SET subject = substr(subject, length('ready:') + 1), created_at = now() WHERE id = ANY (people);
  UPDATE profile SET locale = with_locale, zone = with_zone WHERE owner = ANY (people);
  RETURN people;
END $$;
SELECT house_door('take_ready_demo(text, text, text)', 'app');
