SELECT
  customer_id,
  CASE
    WHEN annual_income > 0 AND annual_income <= 25 THEN '<25'
    WHEN annual_income > 25 AND annual_income <= 35 THEN '25-35'
    WHEN annual_income > 35 AND annual_income <= 55 THEN '35-55'
    WHEN annual_income > 55 THEN '55+'
  END AS income_bucket
FROM customer_features
