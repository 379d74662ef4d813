{#-
  days_between(a, b): whole days from date a to date b; negative where b is earlier.
  Of timestamps the days are counted that begin in between, not stretches of 24 hours.

    a          | b                 {{ days_between('a', 'b') }}
    -----------+-----------        ----------------------------
    2025-12-30 | 2026-01-01                                   2
    2026-01-01 | 2026-01-01                                   0
    NULL       | 2026-01-01                                NULL
-#}
{%- macro days_between(a, b) -%}
date_diff('day', {{ a }}, {{ b }})
{%- endmacro -%}

{%- macro postgres__days_between(a, b) -%}
CASE WHEN isfinite(CAST({{ a }} AS DATE)) AND isfinite(CAST({{ b }} AS DATE)) THEN CAST({{ b }} AS DATE) - CAST({{ a }} AS DATE) END
{%- endmacro -%}
