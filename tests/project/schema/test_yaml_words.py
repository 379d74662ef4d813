"""Words and numbers at their ends."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from segkit.project.schema import yaml_words


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("Word", ["", "a b", "ä"], ["a\nb", "a\x85", 5]),
        ("Text", ["x"], ["", "a\tb"]),
        ("Identifier", ["a", "_A9"], ["9a", "a-b", "", "a b"]),
        ("SegmentId", ["A", "AA"], ["a", "A1", ""]),
        ("Number", [1, 1.5, -2], [True, "1", None]),
        ("Flag", [True, False], [0, 1, "true"]),
        ("Share", [0, 1, 0.5], [-0.01, 1.01, True]),
        ("Parts", [2, 100], [1, 101, 2.0, True]),
        ("Scores", [2, 10], [1, 11]),
        ("Groups", [2, 100], [1, 101, "auto"]),
        ("AutoOrGroups", ["auto", 2, 100], [1, 101, "Auto", True]),
        ("AutoOrLeaves", ["auto", 1, 1000], [0, 1001]),
        ("Condition", ["age > 3"], ["", 3]),
    ],
)
def test_what_is_taken_and_what_is_not(name: str, good: list[Any], bad: list[Any]) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(getattr(yaml_words, name))
    assert [adapter.validate_python(value) for value in good] == good
    for value in bad:
        with pytest.raises(ValidationError):
            adapter.validate_python(value)


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("Parts", {"type": "integer", "minimum": 2, "maximum": 100}),
        (
            "AutoOrGroups",
            {"anyOf": [{"const": "auto"}, {"type": "integer", "minimum": 2, "maximum": 100}]},
        ),
    ],
)
def test_an_editor_is_told_the_same_ends(name: str, schema: dict[str, Any]) -> None:
    assert TypeAdapter(getattr(yaml_words, name)).json_schema() == schema
