"""What is divided by what, and how many guards a condition may need."""

from __future__ import annotations

from segkit.core.arithmetic import Division, divisions, guards, takes_rest_of_fractions
from segkit.core.columns import Column, parse_type
from segkit.core.predicate import Predicate, bound
from segkit.errors import Place
from segkit.project.conditions.predicates import parse_condition

TYPES = {
    "a": "INTEGER",
    "b": "BIGINT",
    "d": "DECIMAL(10,2)",
    "f": "FLOAT",
    "x": "DOUBLE",
    "y": "DOUBLE",
    "t": "VARCHAR",
    "day": "DATE",
}
COLUMNS = {name: Column(name, parse_type(type_)) for name, type_ in TYPES.items()}
PLACE = Place("buckets.yml", 1, 1)


def predicate_of(text: str) -> Predicate:
    predicate, problems = parse_condition(text, lambda start, length: PLACE, PLACE)
    assert predicate is not None, problems
    return bound(predicate, COLUMNS)


def test_divisions_name_their_columns() -> None:
    found = divisions(predicate_of("a * b / (d - x) > y / 2 AND mod(a, b) = 1").terms)
    assert found == (Division(("a", "b"), ("d", "x")), Division(("a",), ("b",)))


def test_guards_in_guards_are_counted() -> None:
    def deepest(text: str) -> int:
        return max(map(guards, predicate_of(text).terms))

    assert deepest("a / b > 1") == 1
    assert deepest("a + b * d - a > 1") == 1
    assert deepest("a / (b / (d / x)) > 1") == 3
    assert deepest("upper(lower(trim(t))) = 'A'") == 0
    assert deepest("greatest(greatest(greatest(a, b), x), y) > 1") == 0
    assert deepest("greatest(greatest(greatest(a / b, b), x), y) > 1") == 2
    assert deepest("((((a + 1) * 2) + 3) * 4) + 5 > 1") == 1


def test_more_guards_in_one_another_than_a_text_can_hold_are_refused() -> None:
    text = "a"
    for _ in range(9):
        text = f"b / ({text} / x)"
    predicate, (problem,) = parse_condition(f"{text} > 1", lambda s, n: PLACE, PLACE)
    assert predicate is None
    assert "more than 8 deep" in problem.message


def test_the_rest_of_fractions() -> None:
    for text, found in (
        ("a % b = 1", False),
        ("d % b = 1", True),
        ("a / b % 2 = 1", True),
        ("a + b % 0.5 > 1", True),
        ("length(t) % 2 = 1", False),
    ):
        assert any(map(takes_rest_of_fractions, predicate_of(text).terms)) is found
