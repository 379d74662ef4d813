SELECT customer_id, age, income FROM {{ ref('customers') }}
