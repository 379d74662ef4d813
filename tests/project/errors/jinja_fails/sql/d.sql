{{ config(materialized='incremental') }}
SELECT 1
