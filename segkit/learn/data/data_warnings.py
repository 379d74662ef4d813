"""What to be wary of in data that can be used, as facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from segkit.core.columns import Column
from segkit.core.facts import Fact
from segkit.files.names import code_by_name
from segkit.learn import weighted
from segkit.learn.data.levels import LevelSummary
from segkit.learn.data.sentinels import ends_of, find_sentinels, time_by_values
from segkit.learn.data.summary import HEAVY_SKEW, Sample, Summary
from segkit.learn.numbers import round_digits
from segkit.project.nodes import Feature, Segmentation

# customers that clusters need to be found again: for each segment, and for each segment and
# feature (Qiu and Joe, clusterGeneration, 2009)
A_SEGMENT, A_DIMENSION = 20, 10
DECIDES = 0.9  # share of all spread that is one column's


def find_warnings(
    features: Sequence[Feature],
    columns: Sequence[Column],
    summaries: Sequence[Summary | LevelSummary],
    sample: Sample,
    segmentation: Segmentation,
) -> tuple[Fact, ...]:
    """Return what is to be known of data that can be segmented, but with care."""
    found: list[Fact] = []
    numbers: list[tuple[Feature, Summary]] = []
    for feature, column, summary in zip(features, columns, summaries, strict=True):
        if isinstance(summary, LevelSummary):
            found += level_warnings(summary)
            continue
        declared = feature in segmentation.features
        found += _feature_warnings(feature, column, summary, sample, declared)
        if not summary.is_constant:
            numbers.append((feature, summary))
    found += _unscaled(numbers)
    found += _correlations([feature for feature, _ in numbers], sample)
    # where NULL is a segment of its own, many are as meant
    return tuple(w for w in found if w.code != "mostly_null" or w.column not in segmentation.own)


def few_customers(customers: int, features: int, k: int) -> Iterator[Fact]:
    """Too few to find k segments by so many features again, which is known before any is."""
    enough = max(A_SEGMENT * k, A_DIMENSION * k * features, 200)
    if customers < enough:
        yield Fact("few_customers", n=customers, value=enough)


def _feature_warnings(
    feature: Feature, column: Column, summary: Summary, sample: Sample, declared: bool
) -> Iterator[Fact]:
    name, counts = feature.column, summary.counts
    if counts.non_finite:
        yield Fact("not_finite", name, counts.non_finite, counts.rows)
    if counts.nulls > counts.rows / 2:
        yield Fact("mostly_null", name, counts.nulls, counts.rows)
    if summary.is_constant:
        yield Fact("hardly_differs", name)
        return
    if declared:
        yield from _no_quantity(name, column, summary)
    sentinels = list(find_sentinels(name, ends_of(sample.column(name), sample.weight)))
    for found in sentinels:
        yield Fact("sentinel", name, found.count, (found.value, found.next, found.rows))
    if feature.scale != "log" and not sentinels:  # whose tail that is, and nobody's to cap
        yield from _tails(name, summary)


def level_warnings(summary: LevelSummary) -> Iterator[Fact]:
    """What to be wary of in a category that can be used."""
    column, rows = summary.column, summary.rows
    if summary.missing > rows / 2:
        yield Fact("mostly_null", column, summary.missing, rows)
    if summary.is_constant:
        yield Fact("hardly_differs", column)
    elif summary.rare:
        yield Fact("rare_levels", column, summary.rare)


def _no_quantity(name: str, column: Column, summary: Summary) -> Iterator[Fact]:
    """A number that is none by its name, or by its values."""
    counts = summary.counts
    if reason := code_by_name(column.name):
        yield Fact("looks_like", name, value=reason)
    elif time := time_by_values(counts.minimum or 0.0, counts.maximum or 0.0):
        yield Fact("looks_like_time", name, value=time)
    elif counts.distinct == 2:
        yield Fact("two_values", name)


def _tails(name: str, summary: Summary) -> Iterator[Fact]:
    """Few customers that decide: far values, and skew on this scale."""
    counts = summary.counts
    ends = (counts.minimum or 0.0, counts.maximum or 0.0)
    far = max(abs(end - summary.mean) for end in ends) / summary.sd
    if far > 20:
        yield Fact("far_value", name, value=round_digits(far))
    skew = round_digits(summary.skew)
    if summary.wants_log and summary.log_skew is not None:
        yield Fact("skewed_log_helps", name, value=(skew, round_digits(summary.log_skew)))
    elif abs(summary.skew) > HEAVY_SKEW and counts.distinct > 2:
        yield Fact("skewed", name, value=skew)


def _unscaled(numbers: Sequence[tuple[Feature, Summary]]) -> Iterator[Fact]:
    """One column without a scale whose spread is all there is."""
    total = sum(f.weight * (s.sd**2 if f.scale == "none" else 1.0) for f, s in numbers)
    for feature, summary in numbers:
        share = feature.weight * summary.sd**2 / total if total else 0.0
        if feature.scale == "none" and len(numbers) > 1 and share > DECIDES:
            yield Fact("unscaled_decides", feature.column, value=round_digits(share))


def _correlations(features: Sequence[Feature], sample: Sample) -> Iterator[Fact]:
    """Of columns that say nearly the same, unless they share one weight."""
    of_column = {
        f.column: weighted.standardised(sample.column(f.column), sample.weight) for f in features
    }
    for one, other in combinations(features, 2):
        first, second = one.column, other.column
        if one.weight + other.weight <= 1:
            continue
        if not weighted.may_reach(of_column[first], of_column[second], 0.95):
            continue
        a, b = sample.column(first), sample.column(second)
        both = np.isfinite(a) & np.isfinite(b)
        r = weighted.correlation(a[both], b[both], sample.weight[both])
        if r is not None and abs(r) > 0.95:
            yield Fact("twins", first, value=(second, round_digits(r)))
