"""Bands from edges: what they hold, and every mistake."""

from __future__ import annotations

from decimal import Decimal

import pytest

from segkit.core.rules import Interval
from tests.project.buckets.bucket_columns import column


def test_edges_make_half_open_bands() -> None:
    built, found = column("{name: b, column: age, edges: [25, 35.50]}")
    assert found == []
    assert [(band.label, band.interval) for band in built.bands] == [
        ("<25", Interval(None, Decimal(25))),
        ("25-35.5", Interval(Decimal(25), Decimal("35.50"))),
        ("35.5+", Interval(Decimal("35.50"), None)),
    ]


def test_closed_right_turns_it_round() -> None:
    built, _ = column("{name: b, column: age, edges: [25], closed: right}")
    assert [(band.label, band.interval) for band in built.bands] == [
        ("<=25", Interval(None, Decimal(25), True, True)),
        (">25", Interval(Decimal(25), None, False, False)),
    ]


def test_numbers_are_as_written_not_the_nearest_double() -> None:
    built, _ = column("{name: b, column: x, edges: [0.1, 0.30000000000000000000001]}")
    assert str(built.bands[1].interval.lower) == "0.1"
    assert str(built.bands[1].interval.upper) == "0.30000000000000000000001"


def test_integer_labels_are_noted() -> None:
    built, found = column('{name: b, column: x, edges: [25, 35], labels: ["<25", "25-34", "35+"]}')
    assert (built.integer_labels, found) == (True, [])
    built, found = column('{name: b, column: x, edges: [25, 35], labels: ["<25", "25-35", "35+"]}')
    assert (built.integer_labels, found) == (False, [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("edges: [1], labels: [a, a]", ["SK205"]),
        ("edges: [1], labels: [a, Unknown]", ["SK205"]),
        ("edges: [1], labels: [a, b], missing: b", ["SK205"]),
        ("edges: [1], labels: [a]", ["SK203"]),
        ("edges: [2, 1]", ["SK204"]),
        ("edges: [1, 1]", ["SK204"]),
        ("edges: [1, 1.0]", ["SK204"]),
        ("edges: [1e400]", ["SK005"]),
        ("edges: [1e-400]", ["SK005"]),
    ],
)
def test_what_is_wrong(text: str, expected: list[str]) -> None:
    assert column(f"{{name: b, column: x, {text}}}")[1] == expected
