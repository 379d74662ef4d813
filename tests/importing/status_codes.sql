-- segkit import status_codes.sql --type status=INTEGER
-- A simple CASE. `WHEN NULL` is never true; IN lists share a region; a branch is dead.
SELECT
  user_id,
  CASE status
    WHEN 1 THEN 'active'
    WHEN 2 THEN 'paused'
    WHEN 3 THEN 'active'
    WHEN NULL THEN 'unknown'
    ELSE 'gone'
  END AS status_name,
  CASE
    WHEN region IN ('north', 'south') THEN 'core'
    WHEN region = 'north' THEN 'north'
    WHEN region IS NULL THEN 'nowhere'
  END AS area
FROM app.users
WHERE is_test = false
