SELECT {{ ref }}
