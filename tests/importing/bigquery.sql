-- segkit import bigquery.sql --dialect bigquery
SELECT
  `Customer Id`,
  IF(`Age` IS NULL, 'n/a', IF(`Age` <= 25, '<=25', IF(`Age` <= 55, '26-55', '>55'))) AS `age band`
FROM `project.shop.customers`
