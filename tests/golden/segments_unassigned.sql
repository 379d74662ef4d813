WITH assigned AS (
  SELECT
    customer_id,
    age,
    "total spend ($)",
    income,
    score,
    CASE
      WHEN age IS NULL OR income IS NULL THEN 0                   -- Unassigned
      WHEN "total spend ($)" >= 61 AND "total spend ($)" < 'Infinity' THEN
        CASE
          WHEN income < 54.5 THEN 4                               -- D It's --odd
          ELSE 2                                                  -- B High income
        END
      WHEN age < 42 THEN CASE WHEN income < 40 THEN 3 ELSE 2 END  -- C Low income, low spend | B High income
      WHEN score >= 0.5e0 AND score < 'Infinity' THEN 1           -- A Older, mid spend
      ELSE 3                                                      -- C Low income, low spend
    END AS segment_order
  FROM crm.customers
)
SELECT
  customer_id,
  age,
  "total spend ($)",
  income,
  score,
  ['unassigned', 'A', 'B', 'C', 'D'][segment_order + 1] AS segment_id,
  [
    'Unassigned',
    'Older, mid spend',
    'High income',
    'Low income, low spend',
    'It''s --odd'
  ][segment_order + 1] AS segment_name,
  segment_order
FROM assigned
