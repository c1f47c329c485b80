DROP FUNCTION register_newest(register_filter, bigint, date, bigint, integer);
DROP FUNCTION return_order(bigint, text);
UPDATE bank_order SET status = 'refused' WHERE status = 'returned' AND reversal IS NULL;
ALTER TABLE bank_order
  DROP CONSTRAINT ck_bank_order_returned,
  ADD CONSTRAINT ck_bank_order_returned CHECK ((status = 'returned') = (reversal IS NOT NULL));
DROP VIEW asked_back;
DROP INDEX search_posting_amount;
CREATE INDEX search_posting_amount ON posting (owner, amount);
DROP FUNCTION own_transaction(bigint);
