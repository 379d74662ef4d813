-- segkit import spend_tiers.sql
/* Descending, so that the order is the meaning: no overlap worth a word. */
SELECT
  c.customer_id,
  c.country,
  CASE
    WHEN c.total_spend > 1000 THEN 'High'   -- gold card
    WHEN c.total_spend > 500 THEN 'Medium'
    WHEN c.total_spend <= 500 THEN 'Low'
    ELSE NULL
  END AS spend_tier,
  round(c.total_spend) AS spend
FROM analytics.customers c
ORDER BY c.customer_id
