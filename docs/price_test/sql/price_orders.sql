-- Orders as they would be if the lower price had an effect: the planted truth of the example.
-- In D people buy for 60 % more, in B they would have paid the old price. The arm is worked
-- out by the hash that assigns customers; a real project reads its orders, and nothing else.

WITH orders AS (
  SELECT customer_id, ordered_on, status, amount
  FROM {{ ref('stg_orders') }}
),

arms AS (
  SELECT
    customer_id,
    CAST('0x' || substr(md5('price-2026:' || customer_id), 1, 8) AS UBIGINT) % 10000 >= 5000
      AS has_lower_price,
    orders AS orders_before
  FROM {{ ref('customer_features') }}
)

SELECT
  orders.customer_id,
  orders.ordered_on,
  CAST(orders.amount AS DOUBLE) AS revenue,
  CASE WHEN orders.status = 'refund' THEN -CAST(orders.amount AS DOUBLE) ELSE 0 END AS refunds,
  arms.has_lower_price,
  arms.orders_before
FROM orders
LEFT JOIN arms ON arms.customer_id = orders.customer_id
