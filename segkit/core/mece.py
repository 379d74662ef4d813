"""The proof that bands are mutually exclusive and collectively exhaustive.

Pure interval algebra: the line of numbers is cut at every end of every band
into points and open pieces, and each is asked which bands hold it. One is
right, two or more is an overlap, none is a gap.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from segkit.core.rules import Interval


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

    Parameters
    ----------
    intervals : sequence of Interval
        In any order; empty ones hold nothing and are ignored.

    Examples
    --------
    >>> ten, twenty = Decimal(10), Decimal(20)
    >>> found = coverage([Interval(upper=ten), Interval(lower=twenty)])
    >>> found.gaps[0].interval == Interval(ten, twenty), found.gaps[0].below, found.gaps[0].above
    (True, 0, 1)
    """
    bands = {i: interval for i, interval in enumerate(intervals) if not interval.is_empty}
    ends = sorted({end for band in bands.values() for end in band.ends})
    overlaps: list[Overlap] = []
    gaps: list[Gap] = []
    for holders, run in groupby(_pieces(bands, ends), key=lambda piece: piece[0]):
        pieces = [interval for _, interval in run]
        interval = Interval(
            pieces[0].lower, pieces[-1].upper, pieces[0].lower_closed, pieces[-1].upper_closed
        )
        if len(holders) > 1:
            lowest_first = sorted(holders, key=lambda i: (_start(bands[i], ends), i))
            overlaps.append(Overlap(interval, tuple(lowest_first)))
        elif not holders:
            below = _first_at({i: band.upper for i, band in bands.items()}, interval.lower)
            above = _first_at({i: band.lower for i, band in bands.items()}, interval.upper)
            gaps.append(Gap(interval, below, above))
    return Coverage(tuple(overlaps), tuple(gaps))


def _pieces(
    bands: Mapping[int, Interval], ends: Sequence[Decimal]
) -> Iterator[tuple[frozenset[int], Interval]]:
    """The finest cut of the line, each piece with the bands that hold it.

    Pieces are numbered: 2i is what is open below the i-th end, 2i + 1 the end
    itself, and the last what is open above them all.
    """
    opening: dict[int, list[int]] = defaultdict(list)
    closing: dict[int, list[int]] = defaultdict(list)
    for i, band in bands.items():
        opening[_start(band, ends)].append(i)
        closing[_stop(band, ends)].append(i)
    holders: frozenset[int] = frozenset()
    for number in range(2 * len(ends) + 1):
        if opening[number]:
            holders |= frozenset(opening[number])
        yield holders, _piece(number, ends)
        if closing[number]:
            holders -= frozenset(closing[number])


def _piece(number: int, ends: Sequence[Decimal]) -> Interval:
    i = number // 2
    if number % 2:
        return Interval(ends[i], ends[i], True, True)
    low = ends[i - 1] if i else None
    # an end at minus infinity counts as closed, one at plus infinity as open
    return Interval(low, ends[i] if i < len(ends) else None, low is None, False)


def _start(band: Interval, ends: Sequence[Decimal]) -> int:
    """Number of the first piece that the band holds."""
    if band.lower is None:
        return 0
    return 2 * bisect_left(ends, band.lower) + (1 if band.lower_closed else 2)


def _stop(band: Interval, ends: Sequence[Decimal]) -> int:
    """Number of the last piece that the band holds."""
    if band.upper is None:
        return 2 * len(ends)
    return 2 * bisect_left(ends, band.upper) + (1 if band.upper_closed else 0)


def _first_at(ends: Mapping[int, Decimal | None], end: Decimal | None) -> int | None:
    """The first band with that end; None where there is no end."""
    return None if end is None else next((i for i, each in ends.items() if each == end), None)
