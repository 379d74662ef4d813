{#-
  safe_divide(a, b): a / b, and NULL where that is no finite number: b is 0, or a or b is NULL.
  Whole numbers do not stay whole: 1 / 2 is 0.5.
  DuckDB's own 1 / 0 is infinity, which no bucket and no average wants.

    spend | orders          {{ safe_divide('spend', 'orders') }}
    ------+-------          ------------------------------------
       90 |      3                                          30.0
        1 |      2                                           0.5
        0 |      0                                          NULL
     NULL |      3                                          NULL
-#}
{%- macro safe_divide(a, b) -%}
CASE WHEN isfinite(({{ a }}) / ({{ b }})) THEN ({{ a }}) / ({{ b }}) END
{%- endmacro -%}

{#- There a quotient beyond all doubles, or smaller than them, is an error. -#}
{%- macro postgres__safe_divide(a, b) -%}
{%- set x, y = "CAST(" ~ a ~ " AS DOUBLE PRECISION)", "CAST(" ~ b ~ " AS DOUBLE PRECISION)" -%}
CASE
  WHEN {{ y }} IN (0, 'NaN') OR NOT {{ is_finite(a) }} THEN NULL
  WHEN NOT {{ is_finite(b) }} THEN 0
  WHEN abs({{ y }}) < 1 AND abs({{ x }}) > abs({{ y }}) * 1.7976931348623157e308 THEN NULL
  WHEN abs({{ y }}) > 1 AND abs({{ x }}) < abs({{ y }}) * 2.2250738585072014e-308 THEN 0
  ELSE {{ x }} / {{ y }}
END
{%- endmacro -%}


{#-
  is_finite(x): whether a number is neither NaN nor infinite; NULL for NULL.

    spend           {{ is_finite('spend') }}
    -----           ------------------------
       90           true
      NaN           false
     NULL           NULL
-#}
{%- macro is_finite(x) -%}
isfinite(CAST({{ x }} AS DOUBLE))
{%- endmacro -%}

{%- macro postgres__is_finite(x) -%}
(CAST({{ x }} AS DOUBLE PRECISION) NOT IN ('NaN', 'Infinity', '-Infinity'))
{%- endmacro -%}


{#-
  null_if_sentinel(x, sentinels): x, and NULL where a system wrote a number or a text for
  "unknown".

    age             {{ null_if_sentinel('age', [999, -1]) }}
    ----            ----------------------------------------
      44                                                  44
     999                                                NULL
    NULL                                                NULL
-#}
{%- macro null_if_sentinel(x, sentinels) -%}
{%- if sentinels is string or sentinels is not iterable or not sentinels -%}
{{ exceptions.raise_compiler_error("null_if_sentinel needs a list of values, not `" ~ sentinels ~ "`: write [999, -1]") }}
{%- endif -%}
CASE WHEN {{ x }} NOT IN (
{%- for value in sentinels -%}
{{ quoted(value) if value is string else value }}{{ ', ' if not loop.last }}
{%- endfor -%}
) THEN {{ x }} END
{%- endmacro -%}


{#-
  bucket(x, edges, labels=none, missing='Unknown'): the label of the band that x lies in.
  A band holds from <= x < to; labels are made from the edges where none are given. NULL, NaN and
  infinity are `missing`; missing=none leaves them NULL. What is published belongs into buckets in
  YAML, which are proved; this is for a column of a model.

    age             {{ bucket('age', [25, 55]) }}
    ----            -----------------------------
      24            <25
      25            25-55
      55            55+
    NULL            Unknown
-#}
{%- macro bucket(x, edges, labels=none, missing='Unknown') -%}
{%- if edges is string or edges is mapping or edges is not iterable or not edges -%}
{{ exceptions.raise_compiler_error("bucket needs edges, a list of numbers, not `" ~ edges ~ "`: write [25, 35, 55]") }}
{%- endif -%}
{%- for edge in edges -%}
{%- if edge is boolean or edge is not number -%}
{{ exceptions.raise_compiler_error("an edge of bucket is `" ~ edge ~ "`, not a number: write [25, 35, 55]") }}
{%- endif -%}
{%- if not loop.first and not edge > loop.previtem -%}
{{ exceptions.raise_compiler_error("edges of bucket must rise: " ~ edge ~ " comes after " ~ loop.previtem ~ ", so put them in order, each once") }}
{%- endif -%}
{%- endfor -%}
{%- set bands = edges | length + 1 -%}
{%- if labels is none -%}
  {%- set made = namespace(texts=[], labels=[]) -%}
  {%- set dash, above = (' to ', ' or more') if edges[0] < 0 else ('-', '+') -%}
  {%- for edge in edges -%}
    {%- set text = edge | int if edge == edge | int else edge -%}
    {%- set made.labels = made.labels + ['<' ~ text if loop.first else made.texts[-1] ~ dash ~ text] -%}
    {%- set made.texts = made.texts + [text] -%}
  {%- endfor -%}
  {%- set names = made.labels + [made.texts[-1] ~ above] -%}
{%- elif labels is string or labels is mapping or labels is not iterable -%}
{{ exceptions.raise_compiler_error("labels of bucket are a list, not `" ~ labels ~ "`: write ['low', 'high']") }}
{%- elif labels | length != bands -%}
{{ exceptions.raise_compiler_error("bucket has " ~ bands ~ " bands and " ~ labels | length ~ " labels: give each band one, or leave labels out") }}
{%- else -%}
  {%- set names = labels | map('string') | list -%}
{%- endif -%}
{%- for name in names -%}
{%- if name in names[:loop.index0] or name == missing -%}
{{ exceptions.raise_compiler_error("bucket has the label `" ~ name ~ "` twice: rename one" ~ (", or `missing`" if name == missing else "")) }}
{%- endif -%}
{%- endfor -%}
CASE
  WHEN ({{ x }}) IS NULL OR NOT {{ is_finite(x) }} THEN {{ 'NULL' if missing is none else quoted(missing) }}
  {%- for edge in edges %}
  WHEN ({{ x }}) < {{ edge }} THEN {{ quoted(names[loop.index0]) }}
  {%- endfor %}
  ELSE {{ quoted(names[-1]) }}
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
{%- if lower is not number or upper is not number or not 0 <= lower < upper <= 1 -%}
{{ exceptions.raise_compiler_error("winsorize needs two quantiles, 0 <= lower < upper <= 1, not " ~ lower ~ " and " ~ upper ~ ": write 0.01 and 0.99") }}
{%- endif -%}
{%- set known = "CASE WHEN isfinite(CAST(" ~ x ~ " AS DOUBLE)) THEN CAST(" ~ x ~ " AS DOUBLE) END" -%}
CASE WHEN ({{ known }}) IS NOT NULL THEN
  least(greatest({{ known }}, quantile_cont({{ known }}, {{ lower }}) OVER ()), quantile_cont({{ known }}, {{ upper }}) OVER ())
END
{%- endmacro -%}

{#- There quantiles have no OVER: the values as an array in order, once for all rows. -#}
{%- macro postgres__winsorize(x, lower=0.01, upper=0.99) -%}
{%- if lower is not number or upper is not number or not 0 <= lower < upper <= 1 -%}
{{ exceptions.raise_compiler_error("winsorize needs two quantiles, 0 <= lower < upper <= 1, not " ~ lower ~ " and " ~ upper ~ ": write 0.01 and 0.99") }}
{%- endif -%}
{%- set known = "CASE WHEN " ~ is_finite(x) ~ " THEN CAST(" ~ x ~ " AS DOUBLE PRECISION) END" -%}
{%- set over = "OVER (ORDER BY " ~ known ~ " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)" -%}
{%- set all = "array_agg(" ~ known ~ ") FILTER (WHERE " ~ known ~ " IS NOT NULL) " ~ over -%}
{%- set last = "(count(" ~ known ~ ") " ~ over ~ " - 1)" -%}
{%- set ends = namespace(sql=[]) -%}
{%- for share in (lower, upper) -%}
{%- set at = "CAST(" ~ share ~ " AS DOUBLE PRECISION) * " ~ last -%}
{%- set low = "(" ~ all ~ ")[CAST(floor(" ~ at ~ ") AS INTEGER) + 1]" -%}
{%- set high = "(" ~ all ~ ")[CAST(ceil(" ~ at ~ ") AS INTEGER) + 1]" -%}
{%- set ends.sql = ends.sql + [low ~ " + (" ~ at ~ " - floor(" ~ at ~ ")) * (" ~ high ~ " - " ~ low ~ ")"] -%}
{%- endfor -%}
CASE WHEN ({{ known }}) IS NOT NULL THEN
  least(greatest({{ known }}, {{ ends.sql[0] }}), {{ ends.sql[1] }})
END
{%- endmacro -%}
