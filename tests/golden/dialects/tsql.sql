-- shopper_segments
-- for SQL Server (T-SQL), where segkit has not been run: `segkit compile --check` is the proof
CREATE OR ALTER VIEW shopper_segments AS
WITH assigned AS (
  SELECT
    customer_id,
    age,
    [Größe (€)],
    income,
    score,
    [order],
    CASE
      WHEN income IS NULL THEN 0                                           -- Unassigned
      WHEN [Größe (€)] >= 61.5 THEN
        CASE
          WHEN is_member = 1 THEN CASE WHEN [order] < 7 THEN 4 ELSE 2 END  -- D It's --odd | B High income
          WHEN age <= 30 THEN 2                                            -- B High income
          ELSE 4                                                           -- D It's --odd
        END
      WHEN region COLLATE Latin1_General_100_BIN2 IN (N'it''s north', N'south') THEN
        CASE
          WHEN income < 40.26 THEN 3                                       -- C Low income\low spend
          ELSE 2                                                           -- B High income
        END
      WHEN CAST(score AS FLOAT) >= 0.3e0 THEN 1                            -- A Older, mid spend
      ELSE 3                                                               -- C Low income\low spend
    END AS segment_order
  FROM crm.customer_features
  WHERE region IS NOT NULL AND income > 0
)
SELECT
  customer_id,
  age,
  [Größe (€)],
  income,
  score,
  [order],
  CHOOSE(segment_order + 1, N'unassigned', N'A', N'B', N'C', N'D') AS segment_id,
  CHOOSE(segment_order + 1,
    N'Unassigned',
    N'Older, mid spend',
    N'High income',
    N'Low income\low spend',
    N'It''s --odd'
  ) AS segment_name,
  segment_order
FROM assigned;

SELECT
CHOOSE(CASE
  WHEN income IS NULL THEN 0                                           -- Unassigned
  WHEN [Größe (€)] >= 61.5 THEN
    CASE
      WHEN is_member = 1 THEN CASE WHEN [order] < 7 THEN 4 ELSE 2 END  -- It's --odd | High income
      WHEN age <= 30 THEN 2                                            -- High income
      ELSE 4                                                           -- It's --odd
    END
  WHEN region COLLATE Latin1_General_100_BIN2 IN (N'it''s north', N'south') THEN
    CASE
      WHEN income < 40.26 THEN 3                                       -- Low income\low spend
      ELSE 2                                                           -- High income
    END
  WHEN CAST(score AS FLOAT) >= 0.3e0 THEN 1                            -- Older, mid spend
  ELSE 3                                                               -- Low income\low spend
END + 1, N'unassigned', N'A', N'B', N'C', N'D')
AS segment_id FROM crm.customer_features;

-- buckets
-- for SQL Server (T-SQL), where segkit has not been run: `segkit compile --check` is the proof
CREATE OR ALTER VIEW customer_buckets AS
WITH assigned AS (
  SELECT
    customer_id,
    CASE
      WHEN age < 25 THEN 1         -- <25
      WHEN age < 36 THEN 2         -- 25-35.5
      WHEN age IS NOT NULL THEN 3  -- 35.5+
      ELSE 0                       -- ?
    END AS age_order,
    CASE
      WHEN [Größe (€)] <= 1.25 THEN 1
      WHEN [Größe (€)] <= 1000 THEN 2
      WHEN [Größe (€)] IS NOT NULL THEN 4
      ELSE 0                               -- no score
    END AS size_s,
    CASE
      WHEN [Größe (€)] <= 1.25 THEN
        CASE
          WHEN age <= 10 THEN 3
          WHEN age <= 50 THEN 2
          WHEN age IS NOT NULL THEN 1
          ELSE 0                       -- no score
        END
      WHEN [Größe (€)] <= 1000 THEN
        CASE
          WHEN age <= 20 THEN 3
          WHEN age <= 50 THEN 2
          WHEN age IS NOT NULL THEN 1
          ELSE 0                       -- no score
        END
      WHEN [Größe (€)] IS NULL THEN 0  -- no score
      WHEN age <= 40 THEN 3
      WHEN age <= 50 THEN 2
      WHEN age IS NOT NULL THEN 1
      ELSE 0                           -- no score
    END AS age_in_size_s,
    CASE
      WHEN region COLLATE Latin1_General_100_BIN2 = N'it''s north' THEN 1  -- North
      WHEN ROUND(score, 1) > 0.5 THEN 2                                    -- Late
      -- Other
      WHEN NOT (region COLLATE Latin1_General_100_BIN2 = N'it''s north' OR (ROUND(score, 1) > 0.5)) THEN 3
      ELSE 0                                                               -- Unknown
    END AS stage_order
  FROM crm.customer_features
),
combined AS (
  SELECT
    customer_id,
    age_order,
    size_s,
    age_in_size_s,
    stage_order,
    CASE
      WHEN size_s > 0 AND age_in_size_s > 0 THEN size_s + age_in_size_s
      ELSE 0  -- no score
    END AS total
  FROM assigned
)
SELECT
  customer_id,
  CHOOSE(age_order + 1, N'?', N'<25', N'25-35.5', N'35.5+') AS age_band,
  age_order,
  nullif(size_s, 0) AS size_s,
  nullif(age_in_size_s, 0) AS age_in_size_s,
  nullif(total, 0) AS total,
  CHOOSE(stage_order + 1, N'Unknown', N'North', N'Late', N'Other') AS stage,
  stage_order
FROM combined;
