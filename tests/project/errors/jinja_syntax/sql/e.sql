SELECT {{ ref('customers') 
