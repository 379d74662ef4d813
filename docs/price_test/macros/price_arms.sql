-- price_bucket('customer_id') is 0 to 9999, by the hash that `salt: price-2026` deals customers by.

{% macro price_bucket(id) -%}
CAST('0x' || substr(md5('price-2026:' || {{ id }}), 1, 8) AS UBIGINT) % 10000
{%- endmacro %}

{% macro postgres__price_bucket(id) -%}
CAST(CAST('x' || substr(md5('price-2026:' || {{ id }}), 1, 8) AS BIT(32)) AS BIGINT) % 10000
{%- endmacro %}
