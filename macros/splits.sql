{#-
  hash_split(id, salt): a number from 0 to 9999 for each id, always the same one.
  md5 of salt:id, as it can be written in any warehouse. The id is a whole number or a text;
  another salt gives a split that knows nothing of this one.

    customer_id             {{ hash_split('customer_id', 'exp1') }}
    -----------             ---------------------------------------
              1                                                7670
              2                                                8042
          12345                                                4636
           NULL                                                NULL
-#}
{%- macro hash_split(id, salt) -%}
CAST(CAST('0x' || substr(md5({{ quoted(salt) }} || ':' || CAST({{ id }} AS VARCHAR)), 1, 8) AS UBIGINT) % 10000 AS INTEGER)
{%- endmacro -%}


{#-
  hash_group(id, salt, shares): the name of a group for each id, by shares that add up to 1.

    customer_id     {{ hash_group('customer_id', 'exp1', {'control': 0.5, 'treatment': 0.5}) }}
    -----------     ---------------------------------------------------------------------------
              1     treatment
              2     treatment
          12345     control
           NULL     NULL
-#}
{%- macro hash_group(id, salt, shares) -%}
{%- set parts = namespace(total=0) -%}
{%- for share in shares.values() -%}
{%- if share <= 0 -%}
{{ exceptions.raise_compiler_error("a share of hash_group must be above 0, not " ~ share) }}
{%- endif -%}
{%- set parts.total = parts.total + share -%}
{%- endfor -%}
{%- if (parts.total - 1) | abs > 0.000001 -%}
{{ exceptions.raise_compiler_error("shares of hash_group add up to " ~ parts.total | round(6) ~ ", not to 1") }}
{%- endif -%}
{%- set parts.total = 0 -%}
CASE
  {%- for name, share in shares.items() %}
  {%- set parts.total = parts.total + share %}
  WHEN {{ hash_split(id, salt) }} < {{ (parts.total * 10000) | round | int }} THEN {{ quoted(name) }}
  {%- endfor %}
END
{%- endmacro -%}
