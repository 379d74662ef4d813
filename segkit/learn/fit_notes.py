"""What a fit says of itself: assumptions, what rounder cuts cost, segments that are small."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from segkit.core.english import format_threshold
from segkit.core.fit import FittedFeature, FittedSegment
from segkit.core.tree import Below, Tree, splits
from segkit.learn.data.read import Data
from segkit.learn.numbers import exact_sum
from segkit.learn.trees.short_cuts import DIGITS, digits_of
from segkit.project.nodes import Segmentation


def assumptions(
    segmentation: Segmentation,
    data: Data,
    features: Sequence[FittedFeature],
    tree: Tree,
    moved: int,
) -> tuple[str, ...]:
    """What was taken for granted where nobody said how it should be."""
    said = []
    sampled, rows = len(data.sample.X), data.sample.rows
    if sampled < rows:
        said.append(f"learned from {sampled:,} of {rows:,} customers, drawn by a hash of the key")
    if segmentation.missing == "unassigned":
        if count := data.incomplete:
            whom = "1 customer" if count == 1 else f"{count:,} customers"
            verb = "is" if count == 1 else "are"
            said.append(f"{whom} with a missing feature {verb} unassigned")
    else:
        missing = {f.column: s.missing for f, s in zip(data.features, data.summaries, strict=True)}
        for feature in features:
            if count := missing[feature.column]:
                verb = "counts" if count == 1 else "count"
                said.append(f"{count:,} missing {feature.column} {verb} as {_substitute(feature)}")
    if segmentation.labels is not None:
        column = segmentation.labels.column
        without = int(np.isnan(data.sample.column(column)).sum())
        if without:
            said.append(f"{without:,} customers without {column} get a segment by the rules")
    flags = [f.column for f in data.used if f.kind is None and data.levels(f) is not None]
    said += [f"{column} counts as a category" for column in flags]
    dropped = [f.column for f in data.features if f not in data.used]
    said += [f"{column} is left out of the fit: it hardly differs" for column in dropped]
    return (*said, *_rounding(segmentation, moved, tree))


def _rounding(segmentation: Segmentation, moved: int, tree: Tree) -> list[str]:
    """What rounder cuts cost, where some were asked for."""
    if not segmentation.rules.max_moved:
        return []
    long = sum(isinstance(s.test, Below) and digits_of(s.test.cut) > DIGITS for s in splits(tree))
    whom = "nobody" if not moved else "1 customer" if moved == 1 else f"{moved:,} customers"
    said = f"cuts were rounded, which puts {whom} into another segment"
    if long:
        said += f"; {long} of more than {DIGITS} digits would have moved more than max_moved"
    return [said]


def _substitute(feature: FittedFeature) -> str:
    if feature.is_category:
        return f"{feature.mode} (the most frequent)"
    return f"{format_threshold(Decimal(repr(feature.median)), feature.unit)} (the median)"


def small_segments(segments: Sequence[FittedSegment]) -> list[str]:
    """Says which segments are too small for their figures to be steady."""
    least = max(30, exact_sum(np.array([s.n for s in segments], dtype=float)) / 100)
    small = [f"{segment.id} ({segment.n:,})" for segment in segments if segment.n < least]
    if not small:
        return []
    return [f"small segments: {', '.join(small)}; under {least:.0f} customers, figures jump"]
