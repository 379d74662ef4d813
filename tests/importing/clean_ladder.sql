-- segkit import clean_ladder.sql --type age=INTEGER
SELECT
  customer_id,
  CASE
    WHEN age IS NULL THEN 'Unknown'
    WHEN age < 18 THEN 'under 18'
    WHEN age >= 18 AND age < 25 THEN '18-24'
    WHEN age >= 25 AND age < 35 THEN '25-34'
    WHEN age >= 35 THEN '35+'
  END AS age_group
FROM customers
