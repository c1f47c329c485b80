-- What one unit of `base` is worth in `quote` on a day, as a person entered it or a file of theirs says.
CREATE TABLE rate (
  owner bigint NOT NULL CONSTRAINT fk_rate_owner REFERENCES person (id),
  base varchar(3) NOT NULL CONSTRAINT ck_rate_base CHECK (base ~ '^[A-Z]{3}$'),
  quote varchar(3) NOT NULL CONSTRAINT ck_rate_quote CHECK (quote ~ '^[A-Z]{3}$' AND quote <> base),
  day date NOT NULL,
  rate numeric(28,12) NOT NULL CONSTRAINT ck_rate_rate CHECK (rate > 0 AND rate <> 'NaN'),
  by_hand boolean NOT NULL,
  CONSTRAINT pk_rate PRIMARY KEY (owner, base, quote, day)
);
SELECT house_guard('rate', 'SELECT, INSERT, UPDATE, DELETE');
