-- segkit import refused_jinja.sql
select
    customer_id,
    case when total < {{ var('low') }} then 'Low' else 'High' end as tier
from {{ ref('customers') }}
