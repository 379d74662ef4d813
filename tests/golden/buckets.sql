WITH finite AS (
  SELECT
    customer_id,
    age,
    income,
    CASE WHEN isfinite("total spend ($)") THEN "total spend ($)" END AS "total spend ($)_finite",
    CASE WHEN isfinite(score) THEN score END AS score_finite
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
      WHEN "total spend ($)_finite" < 0.525 THEN 1      -- it's low
      WHEN "total spend ($)_finite" IS NOT NULL THEN 2  -- high
      ELSE 0                                            -- Unknown
    END AS spend_tier_order,
    CASE
      WHEN income < 25 THEN 1         -- <25
      WHEN income < 50.01 THEN 2      -- 25-50
      WHEN income IS NOT NULL THEN 3  -- 50+
      ELSE 0                          -- Unknown
    END AS income_band_order,
    CASE
      WHEN score_finite < 0.1e0 THEN 1      -- low
      WHEN score_finite IS NOT NULL THEN 2  -- high
      ELSE 0                                -- Unknown
    END AS score_band_order
  FROM finite
)
SELECT
  customer_id,
  ['Unknown', '<25', '25-35', '35-55', '55+'][age_band_order + 1] AS age_band,
  age_band_order,
  ['Unknown', 'it''s low', 'high'][spend_tier_order + 1] AS spend_tier,
  spend_tier_order,
  ['Unknown', '<25', '25-50', '50+'][income_band_order + 1] AS income_band,
  income_band_order,
  ['Unknown', 'low', 'high'][score_band_order + 1] AS score_band,
  score_band_order
FROM assigned
