"""Which columns to learn from where none are declared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from segkit.core.columns import Column, Kind
from segkit.core.english import default_label
from segkit.learn.sentinels import code_by_name, time_by_values
from segkit.learn.summary import Counts, Summary
from segkit.project.nodes import Feature, Segmentation


def candidates(segmentation: Segmentation, columns: Sequence[Column]) -> tuple[Column, ...]:
    """Return the numeric columns that are neither the key nor a metric."""
    taken = {segmentation.key, *(metric.column for metric in segmentation.metrics)}
    taken |= {segmentation.labels.column} if segmentation.labels else set()
    return tuple(c for c in columns if c.type.is_numeric and c.name not in taken)


def choose_features(
    segmentation: Segmentation, columns: Sequence[Column], summaries: Sequence[Summary]
) -> tuple[tuple[Feature, ...], tuple[str, ...]]:
    """Return the chosen features and a sentence on each choice.

    ``columns`` are the candidates, ``summaries`` theirs. Ids and constants are
    left out; a column that is never negative and very skewed gets scale log if
    that is of any use.
    """
    chosen: list[Feature] = []
    left_out: list[str] = []
    for column, summary in zip(columns, summaries, strict=True):
        if reason := _why_not(column, summary):
            left_out.append(f"{column.name} ({reason})")
            continue
        scale = "log" if summary.wants_log else "standard"
        chosen.append(Feature(column.name, segmentation.place, scale=scale))
    said = [f"features: {', '.join(f.column for f in chosen)}"] if chosen else []
    if left_out:
        said.append(f"left out: {', '.join(left_out)}")
    for feature in chosen:
        if feature.scale == "log":
            skew = next(s.skew for s in summaries if s.counts.column == feature.column)
            said.append(f"log scale for {feature.column} (skew {skew:.1f})")
    return tuple(with_words(feature) for feature in chosen), tuple(said)


def with_words(feature: Feature) -> Feature:
    """Return the feature with a label and a unit, made from its name where none is given."""
    label, unit = default_label(feature.column)
    return replace(
        feature,
        label=feature.label or label,
        unit=feature.unit if feature.label or feature.unit else unit,
    )


def _why_not(column: Column, summary: Summary) -> str | None:
    if summary.counts.known == 0:
        return "no values"
    if summary.counts.too_large:
        return "values beyond 1e15"
    if reason := code_by_name(column.name):
        return f"{reason} by its name"
    if time := time_by_values(summary.counts.minimum or 0.0, summary.counts.maximum or 0.0):
        return time
    if column.type.kind is Kind.INTEGER and _counts_through(summary.counts):
        return "unique integers, as of an id"
    return "constant" if summary.is_constant else None


def _counts_through(counts: Counts) -> bool:
    """Every row has its own integer, and they lie close: cents spent would be scattered."""
    low, high = counts.minimum or 0.0, counts.maximum or 0.0
    return counts.known > 1 and counts.distinct == counts.known and high - low < 10 * counts.known
