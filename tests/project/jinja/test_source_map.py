from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.project.jinja.source_map import map_position, token_at

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


@pytest.mark.parametrize(
    ("raw", "rendered", "at", "under"),
    [
        # of two calls the one that made it
        ("SELECT {{ f('a') }}, {{ g('c') }}", "SELECT a / 2, nope(c)", "nope", "{{ g"),
        ("SELECT {{ f('a') }}, {{ g('c') }}", "SELECT a / 2, nope(c)", "c)", "c')"),
        ("SELECT {{ f('a') }}, {{ g('c') }}", "SELECT nope(a), c / 2", "nope", "{{ f"),
        # a word that Jinja wrote twice is not the one behind the braces
        ("SELECT {{ f() }}, x", "SELECT x + x, x", "x, x", "{{ f"),
        ("SELECT {{ f('x') }} AS y, x", "SELECT x + x AS y, x", "x AS", "x') }} AS"),
        ("SELECT {{ f() }} + x", "SELECT 1 + 2 + x", "2", "{{ f"),
        # what stands between the calls is in what they make, too: the same word
        ("SELECT {{ f('a') }}, {{ g('c') }}", "SELECT f(a, 0), f(c, 0)", "c, 0", "c')"),
    ],
)
def test_a_place_that_braces_made(raw: str, rendered: str, at: str, under: str) -> None:
    line, column = map_position(raw, rendered, 1, rendered.rindex(at) + 1)
    assert (line, raw[column - 1 :][: len(under)]) == (1, under)


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


SQL = "SELECT id,\n  \"north\" AS region, 'it''s' AS t\nFROM x"


@pytest.mark.parametrize(
    ("line", "column", "token"),
    [(1, 1, "SELECT"), (1, 8, "id"), (2, 3, '"north"'), (2, 22, "'it'"), (1, 7, ""), (3, 6, "x")],
)
def test_the_word_at_a_place(line: int, column: int, token: str) -> None:
    assert token_at(SQL, line, column) == token
