SELECT
  c.customer_id,
  age,
  "total spend ($)",
  income,
  score,
  ['unassigned', 'A', 'B', 'C', 'D'][segment_order + 1] AS segment_id,
  [
    'Unassigned',
    'Older, mid spend',
    'High income',
    'Low income, low spend',
    'It''s --odd'
  ][segment_order + 1] AS segment_name,
  segment_order
FROM s__codes AS c
LEFT JOIN (
  SELECT
    customer_id,
    any_value(age) AS age,
    any_value("total spend ($)") AS "total spend ($)",
    any_value(income) AS income,
    any_value(score) AS score
  FROM crm.customers
  GROUP BY customer_id
) AS r ON r.customer_id = c.customer_id
