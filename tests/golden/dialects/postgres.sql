-- shopper_segments
-- for PostgreSQL
CREATE OR REPLACE VIEW shopper_segments AS
WITH assigned AS (
  SELECT
    customer_id,
    age,
    "Größe (€)",
    income,
    score,
    "order",
    CASE
      WHEN income IS NULL THEN 0                                                   -- Unassigned
      WHEN "Größe (€)" >= 61.5 AND "Größe (€)" < 'Infinity' THEN
        CASE
          WHEN is_member THEN CASE WHEN "order" < 7 THEN 4 ELSE 2 END              -- D It's --odd | B High income
          WHEN age <= 30 THEN 2                                                    -- B High income
          ELSE 4                                                                   -- D It's --odd
        END
      WHEN region IN ('it''s north', 'south') THEN
        CASE
          WHEN income < 40.26 THEN 3                                               -- C Low income\low spend
          ELSE 2                                                                   -- B High income
        END
      WHEN CAST(score AS DOUBLE PRECISION) >= 0.3e0 AND score < 'Infinity' THEN 1  -- A Older, mid spend
      ELSE 3                                                                       -- C Low income\low spend
    END AS segment_order
  FROM crm.customer_features
  WHERE region IS NOT NULL AND income > 0
)
SELECT
  customer_id,
  age,
  "Größe (€)",
  income,
  score,
  "order",
  (ARRAY['unassigned', 'A', 'B', 'C', 'D'])[segment_order + 1] AS segment_id,
  (ARRAY[
    'Unassigned',
    'Older, mid spend',
    'High income',
    'Low income\low spend',
    'It''s --odd'
  ])[segment_order + 1] AS segment_name,
  segment_order
FROM assigned;

COMMENT ON VIEW shopper_segments IS '4 segments';
COMMENT ON COLUMN shopper_segments.age IS 'Age (years)';
COMMENT ON COLUMN shopper_segments."Größe (€)" IS 'It''s the size';
COMMENT ON COLUMN shopper_segments.segment_id IS 'A, B, C or D';

SELECT
CASE
  WHEN income IS NULL THEN 'unassigned'                                          -- Unassigned
  WHEN "Größe (€)" >= 61.5 AND "Größe (€)" < 'Infinity' THEN
    CASE
      WHEN is_member THEN CASE WHEN "order" < 7 THEN 'D' ELSE 'B' END            -- It's --odd | High income
      WHEN age <= 30 THEN 'B'                                                    -- High income
      ELSE 'D'                                                                   -- It's --odd
    END
  WHEN region IN ('it''s north', 'south') THEN
    CASE
      WHEN income < 40.26 THEN 'C'                                               -- Low income\low spend
      ELSE 'B'                                                                   -- High income
    END
  WHEN CAST(score AS DOUBLE PRECISION) >= 0.3e0 AND score < 'Infinity' THEN 'A'  -- Older, mid spend
  ELSE 'C'                                                                       -- Low income\low spend
END
AS segment_id FROM crm.customer_features;

-- buckets
-- for PostgreSQL
CREATE OR REPLACE VIEW customer_buckets AS
WITH finite AS (
  SELECT
    customer_id,
    age,
    region,
    CASE WHEN "Größe (€)" - "Größe (€)" = 0 THEN "Größe (€)" END AS "Größe (€)_finite",
    CASE WHEN score - score = 0 THEN score END AS score_finite
  FROM crm.customer_features
),
assigned AS (
  SELECT
    customer_id,
    CASE
      WHEN age < 25 THEN 1         -- <25
      WHEN age < 36 THEN 2         -- 25-35.5
      WHEN age IS NOT NULL THEN 3  -- 35.5+
      ELSE 0                       -- ?
    END AS age_order,
    CASE
      WHEN "Größe (€)_finite" <= 1.25 THEN 1
      WHEN "Größe (€)_finite" <= 1000 THEN 2
      WHEN "Größe (€)_finite" IS NOT NULL THEN 4
      ELSE 0                                      -- no score
    END AS size_s,
    CASE
      WHEN "Größe (€)_finite" <= 1.25 THEN
        CASE
          WHEN age <= 10 THEN 3
          WHEN age <= 50 THEN 2
          WHEN age IS NOT NULL THEN 1
          ELSE 0                              -- no score
        END
      WHEN "Größe (€)_finite" <= 1000 THEN
        CASE
          WHEN age <= 20 THEN 3
          WHEN age <= 50 THEN 2
          WHEN age IS NOT NULL THEN 1
          ELSE 0                              -- no score
        END
      WHEN "Größe (€)_finite" IS NULL THEN 0  -- no score
      WHEN age <= 40 THEN 3
      WHEN age <= 50 THEN 2
      WHEN age IS NOT NULL THEN 1
      ELSE 0                                  -- no score
    END AS age_in_size_s,
    CASE
      WHEN region = 'it''s north' THEN 1                                          -- North
      WHEN ROUND(score_finite, 1) > 0.5 THEN 2                                    -- Late
      WHEN NOT (region = 'it''s north' OR (ROUND(score_finite, 1) > 0.5)) THEN 3  -- Other
      ELSE 0                                                                      -- Unknown
    END AS stage_order
  FROM finite
),
combined AS (
  SELECT
    customer_id,
    age_order,
    size_s,
    age_in_size_s,
    stage_order,
    CASE
      WHEN size_s > 0 AND age_in_size_s > 0 THEN size_s + age_in_size_s
      ELSE 0  -- no score
    END AS total
  FROM assigned
)
SELECT
  customer_id,
  (ARRAY['?', '<25', '25-35.5', '35.5+'])[age_order + 1] AS age_band,
  age_order,
  nullif(size_s, 0) AS size_s,
  nullif(age_in_size_s, 0) AS age_in_size_s,
  nullif(total, 0) AS total,
  (ARRAY['Unknown', 'North', 'Late', 'Other'])[stage_order + 1] AS stage,
  stage_order
FROM combined;

COMMENT ON VIEW customer_buckets IS 'business buckets';
COMMENT ON COLUMN customer_buckets.age_band IS 'bands of age';
