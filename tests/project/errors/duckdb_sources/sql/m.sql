SELECT * FROM {{ source('a', 'any') }}
JOIN {{ source('j', 'any') }} USING (x)
JOIN {{ source('b', 'Orders') }} USING (x)
JOIN {{ source('b', 'orders') }} USING (x)
JOIN {{ source('b', 'Customers') }} USING (x)
JOIN {{ source('b', '') }} USING (x)
JOIN {{ source('raw', 'orders') }} USING (x)
