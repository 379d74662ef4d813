{{ config(materialized='table', tags=['features']) }}

-- One row a customer who bought before {{ var('as_of') }}.

WITH features AS (
  {{ rfm_features(
    ref('stg_order_lines'), var('as_of'), order='invoice_no', amount='line_total', decimals=3
  ) }}
)

SELECT
  customer_id,
  recency_days,
  orders,
  total_spend
FROM features
