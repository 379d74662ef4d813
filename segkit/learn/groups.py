"""The groups of customers, and the tree that explains them: learned, or somebody else's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from segkit.core.facts import Fact
from segkit.core.fit import SweepPoint
from segkit.errors import DataError, Label
from segkit.learn import weighted
from segkit.learn.clusters.choose_k import choose_k
from segkit.learn.clusters.panel import measure_panel
from segkit.learn.clusters.sweep import Clustering, fit_clusters, sweep
from segkit.learn.data.data_problems import too_few_distinct
from segkit.learn.data.read import Data
from segkit.learn.numbers import Ints, round_array
from segkit.learn.trees.choose_tree import Explained, explain
from segkit.learn.trees.fit_surrogate import budget, no_tree
from segkit.learn.trees.ranks import Rows
from segkit.learn.trees.surrogate import cost_of
from segkit.project.nodes import Segmentation

SWEEP_LIMIT = 30  # a k beyond it is declared, not chosen: the curve below has told its story


@dataclass(frozen=True, eq=False)
class Groups:
    """The groups, the tree that explains them, and how they came about."""

    rows: Rows
    explained: Explained
    reason: tuple[Fact, ...]
    warnings: tuple[Fact, ...]
    panel: tuple[SweepPoint, ...] = ()
    labels: tuple[str, ...] = ()  # of given clusters, in the order of the centres


def find_groups(segmentation: Segmentation, rows: Rows, progress: Callable[[str], None]) -> Groups:
    """Clusters by K-Means, as many as are declared or as fit best."""
    spec = segmentation.clusters
    clusterings = _sweep(segmentation, rows, progress)
    progress("comparing k")
    # of a declared k all figures, of those beside it what costs next to nothing
    in_full = {clustering.k for clustering in clusterings} if spec.k is None else {spec.k}
    panel = measure_panel(rows, clusterings, spec.seed, in_full)
    progress("rules")
    explained, reason, warnings = _choose(segmentation, rows, clusterings, panel)
    return Groups(rows, explained, reason, warnings, panel)


def given_groups(segmentation: Segmentation, data: Data, rows: Rows, learned: Ints) -> Groups:
    """Somebody else's clusters: what counts is how many customers the rules put into theirs."""
    assert segmentation.labels is not None
    column = segmentation.labels.column
    names = data.sample.levels[column]
    present, labels = np.unique(data.sample.column(column)[learned], return_inverse=True)
    if len(present) < 2:
        raise DataError(too_few_distinct(segmentation, len(present), 2))
    labels = np.asarray(labels, dtype=np.int64).ravel()
    members = [labels == label for label in range(len(present))]
    centers = np.stack(
        [np.average(rows.scaled[m], axis=0, weights=rows.weight[m]) for m in members]
    )
    cost = cost_of(rows.scaled, labels, rows.weight)
    clustering = Clustering(round_array(centers), cost, labels)
    rows = replace(rows, counts_mistakes=True)
    spec = segmentation.rules
    explained = explain(rows, clustering, spec, segmentation.clusters.seed)
    if explained is None:
        problem = no_tree(len(present), spec.max_leaves or budget(len(present)))
        raise DataError(replace(problem, labels=(Label(segmentation.labels.place),)))
    listed = tuple(names[int(level)] for level in present)
    reason = (Fact("given", column, len(listed)),)
    sample = data.sample
    alone = weighted.count(sample.column(column) == len(names), sample.weight)
    said = (Fact("own_labels", column, alone, sample.rows),) if alone else ()
    return Groups(rows, explained, reason, (*explained.warnings, *said), labels=listed)


def _sweep(
    segmentation: Segmentation, rows: Rows, progress: Callable[[str], None]
) -> tuple[Clustering, ...]:
    """K-Means for k = 1 to k_max; with a fixed k above ``SWEEP_LIMIT`` not all that lie between."""
    spec = segmentation.clusters
    k_max = spec.k_max if spec.k is None else min(spec.k_max, SWEEP_LIMIT)
    found = sweep(rows.scaled, k_max, spec.seed, rows.weight, progress)
    if spec.k is not None and spec.k > k_max:
        progress(f"clusters: k = {spec.k}")
        wanted = fit_clusters(rows.scaled, k=spec.k, seed=spec.seed, sample_weight=rows.weight)
        return (*found, wanted)
    return found


def _choose(
    segmentation: Segmentation,
    rows: Rows,
    clusterings: Sequence[Clustering],
    panel: Sequence[SweepPoint],
) -> tuple[Explained, tuple[Fact, ...], tuple[Fact, ...]]:
    spec, rules = segmentation.clusters, segmentation.rules
    by_k = {clustering.k: clustering for clustering in clusterings}
    tried: dict[int, Explained | None] = {}

    def smallest_share(k: int) -> float | None:
        tried[k] = explain(rows, by_k[k], rules, spec.seed)
        found = tried[k]
        return None if found is None else found.smallest_share

    choice = choose_k(spec.k, panel, rules.min_share, smallest_share)
    explained = tried[choice.k] if choice else None
    if choice is None or explained is None:
        k = spec.k or max(tried)
        problem = no_tree(k, rules.max_leaves or budget(k))
        raise DataError(replace(problem, labels=(Label(segmentation.place),)))
    return explained, choice.reason, (*choice.warnings, *explained.warnings)
