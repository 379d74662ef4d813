"""From trees over ranks to ours: on all rows, and with every value as a cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from segkit.core.simplify import simplify
from segkit.learn import weighted
from segkit.learn.matching import match_groups
from segkit.learn.numbers import Ints, squared_distances
from segkit.learn.trees.apply import codes_of
from segkit.learn.trees.ranks import (
    Ranks,
    RankTree,
    Rows,
    leaf_of_rows,
    name_leaves,
    number_leaves,
    relabel,
    to_tree,
)
from segkit.learn.trees.recut import refine
from segkit.learn.trees.surrogate import Surrogate, segments_cost, spread_of


@dataclass(frozen=True, eq=False)
class Finish:
    """Trees over ranks as ours, on all rows and with every value as a cut."""

    rows: Rows
    ranks: Ranks
    min_leaf: float

    def surrogates(self, tree: RankTree, rounds: int) -> Iterator[Surrogate]:
        """Yield the tree with each cut put anew in up to so many rounds, if it is allowed then."""
        if len(np.unique(leaf_of_rows(tree, self.ranks.of_row))) < self.rows.k:
            return
        found = self._surrogate(tree)
        for _ in range(rounds):
            refined = self._refined(tree)
            if refined == tree:
                break
            better = self._surrogate(refined)
            if better is None or (found is not None and better.cost >= found.cost * (1 - 1e-9)):
                break
            tree, found = refined, better
        if found is not None:
            yield found

    def _refined(self, tree: RankTree) -> RankTree:
        rows = self.rows
        if rows.counts_mistakes:
            wrong = rows.labels[:, None] != np.arange(rows.k)
            distance = np.where(wrong, rows.weight[:, None], 0.0)
        else:
            means = rows.means_of(leaf_of_rows(tree, self.ranks.of_row))
            distance = squared_distances(rows.scaled, means) * rows.weight[:, None]
        return refine(tree, self.ranks, distance, rows.weight, self.min_leaf)

    def _surrogate(self, tree: RankTree) -> Surrogate | None:
        rows, ranks = self.rows, self.ranks
        segment = leaf_of_rows(tree, ranks.of_row)
        if len(np.unique(segment)) < rows.k or self._smallest_leaf(tree) < self.min_leaf:
            return None
        named = name_leaves(tree, self._centers_of(segment))
        ours = simplify(relabel(to_tree(named, rows, ranks), {c: c + 1 for c in range(rows.k)}))
        reached = codes_of(ours, rows.columns, rows.values, rows.levels) - 1
        moved = weighted.count(reached != leaf_of_rows(named, ranks.of_row), rows.weight)
        if len(np.unique(reached)) < rows.k:
            return None
        cost = segments_cost(rows, reached, spread_of(rows))
        return Surrogate(ours, rows.columns, cost, moved, rows.levels)

    def _smallest_leaf(self, tree: RankTree) -> float:
        leaf = leaf_of_rows(number_leaves(tree)[0], self.ranks.of_row)
        return float(np.bincount(leaf, self.rows.weight).min())

    def _centers_of(self, segment: Ints) -> Ints:
        """Which centre each segment is called by."""
        rows = self.rows
        if rows.counts_mistakes:
            return np.arange(rows.k)
        return match_groups(segment, rows.labels, rows.weight, rows.k)
