"""All customers by their cluster and by the leaf of the rules that they reach.

One scan, where the customers are; what leaves the engine is a sum for each pair of centre
and leaf. Everything that is said of clusters and rules follows from these sums.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count as counter

import numpy as np

from segkit.core.fit import Clusters, FittedFeature, Quality
from segkit.core.tree import Leaf, Tree, leaves, with_leaves
from segkit.dialects.phrases import as_double, as_text
from segkit.dialects.spelling import double, identifier, literal, literals
from segkit.dialects.table import Dialect
from segkit.learn.data.all_rows import AllRows
from segkit.learn.data.coreset import known_sql
from segkit.learn.data.summary import Counts
from segkit.learn.data.whole_sums import Whole
from segkit.learn.numbers import Floats, round_array, round_digits, without_noise


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


@dataclass(frozen=True)
class ExactPass:
    """Customers in the space of a fit, where they are.

    ``counts`` are of the numbers among the features, ``given`` clusters are somebody else's.
    """

    everyone: AllRows
    features: Sequence[FittedFeature]
    counts: Mapping[str, Counts]
    given: Given | None = None

    def measured(
        self, clusters: Clusters, tree: Tree, ids: Mapping[int, str], quality: Quality
    ) -> tuple[Clusters, Quality]:
        """Return clusters and quality of all customers, not only of those sampled.

        A step of Lloyd's algorithm is made where they are, from the centres of the sample: it
        takes most of what sampling cost, and a second one took less than 0.01 % more. Of given
        clusters it has the means.

        ``ids``: code -> segment id, in the order of the centres.
        """
        centers = round_array(self.next_centers(np.array(clusters.centers), tree, [*ids]))
        found = self.tally(centers, tree, [*ids])
        clusters = replace(
            clusters,
            inertia=round_digits(found.inertia),
            sizes=tuple(round(size) for size in found.sizes.tolist()),
            centers=tuple(tuple(center) for center in centers.tolist()),
        )
        return clusters, found.quality(quality, [*ids.values()], mistakes=self.given is not None)

    def tally(self, centers: Floats, tree: Tree, codes: Sequence[int]) -> Tally:
        """Return the sums over all customers; who has none of the codes by the tree is left out.

        So is who has none of the given clusters.

        ``centers`` (k, D)
        ``codes``: the code of each centre's segment.
        """
        numbered, segments = _numbered(tree, codes)
        width = centers.shape[1]
        *places, square = (Whole.of(each) for each in (*self._most, float(self._most @ self._most)))
        items = ["c", "leaf", "count(*)", *_sums(places), *square.sums_sql("q")]
        found = self.everyone.engine.query(
            f"SELECT {', '.join(items)} FROM {self._assigned_sql(centers, numbered)} "
            "GROUP BY c, leaf"
        )
        sizes = len(centers), len(segments)
        made = Tally(segments, *(np.zeros((*sizes, *more)) for more in ((), (width,), (), ())))
        for center, leaf, count, *summed in found:
            at, here = (int(center), int(leaf) - 1), centers[int(center)]
            parts = iter(summed)
            sums = [whole.value(parts) for whole in places]
            squares, away = square.value(parts), (-2 * here * sums).tolist()
            made.counts[at], made.sums[at], made.squares[at] = count, sums, squares
            made.apart[at] = max(0.0, math.fsum([squares, *away, count * float(here @ here)]))
        return made

    def next_centers(self, centers: Floats, tree: Tree, codes: Sequence[int]) -> Floats:
        """Return the mean (k, D) of each centre's customers: a step of Lloyd's algorithm.

        The same customers as those of ``tally``; which leaf is whose is not asked.
        """
        numbered, _ = _numbered(tree, codes)
        places = [Whole.of(each) for each in self._most]
        items = ["c", "count(*)", *_sums(places)]
        found = self.everyone.engine.query(
            f"SELECT {', '.join(items)} FROM {self._assigned_sql(centers, numbered)} GROUP BY c"
        )
        moved = centers.copy()
        for center, count, *summed in found:
            parts = iter(summed)
            sums = [whole.value(parts) for whole in places]
            moved[int(center)] = np.array(sums) / count
        return moved

    @cached_property
    def _most(self) -> Floats:
        """How far from 0 a customer can be in each coordinate."""
        most: list[float] = []
        for feature in self.features:
            if feature.is_category:
                most += [math.sqrt(feature.weight)] * feature.width
                continue
            ends = (feature.median, *self.counts[feature.column].ends)
            most.append(max(abs(feature.coordinates(end)[0]) for end in ends))
        return np.array(most)

    def _assigned_sql(self, centers: Floats, numbered: Tree) -> str:
        """Customers with their centre c, their leaf, where they are, z0, z1, ..., and how far from
        the origin, q.

        A filter costs as much as some columns: none stands where it would leave nobody out.
        """
        dialect, given = self.everyone.engine.dialect, self.given
        axes = [a for f in self.features for a in axes_sql(f, dialect, self.counts.get(f.column))]
        names = [f"z{place}" for place in range(len(axes))]
        places = ", ".join(f"{axis} AS {name}" for axis, name in zip(axes, names, strict=True))
        of_all = all(leaf.code for leaf in leaves(numbered))
        text = as_text(identifier(given.column, dialect), dialect) if given else "NULL"
        placed = (
            f"(SELECT *, {' + '.join(f'{name} * {name}' for name in names)} AS q FROM ("
            f"SELECT {self.everyone.code_sql(numbered)} AS leaf, {text} AS label, {places} "
            f"FROM {self.everyone.relation}"
            f") AS placed{'' if of_all else ' WHERE leaf > 0'}) AS squared"
        )
        if given is None:
            return nearest_sql(placed, [_score(center) for center in centers])
        whens = " ".join(
            f"WHEN label = {literal(level, dialect)} THEN {place}"
            for place, level in enumerate(given.levels)
        )
        labelled = f"(SELECT *, CASE {whens} END AS c FROM {placed}) AS labelled"
        return f"(SELECT * FROM {labelled} WHERE c IS NOT NULL) AS assigned"


def _sums(places: Sequence[Whole]) -> list[str]:
    return [item for place, whole in enumerate(places) for item in whole.sums_sql(f"z{place}")]


def nearest_sql(rows: str, scores: Sequence[str]) -> str:
    """The rows with c: the place of the least of the scores, of equal ones the first.

    As in a tournament: a CASE for each pair takes two thirds of what LEAST takes, and who won
    where need not be looked for among all.
    """
    listed = ", ".join(f"{score} AS s{place}" for place, score in enumerate(scores))
    rows = f"(SELECT *, {listed} FROM {rows}) AS scored"
    left = [(f"s{place}", str(place)) for place in range(len(scores))]
    while len(left) > 1:
        pairs, won, values = zip(left[::2], left[1::2], strict=False), [], []
        for (one, place), (other, other_place) in pairs:
            test, name = f"WHEN {one} <= {other} THEN", f"{one}_{other[1:]}"
            values.append(f"CASE {test} {one} ELSE {other} END AS {name}")
            won.append((name, f"CASE {test} {place} ELSE {other_place} END"))
        left = [*won, *left[len(left) - len(left) % 2 :]]
        if len(left) > 1:
            rows = f"(SELECT *, {', '.join(values)} FROM {rows}) AS round"
    return f"(SELECT *, {left[0][1]} AS c FROM {rows}) AS assigned"


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


def _score(center: Floats) -> str:
    """Squared distance to the centre, less that to the origin."""
    parts = [f"{double(-2 * value)} * z{place}" for place, value in enumerate(center.tolist())]
    return " + ".join([double(float(center @ center)), *parts])


def axes_sql(feature: FittedFeature, dialect: Dialect, counts: Counts | None = None) -> list[str]:
    """The coordinates of a customer on a feature: as ``FittedFeature.coordinates``, in SQL.

    What was counted never to be missing, or below 0, is not looked for.
    """
    pull = math.sqrt(feature.weight)
    if feature.is_category:
        text = as_text(identifier(feature.column, dialect), dialect)
        levels, mode = literals(feature.levels, dialect), literal(feature.mode, dialect)
        kept = f"CASE WHEN {text} IN ({levels}) THEN {text} ELSE {mode} END"
        return [
            f"CASE WHEN {kept} = {literal(level, dialect)} THEN {double(pull)} ELSE {double(0)} END"
            for level in feature.levels
        ]
    value = as_double(identifier(feature.column, dialect), dialect)
    if counts is None or counts.missing:
        value = f"COALESCE({known_sql(feature.column, dialect)}, {double(feature.median)})"
    if feature.scale == "log":
        if counts is None or counts.negative or feature.median < 0:
            value = f"greatest({value}, {double(0)})"
        value = f"ln({double(1)} + {value})"
    return [f"({value} - {double(feature.center)}) * {double(pull / (feature.spread or 1.0))}"]
