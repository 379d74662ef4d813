{{ config(materialized='table', tags=['features']) }}

-- One row a customer as of {{ var('as_of') }}. Every feature looks back from that day, on the
-- orders before events_until: the same day, unless segkit asks who moved by the calendar alone.
-- spend_next_90d looks ahead: it is what the segments are judged by, never what they are made of.

{% set as_of = "DATE '" ~ var('as_of') ~ "'" %}
{% set events_until = "DATE '" ~ var('events_until') ~ "'" %}

WITH customers AS (
  SELECT customer_id, age, annual_income, region, signed_up_on
  FROM {{ ref('stg_customers') }}
),

orders AS (
  SELECT customer_id, ordered_on, status, amount
  FROM {{ ref('stg_orders') }}
),

past AS (
  SELECT
    customer_id,
    max(ordered_on) FILTER (WHERE status = 'completed') AS last_ordered_on,
    count(*) FILTER (WHERE status = 'completed') AS orders,
    sum(amount) AS total_spend
  FROM orders
  WHERE ordered_on < {{ events_until }}
  GROUP BY customer_id
),

next_90d AS (
  SELECT
    customer_id,
    sum(amount) AS spend_next_90d
  FROM orders
  WHERE ordered_on >= {{ as_of }} AND ordered_on < {{ as_of }} + INTERVAL '90' DAY
  GROUP BY customer_id
)

SELECT
  customers.customer_id,
  customers.age,
  customers.annual_income,
  customers.region,
  {{ days_between('customers.signed_up_on', as_of) }} AS tenure_days,
  past.last_ordered_on,
  {{ days_between('past.last_ordered_on', as_of) }} AS recency_days,
  coalesce(past.orders, 0) AS orders,
  CAST(coalesce(past.total_spend, 0) AS DECIMAL(12, 2)) AS total_spend,
  CAST({{ safe_divide('past.total_spend', 'past.orders') }} AS DECIMAL(12, 2)) AS average_order,
  CAST(coalesce(next_90d.spend_next_90d, 0) AS DECIMAL(12, 2)) AS spend_next_90d
FROM customers
LEFT JOIN past ON past.customer_id = customers.customer_id
LEFT JOIN next_90d ON next_90d.customer_id = customers.customer_id
WHERE customers.signed_up_on < {{ events_until }}
