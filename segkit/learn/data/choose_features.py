"""Which columns to learn from where none are declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from segkit.core.columns import Column, Kind
from segkit.core.english import default_label
from segkit.core.facts import Fact
from segkit.learn import weighted
from segkit.learn.data.sentinels import code_by_name, time_by_values
from segkit.learn.data.summary import Counts, Summary
from segkit.learn.numbers import Floats, round_digits
from segkit.project.nodes import Feature, Segmentation

NEARLY_ALL = 0.99  # of the rows with one value: the column tells hardly anybody apart
TWIN = 0.9995  # of two columns so correlated the second would only count the first one twice


def candidates(segmentation: Segmentation, columns: Sequence[Column]) -> tuple[Column, ...]:
    """Return the columns that are neither the key nor labels nor a metric."""
    taken = {segmentation.key, *(metric.column for metric in segmentation.metrics)}
    taken |= {segmentation.labels.column} if segmentation.labels else set()
    return tuple(column for column in columns if column.name not in taken)


def choose_features(
    segmentation: Segmentation,
    columns: Sequence[Column],
    summaries: Sequence[Summary],
    values: Floats,
    weight: Floats,
    others: Mapping[str, Fact],
) -> tuple[tuple[Feature, ...], tuple[Fact, ...]]:
    """Return the chosen features and a fact on each choice.

    ``columns`` are the candidates, ``summaries`` and ``values`` (n, d) theirs,
    ``weight`` (n,) is how many customers each row stands for.
    Ids, what hardly differs and what only repeats another column is left out; a
    column that is never negative and very skewed gets scale log if that is of
    any use. ``others`` says of columns that are no candidates why not.
    """
    chosen: list[Feature] = []
    left_out: list[Fact] = []
    taken: dict[str, Floats] = {}
    for column, summary, mine in zip(columns, summaries, values.T, strict=True):
        if reason := _why_not(column, summary) or _mostly_one(column.name, mine, weight):
            left_out.append(reason)
            continue
        twin = next(
            (name for name, other in taken.items() if _moves_with(mine, other, weight)), None
        )
        if twin is not None:
            left_out.append(Fact("out_twin", column.name, value=twin))
            continue
        taken[column.name] = mine
        scale = "log" if summary.wants_log else "standard"
        chosen.append(Feature(column.name, segmentation.place, scale=scale))
    skew = {summary.counts.column: round_digits(summary.skew) for summary in summaries}
    found = [Fact("chosen", feature.column) for feature in chosen] + left_out
    found += others.values()
    found += [Fact("log_scale", f.column, value=skew[f.column]) for f in chosen if f.scale == "log"]
    return tuple(with_words(feature) for feature in chosen), tuple(found)


def with_words(feature: Feature) -> Feature:
    """Return the feature with a label and a unit, made from its name where none is given."""
    label, unit = default_label(feature.column)
    return replace(
        feature,
        label=feature.label or label,
        unit=feature.unit if feature.label or feature.unit else unit,
    )


def _why_not(column: Column, summary: Summary) -> Fact | None:
    name = column.name
    if summary.counts.known == 0:
        return Fact("out_empty", name)
    if summary.counts.too_large:
        return Fact("out_too_large", name)
    if reason := code_by_name(name):
        return Fact("out_by_name", name, value=reason)
    if time := time_by_values(summary.counts.minimum or 0.0, summary.counts.maximum or 0.0):
        return Fact("out_time", name, value=time)
    if column.type.kind is Kind.INTEGER and _counts_through(summary.counts):
        return Fact("out_counts_through", name)
    return Fact("out_constant", name) if summary.is_constant else None


def _mostly_one(name: str, values: Floats, weight: Floats) -> Fact | None:
    """What nearly everybody has tells nobody apart."""
    known = np.isfinite(values)
    if not known.any():
        return None
    found, place = np.unique(values[known], return_inverse=True)
    counts = np.bincount(place, weight[known])
    share = float(counts.max() / weight[known].sum())
    if share < NEARLY_ALL:
        return None
    most = round_digits(float(found[counts.argmax()]))
    return Fact("out_mostly_one", name, value=(most, round_digits(share)))


def _moves_with(one: Floats, other: Floats, weight: Floats) -> bool:
    """True for two columns of which each is a straight line of the other, but for noise."""
    known = np.isfinite(one) & np.isfinite(other)
    if weighted.share(known, weight) < NEARLY_ALL:
        return False
    r = weighted.correlation(one[known], other[known], weight[known])
    return r is not None and abs(r) >= TWIN


def _counts_through(counts: Counts) -> bool:
    """Every row has its own integer, and they lie close: cents spent would be scattered."""
    low, high = counts.minimum or 0.0, counts.maximum or 0.0
    return counts.known > 1 and counts.distinct == counts.known and high - low < 10 * counts.known
