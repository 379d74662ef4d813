-- customer_buckets: age_band, income_band, spend_tier
-- every value is in exactly one band, NULL and non-finite included
CREATE OR REPLACE VIEW customer_buckets AS
WITH finite AS (
  SELECT
    customer_id,
    age,
    total_spend,
    CASE WHEN isfinite(annual_income) THEN annual_income END AS annual_income_finite
  FROM customer_features
),
assigned AS (
  SELECT
    customer_id,
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
    END AS spend_tier_order
  FROM finite
)
SELECT
  customer_id,
  ['Unknown', '<25', '25-35', '35-55', '55+'][age_band_order + 1] AS age_band,
  age_band_order,
  ['Unknown', '<25', '25-50', '50-100', '100-150', '150+'][income_band_order + 1] AS income_band,
  income_band_order,
  ['Unknown', 'Low', 'Medium', 'High'][spend_tier_order + 1] AS spend_tier,
  spend_tier_order
FROM assigned;

COMMENT ON VIEW customer_buckets IS 'business buckets of customer_features';
COMMENT ON COLUMN customer_buckets.age_band IS 'bands of age';
COMMENT ON COLUMN customer_buckets.income_band IS 'bands of annual_income';
COMMENT ON COLUMN customer_buckets.spend_tier IS 'bands of total_spend';
COMMENT ON COLUMN customer_buckets.age_band_order IS 'age_band as a number, for sorting';
COMMENT ON COLUMN customer_buckets.income_band_order IS 'income_band as a number, for sorting';
COMMENT ON COLUMN customer_buckets.spend_tier_order IS 'spend_tier as a number, for sorting';
