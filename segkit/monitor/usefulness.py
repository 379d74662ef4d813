"""Are the segments worth having? What they explain of each metric, beside plain rivals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from segkit.core.columns import Column
from segkit.core.fit import Fit, FittedFeature
from segkit.core.usefulness import SAME_AS_FEATURE, Rival, Usefulness
from segkit.dialects.phrases import as_text, phrases
from segkit.dialects.spelling import identifier
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.monitor.eta_squared import GroupSums, estimate_difference, estimate_share, random_share
from segkit.monitor.group_sums import MetricRange, number_sql, part_sql, read_ranges, read_sums
from segkit.project.nodes import BucketSet, Metric, Project, Segmentation
from segkit.publish.relations import MAIN, aliased
from segkit.publish.subject import FittedSubject
from segkit.publish.views.segmentation_view import compile_segmentation


@dataclass(frozen=True)
class _Plain:
    """A rival before it is measured; ``sql`` is its group, from the columns of the rows.

    Of a metric in ``made_of`` it is none: it would explain itself.
    """

    kind: Literal["buckets", "quantiles", "category"]
    name: str
    sql: str
    made_of: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Customers:
    """``sql``: one row a customer, with part, segment, metrics, features and buckets.

    The mappings tell what its columns y0 and x0 are. ``groups`` are rivals as they stand there.
    """

    sql: str
    metrics: Mapping[str, Metric]
    numbers: Mapping[str, FittedFeature]
    groups: Sequence[_Plain]


def bucket_sets_beside(project: Project, node: Segmentation) -> tuple[BucketSet, ...]:
    """Bucket sets of the same customers: of the same relation, by the same key."""
    return tuple(
        other
        for other in project.nodes.values()
        if isinstance(other, BucketSet) and (other.relation, other.key) == (node.relation, node.key)
    )


def measure_usefulness(
    engine: Reader, subject: FittedSubject, view_sql: str
) -> tuple[Usefulness, ...]:
    """Return what the segments explain of each metric of the segmentation.

    Parameters
    ----------
    view_sql : str
        The view with the segments, or its SELECT in brackets. What is declared and
        not built yet (a metric, a feature, a bucket column) is left out.
    """
    if not subject.node.metrics:
        return ()
    customers = _customers(engine, subject, view_sql)
    if not customers.metrics:
        return ()
    names = [*customers.metrics, *customers.numbers]
    ranges = dict(zip(names, read_ranges(engine, customers.sql, names), strict=True))
    same_as, edges = _look_at_features(engine, customers, ranges, len(subject.fit.segments))
    rivals = [
        *customers.groups,
        *(
            _Plain("quantiles", f.column, _band_sql(column, edges[column]))
            for column, f in customers.numbers.items()
        ),
    ]
    grouped = [f"{rival.sql} AS r{place}" for place, rival in enumerate(rivals)]
    sums = read_sums(
        engine,
        f"SELECT {', '.join(['part', 'segment', *customers.metrics, *grouped])}\n"
        f"FROM ({customers.sql}) AS named",
        [("segment",), *((f"r{place}",) for place in range(len(rivals)))],
        {column: ranges[column] for column in customers.metrics},
    )
    return tuple(
        _usefulness(
            metric,
            ranges[column],
            sums[0][column],
            [
                (rival, each[column])
                for rival, each in zip(rivals, sums[1:], strict=True)
                if metric.column.lower() not in rival.made_of
            ],
            same_as[column],
        )
        for column, metric in customers.metrics.items()
    )


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


def _customers(engine: Reader, subject: FittedSubject, view_sql: str) -> _Customers:
    node, columns, key = subject.node, subject.by_name, subject.key
    metrics = {f"y{i}": metric for i, metric in enumerate(node.metrics) if metric.column in columns}
    shown = {column.name for column in engine.columns_of_query(f"SELECT * FROM {view_sql} AS s")}
    numbers: dict[str, FittedFeature] = {}
    buckets: list[_Plain] = []
    categories: list[_Plain] = []
    items = [f"{part_sql(f's.{key}', engine.dialect)} AS part", "s.segment_order AS segment"]
    items += metric_items(metrics, columns, "b", engine.dialect)
    for place, feature in enumerate(subject.features):
        if feature.column not in shown:
            continue
        value, column = f"s.{identifier(feature.column, engine.dialect)}", columns[feature.column]
        if feature.is_category or not column.type.is_numeric:
            categories.append(_Plain("category", feature.column, f"c{place}"))
            items.append(f"{as_text(value, engine.dialect)} AS c{place}")
        else:
            numbers[f"x{place}"] = feature
            items.append(f"{number_sql(value, column, engine.dialect)} AS x{place}")
    joins = [f"JOIN {aliased(subject.rows, 'b')} ON b.{key} = s.{key}"]
    for place, other in enumerate(bucket_sets_beside(subject.project, node)):
        if not engine.exists(MAIN, other.name):
            continue
        published = identifier(other.name, engine.dialect)
        joins.append(f"LEFT JOIN {published} AS o{place} ON o{place}.{key} = s.{key}")
        built = {column.name for column in engine.columns(published)}
        for bucket in other.columns:
            if not bucket.is_named or bucket.order not in built:
                continue
            name, column_name = f"{other.name}.{bucket.name}", f"b{len(buckets)}"
            buckets.append(_Plain("buckets", name, column_name, bucket.source_columns))
            items.append(f"o{place}.{identifier(bucket.order, engine.dialect)} AS {column_name}")
    sql = "\n".join([f"SELECT {', '.join(items)}", f"FROM {view_sql} AS s", *joins])
    return _Customers(sql, metrics, numbers, [*buckets, *categories])


def _look_at_features(
    engine: Reader, customers: _Customers, ranges: Mapping[str, MetricRange], k: int
) -> tuple[dict[str, str], dict[str, list[float]]]:
    """The feature that each metric all but repeats ("" for none), and k - 1 edges of each number.

    Two columns are the same if they correlate, with their tails capped, as they
    are or on the scale of the fit.
    """
    fractions = [place / k for place in range(1, k)]
    items = [phrases(engine.dialect).quantiles(x, fractions) for x in customers.numbers]
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
        return dict.fromkeys(customers.metrics, ""), {}
    found = engine.query(f"SELECT {', '.join(items)} FROM ({customers.sql}) AS named")[0]
    many = len(customers.numbers)
    edges = {
        x: sorted(set(found_edges or ()))
        for x, found_edges in zip(customers.numbers, found[:many], strict=True)
    }
    closest = dict.fromkeys(customers.metrics, (SAME_AS_FEATURE, ""))
    for (y, feature_column), r in zip(pairs, found[many:], strict=True):
        if r is not None and round(abs(r), 6) > closest[y][0]:
            closest[y] = (round(abs(r), 6), feature_column)
    return {y: column for y, (_, column) in closest.items()}, edges


def _band_sql(column: str, edges: Sequence[float]) -> str:
    """1 + the number of edges below the value, as in the buckets; NULL for what is missing."""
    above = [f"CAST({column} > {edge!r} AS INTEGER)" for edge in edges]
    return " + ".join(["1", *above]) if above else f"CASE WHEN {column} IS NOT NULL THEN 1 END"


def _usefulness(
    metric: Metric,
    range_: MetricRange,
    segments: GroupSums,
    rivals: Sequence[tuple[_Plain, GroupSums]],
    same_as: str,
) -> Usefulness:
    found = Usefulness(
        metric.column, metric.is_later, range_.known, range_.missing, segments.groups
    )
    if range_.least == range_.most or segments.known <= segments.groups:
        return found
    random, random_high = random_share(segments.groups, segments.known)
    best: Rival | None = None
    for plain, sums in rivals:
        share = estimate_share(sums)
        if best is None or share.value > best.explained.value:
            ahead = estimate_difference(segments, sums)
            best = Rival(plain.kind, plain.name, sums.groups, share, ahead)
    return replace(
        found,
        explained=estimate_share(segments),
        rival=best,
        random=random,
        random_high=random_high,
        low_cap=range_.low_cap,
        high_cap=range_.high_cap,
        same_as=same_as,
    )
