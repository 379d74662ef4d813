{#-
  safe_divide(a, b): a / b, and NULL where b is 0 or NULL.
  DuckDB's own 1 / 0 is infinity, which no bucket and no average wants.

    spend | orders          {{ safe_divide('spend', 'orders') }}
    ------+-------          ------------------------------------
       90 |      3                                          30.0
        0 |      0                                          NULL
     NULL |      3                                          NULL
-#}
{%- macro safe_divide(a, b) -%}
CASE WHEN ({{ b }}) <> 0 THEN ({{ a }}) / ({{ b }}) END
{%- endmacro -%}


{#-
  null_if_sentinel(x, sentinels): x, and NULL where a system wrote a number for "unknown".

    age             {{ null_if_sentinel('age', [999, -1]) }}
    ----            ----------------------------------------
      44                                                  44
     999                                                NULL
    NULL                                                NULL
-#}
{%- macro null_if_sentinel(x, sentinels) -%}
CASE WHEN {{ x }} NOT IN ({{ sentinels | join(', ') }}) THEN {{ x }} END
{%- endmacro -%}
