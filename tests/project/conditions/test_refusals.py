"""What cannot stand in a condition: the reason, the place and the next step."""

from __future__ import annotations

import pytest

from segkit.errors import Place, Problem
from segkit.project.conditions.predicates import parse_condition

WHOLE = Place("b.yml", 1, 1)


def refused(text: str) -> Problem:
    found, (problem,) = parse_condition(
        text, lambda start, length: Place("b.yml", 1, 1 + start, length), WHOLE, "compare"
    )
    assert found is None and problem.code == "SK206"
    return problem


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("a > (SELECT 1)", "a condition looks at one row: it cannot hold a query of its own",
         "join it in a model, and name the column here"),
        ("sum(a) > 1", "a condition looks at one row: it cannot hold an aggregate",
         "make it a column of a model, and name the column here"),
        ("row_number() OVER () > 1", "a condition looks at one row: it cannot hold a window "
         "function", "make it a column of a model, and name the column here"),
        ("stats(a) > 1", "a condition looks at one row: it cannot hold `stats`, which is "
         "another value each time", None),
        ("a < current_date", "a condition looks at one row: it cannot hold the current date",
         "make the days since a date a column of a model, and name it here"),
        ("a = NULL", "a comparison with NULL is never true",
         "write `... IS NULL`, or `... IS NOT NULL`"),
        ("a > 1 -- b", "a comment cannot stand in a condition: it runs inside other SQL",
         "write a YAML comment (#)"),
        ("SELECT a FROM t", "this is a statement, not a condition", None),
        ("t = 'x", "a `'` is never closed", "add `'` where the text ends"),
        ("(a > 1", "a `(` is never closed", "add the `)` that is missing"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, message: str, hint: str | None) -> None:
    problem = refused(text)
    assert problem.message == message
    assert hint is None or problem.help == hint


def test_a_relations_name_is_shown_where_it_stands() -> None:
    problem = refused("a > 1 AND o.total > 2")
    assert problem.message == "`o.total` names a relation or a field: name a column alone"
    assert problem.help == "write `total`; if `o` is a column with fields, `o['total']`"
    assert problem.place == Place("b.yml", 1, 11, 7)
