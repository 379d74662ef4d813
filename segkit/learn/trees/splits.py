"""The best cut of some rows: about means of their own, or about those that there are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segkit.learn.numbers import Floats, Ints
from segkit.learn.trees.bins import Mask, Space
from segkit.learn.trees.ranks import Cut, middle_of_lowest, middles_of_lowest
from segkit.learn.trees.segment_costs import SAME, Costs

REMEMBERED = 20_000
HELD = 2**24  # bytes of sums: more of them save nothing


@dataclass(frozen=True)
class Split:
    """The best cut of some rows, and by how much the cost falls."""

    gain: float
    cut: Cut | None = None


class Splits:
    """Splits in the space of ``costs``; those about new means are remembered by their rows."""

    def __init__(self, costs: Costs) -> None:
        self.costs = costs
        self._known: dict[bytes, tuple[Floats, Ints]] = {}
        self._sums: dict[bytes, Floats] = {}
        # of many columns sums are too large to be held
        has_parts = costs.space.moments.shape[1] == 2 + costs.space.points.shape[1]
        self.have_forms = has_parts and costs.space.wrong is None

    @property
    def space(self) -> Space:
        return self.costs.space

    def about_new_means(self, rows: Ints, factors: Floats | None = None) -> Split:
        """The split of these rows that most lowers their spread about means of their own.

        ``factors`` (d,) weigh what is gained by each feature.
        """
        by_feature, places = self._by_feature(rows)
        gains = by_feature if factors is None else by_feature * factors
        feature = int(gains.argmax())
        if not 0 < by_feature[feature] < np.inf:
            return Split(0.0)
        cut = self.space.cut(feature, int(places[feature]), 0, 0)
        return Split(float(gains[feature]), cut)

    def about_means(self, rows: Ints, distances: Floats, label: int) -> Split:
        """The split of a leaf whose sides gain most by going to segments that there are.

        ``distances`` (k, n) are weighted, ``label`` is the leaf's segment.
        """
        if len(rows) < 2:
            return Split(0.0)
        used = np.flatnonzero(np.isfinite(distances[:, 0]))
        values = np.column_stack([distances[np.ix_(used, rows)].T, self.space.counts[rows]])
        sums = self.space.sums_of(rows, values)
        return self._to_segments(sums[:-1], sums[-1], used, label)

    def about_forms(self, rows: Ints, forms: Floats, label: int) -> Split:
        """The same from sums that are remembered; ``forms`` are those of the ``costs``."""
        if len(rows) < 2:
            return Split(0.0)
        used = np.flatnonzero(np.isfinite(forms[:, 0]))
        sums = self.sums(rows)
        # not by BLAS: between cuts that part the same rows no rounding may choose
        left = np.einsum("um,mfb->ufb", forms[used], sums)
        return self._to_segments(left, sums[1], used, label)

    def _to_segments(self, left: Floats, count: Floats, used: Ints, label: int) -> Split:
        """``left`` (used, d, bins): what rows left of each cut cost in each segment."""
        whole = left[:, :1, -1:]
        right = whole - left
        cost = left.min(axis=0) + right.min(axis=0)
        cost[self._too_small(count, float(count[0, -1]))] = np.inf
        feature, place = divmod(int(cost.argmin()), self.space.bins)
        own = int(np.searchsorted(used, label))
        gain = float(whole[own, 0, 0]) - float(cost[feature, place])
        if not gain > SAME * self.costs.spread:
            return Split(0.0)
        place = middle_of_lowest(cost[feature])
        one = int(used[left[:, feature, place].argmin()])
        other = int(used[right[:, feature, place].argmin()])
        return Split(gain, self.space.cut(feature, place, one, other))

    def sums(self, rows: Ints) -> Floats:
        """The moments of rows left of each cut (moments, d, bins): the same leaves come again."""
        key = rows.astype(np.int32).tobytes()
        found = self._sums.pop(key, None)
        if found is None:
            found = self.space.sums_of(rows, self.space.moments[rows])
        while self._sums and (len(self._sums) + 1) * found.nbytes > HELD:
            del self._sums[next(iter(self._sums))]
        self._sums[key] = found
        return found

    def _by_feature(self, rows: Ints) -> tuple[Floats, Ints]:
        """The best split by each feature: gain (d,), -inf where there is none, and place (d,)."""
        key = rows.astype(np.int32).tobytes()
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            known = self._known[key] = self._measured(rows)
        return known

    def _measured(self, rows: Ints) -> tuple[Floats, Ints]:
        d = len(self.space.codes)
        if len(rows) < 2:
            return np.full(d, -np.inf), np.zeros(d, dtype=np.int64)
        sums = self.sums(rows)
        weight, count, whole = sums[0], sums[1], sums[:, 0, -1].copy()
        left = np.ascontiguousarray(sums[2:].transpose(1, 2, 0))
        right = whole[2:] - left
        with np.errstate(divide="ignore", invalid="ignore"):
            gain = (
                np.einsum("fbi,fbi->fb", left, left) / weight
                + np.einsum("fbi,fbi->fb", right, right) / (whole[0] - weight)
                - float(whole[2:] @ whole[2:] / whole[0])
            )
        gain[self._too_small(count, float(whole[1]))] = -np.inf
        return gain.max(axis=1), middles_of_lowest(-gain)

    def _too_small(self, count: Floats, total: float) -> Mask:
        least = self.costs.min_leaf
        return np.asarray((count < least) | (total - count < least) | ~self.space.can_cut)
