"""All customers by the nearest centre and by the leaf of the rules that they reach.

One scan, where the customers are; what leaves the engine is a sum for each pair of centre
and leaf. Everything that is said of clusters and rules follows from these sums.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from segkit.core.fit import FittedFeature, Quality
from segkit.core.tree import Tree
from segkit.dialects.phrases import as_text, phrases
from segkit.dialects.spelling import double, identifier, literal, literals
from segkit.dialects.table import Dialect
from segkit.learn.data.all_rows import AllRows
from segkit.learn.data.coreset import known_sql
from segkit.learn.numbers import Floats, round_digits


@dataclass(frozen=True, eq=False)
class Tally:
    """Sums by centre and leaf: of customers, of where they are in the space of the fit, and of
    squared distances to the origin and to the nearest centre.
    """

    counts: Floats  # (k, leaves)
    sums: Floats  # (k, leaves, D)
    squares: Floats  # (k, leaves)
    nearest: Floats  # (k, leaves)

    @property
    def inertia(self) -> float:
        return math.fsum(self.nearest.ravel())

    @property
    def sizes(self) -> Floats:
        """Customers of each centre."""
        return np.asarray(self.counts.sum(axis=1))

    def means(self, centers: Floats) -> Floats:
        """The mean (k, D) of each centre's customers: the next centres of Lloyd's algorithm."""
        sizes = self.sizes[:, None]
        moved = self.sums.sum(axis=1) / np.where(sizes > 0, sizes, 1.0)
        return np.where(sizes > 0, moved, centers)

    def cost(self, segments: Sequence[int]) -> float:
        """Return what segments cost about their own means; ``segments`` has that of each leaf."""
        of_segment = np.asarray(segments) == np.unique(segments)[:, None]
        sums = of_segment @ self.sums.sum(axis=0)
        sizes = of_segment @ self.counts.sum(axis=0)
        about = (sums**2).sum(axis=1) / np.where(sizes > 0, sizes, 1.0)
        return max(0.0, math.fsum([*self.squares.ravel(), *-about]))

    def quality(self, quality: Quality, segments: Sequence[int], ids: dict[int, str]) -> Quality:
        """Return the quality with what is known of all customers, not only of those sampled.

        ``segments`` has the code of each leaf, ``ids`` the segment of each code. Centres come
        in the order of these codes.
        """
        codes = np.array(sorted(ids))
        right = codes[:, None] == np.asarray(segments)
        agreed, of_leaf = (self.counts * right).sum(axis=0), self.counts.sum(axis=0)
        inertia = self.inertia
        by_segment = {
            ids[code]: round_digits(agreed[here].sum() / of_leaf[here].sum())
            for code, here in zip(codes.tolist(), right, strict=True)
            if of_leaf[here].sum()
        }
        return replace(
            quality,
            loss=round_digits(self.cost(segments) / inertia - 1) if inertia else quality.loss,
            fidelity=round_digits(agreed.sum() / of_leaf.sum()),
            fidelity_by_segment=by_segment,
            smallest_leaf=round(float(of_leaf.min())),
        )


def tally(
    everyone: AllRows,
    features: Sequence[FittedFeature],
    centers: Floats,
    numbered: Tree,
    leaves: int,
) -> Tally:
    """Return the sums over all customers; who has code 0 by the tree is left out.

    Parameters
    ----------
    centers : array (k, D)
    numbered : Tree
        Its leaves have the codes 1 to ``leaves``, one each.
    """
    dialect = everyone.engine.dialect
    width, total = centers.shape[1], phrases(dialect).exact_sum
    axes = [axis for feature in features for axis in axes_sql(feature, dialect)]
    places = ", ".join(f"{axis} AS z{place}" for place, axis in enumerate(axes))
    scores = ", ".join(f"{_score(center)} AS s{c}" for c, center in enumerate(centers))
    names = [f"s{c}" for c in range(len(centers))]
    cases = " ".join(f"WHEN {name} = m THEN {c}" for c, name in enumerate(names))
    square = " + ".join(f"z{place} * z{place}" for place in range(width))
    least = f"LEAST({', '.join(names)})" if len(names) > 1 else names[0]
    sums = ", ".join(total(each) for each in [*(f"z{p}" for p in range(width)), "q", "q + m"])
    found = everyone.engine.query(
        f"SELECT c, leaf, count(*), {sums} FROM ("
        f"SELECT *, CASE {cases} END AS c FROM ("
        f"SELECT *, {least} AS m FROM ("
        f"SELECT *, {scores}, {square} AS q FROM ("
        f"SELECT {everyone.code_sql(numbered)} AS leaf, {places} FROM {everyone.relation}"
        ") AS placed WHERE leaf > 0) AS scored) AS measured) AS assigned GROUP BY c, leaf"
    )
    made = Tally(*(np.zeros((len(centers), leaves, *more)) for more in ((), (width,), (), ())))
    for center, leaf, count, *summed in found:
        at = int(center), int(leaf) - 1
        made.counts[at], made.sums[at] = count, summed[:width]
        made.squares[at], made.nearest[at] = summed[width], max(0.0, summed[width + 1])
    return made


def _score(center: Floats) -> str:
    """Squared distance to the centre, less that to the origin."""
    parts = [f"{double(-2 * value)} * z{place}" for place, value in enumerate(center.tolist())]
    return " + ".join([double(float(center @ center)), *parts])


def axes_sql(feature: FittedFeature, dialect: Dialect) -> list[str]:
    """The coordinates of a customer on a feature: as ``FittedFeature.coordinates``, in SQL."""
    pull = math.sqrt(feature.weight)
    if feature.is_category:
        text = as_text(identifier(feature.column, dialect), dialect)
        levels, mode = literals(feature.levels, dialect), literal(feature.mode, dialect)
        kept = f"CASE WHEN {text} IN ({levels}) THEN {text} ELSE {mode} END"
        return [
            f"CASE WHEN {kept} = {literal(level, dialect)} THEN {double(pull)} ELSE {double(0)} END"
            for level in feature.levels
        ]
    value = f"COALESCE({known_sql(feature.column, dialect)}, {double(feature.median)})"
    if feature.scale == "log":
        value = f"ln({double(1)} + {value})"
    return [f"({value} - {double(feature.center)}) * {double(pull / feature.spread)}"]
