-- shopper_segments: which of 5 segments a customer is in (2 own: no income, spend)
-- fit v0001 on 300 rows | loss 3.6% against K-Means | cuts snapped, 0 rows moved | SQL = rules on every row
CREATE OR REPLACE VIEW shopper_segments AS
WITH finite AS (
  SELECT
    customer_id,
    age,
    income,
    spend,
    CASE WHEN isfinite(income) THEN income END AS income_finite,
    CASE WHEN isfinite(spend) THEN spend END AS spend_finite
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
  ['unassigned', 'A', 'B', 'C', 'D', 'E'][segment_order + 1] AS segment_id,
  [
    'Unassigned',
    'Low annual income, low spend',
    'Younger, high annual income',
    'Older, high annual income',
    'No annual income',
    'Income: never said'
  ][segment_order + 1] AS segment_name,
  segment_order
FROM assigned;

COMMENT ON VIEW shopper_segments IS '5 customer segments (fit v0001)';
COMMENT ON COLUMN shopper_segments.income IS 'Annual income (k$)';
COMMENT ON COLUMN shopper_segments.segment_id IS 'segment of the customer: unassigned = Unassigned, A = Low annual income, low spend, B = Younger, high annual income, C = Older, high annual income, D = No annual income, E = Income: never said';
COMMENT ON COLUMN shopper_segments.segment_name IS 'what the segment is called';
COMMENT ON COLUMN shopper_segments.segment_order IS '1 for the first segment; 0 for unassigned';
