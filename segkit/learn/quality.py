"""How good the tree is, and what later data is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count as counter
from itertools import pairwise

import numpy as np

from segkit.core.fit import (
    UNASSIGNED,
    Baseline,
    CurvePoint,
    FeatureBaseline,
    FittedSegment,
    Quality,
)
from segkit.core.tree import Leaf, Tree, count_leaves, depth, with_leaves
from segkit.learn import weighted
from segkit.learn.data.all_rows import AllRows
from segkit.learn.data.levels import LevelSummary
from segkit.learn.data.summary import Sample, Summary
from segkit.learn.numbers import Floats, Ints, round_digits, squared_distances
from segkit.learn.trees.choose_tree import Explained
from segkit.learn.trees.fit_surrogate import fit_path
from segkit.learn.trees.ranks import Rows
from segkit.learn.trees.search import QUICK
from segkit.learn.trees.surrogate import count_short_rules

FOLDS = 5
HELD_OUT_ROWS = 20_000  # rows that its trees are learned from: more change them hardly, and cost
DECILES = tuple(tenth / 10 for tenth in range(1, 10))
FAR = 0.995
BINS = 20  # of a histogram: a Kolmogorov-Smirnov distance of 1/20 is what later tests look for
LEAST_IN_BIN = 10  # customers, about: no edge tells of one of them


def predict_held_out(rows: Rows, explained: Explained, seed: int) -> Ints | None:
    """Return the segment that each row gets from a tree learned from four fifths of the others.

    Five folds; rows come in the order of a hash, so every fifth is a shuffle.
    Each tree has at most as many leaves as the published one, and is found by
    the quick search, on the first 20,000 rows. None where the rows are too few, or a fold lacks
    a cluster.
    """
    clustering = explained.clustering
    rows = replace(rows, labels=clustering.labels, centers=clustering.centers)
    total = len(rows.values)
    if total < FOLDS * max(FOLDS, clustering.k):
        return None
    fold = np.arange(total) % FOLDS
    few = np.arange(min(total, HELD_OUT_ROWS))
    least = explained.min_leaf * float(rows.weight[few].sum() / rows.weight.sum())
    predicted = np.empty(total, dtype=np.int64)
    for number in range(FOLDS):
        train = rows.take(few[fold[few] != number])
        smallest = max(1, int(least * (FOLDS - 1) // FOLDS))
        path = fit_path(train, explained.surrogate.leaves, smallest, seed, QUICK)
        path = path or fit_path(train, explained.surrogate.leaves, 1, seed, QUICK)
        if not path:
            return None
        predicted[fold == number] = path[max(path)].predict(rows.values[fold == number])
    return predicted


def measure_quality(
    tree: Tree,
    sample: Sample,
    learned: Ints,
    labels: Ints,
    ids: Mapping[int, str],
    *,
    loss: float,
    held_out: Ints | None,
    curve: tuple[CurvePoint, ...],
    moved: int,
) -> Quality:
    """Return the quality of the tree on the rows that it was learned from.

    ``learned`` (n,): places of these rows in the sample.
    ``labels`` (n,): code of each row's K-Means cluster.
    ``ids``: code -> segment id.
    ``held_out`` (n,): the code of each row by a tree that has not seen it.
    """
    weight = sample.weight[learned]
    codes, leaf = (sample.codes(each)[learned] for each in (tree, number_leaves(tree)))
    sizes = np.bincount(leaf, weight, minlength=count_leaves(tree))

    def fidelity(found: Ints) -> float:
        return round_digits(weighted.share(found == labels, weight))

    def by_segment(found: Ints) -> dict[str, float]:
        right = found == labels
        return {
            ids[code]: round_digits(weighted.share(right[found == code], weight[found == code]))
            for code in sorted(ids)
            if (found == code).any()
        }

    return Quality(
        loss=round_digits(loss),
        fidelity=fidelity(codes),
        fidelity_held_out=None if held_out is None else fidelity(held_out),
        fidelity_by_segment=by_segment(codes),
        leaves=count_leaves(tree),
        depth=depth(tree),
        smallest_leaf=round(float(sizes.min())),
        moved=moved,
        held_out_by_segment={} if held_out is None else by_segment(held_out),
        short_rules=count_short_rules(tree),
        curve=curve,
    )


def measure_baseline(
    everyone: AllRows,
    sample: Sample,
    summaries: Sequence[Summary | LevelSummary],
    segments: Sequence[FittedSegment],
    unassigned: int,
    *,
    held_out: float | None,
    far: float,
) -> Baseline:
    """Return counts, moments and interior quantiles: no single customer's values.

    ``summaries`` are of columns of the sample; counts of the segments and of the
    histograms are of all rows. ``far`` is the ``far_distance`` of the fit.

    The bins of a histogram lie between quantiles of the day of the fit, and stay where they
    are: what comes later is counted by plain comparisons, with the same edges on every
    database, and each bin holds enough for a share to mean something. What falls below the
    first edge or beyond the last is counted too.
    """
    features = [_feature(summary, sample) for summary in summaries]
    below = everyone.count_below({f.column: f.edges for f in features})
    counts = {segment.id: segment.n for segment in segments}
    return Baseline(
        rows=sample.rows,
        features=tuple(_with_histogram(f, below.get(f.column, ())) for f in features),
        segments=counts | ({UNASSIGNED.id: unassigned} if unassigned else {}),
        fidelity_held_out=held_out,
        distance_quantile=far,
    )


def far_distance(scaled: Floats, centers: Floats, weight: Floats) -> float:
    """Return what 99.5 % of the customers lie nearer than to the nearest centre."""
    distances = np.sqrt(squared_distances(scaled, centers).min(axis=1))
    return round_digits(weighted.quantiles(distances, weight, (FAR,)).item())


def _with_histogram(feature: FeatureBaseline, below: Sequence[int]) -> FeatureBaseline:
    if feature.levels or not feature.edges:
        return feature
    upto = (0, *below, feature.count)
    histogram = tuple(after - before for before, after in pairwise(upto))
    return replace(feature, histogram=histogram)


def _feature(summary: Summary | LevelSummary, sample: Sample) -> FeatureBaseline:
    if isinstance(summary, LevelSummary):
        return FeatureBaseline(
            column=summary.column,
            count=summary.known,
            nulls=summary.missing,
            non_finite=0,
            mean=0.0,
            sd=0.0,
            quantiles=(),
            levels=dict(summary.counts),
        )
    values = sample.column(summary.counts.column)
    is_known = np.isfinite(values)
    known, weight = values[is_known], sample.weight[is_known]
    bins = min(BINS, int(weight.sum()) // LEAST_IN_BIN)
    cuts = [place / bins for place in range(1, bins)]
    found = weighted.quantiles(known, weight, (*DECILES, *cuts)).tolist()
    found = [round_digits(value) for value in found]
    return FeatureBaseline(
        column=summary.counts.column,
        count=summary.counts.known,
        nulls=summary.counts.nulls,
        non_finite=summary.counts.non_finite,
        mean=round_digits(summary.mean),
        sd=round_digits(summary.sd),
        quantiles=tuple(found[: len(DECILES)]),
        edges=tuple(sorted(set(found[len(DECILES) :]))),
    )


def number_leaves(tree: Tree, start: int = 0) -> Tree:
    """Return the tree with its leaves numbered from ``start``, from left to right."""
    numbers = counter(start)
    return with_leaves(tree, lambda _: Leaf(next(numbers)))
