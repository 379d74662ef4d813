"""The groups of customers, and the tree that explains them: learned, or somebody else's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from segkit.core.facts import Fact
from segkit.core.fit import Fit, SweepPoint, Verdict
from segkit.errors import DataError, Label
from segkit.learn import weighted
from segkit.learn.clusters.choose_k import Wanted, choose_explained
from segkit.learn.clusters.judge import judge
from segkit.learn.clusters.panel import measure_panel
from segkit.learn.clusters.sweep import Clustering, fit_clusters, sweep
from segkit.learn.data.data_problems import too_few_distinct
from segkit.learn.data.read import Data
from segkit.learn.numbers import Floats, Ints, round_array
from segkit.learn.trees.choose_tree import Explained, explain
from segkit.learn.trees.fit_surrogate import no_tree
from segkit.learn.trees.ranks import Rows
from segkit.learn.trees.surrogate import cost_of
from segkit.project.nodes import AskedK, Segmentation

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
    verdict: Verdict | None = None
    alternatives: tuple[int, ...] = ()


def find_groups(
    segmentation: Segmentation,
    rows: Rows,
    wanted: Wanted,
    progress: Callable[[str], None],
    *,
    kept: bool = True,
) -> Groups:
    """Clusters by K-Means, as many as are wanted or as fit best."""
    seed, rules = segmentation.clusters.seed, segmentation.rules
    clusterings = _sweep(segmentation, rows, wanted.k, progress)
    progress("comparing k")
    # the loss of a tree costs the most, and is for those who look for another k
    in_full = {clustering.k for clustering in clusterings} if wanted.k is None else {wanted.k}
    panel = measure_panel(rows, clusterings, seed, in_full if kept else ())
    judged = judge(rows, clusterings, panel)
    progress("rules")
    chosen = choose_explained(rows, clusterings, judged, wanted, rules, seed)
    if chosen is None:
        problem = no_tree(wanted.k or max(judged.order, default=2), rules.max_leaves)
        raise DataError(replace(problem, labels=(Label(segmentation.place),)))
    choice, explained = chosen
    centers = {each.k: each.centers for each in clusterings if each.k in choice.alternatives}
    return Groups(
        rows,
        explained,
        choice.reason,
        (*choice.warnings, *explained.warnings),
        tuple(replace(p, centers=_plain(centers[p.k])) if p.k in centers else p for p in panel),
        verdict=choice.verdict,
        alternatives=choice.alternatives,
    )


def _plain(centers: Floats) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(center) for center in centers.tolist())


def wanted_k(segmentation: Segmentation, previous: Fit | None, asked: AskedK) -> Wanted:
    """The number of segments that is given: declared, asked for, or that of the fit before.

    ``previous``: what a refit replaces: its k stays, if it was chosen and may still be.
    """
    spec = segmentation.clusters
    if spec.k is not None:
        return Wanted(spec.k)
    if asked is not None and asked != "auto":
        return Wanted(asked, Fact("asked", n=asked))
    if asked or previous is None or previous.clusters.k > spec.k_max:
        return Wanted()
    was_chosen = previous.definition.get("clusters", {}).get("k") == "auto"
    k = previous.clusters.k
    return Wanted(k, Fact("kept", n=k, value=previous.label)) if was_chosen else Wanted()


def given_groups(data: Data, rows: Rows, learned: Ints) -> Groups:
    """Somebody else's clusters: what counts is how many customers the rules put into theirs."""
    segmentation = data.segmentation
    assert segmentation.labels is not None and data.labels is not None
    column = segmentation.labels.column
    names = data.sample.levels[column]
    present, labels = np.unique(data.sample.column(column)[learned], return_inverse=True)
    if len(present) < 2:
        raise DataError(too_few_distinct(segmentation, len(present), 2))
    labels = np.asarray(labels, dtype=np.int64).ravel()
    centers = weighted.group_means(rows.scaled, labels, rows.weight, len(present))
    cost = cost_of(rows.scaled, labels, rows.weight)
    clustering = Clustering(round_array(centers), cost, labels)
    rows = replace(rows, counts_mistakes=True)
    spec = segmentation.rules
    explained = explain(rows, clustering, spec, segmentation.clusters.seed)
    if explained is None:
        problem = no_tree(len(present), spec.max_leaves)
        raise DataError(replace(problem, labels=(Label(segmentation.labels.place),)))
    listed = tuple(names[int(level)] for level in present)
    reason = (Fact("given", column, len(listed)),)
    alone = data.labels.known - sum(data.labels.counts[label] for label in listed)
    said = (Fact("own_labels", column, alone, data.labels.rows),) if alone else ()
    return Groups(rows, explained, reason, (*explained.warnings, *said), labels=listed)


def _sweep(
    segmentation: Segmentation, rows: Rows, k: int | None, progress: Callable[[str], None]
) -> tuple[Clustering, ...]:
    """K-Means for k = 1 to k_max; with a fixed k above ``SWEEP_LIMIT`` not all that lie between."""
    spec = segmentation.clusters
    k_max = spec.k_max if k is None else min(spec.k_max, SWEEP_LIMIT)
    found = sweep(rows.scaled, k_max, spec.seed, rows.weight, progress)
    if k is not None and k > k_max:
        progress(f"clusters: k = {k}")
        wanted = fit_clusters(rows.scaled, k=k, seed=spec.seed, sample_weight=rows.weight)
        return (*found, wanted)
    return found
