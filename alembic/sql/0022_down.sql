DROP TRIGGER keep_new ON hold;
DROP TRIGGER keep_less ON hold;
DROP TRIGGER keep_gone ON hold;
DROP FUNCTION ledger_keep_hold();

CREATE OR REPLACE FUNCTION counterparts(p_transfers bigint[]) RETURNS TABLE (transfer bigint, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT DISTINCT own.transfer, masked_name(p.name)
  FROM transaction own
  LEFT JOIN transaction theirs ON theirs.transfer = own.transfer AND theirs.owner <> own.owner
  LEFT JOIN hold h ON h.transaction = own.id AND theirs.id IS NULL
  LEFT JOIN account a ON a.number = h.number
  LEFT JOIN person p ON p.id = coalesce(theirs.owner, a.owner)
  WHERE own.transfer = ANY (p_transfers) AND own.owner = current_person();
$$;
DROP TABLE hold_past;
