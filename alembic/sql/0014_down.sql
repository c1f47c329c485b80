-- What only a look at the row itself can tell: conditions on posting p, transaction t and classification c.
CREATE OR REPLACE FUNCTION register_picks(f register_filter) RETURNS text
LANGUAGE sql IMMUTABLE RETURN concat_ws(' AND ',
  CASE WHEN f.least IS NOT NULL THEN 'p.amount >= ($1).least' END,
  CASE WHEN f.most IS NOT NULL THEN 'p.amount <= ($1).most' END,
  CASE WHEN f.category > 0 THEN 'c.category = ($1).category' END,
  CASE WHEN f.imported IS NOT NULL THEN 't.imported = ($1).imported' END,
  CASE WHEN f.contains IS NOT NULL THEN '(t.description ILIKE $3 OR c.payee ILIKE $3 OR c.note ILIKE $3)' END);
DROP FUNCTION register_also(register_filter), register_leads(register_filter), register_patterns(text[]);
ALTER TYPE register_filter
  DROP ATTRIBUTE words, DROP ATTRIBUTE without, DROP ATTRIBUTE payees, DROP ATTRIBUTE notes, DROP ATTRIBUTE categories,
  DROP ATTRIBUTE not_categories, DROP ATTRIBUTE not_accounts, DROP ATTRIBUTE tags, DROP ATTRIBUTE not_tags,
  DROP ATTRIBUTE noted, DROP ATTRIBUTE attached, DROP ATTRIBUTE tagged, DROP ATTRIBUTE parted, DROP ATTRIBUTE uncategorised,
  DROP ATTRIBUTE own, DROP ATTRIBUTE from_file, DROP ATTRIBUTE binned;
DROP INDEX search_classification_noted, search_classification_open;
DROP TABLE kept_apart, replacement, saved_view;
