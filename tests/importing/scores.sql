-- segkit import scores.sql
-- Numbers for labels, a flag, and a condition that holds for all.
SELECT
  id,
  CASE WHEN orders >= 10 THEN 3 WHEN orders >= 3 THEN 2 WHEN TRUE THEN 1 END AS score,
  CASE WHEN is_vip THEN 'VIP' WHEN NOT is_vip THEN 'standard' END AS club,
  CASE WHEN tenure > 5 AND tenure < 3 THEN 'never' WHEN NOT tenure BETWEEN 1 AND 5 THEN 'out' ELSE 'in' END AS odd
FROM members
