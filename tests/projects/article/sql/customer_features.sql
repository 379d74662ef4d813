SELECT
  "CustomerID" AS customer_id,
  "Age" AS age,
  "Annual Income (k$)" AS annual_income,
  "Spending Score (1-100)" AS spending_score
FROM {{ source('mall', 'customers') }}
