"""Are the segments worth having? What they explain of each metric, beside plain rivals."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from segkit.core.columns import Column, Kind
from segkit.core.fit import Fit, FittedFeature
from segkit.core.usefulness import SAME_AS_FEATURE, OtherK, Rival, Usefulness
from segkit.dialects.key_sample import in_sample
from segkit.dialects.phrases import as_text, phrases
from segkit.dialects.spelling import identifier
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.learn.data.column_roles import is_later_by_name, outcome_by_name
from segkit.monitor.eta_squared import (
    GroupSums,
    adjusted_share,
    estimate_difference,
    estimate_share,
    random_share,
)
from segkit.monitor.group_sums import MetricRange, number_sql, part_sql, read_ranges, read_sums
from segkit.monitor.nearest_center import with_nearest_centers
from segkit.monitor.rivals import MAX_GROUPS, Plain, band_sql, best_of, crosses, parts_of
from segkit.project.nodes import BucketSet, Metric, Project, Segmentation
from segkit.publish.relations import MAIN, aliased
from segkit.publish.subject import FittedSubject
from segkit.publish.views.segmentation_view import compile_segmentation

# Of more customers that many are looked at, told by their keys: it is a figure to look at, whose
# interval says what that leaves open, and those of all are dearer than all the rest of a build.
MOST_CUSTOMERS = 100_000
_HELD = "segkit_useful"


@dataclass(frozen=True)
class _Counts:
    """Of all customers: their number, and by metric how many have a value."""

    rows: int
    known: Mapping[str, int]


@dataclass(frozen=True)
class _Customers:
    """``sql``: one row a customer, with part, segment, metrics, features and buckets.

    The mappings tell what its columns y0, x0 and c0 are. ``buckets`` are rivals as they
    stand there, and ``values`` the columns of the fit's features.
    """

    sql: str
    metrics: Mapping[str, Metric]
    numbers: Mapping[str, FittedFeature]
    categories: Mapping[str, str]
    buckets: Sequence[Plain]
    values: Mapping[str, str]


def bucket_sets_beside(project: Project, node: Segmentation) -> tuple[BucketSet, ...]:
    """Bucket sets of the same customers: of the same relation, by the same key."""
    return tuple(
        other
        for other in project.of(BucketSet)
        if other.relation == node.relation and other.key.casefold() == node.key.casefold()
    )


def measure_usefulness(
    engine: Reader, subject: FittedSubject, view_sql: str
) -> tuple[Usefulness, ...]:
    """Return what the segments explain of each metric of the segmentation.

    ``view_sql``: the view with the segments, or its SELECT in brackets. What is declared and not
    built yet (a metric, a feature, a bucket column) is left out.
    """
    if not subject.node.metrics:
        return ()
    counts = _count_known(engine, subject)
    share = MOST_CUSTOMERS / max(counts.rows, 1)
    customers = _customers(engine, subject, view_sql, share)
    if not customers.metrics:
        return ()
    with engine.hold(_HELD, customers.sql):
        held = replace(customers, sql=f"SELECT * FROM {_HELD}")
        found = _measure(engine, subject, held)
    return tuple(_of_everybody(each, counts) for each in found) if share < 1 else found


def _measure(
    engine: Reader, subject: FittedSubject, customers: _Customers
) -> tuple[Usefulness, ...]:
    names = [*customers.metrics, *customers.numbers]
    ranges = dict(zip(names, read_ranges(engine, customers.sql, names), strict=True))
    dialect, k = engine.dialect, len(subject.fit.segments)
    same_as, singles, bands = _look_at_features(engine, customers, ranges, k)
    clustered, clusters = _clusters(subject.fit, customers, dialect)
    plain = [*(rival.columns[0] for rival in customers.buckets), *customers.categories]
    items = ["part", "segment", *customers.metrics, *plain, *clusters.values()]
    items += [f"{sql} AS {name}" for name, sql in bands.items()]
    rows = f"SELECT {', '.join(items)}\nFROM ({clustered}) AS named"
    metrics = {column: ranges[column] for column in customers.metrics}
    ours = [("segment",), *((f"k{k}",) for k in clusters)]
    rivals = [*customers.buckets, *singles]
    sums = read_sums(engine, rows, [*ours, *(rival.columns for rival in rivals)], metrics)
    by_k = dict(zip(clusters, sums[1 : len(ours)], strict=True))
    measured = dict(zip(rivals, sums[len(ours) :], strict=True))
    measured |= _crossed(engine, rows, metrics, {plain: measured[plain] for plain in singles})
    return tuple(
        _usefulness(
            metric,
            ranges[column],
            sums[0][column],
            {k: each[column] for k, each in by_k.items()},
            {
                rival: each[column]
                for rival, each in measured.items()
                if metric.column.lower() not in rival.made_of
            },
            same_as[column],
            subject.fit.clusters.k,
        )
        for column, metric in customers.metrics.items()
    )


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


def _clusters(fit: Fit, customers: _Customers, dialect: Dialect) -> tuple[str, dict[int, str]]:
    """Rows with K-Means' clusters, and columns by k: those that the rules stand in for, and others.

    Who is in none of the clusters keeps their segment.
    """
    coded = ", ".join(str(segment.code) for segment in fit.learned)
    known = {} if fit.clusters.labels else {fit.clusters.k: fit.clusters.centers}
    known |= {point.k: point.centers for point in fit.clusters.sweep if point.centers}
    named = {f"near{k}": centers for k, centers in known.items()}
    rows, found = with_nearest_centers(
        customers.sql, fit.features, named, customers.values, dialect
    )
    columns = {
        k: f"CASE WHEN segment IN ({coded}) THEN -near{k} ELSE segment END AS k{k}"
        for k in known
        if f"near{k}" in found
    }
    return rows, columns


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


def with_usefulness(engine: Reader, subject: FittedSubject) -> Fit:
    """Return the fit with what its segments explain of today's customers, published or not."""
    text = compile_segmentation(subject).text
    view = f"({text.translated(subject.base, engine.dialect, subject.node.place)})"
    return replace(subject.fit, usefulness=measure_usefulness(engine, subject, view))


