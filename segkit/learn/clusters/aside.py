"""How many groups there are by the numbers that tell of any, with all other columns set aside.

K-Means spends its clusters on columns that say nothing as on any other: eight idle ones are cut
in halves before four groups are found in the rest. A number tells of groups if it has a gap by
itself. And a gap in some of the columns is one in all of them: there are at least as many groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from segkit.learn.clusters.borders import layout_of
from segkit.learn.clusters.gaps import proven
from segkit.learn.clusters.ties import Spread
from segkit.learn.matching import adjusted_rand, crosstab
from segkit.learn.numbers import Floats, Ints, distinct_rows, one_thread, squared_distances

ALONE = range(2, 7)  # clusters of one number, between which gaps are looked for
STARTS = 3
SAME = 0.95  # adjusted Rand index at least: the same clusters, but for customers at a border


@dataclass(frozen=True, eq=False)
class Telling:
    """The numbers that have a gap by themselves, at these ``places``, and the clusters of them."""

    rows: Spread
    places: tuple[int, ...]
    k_max: int

    @property
    def are_all(self) -> bool:
        """Whether there is no column to set aside."""
        return len(self.places) == int(self.rows.X.shape[1])

    @cached_property
    def groups(self) -> int | None:
        """How many groups these columns say there are, with a gap at every border."""
        return proven({k: layout_of(self._own, at) for k, at in self._centers.items()})

    @property
    def least(self) -> int | None:
        """So many groups are there at least, where there are columns to set aside."""
        return None if self.are_all else self.groups

    def are_groups(self, X: Floats, weight: Floats, labels: Ints) -> bool:
        """Whether clusters of all columns are the groups of those that tell of any."""
        if self.groups is None or self.groups != labels.max() + 1:
            return False
        own = squared_distances(X[:, self.places], self._centers[self.groups]).argmin(axis=1)
        return bool(adjusted_rand(crosstab(own, labels, weight)) >= SAME)

    @cached_property
    def _own(self) -> Spread:
        return _only(self.rows, self.places)

    @cached_property
    def _centers(self) -> Mapping[int, Floats]:
        with one_thread():
            ks = range(2, self.k_max + 1) if self.places else ()
            return dict(_centers(self._own, ks))


def telling(rows: Spread, k_max: int) -> Telling:
    """Return the numbers that tell of groups, each by itself."""
    with one_thread():
        places = [place for place in rows.numbers.tolist() if _tells(_only(rows, [place]))]
    return Telling(rows, tuple(places), k_max)


def _only(rows: Spread, places: Sequence[int]) -> Spread:
    return Spread(rows.X[:, places], rows.weight, rows.copies, np.arange(len(places)))


def _tells(rows: Spread) -> bool:
    return any(layout_of(rows, centers).proven for _, centers in _centers(rows, ALONE))


def _centers(rows: Spread, ks: Iterable[int]) -> Iterator[tuple[int, Floats]]:
    from sklearn.cluster import KMeans

    ks = tuple(ks)
    most = distinct_rows(rows.X, max(ks, default=0) + 1)
    for k in ks:
        if k < most:
            model = KMeans(k, n_init=STARTS, random_state=0)
            model.fit(rows.X, sample_weight=rows.weight)
            yield k, np.asarray(model.cluster_centers_, dtype=np.float64)
