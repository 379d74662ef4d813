-- No dollar of a known customer is lost or counted twice on the way to customer_features.

WITH orders AS (
  SELECT sum(orders.amount) AS spend
  FROM {{ ref('stg_orders') }} AS orders
  JOIN {{ ref('stg_customers') }} AS customers ON customers.customer_id = orders.customer_id
  WHERE orders.ordered_on < DATE '{{ var('as_of') }}'
),

features AS (
  SELECT sum(total_spend) AS spend
  FROM {{ ref('customer_features') }}
)

SELECT
  orders.spend AS spend_in_orders,
  features.spend AS spend_in_features
FROM orders
CROSS JOIN features
WHERE orders.spend IS DISTINCT FROM features.spend
