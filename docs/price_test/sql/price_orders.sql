-- Orders as they would be if the lower price had an effect: the planted truth of the example.
-- Whoever had spent 2,000 before the test would have paid the old price as well, and now leaves
-- 30 % less; the others buy for 60 % more. The arm is worked out by the hash that assigns
-- customers; a real project reads its orders here, and nothing else.

WITH orders AS (
  SELECT customer_id, ordered_on, status, CAST(amount AS DOUBLE PRECISION) AS amount
  FROM {{ ref('stg_orders') }}
),

before AS (
  SELECT customer_id, sum(amount) AS spend
  FROM orders
  WHERE ordered_on < DATE '2026-01-01'
  GROUP BY customer_id
),

planted AS (
  SELECT
    orders.customer_id,
    orders.ordered_on,
    orders.amount,
    CASE
      WHEN orders.amount < 0 OR orders.ordered_on < DATE '2026-01-01' THEN 1
      WHEN {{ price_bucket('orders.customer_id') }} < 5000 THEN 1
      WHEN before.spend >= 2000 THEN 0.7
      ELSE 1.6
    END AS factor
  FROM orders
  LEFT JOIN before ON before.customer_id = orders.customer_id
)

SELECT
  customer_id,
  ordered_on,
  amount * factor AS revenue,
  CASE WHEN amount < 0 THEN -amount ELSE 0 END AS refunds
FROM planted
