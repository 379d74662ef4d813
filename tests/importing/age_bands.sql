-- segkit import age_bands.sql
-- Taken from a dashboard: the ends meet, and the last band is what is left.
SELECT
  customer_id,
  CASE
    WHEN age < 25 THEN '<25'
    WHEN age BETWEEN 25 AND 35 THEN '25-35'
    WHEN age BETWEEN 35 AND 55 THEN '35-55'
    ELSE '55+'
  END AS age_band
FROM crm.customers
