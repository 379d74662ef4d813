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


{#-
  bucket(x, edges, labels=none, missing='Unknown'): the label of the band that x lies in.
  A band holds from <= x < to; labels are made from the edges where none are given. What is
  published belongs into buckets in YAML, which are proved; this is for a column of a model.

    age             {{ bucket('age', [25, 55]) }}
    ----            -----------------------------
      24            <25
      25            25-55
      55            55+
    NULL            Unknown
-#}
{%- macro bucket(x, edges, labels=none, missing='Unknown') -%}
{%- if not edges -%}
{{ exceptions.raise_compiler_error("bucket needs edges: write [25, 35, 55]") }}
{%- endif -%}
{%- for edge in edges[1:] -%}
{%- if edge <= edges[loop.index0] -%}
{{ exceptions.raise_compiler_error("edges of bucket must rise: " ~ edge ~ " comes after " ~ edges[loop.index0]) }}
{%- endif -%}
{%- endfor -%}
{%- set bands = edges | length + 1 -%}
{%- if labels is not none and labels | length != bands -%}
{{ exceptions.raise_compiler_error("bucket has " ~ bands ~ " bands and " ~ labels | length ~ " labels: give each band one, or leave labels out") }}
{%- endif -%}
CASE
  WHEN ({{ x }}) IS NULL OR NOT isfinite(CAST({{ x }} AS DOUBLE)) THEN {{ quoted(missing) }}
  {%- for edge in edges %}
  WHEN ({{ x }}) < {{ edge }} THEN {{ quoted(labels[loop.index0] if labels is not none else ('<' ~ edge if loop.first else edges[loop.index0 - 1] ~ '-' ~ edge)) }}
  {%- endfor %}
  ELSE {{ quoted(labels[-1] if labels is not none else edges[-1] ~ '+') }}
END
{%- endmacro -%}


{#-
  quoted(text): the text as an SQL string.

    one             {{ quoted("it's") }}
    ---             --------------------
      1             it's
-#}
{%- macro quoted(text) -%}
'{{ text | string | replace("'", "''") }}'
{%- endmacro -%}


{#-
  winsorize(x, lower=0.01, upper=0.99): x, with what lies beyond these quantiles put onto them.
  The quantiles are those of all rows of the SELECT, and move with its data: for a cut that stays,
  use quantiles in buckets. NULL stays NULL, and what is not finite becomes NULL.

    spend           {{ winsorize('spend', 0.25, 0.75) }}
    -----           ------------------------------------
        1                                            2.0
        2                                            2.0
        3                                            3.0
        4                                            4.0
      900                                            4.0
     NULL                                           NULL
-#}
{%- macro winsorize(x, lower=0.01, upper=0.99) -%}
{%- if not 0 <= lower < upper <= 1 -%}
{{ exceptions.raise_compiler_error("winsorize needs two quantiles, 0 <= lower < upper <= 1, not " ~ lower ~ " and " ~ upper) }}
{%- endif -%}
{%- set known = "CASE WHEN isfinite(CAST(" ~ x ~ " AS DOUBLE)) THEN CAST(" ~ x ~ " AS DOUBLE) END" -%}
CASE WHEN ({{ known }}) IS NOT NULL THEN
  least(greatest({{ known }}, quantile_cont({{ known }}, {{ lower }}) OVER ()), quantile_cont({{ known }}, {{ upper }}) OVER ())
END
{%- endmacro -%}
