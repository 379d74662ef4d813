['unassigned', 'A', 'B', 'C', 'D'][CASE
  WHEN age IS NULL OR income IS NULL THEN 0                   -- Unassigned
  WHEN "total spend ($)" >= 61 AND "total spend ($)" < 'Infinity' THEN
    CASE
      WHEN income < 54.5 THEN 4                               -- It's --odd
      ELSE 2                                                  -- High income
    END
  WHEN age < 42 THEN CASE WHEN income < 40 THEN 3 ELSE 2 END  -- Low income, low spend | High income
  WHEN score >= 0.5e0 AND score < 'Infinity' THEN 1           -- Older, mid spend
  ELSE 3                                                      -- Low income, low spend
END + 1]
