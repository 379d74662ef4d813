-- segkit import nested.sql
SELECT
  customer_id,
  CASE
    WHEN tenure_days < 30 THEN 'New'
    WHEN orders >= 10 THEN
      CASE WHEN total_spend > 1000 THEN 'VIP' ELSE 'Loyal' END
    WHEN COALESCE(orders, 0) = 0 THEN 'Never bought'
    ELSE 'Regular'
  END AS lifecycle
FROM customer_features
