DROP FUNCTION sum_register(register_filter), search_register(register_filter, date, bigint, integer),
  register_near(register_filter, bigint, date, bigint), register_query(register_filter, boolean, text, integer), register_picks(register_filter), register_pattern(text);
DROP TYPE register_row, register_filter;
DROP FUNCTION counterparts(bigint[]), payee_by_number(text), masked_name(text), post_batch(jsonb, bigint, boolean),
  post(smallint, bigint, bigint, text, numeric, text, date, date, text, text, text, bigint, text, uuid, bigint),
  gate_verdict(bigint, bigint, smallint, numeric, bigint), ledger_refusal(account, bigint, text, numeric, boolean, boolean),
  ledger_nominal(bigint, text, text), ledger_malformed(smallint, bigint, bigint, text, numeric, text, date, date), ledger_against(smallint),
  ledger_refuse(text, text);
DROP TYPE ledger_item;
DROP VIEW entry;
DROP TABLE classification_past, classification, category, hold, posting, transaction, account;
DROP SEQUENCE transfer_number;
DROP FUNCTION ledger_append_only(), ledger_keep_classification(), ledger_refers(regclass, text[]);
