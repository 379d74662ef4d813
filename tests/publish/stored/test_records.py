"""Plain data become dataclasses; the first thing that is wrong is named by its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from segkit.publish.stored.records import Mistaken, record, shown


@dataclass(frozen=True)
class Point:
    x: float
    n: int = 1


@dataclass(frozen=True)
class Shape:
    name: str
    kind: Literal["line", "area"]
    points: tuple[Point, ...]
    best: Point | None = None
    is_closed: bool = False
    shares: Mapping[str, float] = field(default_factory=dict)
    rest: Mapping[str, Any] = field(default_factory=dict)


GOOD: dict[str, Any] = {"name": "a", "kind": "line", "points": [{"x": 1}, {"x": 0.5, "n": 2}]}


def test_lists_become_tuples_and_whole_numbers_numbers() -> None:
    found = record(Shape, {**GOOD, "best": {"x": 2}, "shares": {"A": 1}, "rest": {"a": [1]}})
    assert found == Shape(
        "a", "line", (Point(1.0), Point(0.5, 2)), Point(2.0), False, {"A": 1.0}, {"a": [1]}
    )
    assert type(found.points[0].x) is float
    assert record(Shape, {**GOOD, "best": None}).best is None
    assert record(Point, {"n": 3}, x=2.5) == Point(2.5, 3)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": 5}, "`name` is 5, not a text"),
        ({"name": None}, "`name` is null, not a text"),
        ({"kind": "cube"}, '`kind` is "cube", not "line" or "area"'),
        ({"kind": []}, '`kind` is a list of 0, not "line" or "area"'),
        ({"points": {}}, "`points` is a mapping of 0, not a list"),
        ({"points": [{"x": 1}, 2]}, "`points[1]` is 2, not a mapping of keys"),
        ({"points": [{"n": 1}]}, "`points[0].x` is missing"),
        ({"points": [{"x": 1, "y": 2}]}, '"points[0].y" is no key that segkit knows'),
        ({"points": [{"x": "1"}]}, '`points[0].x` is "1", not a number'),
        ({"points": [{"x": True}]}, "`points[0].x` is true, not a number"),
        ({"points": [{"x": 1, "n": 1.0}]}, "`points[0].n` is 1.0, not a whole number"),
        ({"points": [{"x": 1, "n": True}]}, "`points[0].n` is true, not a whole number"),
        ({"points": [{"x": 1, "n": 2**60}]}, f"`points[0].n` is {2**60}, which is too large"),
        ({"is_closed": 1}, "`is_closed` is 1, not true or false"),
        ({"best": "no"}, '`best` is "no", not a mapping of keys'),
        ({"shares": []}, "`shares` is a list of 0, not a mapping of keys"),
        ({"shares": {"A": None}}, "`shares.A` is null, not a number"),
        ({"more": 1}, '"more" is no key that segkit knows'),
    ],
)
def test_the_first_mistake_is_named(change: dict[str, Any], said: str) -> None:
    with pytest.raises(Mistaken) as caught:
        record(Shape, {**GOOD, **change})
    assert str(caught.value) == said


def test_a_missing_key_and_no_mapping_at_all() -> None:
    with pytest.raises(Mistaken, match="`points` is missing"):
        record(Shape, {"name": "a", "kind": "line"})
    with pytest.raises(Mistaken, match="it is 3, not a mapping of keys"):
        record(Shape, 3)


def test_a_long_value_is_shown_in_part() -> None:
    assert shown("x" * 99) == '"' + "x" * 36 + "..."
