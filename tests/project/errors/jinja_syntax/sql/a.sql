SELECT 1
{% if var('x', 1) %}
, 2
