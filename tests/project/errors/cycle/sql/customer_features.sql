SELECT 1 AS x
FROM {{ ref('c') }}
