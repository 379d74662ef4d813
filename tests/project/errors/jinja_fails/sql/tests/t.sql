{{ config(materialized='view') }}
{{ config(severity='warning') }}
SELECT 1
