SELECT *
FROM {{ ref('custommers') }}
JOIN {{ source('crm', 'order') }} USING (customer_id)
JOIN {{ ref("shopper_segments_history") }} USING (customer_id)
