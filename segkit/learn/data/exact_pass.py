"""All customers by their cluster and by the leaf of the rules that they reach.

One scan, where the customers are; what leaves the engine is a sum for each pair of centre
and leaf. Everything that is said of clusters and rules follows from these sums.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count as counter

import numpy as np

from segkit.core.fit import Clusters, FittedFeature, Quality
from segkit.core.tree import Leaf, Tree, leaves, with_leaves
from segkit.dialects.phrases import as_text, phrases
from segkit.dialects.spelling import double, identifier, literal, literals
from segkit.dialects.table import Dialect
from segkit.learn.data.all_rows import AllRows
from segkit.learn.data.coreset import known_sql
from segkit.learn.numbers import Floats, round_array, round_digits, without_noise

LLOYD_STEPS = 2  # over all rows: the first takes most of what sampling cost


@dataclass(frozen=True)
class Given:
    """Clusters that are somebody else's: the column that has them, and the level of each centre."""

    column: str
    levels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Tally:
    """Sums by centre and leaf: of customers, of where they are in the space of the fit, and of
    squared distances to the origin and to the centre.

    ``segments`` has for each leaf the place of the centre whose segment it is.
    """

    segments: tuple[int, ...]
    counts: Floats  # (k, leaves)
    sums: Floats  # (k, leaves, D)
    squares: Floats  # (k, leaves)
    apart: Floats  # (k, leaves)

    @property
    def inertia(self) -> float:
        return math.fsum(self.apart.ravel())

    @property
    def sizes(self) -> Floats:
        """Customers of each centre."""
        return np.asarray(self.counts.sum(axis=1))

    @property
    def agreed(self) -> Floats:
        """Customers of each leaf who are in the cluster of its segment."""
        return self.counts[list(self.segments), range(len(self.segments))]

    def loss(self, *, mistakes: bool) -> float:
        """Return what the segments cost more than the clusters, each about its own means.

        With ``mistakes`` it is the share of customers who are not in the cluster of their segment.
        """
        if mistakes:
            return 1 - float(self.agreed.sum() / self.counts.sum())
        of_segment = np.array(self.segments) == np.arange(len(self.counts))[:, None]
        sizes, sums = self.counts.sum(axis=0), self.sums.sum(axis=0)
        least = self._cost(self.sizes, self.sums.sum(axis=1))
        cost = self._cost(of_segment @ sizes, of_segment @ sums)
        if not least:
            return math.inf if cost else 0.0
        return cost / least - 1

    def _cost(self, sizes: Floats, sums: Floats) -> float:
        """The squared distances to the means of groups of these sizes and sums."""
        about = (sums**2).sum(axis=1) / np.where(sizes > 0, sizes, 1.0)
        cost = math.fsum([*self.squares.ravel(), *-about])
        return without_noise(cost, math.fsum(self.squares.ravel()))

    def quality(self, quality: Quality, ids: Sequence[str], *, mistakes: bool) -> Quality:
        """Return the quality with what is known of all customers, not only of those sampled.

        ``ids`` has the segment of each centre.
        """
        of_leaf = self.counts.sum(axis=0)
        by_segment = {}
        for place, id_ in enumerate(ids):
            here = np.array(self.segments) == place
            if of_leaf[here].sum():
                by_segment[id_] = round_digits(self.agreed[here].sum() / of_leaf[here].sum())
        return replace(
            quality,
            loss=round_digits(self.loss(mistakes=mistakes)),
            fidelity=round_digits(self.agreed.sum() / of_leaf.sum()),
            fidelity_by_segment=by_segment,
            smallest_leaf=round(float(of_leaf.min())),
        )


def over_all_rows(
    everyone: AllRows,
    features: Sequence[FittedFeature],
    clusters: Clusters,
    tree: Tree,
    ids: Mapping[int, str],
    quality: Quality,
    given: Given | None,
) -> tuple[Clusters, Quality]:
    """Return clusters and quality of all customers, not only of those sampled.

    Lloyd's algorithm goes on where they are, from the centres of the sample; of given
    clusters one step has the means.

    ``ids``: code -> segment id, in the order of the centres.
    """
    centers = np.array(clusters.centers)
    for _ in range(1 if given else LLOYD_STEPS):
        centers = round_array(next_centers(everyone, features, centers, tree, [*ids], given))
    found = tally(everyone, features, centers, tree, [*ids], given)
    clusters = replace(
        clusters,
        inertia=round_digits(found.inertia),
        sizes=tuple(round(size) for size in found.sizes.tolist()),
        centers=tuple(tuple(center) for center in centers.tolist()),
    )
    return clusters, found.quality(quality, [*ids.values()], mistakes=given is not None)


