{#-
  rfm_features(lines, as_of, customer='customer_id', order='order_id', ordered_at='ordered_at',
  amount='amount', decimals=2): from order lines to one row a customer, as of a day: customer_id,
  recency_days (days since the day of the last order), orders (how many different ones),
  total_spend. Lines of that day and later, and lines without a customer, are left out. Amounts are
  added up as decimals with 4 places, so the order of the rows does not matter, and the total is
  rounded to `decimals`. NULL amounts add nothing; NaN or infinity is an error of the model.
  It is a whole SELECT, for a model of its own or a CTE. Who never ordered is not among its rows:
  LEFT JOIN it to the customers with coalesce(orders, 0), leave their recency_days NULL, and say
  `missing: {recency_days: own}` in the segmentation, so that they are a segment of their own.

    customer_id | order_id | ordered_at | amount
    ------------+----------+------------+-------
    anna        | 1        | 2025-12-22 |   10.5
    anna        | 1        | 2025-12-22 |      2
    anna        | 2        | 2025-12-30 |      5
    bob         | 3        | 2025-11-02 |      8
    bob         | 4        | 2026-01-01 |     99

    {{ rfm_features(ref('lines'), '2026-01-01') }}

    customer_id | recency_days | orders | total_spend
    ------------+--------------+--------+------------
    anna        |            2 |      2 |       17.50
    bob         |           60 |      1 |        8.00
-#}
{%- macro rfm_features(lines, as_of, customer='customer_id', order='order_id', ordered_at='ordered_at', amount='amount', decimals=2) -%}
{%- set day = as_of | string -%}
{#- empty where var() did not find it, which is an error already -#}
{%- if day and (day | length != 10 or day[4] ~ day[7] != '--' or not (day[:4] ~ day[5:7] ~ day[8:]).isdigit()) -%}
{{ exceptions.raise_compiler_error("as_of of rfm_features is `" ~ day ~ "`, not a day: write '2026-01-31' or var('as_of')") }}
{%- endif -%}
{%- if decimals not in [0, 1, 2, 3, 4] -%}
{{ exceptions.raise_compiler_error("decimals of rfm_features is `" ~ decimals ~ "`: write a whole number from 0 to 4") }}
{%- endif -%}
SELECT
  {{ customer }} AS customer_id,
  {{ days_between("CAST(max(" ~ ordered_at ~ ") AS DATE)", "DATE '" ~ day ~ "'") }} AS recency_days,
  count(DISTINCT {{ order }}) AS orders,
  CAST(sum(CAST({{ amount }} AS DECIMAL(18, 4))) AS DECIMAL(18, {{ decimals }})) AS total_spend
FROM {{ lines }}
WHERE {{ ordered_at }} < DATE '{{ day }}'
  AND {{ customer }} IS NOT NULL
GROUP BY {{ customer }}
{%- endmacro -%}
