"""A small tree that says what K-Means means, and what its segments cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from segkit.core.rules import rules_of
from segkit.core.tree import Tree, count_leaves
from segkit.learn import weighted
from segkit.learn.numbers import Floats, Ints, without_noise
from segkit.learn.trees.apply import codes_of
from segkit.learn.trees.ranks import Rows

SHORT = 3  # conditions that a person can keep in mind


@dataclass(frozen=True, eq=False, repr=False)
class Surrogate:
    """``tree`` has code ``row of centers + 1`` in its leaves.

    ``cost`` is the sum of squared distances to the means of the tree's own
    segments, or the number of mistakes where that is what counts; ``moved``
    counts rows that snapping the cuts sent elsewhere.
    """

    tree: Tree
    columns: tuple[str, ...]
    cost: float
    moved: int = 0
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __repr__(self) -> str:
        columns = ", ".join(self.columns)
        return f"<Surrogate: {self.leaves} leaves over {columns}, cost {self.cost:,.6g}>"

    @property
    def leaves(self) -> int:
        return count_leaves(self.tree)

    @property
    def short_rules(self) -> int:
        """Segments that are one rule of at most three conditions."""
        return count_short_rules(self.tree)

    def predict(self, X: Floats) -> Ints:
        """Return, for every row of raw values, the row index into the centres."""
        return codes_of(self.tree, self.columns, np.asarray(X, dtype=np.float64), self.levels) - 1


def count_short_rules(tree: Tree) -> int:
    """Return how many segments are one rule of at most three conditions."""
    conditions: dict[int, list[int]] = {}
    for rule in rules_of(tree):
        conditions.setdefault(rule.code, []).append(len(rule.conditions))
    return sum(len(found) == 1 and found[0] <= SHORT for found in conditions.values())


def segments_cost(rows: Rows, segments: Ints) -> float:
    """Return what a tree costs that puts the rows into these segments: see ``Surrogate``."""
    if rows.counts_mistakes:
        return float(rows.weight[segments != rows.labels].sum())
    return without_noise(cost_of(rows.scaled, segments, rows.weight), rows.spread)


def spread_of(X: Floats, weight: Floats) -> float:
    """Return what a single segment costs."""
    return cost_of(X, np.zeros(len(X), dtype=np.int64), weight)


def cost_of(X: Floats, groups: Ints, weight: Floats) -> float:
    """Return the weighted sum of squared distances to the means of the groups."""
    columns = np.ascontiguousarray(X.T)  # row by row each of them would be read through all of X
    means = weighted.group_means(columns.T, groups, weight, int(groups.max()) + 1)
    parts = np.zeros(len(X))
    for column, mean in zip(columns, means.T, strict=True):
        parts += (column - mean[groups]) ** 2
    # One thread and rows in one order: the same sum each time, and no slow exact one per tree.
    return float(np.sum(parts * weight))
