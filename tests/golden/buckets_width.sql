-- b: age_ten, spend_band, one
-- every row is in exactly one bucket of each, NULL and non-finite included
-- age_ten: edges v0001 of age on 470 rows: 20, 30, 40, 50, 60
-- spend_band: edges v0001 of spend on 389 rows: 1.25, 3.75, 6.25, 8.75
-- one: edges v0001 of age on 470 rows: none
WITH finite AS (
  SELECT
    customer_id,
    age,
    CASE WHEN isfinite(spend) THEN spend END AS spend_finite
  FROM customers
),
assigned AS (
  SELECT
    customer_id,
    CASE
      WHEN age < 20 THEN 1         -- <20
      WHEN age < 30 THEN 2         -- 20-30
      WHEN age < 40 THEN 3         -- 30-40
      WHEN age < 50 THEN 4         -- 40-50
      WHEN age < 60 THEN 5         -- 50-60
      WHEN age IS NOT NULL THEN 6  -- 60+
      ELSE 0                       -- Unknown
    END AS age_ten_order,
    CASE
      WHEN spend_finite < 1.25 THEN 1       -- <1.25
      WHEN spend_finite < 3.75 THEN 2       -- 1.25-3.75
      WHEN spend_finite < 6.25 THEN 3       -- 3.75-6.25
      WHEN spend_finite < 8.75 THEN 4       -- 6.25-8.75
      WHEN spend_finite IS NOT NULL THEN 5  -- 8.75+
      ELSE 0                                -- none
    END AS spend_band_order,
    CASE
      WHEN age IS NOT NULL THEN 1  -- all
      ELSE 0                       -- Unknown
    END AS one_order
  FROM finite
)
SELECT
  customer_id,
  ['Unknown', '<20', '20-30', '30-40', '40-50', '50-60', '60+'][age_ten_order + 1] AS age_ten,
  age_ten_order,
  ['none', '<1.25', '1.25-3.75', '3.75-6.25', '6.25-8.75', '8.75+'][spend_band_order + 1] AS spend_band,
  spend_band_order,
  ['Unknown', 'all'][one_order + 1] AS one,
  one_order
FROM assigned
