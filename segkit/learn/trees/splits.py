"""The best cut of some rows: about means of their own, or about those that there are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segkit.learn.numbers import Floats, Ints
from segkit.learn.trees.bins import Mask, Space
from segkit.learn.trees.ranks import Cut, middle_of_lowest, middles_of_lowest
from segkit.learn.trees.segment_costs import SAME, Costs

REMEMBERED = 20_000


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
        left, count = sums[:-1], sums[-1]
        right = left[:, :1, -1:] - left
        cost = left.min(axis=0) + right.min(axis=0)
        cost[self._too_small(count, float(count[0, -1]))] = np.inf
        feature, place = divmod(int(cost.argmin()), self.space.bins)
        gain = float(distances[label, rows].sum()) - float(cost[feature, place])
        if not gain > SAME * self.costs.spread:
            return Split(0.0)
        place = middle_of_lowest(cost[feature])
        one = int(used[left[:, feature, place].argmin()])
        other = int(used[right[:, feature, place].argmin()])
        return Split(gain, self.space.cut(feature, place, one, other))

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
        sums = self.space.sums_of(rows, self.space.moments[rows])
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
