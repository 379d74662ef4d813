-- customer_buckets: age_band, income_band, spend_tier, lifecycle, rfm
-- every row is in exactly one bucket of each, NULL and non-finite included
-- rfm_r: edges v0001 of recency_days on 3,871 rows: 15, 38, 133, 797
-- rfm_f: edges v0001 of orders on 3,871 rows: 1, 2, 5, 17
-- rfm_m: edges v0001 of total_spend on 3,871 rows: 34.01, 102.42, 298.34, 992.85
CREATE OR REPLACE VIEW customer_buckets AS
WITH finite AS (
  SELECT
    customer_id,
    age,
    total_spend,
    tenure_days,
    orders,
    recency_days,
    CASE WHEN isfinite(annual_income) THEN annual_income END AS annual_income_finite
  FROM customer_features
),
assigned AS (
  SELECT
    customer_id,
    orders,
    CASE
      WHEN age < 25 THEN 1         -- <25
      WHEN age < 35 THEN 2         -- 25-35
      WHEN age < 55 THEN 3         -- 35-55
      WHEN age IS NOT NULL THEN 4  -- 55+
      ELSE 0                       -- Unknown
    END AS age_band_order,
    CASE
      WHEN annual_income_finite < 25 THEN 1         -- <25
      WHEN annual_income_finite < 50 THEN 2         -- 25-50
      WHEN annual_income_finite < 100 THEN 3        -- 50-100
      WHEN annual_income_finite < 150 THEN 4        -- 100-150
      WHEN annual_income_finite IS NOT NULL THEN 5  -- 150+
      ELSE 0                                        -- Unknown
    END AS income_band_order,
    CASE
      WHEN total_spend < 100 THEN 1        -- Low
      WHEN total_spend < 1000 THEN 2       -- Medium
      WHEN total_spend IS NOT NULL THEN 3  -- High
      ELSE 0                               -- Unknown
    END AS spend_tier_order,
    CASE
      WHEN tenure_days < 90 THEN 1                                                -- New
      WHEN tenure_days >= 90 AND orders >= 10 THEN 2                              -- Loyal
      WHEN NOT (tenure_days < 90 OR (tenure_days >= 90 AND orders >= 10)) THEN 3  -- Regular
      ELSE 0                                                                      -- Unknown
    END AS lifecycle_order,
    CASE
      WHEN orders = 0 THEN 0                -- no score
      WHEN recency_days <= 15 THEN 5
      WHEN recency_days <= 38 THEN 4
      WHEN recency_days <= 133 THEN 3
      WHEN recency_days <= 797 THEN 2
      WHEN recency_days IS NOT NULL THEN 1
      ELSE 0                                -- no score
    END AS rfm_r,
    CASE
      WHEN orders = 0 THEN 0          -- no score
      WHEN orders <= 1 THEN 1
      WHEN orders <= 2 THEN 2
      WHEN orders <= 5 THEN 3
      WHEN orders <= 17 THEN 4
      WHEN orders IS NOT NULL THEN 5
      ELSE 0                          -- no score
    END AS rfm_f,
    CASE
      WHEN orders = 0 THEN 0               -- no score
      WHEN total_spend <= 34.01 THEN 1
      WHEN total_spend <= 102.42 THEN 2
      WHEN total_spend <= 298.34 THEN 3
      WHEN total_spend <= 992.85 THEN 4
      WHEN total_spend IS NOT NULL THEN 5
      ELSE 0                               -- no score
    END AS rfm_m
  FROM finite
),
combined AS (
  SELECT
    customer_id,
    age_band_order,
    income_band_order,
    spend_tier_order,
    lifecycle_order,
    rfm_r,
    rfm_f,
    rfm_m,
    CASE
      WHEN orders = 0 THEN 11                             -- not_scored
      WHEN rfm_r * 10 + rfm_f IN (22, 21, 12, 11) THEN 1  -- hibernating
      WHEN rfm_r * 10 + rfm_f IN (24, 23, 14, 13) THEN 2  -- at_risk
      WHEN rfm_r * 10 + rfm_f IN (25, 15) THEN 3          -- cant_lose
      WHEN rfm_r * 10 + rfm_f IN (32, 31) THEN 4          -- about_to_sleep
      WHEN rfm_r * 10 + rfm_f = 33 THEN 5                 -- need_attention
      WHEN rfm_r * 10 + rfm_f IN (45, 44, 35, 34) THEN 6  -- loyal_customers
      WHEN rfm_r * 10 + rfm_f = 41 THEN 7                 -- promising
      WHEN rfm_r * 10 + rfm_f = 51 THEN 8                 -- new_customers
      WHEN rfm_r * 10 + rfm_f IN (53, 52, 43, 42) THEN 9  -- potential_loyalists
      WHEN rfm_r * 10 + rfm_f IN (55, 54) THEN 10         -- champions
      ELSE 0                                              -- Unknown
    END AS rfm_order
  FROM assigned
)
SELECT
  customer_id,
  ['Unknown', '<25', '25-35', '35-55', '55+'][age_band_order + 1] AS age_band,
  age_band_order,
  ['Unknown', '<25', '25-50', '50-100', '100-150', '150+'][income_band_order + 1] AS income_band,
  income_band_order,
  ['Unknown', 'Low', 'Medium', 'High'][spend_tier_order + 1] AS spend_tier,
  spend_tier_order,
  ['Unknown', 'New', 'Loyal', 'Regular'][lifecycle_order + 1] AS lifecycle,
  lifecycle_order,
  [
    'Unknown',
    'hibernating',
    'at_risk',
    'cant_lose',
    'about_to_sleep',
    'need_attention',
    'loyal_customers',
    'promising',
    'new_customers',
    'potential_loyalists',
    'champions',
    'not_scored'
  ][rfm_order + 1] AS rfm,
  rfm_order,
  nullif(rfm_r, 0) AS rfm_r,
  nullif(rfm_f, 0) AS rfm_f,
  nullif(rfm_m, 0) AS rfm_m
FROM combined;

COMMENT ON VIEW customer_buckets IS 'business buckets of customer_features';
COMMENT ON COLUMN customer_buckets.age_band IS 'bands of age';
COMMENT ON COLUMN customer_buckets.age_band_order IS 'age_band as a number, for sorting; 0 is missing';
COMMENT ON COLUMN customer_buckets.income_band IS 'bands of annual_income';
COMMENT ON COLUMN customer_buckets.income_band_order IS 'income_band as a number, for sorting; 0 is missing';
COMMENT ON COLUMN customer_buckets.spend_tier IS 'bands of total_spend';
COMMENT ON COLUMN customer_buckets.spend_tier_order IS 'spend_tier as a number, for sorting; 0 is missing';
COMMENT ON COLUMN customer_buckets.lifecycle IS 'by rules: New: tenure_days < 90; Loyal: tenure_days >= 90 AND orders >= 10';
COMMENT ON COLUMN customer_buckets.lifecycle_order IS 'lifecycle as a number, for sorting; 0 is missing';
COMMENT ON COLUMN customer_buckets.rfm IS 'name of the scores of recency_days and orders';
COMMENT ON COLUMN customer_buckets.rfm_order IS 'rfm as a number, for sorting; 0 is missing';
COMMENT ON COLUMN customer_buckets.rfm_r IS 'score of recency_days, the highest is best: few are good';
COMMENT ON COLUMN customer_buckets.rfm_f IS 'score of orders, the highest is best';
COMMENT ON COLUMN customer_buckets.rfm_m IS 'score of total_spend, the highest is best';
