-- What a careful engineer writes by hand for one night: load, the views, one profile query.
-- The views are those that `segkit build` published of the fit that lies here when this was written.
CREATE SCHEMA crm;
CREATE TABLE crm.customers AS SELECT * FROM 'customers.parquet';
CREATE VIEW customer_features AS SELECT * FROM crm.customers;

CREATE VIEW customer_buckets AS
WITH finite AS (
  SELECT
    customer_id,
    recency_days,
    orders,
    CASE WHEN isfinite(total_spend) THEN total_spend END AS total_spend_finite
  FROM customer_features
),
assigned AS (
  SELECT
    customer_id,
    CASE
      WHEN total_spend_finite < 50 THEN 1
      WHEN total_spend_finite < 200 THEN 2
      WHEN total_spend_finite < 1000 THEN 3
      WHEN total_spend_finite IS NOT NULL THEN 4
      ELSE 0
    END AS spend_band_order,
    CASE
      WHEN total_spend_finite <= 26.92 THEN 1
      WHEN total_spend_finite <= 67.59 THEN 2
      WHEN total_spend_finite <= 172.404 THEN 3
      WHEN total_spend_finite <= 490.08 THEN 4
      WHEN total_spend_finite IS NOT NULL THEN 5
      ELSE 0
    END AS spend_quintile_order,
    CASE
      WHEN recency_days <= 11 THEN 5
      WHEN recency_days <= 29 THEN 4
      WHEN recency_days <= 86 THEN 3
      WHEN recency_days <= 225 THEN 2
      WHEN recency_days IS NOT NULL THEN 1
      ELSE 0
    END AS rfm_r,
    CASE
      WHEN orders <= 2 THEN 1
      WHEN orders <= 3 THEN 2
      WHEN orders <= 6 THEN 3
      WHEN orders <= 13 THEN 4
      WHEN orders IS NOT NULL THEN 5
      ELSE 0
    END AS rfm_f,
    CASE
      WHEN total_spend_finite <= 26.92 THEN 1
      WHEN total_spend_finite <= 67.59 THEN 2
      WHEN total_spend_finite <= 172.404 THEN 3
      WHEN total_spend_finite <= 490.08 THEN 4
      WHEN total_spend_finite IS NOT NULL THEN 5
      ELSE 0
    END AS rfm_m
  FROM finite
),
combined AS (
  SELECT
    customer_id,
    spend_band_order,
    spend_quintile_order,
    rfm_r,
    rfm_f,
    rfm_m,
    CASE
      WHEN rfm_r * 10 + rfm_f IN (22, 21, 12, 11) THEN 1
      WHEN rfm_r * 10 + rfm_f IN (24, 23, 14, 13) THEN 2
      WHEN rfm_r * 10 + rfm_f IN (25, 15) THEN 3
      WHEN rfm_r * 10 + rfm_f IN (32, 31) THEN 4
      WHEN rfm_r * 10 + rfm_f = 33 THEN 5
      WHEN rfm_r * 10 + rfm_f IN (45, 44, 35, 34) THEN 6
      WHEN rfm_r * 10 + rfm_f = 41 THEN 7
      WHEN rfm_r * 10 + rfm_f = 51 THEN 8
      WHEN rfm_r * 10 + rfm_f IN (53, 52, 43, 42) THEN 9
      WHEN rfm_r * 10 + rfm_f IN (55, 54) THEN 10
      ELSE 0
    END AS rfm_order
  FROM assigned
)
SELECT
  customer_id,
  ['Unknown', '<50', '50-200', '200-1000', '1000+'][spend_band_order + 1] AS spend_band,
  spend_band_order,
  ['Unknown', '1', '2', '3', '4', '5'][spend_quintile_order + 1] AS spend_quintile,
  spend_quintile_order,
  [
    'Unknown',
    'hibernating',
    'at_risk',
    'cant_lose',
    'about_to_sleep',
    'need_attention',
    'loyal_customers',
    'promising',
    'new_customers',
    'potential_loyalists',
    'champions'
  ][rfm_order + 1] AS rfm,
  rfm_order,
  nullif(rfm_r, 0) AS rfm_r,
  nullif(rfm_f, 0) AS rfm_f,
  nullif(rfm_m, 0) AS rfm_m
FROM combined;

CREATE VIEW customer_segments AS
WITH finite AS (
  SELECT
    customer_id,
    recency_days,
    orders,
    total_spend,
    average_order,
    tenure_days,
    discount_share,
    CASE WHEN isfinite(total_spend) THEN total_spend END AS total_spend_finite,
    CASE WHEN isfinite(average_order) THEN average_order END AS average_order_finite,
    CASE WHEN isfinite(discount_share) THEN discount_share END AS discount_share_finite
  FROM customer_features
),
assigned AS (
  SELECT
    customer_id,
    recency_days,
    orders,
    total_spend,
    average_order,
    tenure_days,
    discount_share,
    CASE
      WHEN tenure_days < 491 THEN
        CASE
          WHEN recency_days >= 85 THEN 5
          WHEN orders >= 10 THEN 4
          ELSE 2
        END
      WHEN total_spend_finite < 77.96 THEN 1
      WHEN average_order_finite >= 44.3 THEN
        CASE
          WHEN discount_share_finite >= 0.3558 THEN 6
          WHEN recency_days < 26 THEN 4
          ELSE 3
        END
      ELSE 3
    END AS segment_order
  FROM finite
)
SELECT
  customer_id,
  recency_days,
  orders,
  total_spend,
  average_order,
  tenure_days,
  discount_share,
  ['A', 'B', 'C', 'D', 'E', 'F'][segment_order] AS segment_id,
  [
    'Low total spend, customer for 491+ days',
    'Mid total spend, customer for under 491 days',
    'Last order 26+ days ago, high total spend',
    '10+ orders',
    'Last order 85+ days ago, customer for under 491 days',
    'Customer for 491+ days, discount share 0.36+'
  ][segment_order] AS segment_name,
  segment_order
FROM assigned;

SELECT
  segment_id,
  count(*),
  avg(recency_days),
  avg(orders),
  avg(total_spend),
  avg(average_order),
  avg(tenure_days),
  avg(discount_share)
FROM customer_segments
GROUP BY segment_id;
