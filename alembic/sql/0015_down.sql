CREATE OR REPLACE FUNCTION payee_by_number(p_number text) RETURNS TABLE (name text, own boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT masked_name(theirs.name), theirs.id = own.id
  FROM account a JOIN person theirs ON theirs.id = a.owner JOIN person own ON own.id = current_person()
  WHERE a.number = p_number AND a.status <> 'closed' AND theirs.status = 'active' AND (theirs.issuer = 'demo') = (own.issuer = 'demo');
$$;

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

DROP TRIGGER requests_of_the_leaving ON person;
DROP TRIGGER payment_moved ON transaction_event;
DROP FUNCTION payment_moved(), requests_of_the_leaving(), pin_hash(bigint), expire_requests(), end_request(bigint),
  ask_refund(bigint, numeric, text, uuid, bigint), ask_money(bigint, text, text, numeric, text, uuid, bigint),
  settle_requests(bigint[], text), follow_payment(bigint),
  start_payment(bigint, text, text, text, text, uuid, bigint, bigint, bigint),
  payment_payee(bigint, text), payment_others(bigint[], bigint[]), shown_name(bigint, bigint), payment_refuse(text);
DROP TABLE account_pin, request, payment, instalment_plan, contact;
DROP SEQUENCE request_link, payment_link;
