{{ config(materialized='view', tags=['staging']) }}

-- One row a customer: no test accounts, no sentinels, one spelling a region.

WITH raw_customers AS (
  SELECT customer_id, age, annual_income, region, signed_up_on, is_test
  FROM {{ ref('customers') }}
)

SELECT
  customer_id,
  CAST({{ null_if_sentinel('age', [999]) }} AS INTEGER) AS age,
  CAST({{ null_if_sentinel('annual_income', [-1]) }} AS DOUBLE PRECISION) AS annual_income,
  coalesce(nullif(lower(trim(region)), ''), 'unknown') AS region,
  CAST(signed_up_on AS DATE) AS signed_up_on
FROM raw_customers
WHERE NOT is_test
