"""How many groups there are, by the gaps between clusters, and what kind of groups they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from segkit.core.fit import Verdict
from segkit.learn.clusters.borders import Layout

PLATEAU = 2 / 3  # of the k from v on: so many join to v groups
HALF = 0.5  # of them at least, where fewer are sure by some of the columns alone
OPEN = 0.25  # what gaps at every border are worth beside that share
SOFT = 0.25  # of the clusters may lack a gap where groups run into each other


@dataclass(frozen=True)
class Found:
    """``k`` groups, or None where there are none."""

    k: int | None
    verdict: Verdict


def find_gaps(layouts: Mapping[int, Layout], best: int | None, least: int | None = None) -> Found:
    """Return how many groups there are.

    Clusters without a gap between them are joined: v groups are there where at least
    two thirds of all k >= v join to v of them.

    ``layouts``: by k, from 2 on.
    ``best``: the k whose clusters come back and score best.
    ``least``: so many groups are there at least, by some of the columns alone.
    """
    opened = {layout.count for layout in layouts.values() if layout.is_open}
    found = _number(layouts, opened, least)
    if found == 1:
        return Found(None, "degrees")
    if found is None:
        guess = _overlapping(layouts, best)
        return Found(guess, "degrees" if guess is None else "overlap")
    if more := [n for n in opened if n > found and (least is None or _share(layouts, n) >= HALF)]:
        return Found(_k_of(max(more), layouts), "overlap")
    if found not in opened:
        return Found(found, "shape")
    k = _k_of(found, layouts)
    # beside the groups there are clusters of a few customers far out, or there may be more groups
    is_unsure = k != found or _may_be_more(layouts, found, best)
    return Found(k, "overlap" if is_unsure else "apart")


def _number(layouts: Mapping[int, Layout], opened: set[int], least: int | None) -> int | None:
    """What most k join to; the least there is where that is less, or no k has so many gaps."""
    found = plateau(layouts)
    is_sure = found is not None and found in opened and found > (least or 0)
    return found if least is None or is_sure else least


def _k_of(count: int, layouts: Mapping[int, Layout]) -> int:
    """The least k with so many clusters that are more than dust, and gaps at all borders."""
    return next(k for k, layout in layouts.items() if layout.is_open and layout.count == count)


def _may_be_more(layouts: Mapping[int, Layout], found: int, best: int | None) -> bool:
    """Whether more clusters have gaps, perhaps, or come back and score better."""
    more = [layout.count for layout in layouts.values() if layout.may_be_open]
    # the most that were tried, and groups are cut in two: the score goes on and on
    rises = best == max(layouts) and layouts[best].is_cut
    if best is not None and not rises:
        more.append(layouts[best].count)
    return max(more, default=0) > found


def plateau(layouts: Mapping[int, Layout]) -> int | None:
    """Return the number that most k join to; None where they do not agree."""
    opened = {layout.count for layout in layouts.values() if layout.is_open}
    found: list[tuple[float, int]] = []
    for number in (1, *layouts):
        share = _share(layouts, number)
        if share >= PLATEAU - 1e-9:
            found.append((share + OPEN * (number in opened), number))
    return max(found)[1] if found else None


def _share(layouts: Mapping[int, Layout], number: int) -> float:
    """Of the k from this number on, so many join to it."""
    above = [layout.groups for k, layout in layouts.items() if k >= number]
    return above.count(number) / len(above)


def proven(layouts: Mapping[int, Layout]) -> int | None:
    """Return the number of groups where most k join to it, and so many clusters have gaps."""
    opened = {layout.count for layout in layouts.values() if layout.is_open}
    found = plateau(layouts) if layouts else None
    return found if found is not None and found == max(opened, default=0) else None


def _overlapping(layouts: Mapping[int, Layout], best: int | None) -> int | None:
    """Where gaps are at some borders only: the most clusters of which none is plainly cut."""
    guesses = [
        layout.count
        for layout in layouts.values()
        if layout.count > 1
        and layout.proven
        and not layout.is_cut
        and len(layout.bare) <= SOFT * layout.count
    ]
    if best is not None and not layouts[best].is_cut:
        guesses.append(layouts[best].count)
    return max(guesses, default=None)
