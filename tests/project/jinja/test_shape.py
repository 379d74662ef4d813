"""Templates that Python's compiler, or Jinja's, would fall over: refused before."""

import pytest

from segkit.dialects.table import DUCKDB
from segkit.project.jinja.calls import Names
from segkit.project.jinja.render import Renderer
from segkit.project.jinja.shape import MAX_BLOCKS, MAX_NESTING


def problems(text: str) -> tuple[str, ...]:
    found = Renderer({}, Names({}, {}, DUCKDB)).render(text, "sql/m.sql").problems
    assert all(problem.place is not None and problem.place.line for problem in found)
    return tuple(problem.code for problem in found)


def nested(depth: int) -> dict[str, str]:
    return {
        "brackets": "{{ " + "(" * depth + "1" + ")" * depth + " }}",
        "lists": "{{ " + "[" * depth + "1" + "]" * depth + " }}",
        "not": "{{ " + "not " * depth + "1 }}",
        "plus": "{% set a = 1 %}{{ a" + " + a" * depth + " }}",
        "and": "{% set a = 1 %}{{ a" + " and a" * depth + " }}",
        "filters": "{{ 'a'" + "|upper" * depth + " }}",
        "compared": "{{ 1" + " == 1" * depth + " }}",
    }


@pytest.mark.parametrize("text", nested(MAX_NESTING).values(), ids=nested(1).keys())
def test_as_deep_as_this_is_compiled(text: str) -> None:
    assert "SK401" not in problems(text)


@pytest.mark.parametrize("text", nested(MAX_NESTING + 1).values(), ids=nested(1).keys())
def test_one_deeper_is_refused(text: str) -> None:
    assert problems(text) == ("SK401",)


@pytest.mark.parametrize("text", nested(5000).values(), ids=nested(1).keys())
def test_much_deeper_is_refused_alike(text: str) -> None:
    assert problems(text) == ("SK401",)


@pytest.mark.parametrize(
    ("opener", "closer"),
    [
        ("{% if 1 %}", "{% endif %}"),
        ("{% for i in [1] %}", "{% endfor %}"),
        ("{% set a %}", "{% endset %}"),
        ("{% filter upper %}", "{% endfilter %}"),
        ("{% with a = 1 %}", "{% endwith %}"),
        ("{% macro m() %}", "{% endmacro %}"),
    ],
)
def test_blocks(opener: str, closer: str) -> None:
    assert problems(opener * MAX_BLOCKS + closer * MAX_BLOCKS) == ()
    for depth in (MAX_BLOCKS + 1, 5000):
        assert problems(opener * depth + closer * depth) == ("SK401",)


def test_many_beside_each_other_are_not_deep() -> None:
    text = "{% set a = 1 %}" + "{{ (a + a) * [a, a][0] }}" * 200 + "{% if a %}x{% endif %}" * 200
    assert problems(text + "{{ [" + "a + a, " * 500 + "a]|length }}") == ()


@pytest.mark.parametrize(
    "text",
    [
        "{% macro m(a, a) %}{% endmacro %}",
        "{% macro m(fi, ﬁ) %}{% endmacro %}",  # Python takes the two for one
        "{{ dict(a=1, a=2) }}",
    ],
)
def test_an_argument_that_stands_twice(text: str) -> None:
    assert problems(text) == ("SK401",)
    found = Renderer({}, Names({}, {}, DUCKDB)).add_macros(text, "macros/m.sql")
    assert [problem.code for problem in found] == ["SK401"]
