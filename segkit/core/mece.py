"""The proof that bands are mutually exclusive and collectively exhaustive.

Pure interval algebra: the line of numbers is cut at every end of every band
into points and open pieces, and each is asked which bands hold it. One is
right, two or more is an overlap, none is a gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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

    @property
    def is_exact(self) -> bool:
        """True if every number is in exactly one band."""
        return not self.overlaps and not self.gaps


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
    pieces = [(_holders(bands, piece), piece) for piece in _pieces(bands.values())]
    overlaps: list[Overlap] = []
    gaps: list[Gap] = []
    for holders, group in groupby(pieces, key=lambda held: held[0]):
        run = [piece for _, piece in group]
        interval = Interval(
            run[0].lower, run[-1].upper, _closed(run[0].lower, run[0].lower_closed),
            run[-1].upper is not None and run[-1].upper_closed,
        )
        if len(holders) > 1:
            overlaps.append(Overlap(interval, holders))
        elif not holders:
            gaps.append(Gap(interval, _below(bands, interval), _above(bands, interval)))
    return Coverage(tuple(overlaps), tuple(gaps))


def _closed(lower: Decimal | None, closed: bool) -> bool:
    # Interval's own convention for an end at minus infinity is "closed"
    return closed or lower is None


def _pieces(intervals: Iterable[Interval]) -> Iterator[Interval]:
    """The finest cut of the line: each end as a point, and what is open between them."""
    ends = sorted({end for i in intervals for end in (i.lower, i.upper) if end is not None})
    previous: Decimal | None = None
    for end in ends:
        yield Interval(previous, end, False, False)
        yield Interval(end, end, True, True)
        previous = end
    yield Interval(previous, None, False, False)


def _holders(bands: dict[int, Interval], piece: Interval) -> tuple[int, ...]:
    held = [i for i, band in bands.items() if _holds(band, piece)]
    low = Decimal("-Infinity")
    return tuple(sorted(held, key=lambda i: (_or(bands[i].lower, low), i)))


def _or(end: Decimal | None, otherwise: Decimal) -> Decimal:
    return otherwise if end is None else end


def _holds(band: Interval, piece: Interval) -> bool:
    """True if the band holds all of the piece; pieces never straddle an end of a band."""
    if band.lower is not None and (
        piece.lower is None
        or piece.lower < band.lower
        or (piece.lower == band.lower and piece.lower_closed and not band.lower_closed)
    ):
        return False
    return band.upper is None or not (
        piece.upper is None
        or piece.upper > band.upper
        or (piece.upper == band.upper and piece.upper_closed and not band.upper_closed)
    )


def _below(bands: dict[int, Interval], gap: Interval) -> int | None:
    return next((i for i, b in bands.items() if gap.lower is not None and b.upper == gap.lower),
                None)


def _above(bands: dict[int, Interval], gap: Interval) -> int | None:
    return next((i for i, b in bands.items() if gap.upper is not None and b.lower == gap.upper),
                None)
