{{ config(materialized='view', tags=['staging']) }}

-- One row a line that was bought: by a known customer, not cancelled, some pieces, for a price.

WITH raw_lines AS (
  SELECT "InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"
  FROM {{ source('shop', 'order_lines') }}
),

typed_lines AS (
  SELECT
    CAST(CAST("CustomerID" AS DECIMAL(10, 1)) AS INTEGER) AS customer_id,   -- written 17850.0
    "InvoiceNo" AS invoice_no,             -- C536379 is a cancellation
    "StockCode" AS stock_code,
    CAST("InvoiceDate" AS TIMESTAMP) AS ordered_at,
    CAST("Quantity" AS INTEGER) AS quantity,
    CAST("UnitPrice" AS DECIMAL(10, 3)) AS unit_price
  FROM raw_lines
)

SELECT
  customer_id,
  invoice_no,
  stock_code,
  ordered_at,
  quantity,
  unit_price,
  CAST(quantity * unit_price AS DECIMAL(12, 3)) AS line_total
FROM typed_lines
WHERE customer_id IS NOT NULL
  AND invoice_no NOT LIKE 'C%'
  AND quantity > 0
  AND unit_price > 0
