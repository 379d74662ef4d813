"""The proof that bands are mutually exclusive and collectively exhaustive.

Pure interval algebra: the line of numbers is cut at every end of every band, and
each piece is asked which bands hold it. One is right, two or more is an overlap,
none is a gap.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, pairwise

from segkit.core.rules import Interval

_Cut = tuple[Decimal, bool]  # before a number (False), or after it
_FIRST, _LAST = (Decimal("-Infinity"), False), (Decimal("Infinity"), False)


@dataclass(frozen=True)
class Overlap:
    """Numbers that two or more bands hold; ``bands`` are their positions, lowest first."""

    interval: Interval
    bands: tuple[int, ...]


@dataclass(frozen=True)
class Gap:
    """Numbers that no band holds, and the bands that touch them (None: nothing on that side)."""

    interval: Interval
    below: int | None
    above: int | None


@dataclass(frozen=True)
class Coverage:
    overlaps: tuple[Overlap, ...]
    gaps: tuple[Gap, ...]


def coverage(intervals: Sequence[Interval]) -> Coverage:
    """Return what is in two bands and what is in none, lowest first.

    ``intervals``: in any order; empty ones hold nothing and are ignored.

    >>> ten, twenty = Decimal(10), Decimal(20)
    >>> found = coverage([Interval(upper=ten), Interval(lower=twenty)])
    >>> found.gaps[0].interval == Interval(ten, twenty), found.gaps[0].below, found.gaps[0].above
    (True, 0, 1)
    """
    bands = {i: interval for i, interval in enumerate(intervals) if not interval.is_empty}
    overlaps: list[Overlap] = []
    gaps: list[Gap] = []
    for holders, run in groupby(_pieces(bands), key=lambda piece: piece[0]):
        pieces = list(run)
        (low, is_after), (high, is_in) = pieces[0][1], pieces[-1][2]
        interval = Interval(
            low if low.is_finite() else None,
            high if high.is_finite() else None,
            not is_after,
            is_in,
        )
        if len(holders) > 1:
            lowest_first = sorted(holders, key=lambda i: (_span(bands[i])[0], i))
            overlaps.append(Overlap(interval, tuple(lowest_first)))
        elif not holders:
            below = next((i for i, band in bands.items() if band.upper == low), None)
            above = next((i for i, band in bands.items() if band.lower == high), None)
            gaps.append(Gap(interval, below, above))
    return Coverage(tuple(overlaps), tuple(gaps))


def _pieces(bands: Mapping[int, Interval]) -> Iterator[tuple[frozenset[int], _Cut, _Cut]]:
    """The finest cut of the line: the bands that hold a piece, and where it begins and ends."""
    spans = {i: _span(band) for i, band in bands.items()}
    opening: dict[_Cut, set[int]] = defaultdict(set)
    closing: dict[_Cut, set[int]] = defaultdict(set)
    for i, (start, stop) in spans.items():
        opening[start].add(i)
        closing[stop].add(i)
    holders: frozenset[int] = frozenset()
    for start, stop in pairwise(sorted({_FIRST, _LAST, *opening, *closing})):
        holders = holders - closing[start] | opening[start]
        yield holders, start, stop


def _span(band: Interval) -> tuple[_Cut, _Cut]:
    return (
        _FIRST if band.lower is None else band.start,
        _LAST if band.upper is None else band.stop,
    )
