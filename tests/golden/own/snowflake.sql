-- shopper_segments: which of 5 segments a customer is in (2 own: no income, spend)
-- fit v0001 on 300 rows | loss 3.6% against K-Means | cuts snapped, 0 rows moved
-- for Snowflake, where segkit has not been run: `segkit compile --check` is the proof
CREATE OR REPLACE VIEW shopper_segments (
  customer_id,
  age,
  income COMMENT 'Annual income (k$)',
  spend,
  segment_id COMMENT 'segment of the customer: unassigned = Unassigned, A = Low annual income, low spend, B = Younger, high annual income, C = Older, high annual income, D = No annual income, E = Income: never said',
  segment_name COMMENT 'what the segment is called',
  segment_order COMMENT '1 for the first segment; 0 for unassigned'
)
COMMENT = '5 customer segments (fit v0001)' AS
WITH finite AS (
  SELECT
    customer_id,
    age,
    income,
    spend,
    CASE WHEN income - income = 0 THEN income END AS income_finite,
    CASE WHEN spend - spend = 0 THEN spend END AS spend_finite
  FROM customer_features
),
assigned AS (
  SELECT
    customer_id,
    age,
    income,
    spend,
    CASE
      WHEN income_finite IS NULL THEN 4  -- D No annual income
      WHEN spend_finite IS NULL THEN 5   -- E Income: never said
      WHEN age IS NULL THEN 0            -- Unassigned
      WHEN spend_finite < 178.5 THEN 1   -- A Low annual income, low spend
      WHEN age >= 48 THEN 3              -- C Older, high annual income
      ELSE 2                             -- B Younger, high annual income
    END AS segment_order
  FROM finite
)
SELECT
  customer_id,
  age,
  income,
  spend,
  DECODE(segment_order, 0, 'unassigned', 1, 'A', 2, 'B', 3, 'C', 4, 'D', 5, 'E') AS segment_id,
  DECODE(segment_order,
    0, 'Unassigned',
    1, 'Low annual income, low spend',
    2, 'Younger, high annual income',
    3, 'Older, high annual income',
    4, 'No annual income',
    5, 'Income: never said'
  ) AS segment_name,
  segment_order
FROM assigned;
