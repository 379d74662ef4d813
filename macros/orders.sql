{#-
  rfm_features(lines, as_of, customer='customer_id', order='order_id', ordered_at='ordered_at',
  amount='amount'): from order lines to one row a customer, as of a day: recency_days (whole days
  since the last order), orders (how many different ones), total_spend. Lines of that day and later
  are left out. Money is added up as a decimal, so the order of the rows does not matter.
  It is a whole SELECT, for a model of its own or a CTE.

    customer_id | order_id | ordered_at | amount
    ------------+----------+------------+-------
    anna        | 1        | 2025-12-22 |   10.5
    anna        | 1        | 2025-12-22 |      2
    anna        | 2        | 2025-12-30 |      5
    bob         | 3        | 2025-11-02 |      8
    bob         | 4        | 2026-01-01 |     99

    {{ rfm_features('lines', '2026-01-01') }}

    customer_id | recency_days | orders | total_spend
    ------------+--------------+--------+------------
    anna        |            2 |      2 |        17.5
    bob         |           60 |      1 |           8
-#}
{%- macro rfm_features(lines, as_of, customer='customer_id', order='order_id', ordered_at='ordered_at', amount='amount') -%}
SELECT
  {{ customer }},
  date_diff('day', CAST(max({{ ordered_at }}) AS DATE), DATE '{{ as_of }}') AS recency_days,
  count(DISTINCT {{ order }}) AS orders,
  sum(CAST({{ amount }} AS DECIMAL(18, 4))) AS total_spend
FROM {{ lines }}
WHERE {{ ordered_at }} < DATE '{{ as_of }}'
  AND {{ customer }} IS NOT NULL
GROUP BY {{ customer }}
{%- endmacro -%}
