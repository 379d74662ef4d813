-- shopper_segments: which of 6 segments a customer is in (1 own: no recency_days)
-- fit v0001 on 4,128 rows | loss 4.5% against K-Means | cuts snapped, 1 rows moved | SQL = rules on every row
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
          WHEN total_spend >= 2130 THEN 5  -- E Many orders, high total spend
          WHEN total_spend >= 878 THEN 2   -- B Some orders, high total spend
          ELSE 3                           -- C Many orders, mid total spend
        END
      WHEN total_spend >= 322 THEN 2       -- B Some orders, high total spend
      WHEN recency_days < 42 THEN 4        -- D Few orders, low total spend
      WHEN recency_days >= 361 THEN 1      -- A Lapsed, few orders
      ELSE 2                               -- B Some orders, high total spend
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
    'Lapsed, few orders',
    'Some orders, high total spend',
    'Many orders, mid total spend',
    'Few orders, low total spend',
    'Many orders, high total spend',
    'Never bought'
  ][segment_order] AS segment_name,
  segment_order
FROM assigned;

COMMENT ON VIEW shopper_segments IS '6 customer segments (fit v0001)';
COMMENT ON COLUMN shopper_segments.recency_days IS 'Days since last order';
COMMENT ON COLUMN shopper_segments.total_spend IS 'Total spend ($)';
COMMENT ON COLUMN shopper_segments.segment_id IS 'segment of the customer: A = Lapsed, few orders, B = Some orders, high total spend, C = Many orders, mid total spend, D = Few orders, low total spend, E = Many orders, high total spend, F = Never bought';
COMMENT ON COLUMN shopper_segments.segment_name IS 'what the segment is called';
COMMENT ON COLUMN shopper_segments.segment_order IS '1 for the first segment; 0 for unassigned';
