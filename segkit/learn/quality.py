"""How good the tree is, and what later data is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count as counter
from itertools import pairwise

import numpy as np

from segkit.core.fit import Baseline, CurvePoint, FeatureBaseline, Quality
from segkit.core.tree import Leaf, Split, Tree, count_leaves, depth, fold
from segkit.learn import weighted
from segkit.learn.data.all_rows import AllRows
from segkit.learn.data.levels import LevelSummary
from segkit.learn.data.summary import Sample, Summary
from segkit.learn.numbers import Floats, Ints, round_digits, squared_distances
from segkit.learn.trees.apply import NO_LEVELS, codes_of
from segkit.learn.trees.choose_tree import HeldOut
from segkit.learn.trees.surrogate import count_short_rules

DECILES = tuple(tenth / 10 for tenth in range(1, 10))
FAR = 0.995
BINS = 20  # of a histogram: a Kolmogorov-Smirnov distance of 1/20 is what later tests look for
LEAST_IN_BIN = 10  # customers, about: no edge tells of one of them


def measure_quality(
    tree: Tree,
    columns: Sequence[str],
    values: Floats,
    labels: Ints,
    weight: Floats,
    ids: Mapping[int, str],
    *,
    levels: Mapping[str, Sequence[str]] = NO_LEVELS,
    loss: float,
    held_out: HeldOut | None,
    curve: tuple[CurvePoint, ...],
    moved: int,
) -> Quality:
    """Return the quality of the tree on the rows that it was learned from.

    Parameters
    ----------
    values : array (n, d)
        Raw, NaN where missing.
    labels : array (n,)
        Code of each row's K-Means cluster.
    weight : array (n,)
        Customers that each row stands for.
    ids : mapping
        Code -> segment id.
    held_out : HeldOut, optional
        By code.
    """
    codes = codes_of(tree, columns, values, levels)
    right = codes == labels
    by_segment = {
        ids[code]: round_digits(weighted.share(right[codes == code], weight[codes == code]))
        for code in sorted(ids)
        if (codes == code).any()
    }
    by_code = {} if held_out is None else held_out.by_segment
    leaf_of_row = codes_of(number_leaves(tree), columns, values, levels)
    sizes = np.bincount(leaf_of_row, weight, minlength=count_leaves(tree))
    return Quality(
        loss=round_digits(loss),
        fidelity=round_digits(weighted.share(right, weight)),
        fidelity_held_out=None if held_out is None else round_digits(held_out.fidelity),
        fidelity_by_segment=by_segment,
        leaves=count_leaves(tree),
        depth=depth(tree),
        smallest_leaf=round(float(sizes.min())),
        moved=moved,
        held_out_by_segment={
            ids[code]: round_digits(share) for code, share in sorted(by_code.items())
        },
        short_rules=count_short_rules(tree),
        curve=curve,
    )


def measure_baseline(
    everyone: AllRows,
    sample: Sample,
    summaries: Sequence[Summary | LevelSummary],
    distances: Distances,
    segments: Mapping[str, int],
    held_out: float | None,
) -> Baseline:
    """Return counts, moments and interior quantiles: no single customer's values.

    ``summaries`` are of columns of the sample. Counts of the ``segments``, by id, and of
    the histograms are of all rows.

    The bins of a histogram lie between quantiles of the day of the fit, and stay where they
    are: what comes later is counted by plain comparisons, with the same edges on every
    database, and each bin holds enough for a share to mean something. What falls below the
    first edge or beyond the last is counted too.
    """
    features = [_feature(summary, sample) for summary in summaries]
    below = everyone.count_below({f.column: f.edges for f in features})
    features = [_with_histogram(f, below.get(f.column, ())) for f in features]
    return Baseline(
        rows=sample.rows,
        features=tuple(features),
        segments=segments,
        fidelity_held_out=None if held_out is None else round_digits(held_out),
        distance_quantile=distances.far,
    )


@dataclass(frozen=True, eq=False)
class Distances:
    """Rows of a fit in the scaled space, how many customers each stands for, and the centres."""

    scaled: Floats
    weight: Floats
    centers: Floats

    @property
    def far(self) -> float:
        """99.5 % of the customers lie nearer to their centre."""
        distances = np.sqrt(squared_distances(self.scaled, self.centers).min(axis=1))
        return round_digits(weighted.quantiles(distances, self.weight, (FAR,)).item())


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


def number_leaves(tree: Tree) -> Tree:
    """Return the tree with its leaves numbered from 0, from left to right."""
    numbers = counter()

    def of_split(split: Split, yes: Tree, no: Tree) -> Tree:
        return replace(split, yes=yes, no=no)

    return fold(tree, lambda leaf: Leaf(next(numbers)), of_split)
