-- segkit import refused.sql
-- What looks at more than one row, or is no label, is refused with its place.
SELECT
  customer_id,
  CASE WHEN sum(amount) > 10 THEN 'x' ELSE 'y' END AS a,
  CASE WHEN orders > (SELECT avg(orders) FROM orders) THEN 'x' ELSE 'y' END AS b,
  CASE WHEN row_number() OVER (ORDER BY orders) > 3 THEN 'x' ELSE 'y' END AS c,
  CASE WHEN orders > 3 THEN region ELSE 'none' END AS d,
  CASE WHEN last_order > current_date - 30 THEN 'recent' ELSE '' END AS e
FROM orders
GROUP BY customer_id
