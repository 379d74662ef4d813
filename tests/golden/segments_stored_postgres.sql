SELECT
  c.customer_id,
  age,
  "total spend ($)",
  income,
  score,
  (ARRAY['unassigned', 'A', 'B', 'C', 'D'])[segment_order + 1] AS segment_id,
  (ARRAY[
    'Unassigned',
    'Older, mid spend',
    'High income',
    'Low income, low spend',
    'It''s --odd'
  ])[segment_order + 1] AS segment_name,
  segment_order
FROM s__codes AS c
LEFT JOIN (
  SELECT DISTINCT ON (customer_id)
    customer_id,
    age,
    "total spend ($)",
    income,
    score
  FROM crm.customers
) AS r ON r.customer_id = c.customer_id
