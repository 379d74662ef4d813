SELECT {{ ref('customers', 'v2') }}
