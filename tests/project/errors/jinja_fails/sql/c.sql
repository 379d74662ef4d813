{{ config(materialised='table') }}
SELECT 1
