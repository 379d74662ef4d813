-- segkit import snowflake.sql --dialect snowflake
CREATE OR REPLACE VIEW ANALYTICS.CUSTOMER_TIERS AS
SELECT
  "CustomerId",
  IFF("Orders" >= 5 OR "Spend" >= 500, 'core', 'rest') AS "Tier",
  COALESCE(CASE WHEN "Age" < 25 THEN 'young' WHEN "Age" < 65 THEN 'adult' WHEN "Age" >= 65 THEN 'senior' END, 'unknown') AS "AgeGroup",
  DATEDIFF(day, "LastOrder", CURRENT_DATE) AS "Recency"
FROM RAW.CUSTOMERS
