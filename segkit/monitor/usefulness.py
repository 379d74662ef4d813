"""Are the segments worth having? What they explain of each metric, beside plain rivals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from segkit.core.fit import Fit
from segkit.core.usefulness import SAME_AS_FEATURE, OtherK, Rival, Usefulness
from segkit.dialects.phrases import phrases
from segkit.dialects.spelling import identifier
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.monitor.eta_squared import (
    GroupSums,
    adjusted_share,
    estimate_difference,
    estimate_share,
    random_share,
)
from segkit.monitor.group_sums import MetricRange, number_sql, read_ranges, read_sums
from segkit.monitor.nearest_center import with_nearest_centers
from segkit.monitor.rivals import MAX_GROUPS, Plain, band_sql, best_of, crosses, parts_of
from segkit.monitor.useful_customers import Customers, read_from
from segkit.project.nodes import Metric
from segkit.publish.subject import FittedSubject
from segkit.publish.views.compiled import segments_select

# Of more customers that many are looked at, told by their keys: it is a figure to look at, whose
# interval says what that leaves open, and those of all are dearer than all the rest of a build.
MOST_CUSTOMERS = 100_000
_HELD = "segkit_useful"


@dataclass(frozen=True)
class _Counts:
    """Of all customers: their number, and by metric how many have a value."""

    rows: int
    known: Mapping[str, int]


def measure_usefulness(
    engine: Reader, subject: FittedSubject, view_sql: str
) -> tuple[Usefulness, ...]:
    """Return what the segments explain of each metric of the segmentation.

    ``view_sql``: the view with the segments, or its SELECT in brackets. What is declared and not
    built yet (a metric, a feature, a bucket column) is left out.
    """
    (found,) = _of_fits(engine, subject, view_sql, {"segment_order": subject.fit})
    return found


def _of_fits(
    engine: Reader, subject: FittedSubject, view_sql: str, fits: Mapping[str, Fit]
) -> list[tuple[Usefulness, ...]]:
    """What the segments of each fit explain, whose codes are a column of the view.

    The fits have the features and the clusters of the subject's, so they have the same rivals.
    """
    if not subject.node.metrics:
        return [() for _ in fits]
    counts = _count_known(engine, subject)
    share = MOST_CUSTOMERS / max(counts.rows, 1)
    customers = read_from(engine, subject, view_sql, fits, share)
    if not customers.metrics:
        return [() for _ in fits]
    with engine.hold(_HELD, customers.sql):
        held = replace(customers, sql=f"SELECT * FROM {_HELD}")
        found = _measure(engine, subject.fit, held)
    if share >= 1:
        return found
    return [tuple(_of_everybody(each, counts) for each in of_fit) for of_fit in found]


def _measure(engine: Reader, fit: Fit, customers: Customers) -> list[tuple[Usefulness, ...]]:
    names = [*customers.metrics, *customers.numbers]
    ranges = dict(zip(names, read_ranges(engine, customers.sql, names), strict=True))
    metrics = {column: ranges[column] for column in customers.metrics}
    same_as, singles, bands = _look_at_features(engine, customers, ranges, len(fit.segments))
    clustered, near = _nearest(fit, customers, engine.dialect)
    clusters = {
        segment: {k: (f"{segment}_k{k}", _cluster_sql(segment, n, f)) for k, n in near.items()}
        for segment, f in customers.fits.items()
    }
    made = bands | dict(pair for by_k in clusters.values() for pair in by_k.values())
    plain = [*(rival.columns[0] for rival in customers.buckets), *customers.categories]
    items = ["part", *customers.fits, *customers.metrics, *plain]
    items += [f"{sql} AS {name}" for name, sql in made.items()]
    rows = f"SELECT {', '.join(items)}\nFROM ({clustered}) AS named"
    ours = [*customers.fits, *(name for name in made if name not in bands)]
    rivals = [*customers.buckets, *singles]
    groupings = [*zip(ours, strict=True), *(rival.columns for rival in rivals)]
    sums = read_sums(engine, rows, groupings, metrics)
    by_name = dict(zip(ours, sums[: len(ours)], strict=True))
    measured = dict(zip(rivals, sums[len(ours) :], strict=True))
    measured |= _crossed(engine, rows, metrics, {plain: measured[plain] for plain in singles})
    return [
        tuple(
            _usefulness(
                metric,
                ranges[column],
                by_name[segment][column],
                {k: by_name[name][column] for k, (name, _) in by_k.items()},
                _rivals_of(metric, column, measured),
                same_as[column],
                fit.clusters.k,
            )
            for column, metric in customers.metrics.items()
        )
        for segment, by_k in clusters.items()
    ]


def _rivals_of(
    metric: Metric, column: str, measured: Mapping[Plain, Mapping[str, GroupSums]]
) -> dict[Plain, GroupSums]:
    """Those that are not made of the metric itself."""
    name = metric.column.lower()
    return {rival: each[column] for rival, each in measured.items() if name not in rival.made_of}


def _count_known(engine: Reader, subject: FittedSubject) -> _Counts:
    """How many customers there are, and how many have a value of each metric."""
    columns = [m.column for m in subject.node.metrics if m.column in subject.by_name]
    items = [
        f"count({number_sql(identifier(c, engine.dialect), subject.by_name[c], engine.dialect)})"
        for c in columns
    ]
    rows, *known = engine.query(f"SELECT {', '.join(['count(*)', *items])} FROM {subject.rows}")[0]
    return _Counts(rows, dict(zip(columns, known, strict=True)))


def _of_everybody(found: Usefulness, counts: _Counts) -> Usefulness:
    """What was measured of some, with the counts of all."""
    known = counts.known[found.metric]
    return replace(found, known=known, missing=counts.rows - known)


def _nearest(fit: Fit, customers: Customers, dialect: Dialect) -> tuple[str, dict[int, str]]:
    """Rows with the nearest of K-Means' centres, and its column, by their number: of those that
    the rules stand in for, and of others."""
    known = {} if fit.clusters.labels else {fit.clusters.k: fit.clusters.centers}
    known |= {point.k: point.centers for point in fit.clusters.sweep if point.centers}
    named = {f"near{k}": centers for k, centers in known.items()}
    rows, found = with_nearest_centers(
        customers.sql, fit.features, named, customers.values, dialect
    )
    return rows, {k: f"near{k}" for k in known if f"near{k}" in found}


def _cluster_sql(segment: str, near: str, fit: Fit) -> str:
    """The cluster, negative; who is in none of them keeps their segment."""
    coded = ", ".join(str(segment.code) for segment in fit.learned)
    return f"CASE WHEN {segment} IN ({coded}) THEN -{near} ELSE {segment} END"


def _crossed(
    engine: Reader,
    rows: str,
    metrics: Mapping[str, MetricRange],
    singles: Mapping[Plain, Mapping[str, GroupSums]],
) -> dict[Plain, dict[str, GroupSums]]:
    """The best single rivals of each metric crossed, with their sums."""
    pairs = dict.fromkeys(
        pair
        for metric in metrics
        for pair in crosses({p: adjusted_share(each[metric]) for p, each in singles.items()})
    )
    if not pairs:
        return {}
    found = read_sums(engine, rows, [pair.columns for pair in pairs], metrics)
    return dict(zip(pairs, found, strict=True))


def with_usefulness(engine: Reader, *subjects: FittedSubject) -> list[Fit]:
    """Return the fits with what their segments explain of today's customers, published or not.

    They have the same features and clusters, and the customers are read once for all of them.
    """
    names = ["segment", *(f"segkit{place}" for place in range(1, len(subjects)))]
    cases = {name: subject.case for name, subject in zip(names, subjects, strict=True)}
    fits = {f"{name}_order": s.fit for name, s in zip(cases, subjects, strict=True)}
    first = subjects[0]
    view = f"({segments_select(first, cases, [f.column for f in first.features])})"
    found = _of_fits(engine, first, view, fits)
    return [replace(fit, usefulness=each) for fit, each in zip(fits.values(), found, strict=True)]


def false_tests(measured: Sequence[Usefulness]) -> tuple[str, ...]:
    """A sentence for each metric that is declared as later, and all but repeats a feature."""
    return tuple(
        f"{each.metric} is declared as of a later period, but it all but repeats "
        f"{each.same_as}, which the segments are made of: it tests nothing"
        for each in measured
        if each.declared_later and each.same_as
    )


def _look_at_features(
    engine: Reader, customers: Customers, ranges: Mapping[str, MetricRange], k: int
) -> tuple[dict[str, str], list[Plain], dict[str, str]]:
    """The feature that each metric all but repeats ("" for none), and the single rivals.

    Two columns are the same if they correlate, with their tails capped, as they
    are or on the scale of the fit. Last come the bands of numbers, by their column.
    """
    parts = parts_of(k)
    fractions = [place / part for part in parts for place in range(1, part)]
    items = [phrases(engine.dialect).quantiles(x, fractions) for x in customers.numbers]
    items += [f"count(DISTINCT {c})" for c in customers.categories]
    pairs: list[tuple[str, str]] = []
    for x, feature in customers.numbers.items():
        value = ranges[x].capped_sql(x)
        scales = [value]
        if feature.scale == "log":
            scales.append(f"ln(1 + greatest({value}, 0))")
        for y in customers.metrics:
            pairs += [(y, feature.column)] * len(scales)
            items += [f"corr({ranges[y].capped_sql(y)}, {scale})" for scale in scales]
    if not items:
        return dict.fromkeys(customers.metrics, ""), [], {}
    found = iter(engine.query(f"SELECT {', '.join(items)} FROM ({customers.sql}) AS named")[0])
    singles: list[Plain] = []
    bands: dict[str, str] = {}
    for x, feature in customers.numbers.items():
        edges, last = next(found) or (), parts[0] - 1
        alone, crossed = (sorted({*some}) for some in (edges[:last], edges[last:]))
        bands |= {f"r{x}": band_sql(x, alone), f"h{x}": band_sql(x, crossed)}
        singles.append(Plain("quantiles", feature.column, (f"r{x}",), parts[1], f"h{x}"))
    for c, column in customers.categories.items():
        if 2 <= (levels := int(next(found))) <= MAX_GROUPS:
            singles.append(Plain("category", column, (c,), levels, c))
    return _closest(customers, pairs, found), singles, bands


def _closest(
    customers: Customers, pairs: Sequence[tuple[str, str]], found: Iterator[float | None]
) -> dict[str, str]:
    """The feature that each metric correlates with all but perfectly."""
    closest = dict.fromkeys(customers.metrics, (SAME_AS_FEATURE, ""))
    for (y, feature_column), r in zip(pairs, found, strict=True):
        if r is not None and round(abs(r), 6) > closest[y][0]:
            closest[y] = (round(abs(r), 6), feature_column)
    return {y: column for y, (_, column) in closest.items()}


def _usefulness(
    metric: Metric,
    range_: MetricRange,
    segments: GroupSums,
    clusters: Mapping[int, GroupSums],
    rivals: Mapping[Plain, GroupSums],
    same_as: str,
    k: int,
) -> Usefulness:
    """``clusters`` of K-Means by their number; the rules stand in for those of ``k``."""
    found = Usefulness(
        metric.column, metric.is_later, range_.known, range_.missing, segments.groups
    )
    if range_.least == range_.most or segments.known <= segments.groups:
        return found
    random, random_high = random_share(segments.groups, segments.known)
    plain = best_of({rival: adjusted_share(sums) for rival, sums in rivals.items()})
    return replace(
        found,
        explained=estimate_share(segments),
        rival=_rival(plain, segments, rivals[plain]) if plain else None,
        random=random,
        random_high=random_high,
        low_cap=range_.low_cap,
        high_cap=range_.high_cap,
        same_as=same_as,
        clusters=estimate_share(clusters[k]) if k in clusters else None,
        others=tuple(
            OtherK(other, estimate_share(clusters[other]).value)
            for other in sorted(clusters.keys() - {k})
        ),
    )


def _rival(plain: Plain, segments: GroupSums, sums: GroupSums) -> Rival:
    ahead = estimate_difference(segments, sums)
    return Rival(plain.kind, plain.name, sums.groups, estimate_share(sums), ahead, plain.other)
