"""What to be wary of in data that can be used: sentences for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from segkit.core.columns import Column
from segkit.learn.data.data_problems import wanted_segments
from segkit.learn.data.levels import LevelSummary, level_warnings
from segkit.learn.data.sentinels import code_by_name, ends_of, find_sentinels, time_by_values
from segkit.learn.data.summary import HEAVY_SKEW, Sample, Summary
from segkit.learn.numbers import Floats, Ints
from segkit.learn.trees.ranks import Rows
from segkit.project.nodes import Feature, Segmentation

DECIDES = 0.9  # share of what parts the clusters, or of the spread, that is one column's


def find_warnings(
    features: Sequence[Feature],
    columns: Sequence[Column],
    summaries: Sequence[Summary | LevelSummary],
    sample: Sample,
    segmentation: Segmentation,
) -> tuple[str, ...]:
    """Return sentences about data that can be segmented, but with care."""
    found: list[str] = []
    for feature, column, summary in zip(features, columns, summaries, strict=True):
        if isinstance(summary, LevelSummary):
            found += level_warnings(feature, summary)
        else:
            declared = feature in segmentation.features
            found += _feature_warnings(feature, column, summary, sample, declared)
    numbers = [
        (feature, summary)
        for feature, summary in zip(features, summaries, strict=True)
        if isinstance(summary, Summary) and not summary.is_constant
    ]
    found += _unscaled(numbers)
    found += _correlations([feature.column for feature, _ in numbers], sample)
    enough = max(20 * wanted_segments(segmentation), 200)
    if sample.rows < enough:
        found.append(
            f"{sample.rows:,} customers are few: with less than {enough} the segments "
            "may look different next time"
        )
    return tuple(found)


def _feature_warnings(
    feature: Feature, column: Column, summary: Summary, sample: Sample, declared: bool
) -> Iterator[str]:
    name, counts = feature.column, summary.counts
    if counts.non_finite:
        yield f"{name} is NaN or infinite in {_of(counts.non_finite, counts.rows)}: missing"
    if counts.nulls > counts.rows / 2:
        yield f"{name} is NULL in {_of(counts.nulls, counts.rows)}"
    if summary.is_constant:
        yield f"{name} hardly differs between customers: it is left out of the fit"
        return
    reason = code_by_name(column.name)
    if declared and reason:
        yield (
            f"{name} is learned from as a number, and looks like {reason}: "
            "use kind: category, or leave it out"
        )
    elif declared and (time := time_by_values(counts.minimum or 0.0, counts.maximum or 0.0)):
        yield (
            f"{name} is learned from as a number, and looks like {time}: make it days since a "
            "date in the model, so that its cuts can be read"
        )
    elif declared and counts.distinct == 2:
        yield f"{name} has two values: kind: category weighs it like the other columns"
    for found in find_sentinels(name, ends_of(sample.column(name))):
        yield f"{found}: {found.advice}"
    ends = (counts.minimum or 0.0, counts.maximum or 0.0)
    far = max(abs(end - summary.mean) for end in ends) / summary.sd
    if feature.scale == "log":
        return
    if far > 20:
        yield f"{name} has a value {far:.0f} standard deviations from its mean"
    skewed = f"{name} is very skewed (skew {summary.skew:.1f})"
    if summary.wants_log:
        yield f"{skewed}: with scale: log it would be {summary.log_skew:.1f}"
    elif abs(summary.skew) > HEAVY_SKEW and counts.distinct > 2:
        yield f"{skewed}: few customers decide; cap its tail in the model: winsorize('{name}')"


def _unscaled(numbers: Sequence[tuple[Feature, Summary]]) -> Iterator[str]:
    """One column without a scale whose spread is all there is."""
    spread = [
        f.weight * (s.sd**2 if f.scale == "none" else 1.0) for f, s in numbers if f.scale != "log"
    ]
    spread += [f.weight for f, _ in numbers if f.scale == "log"]
    total = sum(spread)
    for feature, summary in numbers:
        share = feature.weight * summary.sd**2 / total if total else 0.0
        if feature.scale == "none" and len(numbers) > 1 and share > DECIDES:
            yield (
                f"{feature.column} has scale: none and {share:.1%} of all spread: it decides "
                "alone; use scale: standard, log or robust"
            )


def _correlations(columns: Sequence[str], sample: Sample) -> Iterator[str]:
    for place, first in enumerate(columns):
        for second in columns[place + 1 :]:
            a, b = sample.column(first), sample.column(second)
            both = np.isfinite(a) & np.isfinite(b)
            a, b = a[both], b[both]
            if len(a) < 3 or min(np.ptp(a), np.ptp(b)) == 0:
                continue
            a, b = a - a.mean(), b - b.mean()
            r = float((a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum()))
            if abs(r) > 0.95:
                yield f"{first} and {second} say nearly the same (r = {r:.2f}): it counts twice"


def deciding_column(rows: Rows, labels: Ints) -> str | None:
    """A sentence where nearly all that parts the clusters is one column's."""
    if len(rows.columns) < 2:
        return None
    between = _between(rows.scaled, labels, rows.weight)
    at, shares = 0, []
    for name in rows.columns:
        width = len(rows.levels.get(name, (1,)))
        shares.append(float(between[at : at + width].sum()))
        at += width
    total = sum(shares)
    most = max(range(len(shares)), key=lambda place: shares[place])
    if not total or shares[most] / total <= DECIDES:
        return None
    return (
        f"{rows.columns[most]} alone makes {shares[most] / total:.0%} of the difference between "
        "the segments: give it a lower weight, or the others another scale"
    )


def _between(X: Floats, labels: Ints, weight: Floats) -> Floats:
    """The weighted sum of squares between the groups, by column."""
    total = np.bincount(labels, weight)
    known = total > 0
    mean = np.average(X, axis=0, weights=weight)
    out = np.empty(X.shape[1])
    for place, column in enumerate(X.T):
        means = np.bincount(labels, column * weight)[known] / total[known]
        out[place] = float((total[known] * (means - mean[place]) ** 2).sum())
    return out


def _of(count: int, rows: int) -> str:
    return f"{count:,} of {rows:,} row{'' if rows == 1 else 's'}"
