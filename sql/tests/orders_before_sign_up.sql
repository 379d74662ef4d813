-- Nobody orders before signing up.

SELECT
  orders.order_id,
  orders.ordered_on,
  customers.signed_up_on
FROM {{ ref('stg_orders') }} AS orders
JOIN {{ ref('stg_customers') }} AS customers ON customers.customer_id = orders.customer_id
WHERE orders.ordered_on < customers.signed_up_on
