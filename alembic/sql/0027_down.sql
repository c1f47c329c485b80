ALTER TABLE statement_row ADD CONSTRAINT fk_statement_row_owner FOREIGN KEY (owner) REFERENCES person (id);
DROP INDEX ix_statement_row_booked, ix_statement_row_verdict;
CREATE INDEX ix_statement_row_verdict ON statement_row (imported, verdict, number);
ALTER TABLE statement_row ADD COLUMN account bigint;
UPDATE statement_row r SET account = p.account FROM statement_part p
WHERE p.imported = r.imported AND p.part = r.part AND p.account IS NOT NULL;
CREATE INDEX ix_statement_row_booked ON statement_row (account, booked) WHERE account IS NOT NULL;

ALTER FUNCTION post_batch(jsonb, bigint, boolean) RENAME TO post_batch_door;
DROP FUNCTION ledger_post_batch(jsonb, bigint, boolean);
