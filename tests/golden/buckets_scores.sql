-- customer_buckets: stage, spend_quarter, rfm, rfm3, half
-- every row is in exactly one bucket of each, NULL and non-finite included
-- spend_quarter: edges v0001 of total spend ($) on 1,299 rows: 354.28571428571433, 710, 1062.857142857143
-- rfm_r: edges v0001 of recency_days on 1,683 rows: 73, 146, 219, 292
-- rfm_f: edges v0001 of orders on 1,782 rows: 3, 6, 8, 11
-- rfm_m: edges v0001 of total spend ($) on 1,277 rows: 281.714286, 566.285714, 850.857143, 1131.14286
-- rfm3_r: edges v0001 of recency_days on 1,713 rows: 72.4, 145.8, 218, 290
-- rfm3_f: edges v0001 of orders on 1,812 rows: 3, 6, 8, 11
-- rfm3_m: edges v0001 of score on 1,458 rows: 2.0999999046325684, 4.05999994, 6.099999904632568, 8.02000027
-- half_r: edges v0001 of recency_days on 1,713 rows: 182
-- half_f: edges v0001 of orders on 1,812 rows: 2 times, within half_r
-- half_m: edges v0001 of score on 1,458 rows: 4 times, within half_r and half_f
WITH finite AS (
  SELECT
    customer_id,
    tenure_days,
    region,
    recency_days,
    orders,
    CASE WHEN isfinite("total spend ($)") THEN "total spend ($)" END AS "total spend ($)_finite",
    CASE WHEN isfinite(score) THEN score END AS score_finite
  FROM customers
  WHERE age > 17 OR age IS NULL
),
assigned AS (
  SELECT
    customer_id,
    tenure_days,
    CASE
      WHEN tenure_days < 30 THEN 1                                       -- New
      WHEN tenure_days >= 30 AND "total spend ($)_finite" >= 500 THEN 2  -- It's loyal
      -- Quiet
      WHEN tenure_days >= 30 AND "total spend ($)_finite" < 500 AND region IN ('north', 'south') THEN 3
      -- Regular
      WHEN NOT (tenure_days < 30 OR (tenure_days >= 30 AND "total spend ($)_finite" >= 500) OR (tenure_days >= 30 AND "total spend ($)_finite" < 500 AND region IN ('north', 'south'))) THEN 4
      ELSE 0                                                             -- Unknown
    END AS stage_order,
    CASE
      WHEN "total spend ($)_finite" <= 354.28571428571433e0 THEN 1  -- low
      WHEN "total spend ($)_finite" <= 710 THEN 2                   -- mid
      WHEN "total spend ($)_finite" <= 1062.857142857143e0 THEN 3   -- more
      WHEN "total spend ($)_finite" IS NOT NULL THEN 4              -- top
      ELSE 0                                                        -- Unknown
    END AS spend_quarter_order,
    CASE
      WHEN tenure_days < 7 THEN 0           -- no score
      WHEN recency_days <= 73 THEN 5
      WHEN recency_days <= 146 THEN 4
      WHEN recency_days <= 219 THEN 3
      WHEN recency_days <= 292 THEN 2
      WHEN recency_days IS NOT NULL THEN 1
      ELSE 0                                -- no score
    END AS rfm_r,
    CASE
      WHEN tenure_days < 7 THEN 0     -- no score
      WHEN orders <= 3 THEN 1
      WHEN orders <= 6 THEN 2
      WHEN orders <= 8 THEN 3
      WHEN orders <= 11 THEN 4
      WHEN orders IS NOT NULL THEN 5
      ELSE 0                          -- no score
    END AS rfm_f,
    CASE
      WHEN tenure_days < 7 THEN 0                         -- no score
      WHEN "total spend ($)_finite" <= 281.714286 THEN 1
      WHEN "total spend ($)_finite" <= 566.285714 THEN 2
      WHEN "total spend ($)_finite" <= 850.857143 THEN 3
      WHEN "total spend ($)_finite" <= 1131.14286 THEN 4
      WHEN "total spend ($)_finite" IS NOT NULL THEN 5
      ELSE 0                                              -- no score
    END AS rfm_m,
    CASE
      WHEN recency_days <= 72 THEN 5
      WHEN recency_days <= 145 THEN 4
      WHEN recency_days <= 218 THEN 3
      WHEN recency_days <= 290 THEN 2
      WHEN recency_days IS NOT NULL THEN 1
      ELSE 0                                -- no score
    END AS rfm3_r,
    CASE
      WHEN orders <= 3 THEN 1
      WHEN orders <= 6 THEN 2
      WHEN orders <= 8 THEN 3
      WHEN orders <= 11 THEN 4
      WHEN orders IS NOT NULL THEN 5
      ELSE 0                          -- no score
    END AS rfm3_f,
    CASE
      WHEN score_finite <= 2.0999999046325684e0 THEN 1
      WHEN score_finite <= 4.05999994e0 THEN 2
      WHEN score_finite <= 6.099999904632568e0 THEN 3
      WHEN score_finite <= 8.02000027e0 THEN 4
      WHEN score_finite IS NOT NULL THEN 5
      ELSE 0                                            -- no score
    END AS rfm3_m,
    CASE
      WHEN recency_days <= 182 THEN 2
      WHEN recency_days IS NOT NULL THEN 1
      ELSE 0                                -- no score
    END AS half_r,
    CASE
      WHEN recency_days <= 182 THEN
        CASE
          WHEN orders <= 7 THEN 1
          WHEN orders IS NOT NULL THEN 2
          ELSE 0                          -- no score
        END
      WHEN recency_days IS NULL THEN 0    -- no score
      WHEN orders <= 7 THEN 1
      WHEN orders IS NOT NULL THEN 2
      ELSE 0                              -- no score
    END AS half_f,
    CASE
      WHEN recency_days <= 182 THEN
        CASE
          WHEN orders <= 7 THEN
            CASE
              WHEN score_finite <= 4.9000001e0 THEN 1
              WHEN score_finite IS NOT NULL THEN 2
              ELSE 0                                       -- no score
            END
          WHEN orders IS NULL THEN 0                       -- no score
          WHEN score_finite <= 5.099999904632568e0 THEN 1
          WHEN score_finite IS NOT NULL THEN 2
          ELSE 0                                           -- no score
        END
      WHEN recency_days IS NULL THEN 0                     -- no score
      WHEN orders <= 7 THEN
        CASE
          WHEN score_finite <= 5.099999904632568e0 THEN 1
          WHEN score_finite IS NOT NULL THEN 2
          ELSE 0                                           -- no score
        END
      WHEN orders IS NULL THEN 0                           -- no score
      WHEN score_finite <= 4.9000001e0 THEN 1
      WHEN score_finite IS NOT NULL THEN 2
      ELSE 0                                               -- no score
    END AS half_m
  FROM finite
),
combined AS (
  SELECT
    customer_id,
    stage_order,
    spend_quarter_order,
    rfm_r,
    rfm_f,
    rfm_m,
    rfm3_r,
    rfm3_f,
    rfm3_m,
    half_r,
    half_f,
    half_m,
    CASE
      WHEN tenure_days < 7 THEN 11                        -- not_scored
      WHEN rfm_r * 10 + rfm_f IN (22, 21, 12, 11) THEN 1  -- hibernating
      WHEN rfm_r * 10 + rfm_f IN (24, 23, 14, 13) THEN 2  -- at_risk
      WHEN rfm_r * 10 + rfm_f IN (25, 15) THEN 3          -- cant_lose
      WHEN rfm_r * 10 + rfm_f IN (32, 31) THEN 4          -- about_to_sleep
      WHEN rfm_r * 10 + rfm_f = 33 THEN 5                 -- need_attention
      WHEN rfm_r * 10 + rfm_f IN (45, 44, 35, 34) THEN 6  -- loyal_customers
      WHEN rfm_r * 10 + rfm_f = 41 THEN 7                 -- promising
      WHEN rfm_r * 10 + rfm_f = 51 THEN 8                 -- new_customers
      WHEN rfm_r * 10 + rfm_f IN (53, 52, 43, 42) THEN 9  -- potential_loyalists
      WHEN rfm_r * 10 + rfm_f IN (55, 54) THEN 10         -- champions
      ELSE 0                                              -- Unknown
    END AS rfm_order,
    CASE
      WHEN rfm3_r * 100 + rfm3_f * 10 + rfm3_m IN (555, 554, 545, 544, 455, 454, 445) THEN 1  -- champions
      -- loyal
      WHEN rfm3_r * 100 + rfm3_f * 10 + rfm3_m IN (
        543, 444, 435, 355, 354, 345, 344, 335
      ) THEN 2
      -- potential_loyalist
      WHEN rfm3_r * 100 + rfm3_f * 10 + rfm3_m IN (
        553, 552, 551, 542, 541, 533, 532, 531, 453, 452, 451, 442, 441, 433, 432, 431, 423, 353,
        352, 351, 342, 341, 333, 323
      ) THEN 3
      WHEN rfm3_r * 100 + rfm3_f * 10 + rfm3_m IN (512, 511, 422, 421, 412, 411, 311) THEN 4  -- new
      -- promising
      WHEN rfm3_r * 100 + rfm3_f * 10 + rfm3_m IN (
        525, 524, 523, 522, 521, 515, 514, 513, 425, 424, 415, 414, 413, 315, 314, 313
      ) THEN 5
      -- need_attention
      WHEN rfm3_r * 100 + rfm3_f * 10 + rfm3_m IN (
        535, 534, 443, 434, 343, 334, 325, 324
      ) THEN 6
      -- about_to_sleep
      WHEN rfm3_r * 100 + rfm3_f * 10 + rfm3_m IN (
        331, 321, 312, 251, 241, 231, 221, 213
      ) THEN 7
      -- at_risk
      WHEN rfm3_r * 100 + rfm3_f * 10 + rfm3_m IN (
        255, 254, 253, 252, 245, 244, 243, 242, 235, 234, 225, 224, 153, 152, 145, 143, 142, 135,
        134, 133, 125, 124
      ) THEN 8
      -- cannot_lose_them
      WHEN rfm3_r * 100 + rfm3_f * 10 + rfm3_m IN (
        215, 214, 155, 154, 144, 115, 114, 113
      ) THEN 9
      -- hibernating
      WHEN rfm3_r * 100 + rfm3_f * 10 + rfm3_m IN (
        332, 322, 233, 232, 223, 222, 212, 211, 132, 123, 122
      ) THEN 10
      WHEN rfm3_r * 100 + rfm3_f * 10 + rfm3_m IN (151, 141, 131, 121, 112, 111) THEN 11      -- lost
      ELSE 0                                                                                  -- Unknown
    END AS rfm3_order,
    CASE
      WHEN half_r > 0 AND half_f > 0 AND half_m > 0 THEN half_r + half_f + half_m
      ELSE 0  -- no score
    END AS half_total
  FROM assigned
)
SELECT
  customer_id,
  ['Unknown', 'New', 'It''s loyal', 'Quiet', 'Regular'][stage_order + 1] AS stage,
  stage_order,
  ['Unknown', 'low', 'mid', 'more', 'top'][spend_quarter_order + 1] AS spend_quarter,
  spend_quarter_order,
  [
    'Unknown',
    'hibernating',
    'at_risk',
    'cant_lose',
    'about_to_sleep',
    'need_attention',
    'loyal_customers',
    'promising',
    'new_customers',
    'potential_loyalists',
    'champions',
    'not_scored'
  ][rfm_order + 1] AS rfm,
  rfm_order,
  nullif(rfm_r, 0) AS rfm_r,
  nullif(rfm_f, 0) AS rfm_f,
  nullif(rfm_m, 0) AS rfm_m,
  [
    'Unknown',
    'champions',
    'loyal',
    'potential_loyalist',
    'new',
    'promising',
    'need_attention',
    'about_to_sleep',
    'at_risk',
    'cannot_lose_them',
    'hibernating',
    'lost'
  ][rfm3_order + 1] AS rfm3,
  rfm3_order,
  nullif(rfm3_r, 0) AS rfm3_r,
  nullif(rfm3_f, 0) AS rfm3_f,
  nullif(rfm3_m, 0) AS rfm3_m,
  nullif(half_r, 0) AS half_r,
  nullif(half_f, 0) AS half_f,
  nullif(half_m, 0) AS half_m,
  nullif(half_total, 0) AS half_total
FROM combined
