-- segkit import sqlite_typed.sql --dialect sqlite --type spend=BIGINT --type orders=BIGINT --type score=DOUBLE --type name=VARCHAR --type paid=DECIMAL(8,2)
-- What SQLite means by `/`, CAST and LIKE is kept; of a decimal's division it is not known.
SELECT
  customer_id,
  CASE WHEN spend / orders > 50 THEN 'big basket' ELSE 'small basket' END AS basket,
  CASE WHEN CAST(score AS INTEGER) > 5 THEN 'hi' ELSE 'lo' END AS score_band,
  CASE WHEN name LIKE 'a%' THEN 'a' ELSE 'other' END AS initial,
  CASE WHEN paid / 2 > 10 THEN 'much' ELSE 'little' END AS share
FROM customers
WHERE orders % 2 = 0
