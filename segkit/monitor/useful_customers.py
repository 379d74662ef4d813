"""The customers of whom usefulness is told: one row each, with all that is compared."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass

from segkit.core.columns import Column, Kind
from segkit.core.fit import Fit, FittedFeature
from segkit.dialects.key_sample import in_sample
from segkit.dialects.phrases import as_text
from segkit.dialects.spelling import identifier
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.learn.data.column_roles import is_later_by_name, outcome_by_name
from segkit.monitor.group_sums import number_sql, part_sql
from segkit.monitor.rivals import Plain
from segkit.project.nodes import BucketSet, Metric, Project, Segmentation
from segkit.publish.relations import MAIN, aliased
from segkit.publish.subject import FittedSubject


@dataclass(frozen=True)
class Customers:
    """``sql``: one row a customer, with part, segment, metrics, features and buckets.

    The mappings tell what its columns y0, x0 and c0 are, and ``fits`` whose segment0 and segment1
    are. ``buckets`` are rivals as they stand there, and ``values`` the columns of the fit's
    features.
    """

    sql: str
    fits: Mapping[str, Fit]
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


def metric_items(
    metrics: Mapping[str, Metric], columns: Mapping[str, Column], alias: str, dialect: Dialect
) -> list[str]:
    """The metrics as columns of a SELECT, by the names that they are mapped from."""
    items = []
    for name, metric in metrics.items():
        value = f"{alias}.{identifier(metric.column, dialect)}"
        items.append(f"{number_sql(value, columns[metric.column], dialect)} AS {name}")
    return items


def read_from(
    engine: Reader, subject: FittedSubject, view_sql: str, fits: Mapping[str, Fit], share: float
) -> Customers:
    """The rows of a share of the customers; each relation is asked for these alone.

    ``fits``: by the column of the view that has the codes of their segments.
    """
    node, columns, key, dialect = subject.node, subject.by_name, subject.key, engine.dialect

    def some(relation: str) -> str:
        if share >= 1:
            return relation
        chosen = in_sample(f"segkit_all.{key}", columns[node.key], share, dialect)
        return f"(SELECT * FROM {aliased(relation, 'segkit_all')} WHERE {chosen})"

    metrics = {f"y{i}": metric for i, metric in enumerate(node.metrics) if metric.column in columns}
    shown = {column.name for column in engine.columns_of_query(f"SELECT * FROM {view_sql} AS s")}
    numbers, categories, feature_items = _feature_items(subject, shown)
    values = {f.column: x for x, f in numbers.items()} | {f: c for c, f in categories.items()}
    items = [f"{part_sql(f's.{key}', dialect)} AS part"]
    items += [f"s.{identifier(order, dialect)} AS segment{i}" for i, order in enumerate(fits)]
    items += [*metric_items(metrics, columns, "b", dialect), *feature_items]
    for place, name in enumerate(_other_categories(subject, shown)):
        categories[f"d{place}"] = name
        items.append(f"{as_text(f'b.{identifier(name, dialect)}', dialect)} AS d{place}")
    joins, buckets = _buckets_beside(engine, subject, some)
    items += [f"{sql} AS {plain.columns[0]}" for sql, plain in buckets]
    rows = f"JOIN {aliased(some(subject.rows), 'b')} ON b.{key} = s.{key}"
    view = aliased(some(view_sql), "s")
    return Customers(
        "\n".join([f"SELECT {', '.join(items)}", f"FROM {view}", rows, *joins]),
        {f"segment{place}": fit for place, fit in enumerate(fits.values())},
        metrics,
        numbers,
        categories,
        [plain for _, plain in buckets],
        values,
    )


def _feature_items(
    subject: FittedSubject, shown: Container[str]
) -> tuple[dict[str, FittedFeature], dict[str, str], list[str]]:
    """Features that the view has: numbers, categories, and the items of the SELECT."""
    numbers: dict[str, FittedFeature] = {}
    categories: dict[str, str] = {}
    items = []
    for place, feature in enumerate(subject.features):
        if feature.column not in shown:
            continue
        column = subject.by_name[feature.column]
        value = f"s.{identifier(feature.column, subject.dialect)}"
        if feature.is_category or not column.type.is_numeric:
            categories[f"c{place}"] = feature.column
            items.append(f"{as_text(value, subject.dialect)} AS c{place}")
        else:
            numbers[f"x{place}"] = feature
            items.append(f"{number_sql(value, column, subject.dialect)} AS x{place}")
    return numbers, categories, items


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
