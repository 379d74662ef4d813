SELECT {{ ref('customers') ref('d') }}
