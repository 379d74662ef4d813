-- shopper_segments: which of 5 segments a customer is in (1 own: no recency_days)
-- fit v0001 on 4,128 rows | loss 4.0% against K-Means | cuts snapped, 0 rows moved | SQL = rules on every row
CREATE OR REPLACE VIEW shopper_segments AS
WITH assigned AS (
  SELECT
    customer_id,
    recency_days,
    orders,
    total_spend,
    CASE
      WHEN recency_days IS NULL THEN 5                                     -- E Never bought
      WHEN orders < 3 THEN CASE WHEN recency_days >= 68 THEN 2 ELSE 3 END  -- B Last order 330+ days ago | C Last order under 68 days ago, bought once
      WHEN total_spend >= 2200 THEN 4                                      -- D Total spend $2200+
      WHEN recency_days >= 330 THEN 2                                      -- B Last order 330+ days ago
      ELSE 1                                                               -- A Many orders, total spend under $2200
    END AS segment_order
  FROM customer_features
)
SELECT
  customer_id,
  recency_days,
  orders,
  total_spend,
  ['A', 'B', 'C', 'D', 'E'][segment_order] AS segment_id,
  [
    'Many orders, total spend under $2200',
    'Last order 330+ days ago',
    'Last order under 68 days ago, bought once',
    'Total spend $2200+',
    'Never bought'
  ][segment_order] AS segment_name,
  segment_order
FROM assigned;

COMMENT ON VIEW shopper_segments IS '5 customer segments (fit v0001)';
COMMENT ON COLUMN shopper_segments.recency_days IS 'Days since last order';
COMMENT ON COLUMN shopper_segments.total_spend IS 'Total spend ($)';
COMMENT ON COLUMN shopper_segments.segment_id IS 'segment of the customer: A = Many orders, total spend under $2200, B = Last order 330+ days ago, C = Last order under 68 days ago, bought once, D = Total spend $2200+, E = Never bought';
COMMENT ON COLUMN shopper_segments.segment_name IS 'what the segment is called';
COMMENT ON COLUMN shopper_segments.segment_order IS '1 for the first segment; 0 for unassigned';
