"""What the page's figures need, from a fit alone: no database, no customers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from segkit.core.columns import Kind, parse_type
from segkit.core.english import describe_segment
from segkit.core.fit import Fit, FittedFeature, FittedSegment
from segkit.core.tree import leaves
from segkit.publish.views.compiled import segment_rules
from segkit.results import SegmentationResult, SegmentRow
from segkit.survey.page_data import (
    SPREAD_AT,
    FeatureSurvey,
    LeafCount,
    SegmentationReport,
    Spread,
    Survey,
    Total,
)


def result_of(fit: Fit) -> SegmentationResult:
    """The segments as they were at the fit."""
    rules = segment_rules(fit)
    whole = {f.column for f in fit.features if parse_type(f.type).kind is Kind.INTEGER}
    rows = tuple(
        SegmentRow(
            id=segment.id,
            name=segment.name,
            order=segment.code,
            n=segment.n,
            share=segment.n / max(fit.rows, 1),
            rule=describe_segment(rules[segment.code], fit.features, whole),
        )
        for segment in fit.segments
    )
    return SegmentationResult(
        name=fit.name,
        fit=fit,
        rows=fit.rows,
        segments=rows,
        unassigned=fit.rows - sum(row.n for row in rows),
        parity_rows=0,
        parity_cases=0,
        weakest=None,
        words={feature.column: (feature.label, feature.unit) for feature in fit.features},
    )


def report_of(result: SegmentationResult) -> SegmentationReport:
    """The result with what its fit knows: centres for usual values, and no customers.

    A metric is in parts of its total. Nothing is told of the features of a segment without a
    centre.
    """
    rows = result.segments
    metrics = dict.fromkeys(metric for row in rows for metric in row.metrics)
    totals = {m: {row.id: Total(row.n, row.metrics.get(m) or 0.0) for row in rows} for m in metrics}
    survey = Survey(_features(result), _leaves(result), tuple(metrics), totals, (), (), {})
    return SegmentationReport(result, (), survey, {}, (), (), frozenset())


def _leaves(result: SegmentationResult) -> tuple[LeafCount, ...]:
    """Of several leaves of a segment none is counted, and each gets an equal part of it."""
    sizes = {0: result.unassigned} | {row.order: row.n for row in result.segments}
    codes = [leaf.code for leaf in leaves(result.fit.tree)]
    of_code, met, found = Counter(codes), Counter[int](), []
    for code in codes:
        part, rest = divmod(sizes.get(code, 0), of_code[code])
        n = part + (met[code] < rest)
        met[code] += 1
        # those in no segment are one leaf in a drawing
        found.append(LeafCount(code, n, is_counted=of_code[code] == 1 or not code))
    return tuple(found)


def _features(result: SegmentationResult) -> tuple[FeatureSurvey, ...]:
    fit = result.fit
    found: dict[str, dict[str, Spread]] = {f.column: {} for f in fit.features}
    for segment in fit.segments:
        for column, spread in _spreads(fit, segment):
            found[column][segment.id] = spread
    return tuple(
        FeatureSurvey(f, _everyone(f, found[f.column]), found[f.column])
        for f in fit.features
        if found[f.column]
    )


def _spreads(fit: Fit, segment: FittedSegment) -> Iterator[tuple[str, Spread]]:
    for feature, center in fit.centers_of(segment):
        pull = feature.weight**0.5
        if feature.is_category:
            shares = zip(feature.levels, (at / pull for at in center), strict=True)
            counts = {level: round(share * segment.n) for level, share in shares}
            spread = Spread(sum(counts.values()), 0, levels=_frequent_first(counts))
        else:
            spread = _alike(segment.n, float(feature.value_at(center)), center[0] / pull)
        yield feature.column, spread


def _everyone(feature: FittedFeature, segments: dict[str, Spread]) -> Spread:
    if not feature.is_category:
        return _alike(sum(each.known for each in segments.values()), feature.median, 0.0)
    counts: Counter[str] = Counter()
    for spread in segments.values():
        counts.update(spread.levels)
    return Spread(counts.total(), 0, levels=_frequent_first(counts))


def _alike(n: int, value: float, place: float) -> Spread:
    """A number of which the middle is known, and not how far it goes to either side."""
    return Spread(n, 0, value, (value,) * len(SPREAD_AT), place=place)


def _frequent_first(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(((c, n) for c, n in counts.items() if n), key=lambda each: -each[1]))
