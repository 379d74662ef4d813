"""A small tree that says what K-Means means: the lowest cost, not the fewest mistakes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from segkit.core.simplify import simplify
from segkit.core.tree import Tree, count_leaves, leaves
from segkit.errors import DataError, Problem
from segkit.learn.apply import codes_of
from segkit.learn.numbers import Floats, Ints, exact_sum, one_thread, squared_distances
from segkit.learn.proposals import Proposal, Rows, propose, relabel

ROUNDS = 10  # means and assignment in turn; it settles after two or three


@dataclass(frozen=True, eq=False)
class Surrogate:
    """``tree`` has code ``row of centers + 1`` in its leaves.

    ``cost`` is the sum of squared distances to the means of the tree's own
    segments; ``moved`` counts rows that snapping the cuts sent elsewhere.
    """

    tree: Tree
    columns: tuple[str, ...]
    cost: float
    moved: int = 0

    @property
    def leaves(self) -> int:
        return count_leaves(self.tree)

    def predict(self, X: Floats) -> Ints:
        """Return, for every row of raw values, the row index into the centres."""
        return codes_of(self.tree, self.columns, np.asarray(X, dtype=np.float64)) - 1


def fit_surrogate(
    X: Floats,
    centers: Floats,
    *,
    max_leaves: int,
    min_leaf: int = 1,
    seed: int = 0,
    sample_weight: Floats | None = None,
    columns: Sequence[str] | None = None,
) -> Surrogate:
    """Return the best tree found with at most ``max_leaves`` leaves.

    Parameters
    ----------
    X : array (n, d)
        Finite numbers, in the space of the centres.
    centers : array (k, d)
        Each of them gets at least one leaf.
    max_leaves, min_leaf : int
        Leaves at most, and rows in a leaf at least.
    columns : sequence of str, optional
        Names of the columns in the tree; ``x0``, ``x1``, ... by default.

    Raises
    ------
    DataError
        SK314, if no tree of that size has a leaf for each centre.
    """
    X = np.asarray(X, dtype=np.float64)
    centers = np.asarray(centers, dtype=np.float64)
    rows = Rows(
        columns=tuple(columns) if columns else tuple(f"x{place}" for place in range(X.shape[1])),
        values=X,
        scaled=X,
        labels=squared_distances(X, centers).argmin(axis=1).astype(np.int64),
        centers=centers,
        weight=np.ones(len(X)) if sample_weight is None else np.asarray(sample_weight, float),
        medians=np.median(X, axis=0),
    )
    path = fit_path(rows, max_leaves, min_leaf, seed)
    if not path:
        raise DataError(no_tree(len(centers), max_leaves))
    return path[max(path)]


def fit_path(rows: Rows, max_leaves: int, min_leaf: int, seed: int) -> Mapping[int, Surrogate]:
    """Return the best tree found for each number of leaves up to ``max_leaves``.

    A number is left out where fewer leaves cost as little, or where no tree
    gives each centre a leaf; so costs fall strictly from one to the next.
    """
    best: dict[int, Surrogate] = {}
    with one_thread():
        for proposal in propose(rows, range(rows.k, max_leaves + 1), min_leaf, seed):
            for surrogate in _surrogates(rows, proposal):
                count = surrogate.leaves
                if count not in best or surrogate.cost < best[count].cost * (1 - 1e-12):
                    best[count] = surrogate
    path: dict[int, Surrogate] = {}
    for count in sorted(best):
        if not path or best[count].cost < path[max(path)].cost * (1 - 1e-12):
            path[count] = best[count]
    return path


def budget(k: int) -> int:
    """Leaves up to which ``max_leaves: auto`` looks: max(2k, k + 4)."""
    return max(2 * k, k + 4)


def no_tree(k: int, max_leaves: int) -> Problem:
    """The problem for K-Means clusters that a small tree cannot tell apart."""
    return Problem(
        "SK314",
        f"no tree of {max_leaves} leaves gives each of {k} segments a rule",
        help=f"ask for fewer segments (clusters: {{k: {k - 1}}}), or allow more leaves "
        f"(rules: {{max_leaves: {max_leaves + k}}})",
    )


def _surrogates(rows: Rows, proposal: Proposal) -> Iterator[Surrogate]:
    """The proposal's leaves given to centres, in each way that leaves no centre without one."""
    for assignment in _assignments(rows, proposal.leaf):
        codes = {leaf: int(center) + 1 for leaf, center in enumerate(assignment)}
        tree = simplify(relabel(proposal.tree, codes))
        if len({leaf.code for leaf in leaves(tree)}) == rows.k:
            cost = cost_of(rows.scaled, assignment[proposal.leaf], rows.weight)
            yield Surrogate(tree, rows.columns, cost, proposal.moved)


def _assignments(rows: Rows, leaf: Ints) -> list[Ints]:
    count = int(leaf.max()) + 1
    weight = np.bincount(leaf, rows.weight, minlength=count)
    sums = np.stack([np.bincount(leaf, column * rows.weight, minlength=count)
                     for column in rows.scaled.T], axis=1)
    means = sums / weight[:, None]
    votes = np.zeros((count, rows.k))
    np.add.at(votes, (leaf, rows.labels), rows.weight)
    # The majority's label is what CART would say: to start there too means never to be worse.
    starts = (votes.argmax(axis=1), squared_distances(means, rows.centers).argmin(axis=1))
    found: dict[tuple[int, ...], Ints] = {}
    for assignment in starts:
        for _ in range(ROUNDS):
            key = tuple(assignment.tolist())
            if key in found or len(set(key)) < rows.k:
                break
            found[key] = assignment
            total = np.bincount(assignment, weight, minlength=rows.k)
            centers = np.stack([np.bincount(assignment, column, minlength=rows.k)
                                for column in sums.T], axis=1) / total[:, None]
            assignment = squared_distances(means, centers).argmin(axis=1)
    return list(found.values())


def cost_of(X: Floats, groups: Ints, weight: Floats) -> float:
    """Return the weighted sum of squared distances to the means of the groups."""
    parts = []
    for group in np.unique(groups):
        rows = groups == group
        share = weight[rows]
        mean = np.array([exact_sum(c * share) for c in X[rows].T]) / exact_sum(share)
        parts.append(((X[rows] - mean) ** 2).sum(axis=1) * share)
    return exact_sum(np.concatenate(parts)) if parts else 0.0
