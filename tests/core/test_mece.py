from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.core.mece import Coverage, Gap, Overlap, coverage
from segkit.core.rules import Interval

ENDS = st.one_of(st.none(), st.integers(-3, 3).map(Decimal))
INTERVALS = st.builds(Interval, ENDS, ENDS, st.booleans(), st.booleans())
# every end, and a number between each two of them and beyond
PROBES = [Decimal(n) / 2 for n in range(-8, 9)]


def holds(interval: Interval, x: Decimal) -> bool:
    low, high = interval.lower, interval.upper
    above = low is None or x > low or (x == low and interval.lower_closed)
    below = high is None or x < high or (x == high and interval.upper_closed)
    return above and below


def band(lower: int | None, upper: int | None, *, right: bool = False) -> Interval:
    low, high = (None if end is None else Decimal(end) for end in (lower, upper))
    return Interval(low, high, low is None or not right, high is not None and right)


@given(st.lists(INTERVALS, max_size=5))
def test_overlaps_and_gaps_are_what_counting_says(intervals: list[Interval]) -> None:
    found = coverage(intervals)
    for x in PROBES:
        holders = {i for i, interval in enumerate(intervals) if holds(interval, x)}
        overlaps = [o for o in found.overlaps if holds(o.interval, x)]
        gaps = [g for g in found.gaps if holds(g.interval, x)]
        assert [set(overlap.bands) for overlap in overlaps] == (
            [holders] if len(holders) > 1 else []
        )
        assert len(gaps) == (not holders)


@given(st.lists(INTERVALS, max_size=5), st.randoms())
def test_the_order_of_bands_changes_positions_only(intervals: list[Interval], random) -> None:
    order = list(range(len(intervals)))
    random.shuffle(order)
    shuffled = coverage([intervals[i] for i in order])
    found = coverage(intervals)
    assert [gap.interval for gap in shuffled.gaps] == [gap.interval for gap in found.gaps]
    assert [(o.interval, {order[i] for i in o.bands}) for o in shuffled.overlaps] == [
        (o.interval, set(o.bands)) for o in found.overlaps
    ]


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=8, unique=True), st.booleans())
def test_bands_from_edges_are_exact(edges: list[int], right: bool) -> None:
    ends = [None, *sorted(edges), None]
    bands = [band(a, b, right=right) for a, b in pairwise(ends)]
    assert coverage(bands) == Coverage((), ())


def test_an_overlap_names_its_bands_lowest_first() -> None:
    found = coverage([band(45, None), band(None, 25), band(25, 50)])
    assert found == Coverage((Overlap(band(45, 50), (2, 0)),), ())


def test_a_gap_names_its_neighbours() -> None:
    found = coverage([band(0, 10), band(20, 30)])
    assert found.gaps == (
        Gap(band(None, 0), None, 0),
        Gap(band(10, 20), 0, 1),
        Gap(band(30, None), 1, None),
    )


def test_points_count() -> None:
    ten = Decimal(10)
    both = coverage([Interval(None, ten, True, True), Interval(ten, None)])
    assert both.overlaps == (Overlap(Interval(ten, ten, True, True), (0, 1)),)
    neither = coverage([Interval(None, ten), Interval(ten, None, False)])
    assert neither.gaps == (Gap(Interval(ten, ten, True, True), 0, 1),)


@pytest.mark.parametrize("intervals", [[], [band(5, 5)], [band(7, 3)]])
def test_nothing_holds_nothing(intervals: list[Interval]) -> None:
    assert coverage(intervals).gaps == (Gap(Interval(), None, None),)


def test_many_bands_are_fast() -> None:
    bands = [band(None, 0), *(band(i, i + 1) for i in range(20_000)), band(20_000, None)]
    assert coverage(bands) == Coverage((), ())
