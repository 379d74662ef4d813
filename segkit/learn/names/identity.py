"""Segment ids that stay with their people from one fit to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segkit.core.fit import Fit, FittedSegment, letters
from segkit.learn.numbers import Floats, Ints

MIN_JACCARD = 1 / 3  # below, a match is a different group of people


@dataclass(frozen=True)
class Identity:
    """``code`` is the segment's order and is kept with ``id``, as in the fit ``before``."""

    code: int
    id: str
    before: FittedSegment | None = None


def identify(
    segments: Ints,
    centers: Floats,
    weight: Floats,
    sizes: Sequence[int],
    previous: Fit | None,
    before: Ints | None,
    taken: int = 0,
    own: Sequence[str] = (),
) -> tuple[Identity, ...]:
    """Return the identity of each row of ``centers``, then of the segments of ``own``.

    ``segments`` (m,): segment of each customer: a row of ``centers``, or beyond them one of
    ``own``; -1 is unassigned.
    ``centers`` (k, d): rounded; they decide between segments of one size.
    ``sizes``: customers of each segment, all of them.
    ``previous``, ``before``: the last fit, and the code that its tree gives to the same customers.
    ``taken``: the highest code that any earlier fit has given: a retired id is not given again.
    ``own``: columns whose missing values are a segment of their own: it keeps its id as long as the
    column is among them, whoever is in it.
    """
    k, total = len(centers), len(sizes)
    points = [*centers.tolist(), *([] for _ in own)]  # of equal sizes, own ones come first
    by_size = sorted(range(total), key=lambda s: (-sizes[s], points[s]))
    found: dict[int, Identity] = {}
    first_new = taken + 1
    if previous is not None and before is not None:
        found = _kept(segments, k, by_size, weight, previous, before, own)
        first_new = 1 + max(taken, *(segment.code for segment in previous.segments))
    new = [segment for segment in by_size if segment not in found]
    for code, segment in enumerate(new, start=first_new):
        found[segment] = Identity(code, letters(code))
    return tuple(found[segment] for segment in range(total))


def _kept(
    segments: Ints,
    k: int,
    by_size: Sequence[int],
    weight: Floats,
    previous: Fit,
    before: Ints,
    own: Sequence[str],
) -> dict[int, Identity]:
    """Identities from the fit before: by the column of what is own, else by people."""
    same = {k + i: previous.own[c] for i, c in enumerate(own) if c in previous.own}
    left = [segment for segment in by_size if segment not in same]
    free = [old for old in previous.segments if old not in same.values()]
    matched = _matched(segments, left, weight, free, before)
    named = {s for s, old in matched.items() if s < k and old in previous.learned}
    return {
        # what is own is called by its column
        segment: Identity(old.code, old.id, old if segment in named else None)
        for segment, old in {**same, **matched}.items()
    }


def _matched(
    segments: Ints,
    wanted: Sequence[int],
    weight: Floats,
    old: Sequence[FittedSegment],
    before: Ints,
) -> dict[int, FittedSegment]:
    """The old segment with the same people, of those of ``wanted`` that have one.

    Pairs share the most customers together. Where two ways share as many, the first letter
    goes to the first of ``wanted`` that it may go to, and so on.
    """
    here = [segments == new for new in wanted]
    there = [before == segment.code for segment in old]
    if not here or not there:
        return {}
    overlap = np.array([[weight[one & other].sum() for other in there] for one in here])
    found = {}
    for place, new in enumerate(best_pairs(overlap.T)):
        if new is None:
            continue
        union = weight[here[new]].sum() + weight[there[place]].sum() - overlap[new, place]
        if union > 0 and overlap[new, place] / union >= MIN_JACCARD:
            found[wanted[new]] = old[place]
    return found


def best_pairs(overlap: Floats) -> tuple[int | None, ...]:
    """Return, for each row, its column in the pairs of the greatest sum; None: it has none.

    Of several ways the one in which the first row has the first column that it may have, then
    the second row, and so on. So ties do not hang on how the solver walks.

    >>> best_pairs(np.array([[2.0, 2.0], [2.0, 2.0]])), best_pairs(np.array([[1.0, 3.0]]))
    ((0, 1), (1,))
    """
    from scipy.optimize import linear_sum_assignment

    def most(rows: Sequence[int], columns: Sequence[int]) -> float:
        table = overlap[np.ix_(rows, columns)]
        return float(table[linear_sum_assignment(-table)].sum())

    rows, free = list(range(len(overlap))), list(range(overlap.shape[1]))
    left, found = most(rows, free), list[int | None]()
    slack = left * 1e-9  # weights are floats
    for row in rows:
        later = rows[row + 1 :]
        for column in free:
            rest = most(later, [other for other in free if other != column])
            if overlap[row, column] + rest >= left - slack:
                found.append(column)
                free.remove(column)
                left = rest
                break
        else:
            found.append(None)
    return tuple(found)