def false_tests(measured: Sequence[Usefulness]) -> tuple[str, ...]:
    """A sentence for each metric that is declared as later, and all but repeats a feature."""
    return tuple(
        f"{each.metric} is declared as of a later period, but it all but repeats "
        f"{each.same_as}, which the segments are made of: it tests nothing"
        for each in measured
        if each.declared_later and each.same_as
    )


def metric_items(
    metrics: Mapping[str, Metric], columns: Mapping[str, Column], alias: str, dialect: Dialect
) -> list[str]:
    """The metrics as columns of a SELECT, by the names that they are mapped from."""
    items = []
    for name, metric in metrics.items():
        value = f"{alias}.{identifier(metric.column, dialect)}"
        items.append(f"{number_sql(value, columns[metric.column], dialect)} AS {name}")
    return items


def _customers(engine: Reader, subject: FittedSubject, view_sql: str, share: float) -> _Customers:
    """The rows of a share of the customers; each relation is asked for these alone."""
    node, columns, key = subject.node, subject.by_name, subject.key

    def some(relation: str) -> str:
        if share >= 1:
            return relation
        chosen = in_sample(f"segkit_all.{key}", columns[node.key], share, engine.dialect)
        return f"(SELECT * FROM {aliased(relation, 'segkit_all')} WHERE {chosen})"

    metrics = {f"y{i}": metric for i, metric in enumerate(node.metrics) if metric.column in columns}
    shown = {column.name for column in engine.columns_of_query(f"SELECT * FROM {view_sql} AS s")}
    numbers: dict[str, FittedFeature] = {}
    categories: dict[str, str] = {}
    items = [f"{part_sql(f's.{key}', engine.dialect)} AS part", "s.segment_order AS segment"]
    items += metric_items(metrics, columns, "b", engine.dialect)
    for place, feature in enumerate(subject.features):
        if feature.column not in shown:
            continue
        value, column = f"s.{identifier(feature.column, engine.dialect)}", columns[feature.column]
        if feature.is_category or not column.type.is_numeric:
            categories[f"c{place}"] = feature.column
            items.append(f"{as_text(value, engine.dialect)} AS c{place}")
        else:
            numbers[f"x{place}"] = feature
            items.append(f"{number_sql(value, column, engine.dialect)} AS x{place}")
    values = {f.column: x for x, f in numbers.items()} | {f: c for c, f in categories.items()}
    for place, name in enumerate(_other_categories(subject, shown)):
        categories[f"d{place}"] = name
        text = as_text(f"b.{identifier(name, engine.dialect)}", engine.dialect)
        items.append(f"{text} AS d{place}")
    joins, buckets = _buckets_beside(engine, subject, some)
    items += [f"{sql} AS {plain.columns[0]}" for sql, plain in buckets]
    rows = f"JOIN {aliased(some(subject.rows), 'b')} ON b.{key} = s.{key}"
    view = aliased(some(view_sql), "s")
    sql = "\n".join([f"SELECT {', '.join(items)}", f"FROM {view}", rows, *joins])
    plains = [plain for _, plain in buckets]
    return _Customers(sql, metrics, numbers, categories, plains, values)


def _buckets_beside(
    engine: Reader, subject: FittedSubject, some: Callable[[str], str]
) -> tuple[list[str], list[tuple[str, Plain]]]:
    """Joins with the bucket sets of the same customers, and SQL of each column's buckets."""
    joins: list[str] = []
    buckets: list[tuple[str, Plain]] = []
    for place, other in enumerate(bucket_sets_beside(subject.project, subject.node)):
        if not engine.exists(MAIN, other.name):
            continue
        published, key = identifier(other.name, engine.dialect), subject.key
        of_some = aliased(some(published), f"o{place}")
        joins.append(f"LEFT JOIN {of_some} ON o{place}.{key} = s.{key}")
        built = {column.name for column in engine.columns(published)}
        for bucket in other.columns:
            if bucket.is_named and bucket.order in built:
                name, columns = f"{other.name}.{bucket.name}", (f"b{len(buckets)}",)
                plain = Plain("buckets", name, columns, made_of=bucket.source_columns)
                buckets.append((f"o{place}.{identifier(bucket.order, engine.dialect)}", plain))
    return joins, buckets


def _other_categories(subject: FittedSubject, shown: Container[str]) -> list[str]:
    """Texts and flags of the relation beside the features; none that comes after them."""
    node = subject.node
    taken = {node.key, *node.sensitive, *(metric.column for metric in node.metrics)}
    return [
        column.name
        for column in subject.columns
        if column.type.kind in (Kind.TEXT, Kind.BOOLEAN)
        and column.name not in taken
        and column.name not in shown
        and not (outcome_by_name(column.name) or is_later_by_name(column.name))
    ]


def _look_at_features(
    engine: Reader, customers: _Customers, ranges: Mapping[str, MetricRange], k: int
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
    customers: _Customers, pairs: Sequence[tuple[str, str]], found: Iterator[float | None]
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
