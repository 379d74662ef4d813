-- shopper_segments: which of 6 segments a customer is in (1 own: no recency_days)
-- fit v0001 on 4,128 rows | loss 4.5% against K-Means | cuts snapped, 1 row moved | SQL = rules on every row
CREATE OR REPLACE VIEW shopper_segments AS
WITH assigned AS (
  SELECT
    customer_id,
    recency_days,
    orders,
    total_spend,
    CASE
      WHEN recency_days IS NULL THEN 6     -- F Never bought
      WHEN orders >= 7 THEN
        CASE
          WHEN total_spend >= 2130 THEN 5  -- E Total spend $2,130+
          WHEN total_spend >= 878 THEN 2   -- B Total spend $322-$2,130
          ELSE 3                           -- C 7+ orders, total spend under $878
        END
      WHEN total_spend >= 322 THEN 2       -- B Total spend $322-$2,130
      WHEN recency_days < 42 THEN 4        -- D Last order under 42 days ago, under 7 orders
      WHEN recency_days >= 361 THEN 1      -- A Last order 361+ days ago
      ELSE 2                               -- B Total spend $322-$2,130
    END AS segment_order
  FROM customer_features
)
SELECT
  customer_id,
  recency_days,
  orders,
  total_spend,
  ['A', 'B', 'C', 'D', 'E', 'F'][segment_order] AS segment_id,
  [
    'Last order 361+ days ago',
    'Total spend $322-$2,130',
    '7+ orders, total spend under $878',
    'Last order under 42 days ago, under 7 orders',
    'Total spend $2,130+',
    'Never bought'
  ][segment_order] AS segment_name,
  segment_order
FROM assigned;

COMMENT ON VIEW shopper_segments IS '6 customer segments (fit v0001)';
COMMENT ON COLUMN shopper_segments.recency_days IS 'Days since last order';
COMMENT ON COLUMN shopper_segments.total_spend IS 'Total spend ($)';
COMMENT ON COLUMN shopper_segments.segment_id IS 'segment of the customer: A = Last order 361+ days ago, B = Total spend $322-$2,130, C = 7+ orders, total spend under $878, D = Last order under 42 days ago, under 7 orders, E = Total spend $2,130+, F = Never bought';
COMMENT ON COLUMN shopper_segments.segment_name IS 'what the segment is called';
COMMENT ON COLUMN shopper_segments.segment_order IS '1 for the first segment; 0 for unassigned';
