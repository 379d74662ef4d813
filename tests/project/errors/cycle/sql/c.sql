-- reads b
SELECT 1 AS x, segment_id
FROM {{ ref('b') }}
JOIN {{ ref('s_profile') }}
