-- segkit import dbt_model.sql
{{ config(materialized='view') }}

with customers as (
    select * from {{ ref('dim_customers') }}
),

final as (
    select
        customer_id,
        case
            when lower(email) like '%@example.com' then 'staff'
            when email like '%.edu' then 'student'
            else 'public'
        end as audience,
        case
            when first_ordered_on < date '2024-01-01' then '2023 or before'
            when first_ordered_on < date '2025-01-01' then '2024'
            else '2025 or later'
        end as cohort
    from customers
)

select * from final
