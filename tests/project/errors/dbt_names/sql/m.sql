SELECT * FROM {{ source('all', 'orders') }}
JOIN {{ source('dbt', 'orders') }} USING (x)
JOIN {{ source('all', 'step') }} USING (x)
JOIN {{ source('all', 'lake') }} USING (x)
JOIN {{ source('all', 'unique_orders') }} USING (x)
JOIN {{ source('all', 'web') }} USING (x)
