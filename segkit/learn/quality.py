"""How good the tree is, and what later data is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count as counter

import numpy as np

from segkit.core.fit import Baseline, CurvePoint, FeatureBaseline, FittedSegment, Quality
from segkit.core.tree import Leaf, Tree, count_leaves, depth
from segkit.learn.data.levels import LevelSummary
from segkit.learn.data.summary import Summary
from segkit.learn.numbers import Floats, Ints, round_digits, squared_distances
from segkit.learn.trees.apply import NO_LEVELS, codes_of
from segkit.learn.trees.choose_tree import HeldOut
from segkit.learn.trees.surrogate import count_short_rules

DECILES = tuple(tenth / 10 for tenth in range(1, 10))
FAR = 0.995


def measure_quality(
    tree: Tree,
    columns: Sequence[str],
    values: Floats,
    labels: Ints,
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
    ids : mapping
        Code -> segment id.
    held_out : HeldOut, optional
        By code.
    """
    codes = codes_of(tree, columns, values, levels)
    right = codes == labels
    by_segment = {
        ids[code]: round_digits(float(right[codes == code].mean()))
        for code in sorted(ids)
        if (codes == code).any()
    }
    by_code = {} if held_out is None else held_out.by_segment
    leaf_of_row = codes_of(number_leaves(tree), columns, values, levels)
    sizes = np.bincount(leaf_of_row, minlength=count_leaves(tree))
    return Quality(
        loss=round_digits(loss),
        fidelity=round_digits(float(right.mean())),
        fidelity_held_out=None if held_out is None else round_digits(held_out.fidelity),
        fidelity_by_segment=by_segment,
        leaves=count_leaves(tree),
        depth=depth(tree),
        smallest_leaf=int(sizes.min()),
        moved=moved,
        held_out_by_segment={
            ids[code]: round_digits(share) for code, share in sorted(by_code.items())
        },
        short_rules=count_short_rules(tree),
        curve=curve,
    )


def measure_baseline(
    rows: int,
    summaries: Sequence[Summary | LevelSummary],
    columns: Sequence[Floats],
    scaled: Floats,
    centers: Floats,
    segments: Sequence[FittedSegment],
    unassigned: int,
    held_out: float | None,
) -> Baseline:
    """Return counts, moments and interior deciles: no single customer's values.

    ``summaries`` and ``columns`` (raw, NaN where missing) go together;
    ``scaled`` are the rows of the fit.
    """
    features = tuple(
        _feature(summary, values) for summary, values in zip(summaries, columns, strict=True)
    )
    counts = {segment.id: segment.n for segment in segments}
    if unassigned:
        counts["unassigned"] = unassigned
    distances = np.sqrt(squared_distances(scaled, centers).min(axis=1))
    return Baseline(
        rows=rows,
        features=features,
        segments=counts,
        fidelity_held_out=None if held_out is None else round_digits(held_out),
        distance_quantile=round_digits(float(np.quantile(distances, FAR))),
    )


def _feature(summary: Summary | LevelSummary, values: Floats) -> FeatureBaseline:
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
    known = values[np.isfinite(values)]
    return FeatureBaseline(
        column=summary.counts.column,
        count=summary.counts.known,
        nulls=summary.counts.nulls,
        non_finite=summary.counts.non_finite,
        mean=round_digits(summary.mean),
        sd=round_digits(summary.sd),
        quantiles=tuple(round_digits(float(q)) for q in np.quantile(known, DECILES)),
    )


def number_leaves(tree: Tree) -> Tree:
    """Return the tree with its leaves numbered from 0, from left to right."""
    numbers = counter()

    def number(node: Tree) -> Tree:
        if isinstance(node, Leaf):
            return Leaf(next(numbers))
        yes = number(node.yes)
        return replace(node, yes=yes, no=number(node.no))

    return number(tree)
