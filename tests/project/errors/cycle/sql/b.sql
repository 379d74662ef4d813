SELECT 1 AS x FROM {{ ref('customer_features') }}
