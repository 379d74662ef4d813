-- segkit import whole_numbers_typed.sql --key id --from customers --type age=INTEGER --column age_group
CASE
  WHEN age BETWEEN 0 AND 17 THEN '0-17'
  WHEN age BETWEEN 18 AND 24 THEN '18-24'
  WHEN age BETWEEN 25 AND 34 THEN '25-34'
  WHEN age > 34 THEN '35+'
END
