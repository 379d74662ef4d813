"""Those drawn by the leaf of the rules that they reach and by the nearest centre: one scan.

What K-Means and the rules share, what the segments cost and what they explain all follow
from the sums of these groups, today and with a cut elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from segkit.core.fit import Fit
from segkit.core.tree import leaves
from segkit.dialects.phrases import phrases
from segkit.learn.numbers import Floats
from segkit.monitor.eta_squared import explained_share
from segkit.survey.everybody import LEAF
from segkit.survey.held_rows import NEAREST, HeldRows
from segkit.survey.page_data import State
from segkit.survey.sample import AT_MOST

_OF_METRIC = 2  # entries of a vector: how many are known, and their sum from -1 to 1


@dataclass(frozen=True, eq=False)
class Groups:
    """``today`` has a vector of sums for each code of a segment (0: unassigned).

    A vector is customers, how many of all are where K-Means has them, for each metric known values
    and their sum (within its caps, from -1 to 1), and the sums of the coordinates. ``learned`` are
    the codes that K-Means has, ``squares`` and ``inertia`` are of their customers, and
    ``metric_squares`` of everybody. Without K-Means there are no coordinates. ``clusters`` has
    of each leaf the customers by the code that K-Means has; nothing of which nothing was learned.
    Each customer of a code is one of so many of all whom they ``stand_for``, also where a cut
    moves them.
    """

    metrics: tuple[str, ...]
    clusters: tuple[Mapping[int, int], ...]
    today: Floats
    learned: tuple[int, ...]
    squares: float
    inertia: float
    metric_squares: Floats
    stand_for: Floats

    @property
    def customers(self) -> int:
        return round(float(self.today[:, 0].sum()))

    @property
    def _first(self) -> int:
        """Where the coordinates begin in a vector."""
        return 2 + _OF_METRIC * len(self.metrics)

    def vectors(self, code: int, values: Sequence[Any]) -> tuple[Floats, Floats]:
        """The vectors that the customers of a cell add to the segment on each side of a cut.

        ``code`` is their segment today, ``values``: customers, two figures a metric, those whom
        K-Means has on either side, and the sums of the coordinates.
        """
        n, *rest = values
        of_metrics = [each or 0.0 for each in rest[: self._first - 2]]
        below, above, *z = rest[self._first - 2 :] or (0, 0)
        below, above = (float(each * self.stand_for[code]) for each in (below, above))
        return np.array([n, below, *of_metrics, *z]), np.array([n, above, *of_metrics, *z])

    def state(self, sums: Floats) -> State:
        """What the rules are whose segments have these sums (codes, length of a vector)."""
        known, units = (sums[:, 2 + i : self._first : _OF_METRIC].T for i in (0, 1))
        explained = (
            float(explained_share(known[m], units[m], np.array([self.metric_squares[m]])))
            for m in range(len(self.metrics))
        )
        if not self.inertia:
            return State(None, None, tuple(explained))
        of_learned = sums[list(self.learned)]
        n, z = np.maximum(of_learned[:, 0], 1.0), of_learned[:, self._first :]
        cost = self.squares - float(((z**2).sum(axis=1) / n).sum())
        agreed = round(float(of_learned[:, 1].sum()))
        return State(cost / self.inertia - 1, agreed, tuple(explained))


def read_groups(held: HeldRows, codes: Mapping[int, int]) -> Groups:
    """Return the customers in groups; there are so many of each code."""
    total = phrases(held.engine.dialect).exact_sum
    sums = ["count(*)"]
    for unit in held.units:
        sums += [f"count({unit})", total(unit), total(f"{unit} * {unit}")]
    if held.axes:
        sums.append(total(" + ".join(f"{axis} * {axis}" for axis in held.axes)))
        sums += [total(axis) for axis in held.axes]
    found = held.engine.query(
        f"SELECT {LEAF}, coalesce({NEAREST}, 0), {', '.join(sums)} "
        f"FROM {held.drawn.relation} GROUP BY {LEAF}, {NEAREST}"
    )
    return _groups(held.subject.fit, held.metrics, sorted(found), held.width, codes)


def _groups(
    fit: Fit,
    metrics: tuple[str, ...],
    rows: Sequence[Sequence[Any]],
    width: int,
    sizes: Mapping[int, int],
) -> Groups:
    codes = [leaf.code for leaf in leaves(fit.tree)]
    learned = tuple(segment.code for segment in fit.learned) if width else ()
    first = 2 + _OF_METRIC * len(metrics)
    today = np.zeros((1 + max(segment.code for segment in fit.segments), first + width))
    counts: list[dict[int, int]] = [{} for _ in codes]
    metric_squares = np.zeros(len(metrics))
    squares = inertia = 0.0
    for leaf, nearest, n, *rest in rows:
        code = codes[leaf]
        of_metric = np.array([each or 0.0 for each in rest[: 3 * len(metrics)]]).reshape(-1, 3)
        here = [n, n * (nearest == code), *of_metric[:, :2].ravel()]
        metric_squares += of_metric[:, 2]
        q, *z = rest[3 * len(metrics) :] or (0.0,)
        today[code] += [*here, *z]
        counts[leaf][nearest] = n
        if code in learned:
            center = np.array(fit.clusters.centers[learned.index(nearest)])
            squares += q
            inertia += q - 2 * float(center @ np.array(z)) + n * float(center @ center)
    stand_for = _stand_for(
        np.array([sizes.get(code, 0) for code in range(len(today))]), today[:, 0]
    )
    today[:, 1] *= stand_for
    return Groups(
        metrics,
        tuple(n if code in learned else {} for code, n in zip(codes, counts, strict=True)),
        today,
        learned,
        squares,
        inertia,
        metric_squares,
        stand_for,
    )


def _stand_for(sizes: Floats, drawn: Floats) -> Floats:
    """How many of all customers one who is drawn stands for, by code."""
    usual = sizes.sum() / max(drawn.sum(), 1.0)
    return np.asarray(np.minimum(sizes / np.maximum(drawn, 1.0), AT_MOST * usual))
