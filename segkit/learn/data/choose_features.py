"""Which columns to learn from where none are declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from segkit.core.columns import Column, Kind
from segkit.core.english import default_label
from segkit.learn.data.sentinels import code_by_name, time_by_values
from segkit.learn.data.summary import Counts, Summary
from segkit.learn.numbers import Floats
from segkit.project.nodes import Feature, Segmentation

NEARLY_ALL = 0.99  # of the rows with one value: the column tells hardly anybody apart
TWIN = 0.9995  # of two columns so correlated the second would only count the first one twice


def candidates(segmentation: Segmentation, columns: Sequence[Column]) -> tuple[Column, ...]:
    """Return the numeric columns that are neither the key nor a metric."""
    taken = taken_columns(segmentation)
    return tuple(c for c in columns if c.type.is_numeric and c.name not in taken)


def taken_columns(segmentation: Segmentation) -> set[str]:
    """The key, the metrics and the labels: declared to be something else than features."""
    taken = {segmentation.key, *(metric.column for metric in segmentation.metrics)}
    return taken | ({segmentation.labels.column} if segmentation.labels else set())


def choose_features(
    segmentation: Segmentation,
    columns: Sequence[Column],
    summaries: Sequence[Summary],
    values: Floats,
    others: Mapping[str, str],
) -> tuple[tuple[Feature, ...], tuple[str, ...]]:
    """Return the chosen features and a sentence on each choice.

    ``columns`` are the candidates, ``summaries`` and ``values`` (n, d) theirs.
    Ids, what hardly differs and what only repeats another column is left out; a
    column that is never negative and very skewed gets scale log if that is of
    any use. ``others`` says of columns that are no candidates why not.
    """
    chosen: list[Feature] = []
    left_out: dict[str, str] = {}
    taken: dict[str, Floats] = {}
    for column, summary, mine in zip(columns, summaries, values.T, strict=True):
        if reason := _why_not(column, summary) or _mostly_one(mine):
            left_out[column.name] = reason
            continue
        twin = next((name for name, other in taken.items() if _moves_with(mine, other)), None)
        if twin is not None:
            left_out[column.name] = f"says the same as {twin}"
            continue
        taken[column.name] = mine
        scale = "log" if summary.wants_log else "standard"
        chosen.append(Feature(column.name, segmentation.place, scale=scale))
    said = [f"features: {', '.join(f.column for f in chosen)}"] if chosen else []
    left_out |= others
    if left_out:
        listed = ", ".join(f"{name} ({reason})" for name, reason in left_out.items())
        said.append(f"left out: {listed}")
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


def _mostly_one(values: Floats) -> str | None:
    """What nearly everybody has tells nobody apart."""
    known = values[np.isfinite(values)]
    found, counts = np.unique(known, return_counts=True)
    if len(known) and counts.max() >= NEARLY_ALL * len(known):
        share = counts.max() / len(known)
        return f"{found[counts.argmax()]:g} in {share:.1%} of the rows"
    return None


def _moves_with(one: Floats, other: Floats) -> bool:
    """True for two columns of which each is a straight line of the other, but for noise."""
    known = np.isfinite(one) & np.isfinite(other)
    a, b = one[known], other[known]
    if len(a) < 3 or known.mean() < NEARLY_ALL or a.std() == 0 or b.std() == 0:
        return False
    return bool(abs(np.corrcoef(a, b)[0, 1]) >= TWIN)


def _counts_through(counts: Counts) -> bool:
    """Every row has its own integer, and they lie close: cents spent would be scattered."""
    low, high = counts.minimum or 0.0, counts.maximum or 0.0
    return counts.known > 1 and counts.distinct == counts.known and high - low < 10 * counts.known
