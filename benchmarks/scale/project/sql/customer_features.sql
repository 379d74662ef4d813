SELECT * FROM {{ source('crm', 'customers') }}
