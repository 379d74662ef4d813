SELECT 1 FROM {{ ref('nothing_like_it') }}
