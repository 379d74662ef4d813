WITH finite AS (
  SELECT
    customer_id,
    age,
    "total spend ($)",
    income,
    score,
    CASE WHEN isfinite("total spend ($)") THEN "total spend ($)" END AS "total spend ($)_finite",
    CASE WHEN isfinite(score) THEN score END AS score_finite
  FROM customer_features
),
assigned AS (
  SELECT
    customer_id,
    age,
    "total spend ($)",
    income,
    score,
    CASE
      WHEN "total spend ($)_finite" >= 61 THEN
        CASE
          WHEN income < 54.5 THEN 4                               -- D It's --odd
          ELSE 2                                                  -- B High income
        END
      WHEN age < 42 THEN CASE WHEN income < 40 THEN 3 ELSE 2 END  -- C Low income, low spend | B High income
      WHEN score_finite >= 0.5e0 THEN 1                           -- A Older, mid spend
      ELSE 3                                                      -- C Low income, low spend
    END AS segment_order
  FROM finite
)
SELECT
  customer_id,
  age,
  "total spend ($)",
  income,
  score,
  ['A', 'B', 'C', 'D'][segment_order] AS segment_id,
  [
    'Older, mid spend',
    'High income',
    'Low income, low spend',
    'It''s --odd'
  ][segment_order] AS segment_name,
  segment_order
FROM assigned
