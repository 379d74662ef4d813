{{ config(materialized='view', tags=['staging']) }}

-- One row an order or refund that counts: no cancelled orders, no line that was exported twice.

WITH raw_orders AS (
  SELECT DISTINCT order_id, customer_id, ordered_on, status, amount
  FROM {{ ref('orders') }}
)

SELECT
  order_id,
  customer_id,
  CAST(ordered_on AS DATE) AS ordered_on,
  status,
  CAST(amount AS DECIMAL(12, 2)) AS amount   -- negative for a refund
FROM raw_orders
WHERE status <> 'cancelled'
