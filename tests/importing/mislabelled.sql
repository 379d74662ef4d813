-- segkit import mislabelled.sql --column age_band --column income_band
-- `<=` with labels of `<`; and labels that nobody checked when the cuts were moved.
SELECT
  customer_id,
  CASE WHEN age <= 25 THEN '<25' WHEN age <= 35 THEN '25-35' ELSE '35+' END AS age_band,
  CASE WHEN income < 40 THEN '<40' WHEN income < 80 THEN '40-60' WHEN income >= 80 THEN '60+' END AS income_band,
  CASE WHEN income < 40 THEN customer_id END AS not_asked_for,
  count(*) OVER () AS customers
FROM customers
GROUP BY customer_id, age, income
