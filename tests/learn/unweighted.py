"""Statistics of rows that each stand for one customer, as most tests have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from segkit.core.columns import Column
from segkit.core.fit import Fit, FittedFeature, Quality
from segkit.core.rules import Rule
from segkit.core.tree import Tree
from segkit.learn import matching
from segkit.learn.clusters import panel
from segkit.learn.clusters.sweep import Clustering
from segkit.learn.data import prepare, sentinels, summary
from segkit.learn.data.all_rows import AllRows
from segkit.learn.learn import learn as _learn
from segkit.learn.learned import Numbering
from segkit.learn.names import identity
from segkit.learn.names.name_counts import NameCounts
from segkit.learn.names.statements import People, Words
from segkit.learn.numbers import Floats, Ints
from segkit.learn.quality import measure_quality as _measure_quality
from segkit.learn.trees import known_algorithms, to_rules
from segkit.learn.trees.ranks import Ranks, RankTree
from segkit.project.nodes import Feature, Segmentation


def learn(node: Segmentation, engine: Any, relation: str = "customers", **arguments: Any) -> Fit:
    """The fit of a relation, v0001 for target dev if nothing else is said."""
    numbering = Numbering(**{"target": "dev", "version": 1} | arguments)
    return _learn(node, AllRows(engine, relation, engine.columns(relation)), numbering)


def fit(engine: Any, node: Segmentation, **arguments: Any) -> Fit:
    """The fit of the customers that were loaded."""
    return learn(node, engine, **arguments)


def fit_feature(
    feature: Feature, column: Column, values: Floats, levels: Sequence[str] | None = None
) -> FittedFeature:
    return prepare.fit_feature(feature, column, values, np.ones(len(values)), levels)


def summarise(counts: summary.NameCounts, values: Floats) -> summary.Summary:
    return summary.summarise(counts, values, np.ones(len(values)))


def ends_of(values: Floats) -> sentinels.Ends | None:
    return sentinels.ends_of(values, np.ones(len(values)))


def identify(
    segments: Ints,
    centers: Floats,
    previous: Fit | None,
    before: Ints | None,
    taken: int = 0,
    own: Sequence[str] = (),
) -> tuple[identity.Identity, ...]:
    sizes = np.bincount(segments[segments >= 0], minlength=len(centers) + len(own)).tolist()
    weight = np.ones(len(segments))
    return identity.identify(segments, centers, weight, sizes, previous, before, taken, own)


def counts_of(
    codes: Ints,
    X: Floats,
    features: Sequence[FittedFeature],
    rules: Sequence[Rule] = (),
    words: Words | None = None,
    own: Sequence[int] = (),
) -> NameCounts:
    people = People(codes, X, np.ones(len(X)), features, rules, frozenset(own))
    return NameCounts.of(people, words or {})


def refine(tree: RankTree, ranks: Ranks, distance: Floats, min_leaf: float) -> RankTree:
    return to_rules.refine(tree, ranks, distance, np.ones(len(distance)), min_leaf)


def best_levels(
    codes: Ints, gain: Floats, size: int, min_leaf: float
) -> tuple[frozenset[int], float]:
    return to_rules.best_levels(codes, gain, np.ones(len(codes)), size, min_leaf)


def greedy(ranks: Ranks, distance: Floats, centers: Ints, *given: Any, **more: Any) -> Any:
    weight = np.ones(len(distance))
    return known_algorithms.greedy(ranks, distance, weight, centers, *given, **more)


def stability(X: Floats, clustering: Clustering) -> tuple[float, float]:
    return panel.stability(X, np.ones(len(X)), clustering)


def variance_left(X: Floats, clustering: Clustering) -> float:
    return panel.variance_left(X, np.ones(len(X)), clustering)


def adjusted_rand(one: Ints, other: Ints) -> float:
    return matching.adjusted_rand(matching.crosstab(one, other, np.ones(len(one))))


def measure_quality(
    tree: Tree,
    columns: Sequence[str],
    values: Floats,
    labels: Ints,
    ids: Mapping[int, str],
    **more: Any,
) -> Quality:
    sample = summary.Sample((), tuple(columns), values, np.ones(len(values)), len(values))
    return _measure_quality(tree, sample, np.arange(len(values)), labels, ids, **more)
