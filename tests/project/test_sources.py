from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.project.sources import map_position

RAW = """\
{{ config(materialized='table') }}

-- features
SELECT
  {% for c in ['age', 'income'] %}
  {{ c }},
  {% endfor %}
  spendd
FROM {{ ref('customers') }} AS customers
WHERE customers.is_tset = {{ var('flag') }} AND customers.is_tset = false"""
RENDERED = """\


-- features
SELECT
  
  age,
  
  income,
  
  spendd
FROM main.customers AS customers
WHERE customers.is_tset = true AND customers.is_tset = false"""  # noqa: W293


@pytest.mark.parametrize(
    ("rendered", "raw"),
    [
        ((3, 4), (3, 4)),
        ((4, 1), (4, 1)),
        ((10, 3), (8, 3)),  # below a loop that made more lines
        ((11, 1), (9, 1)),
        ((11, 24), (9, 32)),  # behind braces that changed the width of the line
        ((12, 17), (10, 17)),
        ((12, 46), (10, 59)),  # the same word a second time
        ((12, 27), (10, 27)),  # a word that Jinja made: the braces
        ((6, 3), (6, 3)),
    ],
)
def test_positions(rendered: tuple[int, int], raw: tuple[int, int]) -> None:
    assert map_position(RAW, RENDERED, *rendered) == raw


def test_without_jinja_nothing_moves() -> None:
    text = "SELECT a,\n  b\nFROM x\n"
    for line, content in enumerate(text.split("\n"), start=1):
        for column in range(1, len(content) + 1):
            assert map_position(text, text, line, column) == (line, column)


@given(
    st.text(" \nab{%}(),", max_size=60),
    st.text(" \nab(),", max_size=60),
    st.integers(-3, 99),
    st.integers(-3, 99),
)
def test_never_out_of_range(raw: str, rendered: str, line: int, column: int) -> None:
    found_line, found_column = map_position(raw, rendered, line, column)
    lines = raw.split("\n")
    assert 1 <= found_line <= len(lines)
    assert 1 <= found_column <= len(lines[found_line - 1]) + 1