def tally(
    everyone: AllRows,
    features: Sequence[FittedFeature],
    centers: Floats,
    tree: Tree,
    codes: Sequence[int],
    given: Given | None = None,
) -> Tally:
    """Return the sums over all customers; who has none of the codes by the tree is left out.

    So is who has none of the given clusters.

    ``centers`` (k, D)
    ``codes``: the code of each centre's segment.
    """
    numbered, segments = _numbered(tree, codes)
    width = centers.shape[1]
    items = ["c", "leaf", "count(*)", *_sums(everyone, [*_places(width), "q", "q + m"])]
    assigned = _assigned_sql(everyone, features, centers, numbered, given)
    found = everyone.engine.query(f"SELECT {', '.join(items)} FROM {assigned} GROUP BY c, leaf")
    sizes = len(centers), len(segments)
    made = Tally(segments, *(np.zeros((*sizes, *more)) for more in ((), (width,), (), ())))
    for center, leaf, count, *summed in found:
        at = int(center), int(leaf) - 1
        made.counts[at], made.sums[at] = count, summed[:width]
        made.squares[at], made.apart[at] = summed[width], max(0.0, summed[width + 1])
    return made


def next_centers(
    everyone: AllRows,
    features: Sequence[FittedFeature],
    centers: Floats,
    tree: Tree,
    codes: Sequence[int],
    given: Given | None = None,
) -> Floats:
    """Return the mean (k, D) of each centre's customers: a step of Lloyd's algorithm.

    The same customers as those of ``tally``; which leaf is whose is not asked.
    """
    numbered, _ = _numbered(tree, codes)
    items = ["c", "count(*)", *_sums(everyone, _places(centers.shape[1]))]
    assigned = _assigned_sql(everyone, features, centers, numbered, given)
    found = everyone.engine.query(f"SELECT {', '.join(items)} FROM {assigned} GROUP BY c")
    moved = centers.copy()
    for center, count, *summed in found:
        moved[int(center)] = np.array(summed) / count
    return moved


def _places(width: int) -> list[str]:
    return [f"z{place}" for place in range(width)]


def _sums(everyone: AllRows, values: Sequence[str]) -> list[str]:
    return [phrases(everyone.engine.dialect).exact_sum(value) for value in values]


def _assigned_sql(
    everyone: AllRows,
    features: Sequence[FittedFeature],
    centers: Floats,
    numbered: Tree,
    given: Given | None,
) -> str:
    """Customers with their centre c, their leaf, where they are, z0, z1, ..., and q and m: how far
    from the origin, and how much less far the centre is.

    A filter costs as much as some columns: none stands where it would leave nobody out.
    """
    dialect = everyone.engine.dialect
    axes = [axis for feature in features for axis in axes_sql(feature, dialect)]
    places = ", ".join(f"{axis} AS z{place}" for place, axis in enumerate(axes))
    scores = ", ".join(f"{_score(center)} AS s{c}" for c, center in enumerate(centers))
    square = " + ".join(f"{place} * {place}" for place in _places(centers.shape[1]))
    numbers = [str(place) for place in range(len(centers))]
    names = [f"s{c}" for c in numbers]
    text, is_in, least = _of_given(given, names, dialect) if given else _nearest(names)
    of_all = all(leaf.code for leaf in leaves(numbered))
    return (
        f"(SELECT *, CASE {_when(is_in, numbers)} END AS c FROM ("
        f"SELECT *, {least} AS m FROM ("
        f"SELECT *, {scores}, {square} AS q FROM ("
        f"SELECT {everyone.code_sql(numbered)} AS leaf, {text} AS label, {places} "
        f"FROM {everyone.relation}"
        f") AS placed{'' if of_all else ' WHERE leaf > 0'}) AS scored"
        f") AS measured{' WHERE m IS NOT NULL' if given else ''}) AS assigned"
    )


def _numbered(tree: Tree, codes: Sequence[int]) -> tuple[Tree, tuple[int, ...]]:
    """The tree with its leaves of these codes numbered from 1, the others 0; and the place of
    each one's code.
    """
    numbers, segments = counter(1), []

    def of_leaf(leaf: Leaf) -> Tree:
        if leaf.code not in codes:
            return Leaf(0)
        segments.append(codes.index(leaf.code))
        return Leaf(next(numbers))

    return with_leaves(tree, of_leaf), tuple(segments)


def _nearest(scores: Sequence[str]) -> tuple[str, list[str], str]:
    """No label, the test of each centre, and the score of the nearest one, m."""
    least = f"LEAST({', '.join(scores)})" if len(scores) > 1 else scores[0]
    return "NULL", [f"{score} = m" for score in scores], least


def _of_given(given: Given, scores: Sequence[str], dialect: Dialect) -> tuple[str, list[str], str]:
    """The same of who has a label: the score of its centre, NULL where it is none of these."""
    is_in = [f"label = {literal(level, dialect)}" for level in given.levels]
    text = as_text(identifier(given.column, dialect), dialect)
    return text, is_in, f"CASE {_when(is_in, scores)} END"


def _when(tests: Collection[str], values: Collection[str]) -> str:
    return " ".join(f"WHEN {t} THEN {v}" for t, v in zip(tests, values, strict=True))


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
        value = f"ln({double(1)} + greatest({value}, {double(0)}))"
    return [f"({value} - {double(feature.center)}) * {double(pull / (feature.spread or 1.0))}"]
