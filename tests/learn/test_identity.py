from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from segkit.core.fit import FittedSegment
from segkit.learn.identity import identify, letters


class Previous:
    """A fit is only asked for its segments here."""

    def __init__(self, *segments: FittedSegment) -> None:
        self.segments = segments


def previous(*segments: FittedSegment) -> Any:
    return Previous(*segments)


A = FittedSegment(1, "A", "Older", 50)
B = FittedSegment(2, "B", "Younger", 30)
CENTERS = np.arange(6.0).reshape(3, 2)


@pytest.mark.parametrize(
    ("number", "text"), [(1, "A"), (26, "Z"), (27, "AA"), (52, "AZ"), (53, "BA")]
)
def test_letters(number: int, text: str) -> None:
    assert letters(number) == text


def test_the_first_fit_goes_by_size_then_by_centre() -> None:
    segments = np.repeat([2, 0, 1, -1], [20, 10, 10, 40])
    assert [i.id for i in identify(segments, CENTERS, None, None)] == ["B", "C", "A"]


def test_a_segment_that_holds_the_same_people_keeps_id_code_and_name() -> None:
    before = np.repeat([1, 2], [50, 30])
    segments = np.repeat([1, 0], [52, 28])  # the other order, and two who changed
    found = identify(segments, CENTERS[:2], previous(A, B), before)
    assert [(i.code, i.id, i.name) for i in found] == [(2, "B", "Younger"), (1, "A", "Older")]


def test_other_people_get_a_letter_that_was_never_used() -> None:
    before = np.repeat([1, 2], [60, 60])
    segments = np.concatenate([np.repeat(0, 60), np.tile([1, 2, 0, 0], 15)])
    found = identify(segments, CENTERS, previous(A, B), before)
    assert [i.id for i in found] == ["A", "C", "D"]
    assert [i.code for i in found] == [1, 3, 4]
    assert found[1].name is None


def test_fewer_segments_than_before() -> None:
    before = np.repeat([1, 2], [50, 10])
    found = identify(np.zeros(60, dtype=int), CENTERS[:1], previous(A, B), before)
    assert [i.id for i in found] == ["A"]
