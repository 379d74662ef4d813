"""How many groups there are by the numbers that tell of any, with all other columns set aside.

K-Means spends its clusters on columns that say nothing as on any other: eight idle ones are cut
in halves before four groups are found in the rest. A number tells of groups if it has a gap by
itself. And a gap in some of the columns is one in all of them: there are at least as many groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from segkit.learn.clusters.borders import Layout, layout_of
from segkit.learn.clusters.ties import Spread
from segkit.learn.numbers import Floats, one_thread

ALONE = range(2, 7)  # clusters of one number, between which gaps are looked for
STARTS = 3


def layouts_set_aside(rows: Spread, k_max: int) -> dict[int, Layout]:
    """Return by k what lies between clusters of the numbers that tell of groups.

    Empty where no column is to be set aside, or all are.
    """
    with one_thread():
        telling = [place for place in rows.numbers.tolist() if _tells(_only(rows, [place]))]
        if not 0 < len(telling) < rows.X.shape[1]:
            return {}
        return dict(_layouts(_only(rows, telling), range(2, k_max + 1)))


def _only(rows: Spread, places: Sequence[int]) -> Spread:
    return Spread(rows.X[:, places], rows.weight, rows.copies, np.arange(len(places)))


def _tells(rows: Spread) -> bool:
    return any(layout.proven for _, layout in _layouts(rows, ALONE))


def _layouts(rows: Spread, ks: Iterable[int]) -> Iterator[tuple[int, Layout]]:
    most = len(np.unique(rows.X, axis=0))
    for k in ks:
        if k < most:
            yield k, layout_of(rows, _centers(rows, k))


def _centers(rows: Spread, k: int) -> Floats:
    from sklearn.cluster import KMeans

    model = KMeans(k, n_init=STARTS, random_state=0).fit(rows.X, sample_weight=rows.weight)
    return np.asarray(model.cluster_centers_, dtype=np.float64)
