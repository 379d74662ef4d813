SELECT {{ var('as_off') }} FROM {{ ref('customer') }}
