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
{%- if salt is none or not salt | string -%}
{{ exceptions.raise_compiler_error("hash_split needs a salt, a text that names the split: write 'exp1'") }}
{%- endif -%}
CAST(CAST('0x' || substr(md5({{ quoted(salt) }} || ':' || CAST({{ id }} AS VARCHAR)), 1, 8) AS UBIGINT) % 10000 AS INTEGER)
{%- endmacro -%}

{%- macro postgres__hash_split(id, salt) -%}
{%- if salt is none or not salt | string -%}
{{ exceptions.raise_compiler_error("hash_split needs a salt, a text that names the split: write 'exp1'") }}
{%- endif -%}
CAST(CAST(CAST('x' || substr(md5(convert_to({{ quoted(salt) }} || ':' || CAST({{ id }} AS TEXT), 'UTF8')), 1, 8) AS BIT(32)) AS BIGINT) % 10000 AS INTEGER)
{%- endmacro -%}


{#-
  hash_group(id, salt, shares): the name of a group for each id, by shares that add up to 1.
  The first one takes the numbers of hash_split from 0 up, and so on: another order of the groups,
  or another share, moves ids between them.

    customer_id     {{ hash_group('customer_id', 'exp1', {'control': 0.5, 'treatment': 0.5}) }}
    -----------     ---------------------------------------------------------------------------
              1     treatment
              2     treatment
          12345     control
           NULL     NULL
-#}
{%- macro hash_group(id, salt, shares) -%}
{%- if shares is not mapping -%}
{{ exceptions.raise_compiler_error("hash_group needs a share for each name, not `" ~ shares ~ "`: write {'control': 0.5, 'treatment': 0.5}") }}
{%- endif -%}
{%- set parts = namespace(total=0, ends=[0]) -%}
{%- for name, share in shares.items() -%}
{%- if share is boolean or share is not number -%}
{{ exceptions.raise_compiler_error("the share of `" ~ name ~ "` in hash_group is `" ~ share ~ "`, not a number: write 0.5") }}
{%- endif -%}
{%- set parts.total = parts.total + share -%}
{%- set end = (parts.total * 10000) | round | int -%}
{%- if end <= parts.ends[-1] -%}
{{ exceptions.raise_compiler_error("the share of `" ~ name ~ "` in hash_group is " ~ share ~ ", which is nobody: give it 0.0001 or more, or leave it out") }}
{%- endif -%}
{%- set parts.ends = parts.ends + [end] -%}
{%- endfor -%}
{%- if (parts.total - 1) | abs > 0.000001 -%}
{{ exceptions.raise_compiler_error("shares of hash_group add up to " ~ parts.total | round(6) ~ ", not to 1: name everybody's group") }}
{%- endif -%}
CASE
  {%- for name in shares %}
  WHEN {{ hash_split(id, salt) }} < {{ parts.ends[loop.index] }} THEN {{ quoted(name) }}
  {%- endfor %}
END
{%- endmacro -%}
