"""Fitted trees of all kinds, and the rows on which SQL goes wrong first."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from segkit.learn.numbers import Floats

COLUMNS = ("a", "b", "c", "d", "order", 'e "e"')
LEAVES = (1, 2, 8, 50, 200, 500)
HUGE = (2.0**24 + 1, 2.0**53, 1e15, 1e30, 3.4e38, -3.4e38)
TINY = (0.0, -0.0, 5e-324, -5e-324, 1.4e-45, 1e-310, 1e-30)


@dataclass(frozen=True, eq=False)
class Fitted:
    name: str
    tree: Any
    scale: float  # of the columns' values

    def predict(self, X: Floats) -> list[Any]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # sums of huge singles overflow while it looks for NaN
            return list(self.tree.predict(X))


def fitted_trees() -> list[Fitted]:
    """From 1 to 500 leaves, learned from groups and from nothing, with and without NaN."""
    found = []
    for place, leaves in enumerate(LEAVES):
        for with_nan in (False, True):
            rng = np.random.default_rng([place, with_nan])
            scale = (1.0, 100.0, 1e4, 0.01, 1.0, 1e6)[place]
            X = rng.normal(0.2, 1, (3000, len(COLUMNS))) * scale
            X = np.where(rng.random(X.shape) < 0.5, np.round(X, 1), X)
            if with_nan:
                X[rng.random(X.shape) < 0.1] = np.nan
            groups = (np.nan_to_num(X[:, :3]) > 0) @ [1, 2, 4]
            y = np.where(rng.random(3000) < 0.5, groups, rng.integers(0, 8, 3000))
            labels: Any = y if place % 2 else np.array([f"it's {group}" for group in y])
            if leaves == 1:
                labels = np.full(3000, labels[0])
            tree = DecisionTreeClassifier(
                max_leaf_nodes=max(2, leaves), random_state=place, min_samples_leaf=1
            )
            name = f"{leaves} leaves{' with NaN' if with_nan else ''}"
            found.append(Fitted(name, tree.fit(X, labels), scale))
    return found


def fitted_regressors() -> list[Fitted]:
    """Of 8 and 200 leaves, with and without NaN, whose numbers have all their digits."""
    found = []
    for fitted in fitted_trees():
        if fitted.name.split()[0] in ("8", "200"):
            rng = np.random.default_rng(len(found))
            X = natural_rows(fitted, 3000, len(found) + 7)
            if "NaN" in fitted.name:
                X[rng.random(X.shape) < 0.1] = np.nan
            y = np.nan_to_num(X[:, 0]) / 3 + rng.normal(size=3000) * fitted.scale
            tree = DecisionTreeRegressor(max_leaf_nodes=fitted.tree.get_n_leaves(), random_state=0)
            found.append(Fitted(f"{fitted.name}, numbers", tree.fit(X, y), fitted.scale))
    return found


def natural_rows(fitted: Fitted, count: int, seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    X = rng.normal(0.2, 1, (count, len(COLUMNS))) * fitted.scale
    return np.where(rng.random(X.shape) < 0.7, np.round(X, rng.integers(0, 4)), X)


def adversarial_rows(fitted: Fitted, count: int, seed: int) -> Floats:
    """Rows that come to a split, with the value that it asks for at its cut or just beside it.

    Beside it in double or in single precision, or a short decimal; some cells
    elsewhere are odd, too.
    """
    rng = np.random.default_rng(seed)
    tree = fitted.tree.tree_
    X = natural_rows(fitted, count, seed)
    odd = rng.random(X.shape) < 0.05
    X[odd] = rng.choice([*HUGE, *TINY], odd.sum())
    with np.errstate(all="ignore"):
        paths = fitted.tree.decision_path(X)
    for row in range(count):
        nodes = paths.indices[paths.indptr[row] : paths.indptr[row + 1]]
        cuts = [n for n in nodes if tree.feature[n] >= 0 and np.isfinite(tree.threshold[n])]
        if cuts and row % 10:
            node = rng.choice(cuts)
            X[row, tree.feature[node]] = rng.choice(_beside(float(tree.threshold[node])))
    return X


def _beside(cut: float) -> list[float]:
    single = np.float32(cut)
    below, above = (float(np.nextafter(single, np.float32(end))) for end in (-np.inf, np.inf))
    middles = [(below + float(single)) / 2, (float(single) + above) / 2]
    near = [cut, below, float(single), above, *middles]
    near += [float(np.nextafter(x, end)) for x in (cut, *middles) for end in (-np.inf, np.inf)]
    return near + [round(cut, digits) for digits in (0, 1, 2, 7, 10)]
