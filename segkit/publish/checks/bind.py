"""Binds a whole project to columns and types before anything is built.

Models are described, not run, in a draft that holds empty twins of the
relations. So every column that does not exist is named in one go.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from segkit.core.columns import Column, Kind, parse_type
from segkit.dialects.spelling import identifier
from segkit.dialects.table import Dialect
from segkit.engines.base import Draft
from segkit.errors import EngineError, Label, Problem
from segkit.learn.data.data_problems import feature_advice
from segkit.learn.data.levels import KINDS as LABEL_KINDS
from segkit.learn.data.levels import is_category
from segkit.project.jinja.template_errors import place_of
from segkit.project.nodes import (
    BucketSet,
    DataTest,
    Feature,
    Metric,
    Model,
    Node,
    Project,
    Seed,
    Segmentation,
    Source,
    TraitWords,
)
from segkit.publish.checks.check_buckets import check_buckets
from segkit.publish.checks.check_columns import condition_problems, missing_column, wrong_type
from segkit.publish.relations import MAIN, schema_and_name
from segkit.publish.views.compiled import profile_outputs

SEGMENT_OUTPUTS = ("segment_id", "segment_name", "segment_order")
HISTORY_OUTPUTS = ("segment_id", "fit_version", "valid_from", "valid_to")
Columns = Mapping[str, tuple[Column, ...]]


def check_project(
    project: Project, twins: Draft, known: Columns
) -> tuple[dict[str, tuple[Column, ...]], list[Problem]]:
    """Return the columns of every node that could be bound, and all problems.

    Parameters
    ----------
    project : Project
    twins : Draft
        An empty one; a relation that is not in it gets a twin.
    known : mapping
        Node name -> columns, for sources and seeds (and whatever is already built).
    """
    bound: dict[str, tuple[Column, ...]] = {}
    problems: list[Problem] = []
    for node in project.nodes.values():
        if isinstance(node, DataTest):
            problems += _check_test(project, node, bound)
            continue
        columns = known.get(node.name) if isinstance(node, Source | Seed) else None
        if isinstance(node, Model) and all(name in bound for name in _parents(project, node)):
            try:
                columns = twins.columns_of_query(node.sql)
            except EngineError:
                continue  # the run says it, with the place, as the failure of this node
            if twice := _names_that_stand_twice(columns):
                problems.append(_columns_twice(node, twice, twins.dialect))
                columns = None
        elif isinstance(node, BucketSet) and node.relation in bound:
            wrong = list(check_buckets(project, twins, node, bound[node.relation]))
            problems += wrong
            columns = None if wrong else _bucket_columns(node, bound[node.relation])
        elif isinstance(node, Segmentation) and node.relation in bound:
            wrong = list(_check_segmentation(project, twins, node, bound[node.relation]))
            problems += wrong
            columns = None if wrong else _segment_columns(node, bound[node.relation])
        if columns is not None:
            bound[node.name] = columns
            _stand_in(twins, *schema_and_name(node), columns)
            if isinstance(node, Segmentation):
                _create_profile(twins, node, columns)
    return bound, problems


def _names_that_stand_twice(columns: Sequence[Column]) -> list[str]:
    counts = Counter(column.name.casefold() for column in columns)
    names = (column.name for column in columns if counts[column.name.casefold()] > 1)
    return list({name.casefold(): name for name in names}.values())


def _columns_twice(node: Model, names: Sequence[str], dialect: Dialect) -> Problem:
    word = rf"(?i)\b{re.escape(names[0])}\b"
    place = place_of(word, node.raw_sql, node.place.path, 1, everywhere=True)
    listed = ", ".join(f"`{name}`" for name in names)
    return Problem(
        "SK102",
        f"`{node.name}` has columns that stand twice: {listed}",
        (Label(place),),
        "give one of them another name, or take one out: "
        f"`* EXCLUDE ({identifier(names[0], dialect)})`",
    )


def _parents(project: Project, node: Node) -> list[str]:
    return [name for name in node.depends_on if name in project.nodes]


def _stand_in(twins: Draft, schema: str, name: str, columns: Sequence[Column]) -> None:
    """A relation of these columns without a row, unless the relation itself is there."""
    if twins.exists(schema, name):
        return
    items = ", ".join(
        f"CAST(NULL AS {c.type.sql}) AS {identifier(c.name, twins.dialect)}" for c in columns
    )
    twins.stand_in(schema, name, f"SELECT {items} WHERE 1 = 0")


def _create_profile(twins: Draft, node: Segmentation, columns: Sequence[Column]) -> None:
    """A twin of the profile, which a model may read as well; a history it may not."""
    text, number, integer = (
        parse_type(twins.dialect.types[kind]) for kind in (Kind.TEXT, Kind.DOUBLE, Kind.INTEGER)
    )
    profile = [Column(n, text) for n in ("segment_id", "segment_name", "description", "rule")]
    profile += [Column("n", integer), Column("share", number)]
    declared = {feature.column: feature for feature in node.features}
    for column in columns:
        if column.name in (node.key, *SEGMENT_OUTPUTS):
            continue
        feature = declared.get(column.name)
        category = feature is not None and is_category(feature, column)
        outputs = profile_outputs(column, twins.dialect, category=category)
        profile += [Column(name, parse_type(type_)) for name, type_ in outputs]
    metrics = [metric.column for metric in node.metrics]
    profile += [Column(f"{n}_{s}", number) for n in metrics for s in ("sum", "mean", "share")]
    profile += [Column(f"{n}_lift", number) for n in metrics]
    _stand_in(twins, MAIN, f"{node.name}_profile", profile)


def _bucket_columns(node: BucketSet, columns: Sequence[Column]) -> tuple[Column, ...]:
    out = [column for column in columns if column.name == node.key]
    for bucket in node.columns:
        out += [Column(name, parse_type(type_)) for name, type_ in bucket.outputs]
    return tuple(out)


def _segment_columns(node: Segmentation, columns: Sequence[Column]) -> tuple[Column, ...]:
    metrics = {metric.column for metric in node.metrics}
    features = [f.column for f in node.features] or [
        c.name
        for c in columns
        if c.type.is_numeric and c.name != node.key and c.name not in metrics
    ]
    by_name = {column.name: column for column in columns}
    passed = [by_name[name] for name in (node.key, *features) if name in by_name]
    types = zip(SEGMENT_OUTPUTS, ("VARCHAR", "VARCHAR", "INTEGER"), strict=True)
    return (*passed, *(Column(name, parse_type(type_)) for name, type_ in types))


def _check_segmentation(
    project: Project, twins: Draft, node: Segmentation, columns: Sequence[Column]
) -> Iterable[Problem]:
    by_name = {column.name: column for column in columns}
    if node.key not in by_name:
        yield missing_column(project, node.relation, node.key, node.key_place, columns)
    if node.key.lower() in {*SEGMENT_OUTPUTS, *HISTORY_OUTPUTS}:
        message = f"the views of {node.name} have a column `{node.key}` of their own"
        yield Problem("SK102", message, (Label(node.key_place),), "rename the key in the model")
    if node.where is not None:
        yield from condition_problems(project, twins, node.relation, node.where, columns)
    yield from _check_labels(project, node, columns)
    for name, place in zip(node.sensitive, node.sensitive_places, strict=True):
        if name not in by_name:
            yield missing_column(project, node.relation, name, place, columns)
    features = {feature.column for feature in node.features}
    declared: tuple[Feature | Metric, ...] = (*node.features, *node.metrics)
    for feature in declared:
        column = by_name.get(feature.column)
        place = feature.place
        role = "feature" if isinstance(feature, Feature) else "metric"
        if column is None:
            yield missing_column(project, node.relation, feature.column, place, columns)
            continue
        if isinstance(feature, Feature) and (key := _key_of_a_number(feature, column)):
            message = f"`{column.name}` is {column.type.sql}, a category: `{key}` means nothing"
            yield Problem("SK105", message, (Label(place),), f"remove `{key}`")
        elif isinstance(feature, Feature) and (
            advice := feature_advice(feature, column, twins.dialect)
        ):
            need = "a category is a text, a whole number or a flag"
            need = need if feature.kind == "category" else "a feature is a number or a category"
            yield wrong_type(node, column, place, need, twins.dialect, advice)
        elif role == "metric" and not (column.type.is_numeric or column.type.kind is Kind.BOOLEAN):
            yield wrong_type(node, column, place, "a metric is a number or a flag", twins.dialect)
        elif column.name == node.key:
            yield Problem(
                "SK102",
                f"`{column.name}` is the key, and also a {role}",
                (Label(place),),
                "an id says nothing about a customer: leave it out",
            )
        elif role == "metric" and column.name in features:
            yield Problem(
                "SK102",
                f"`{column.name}` is a feature and also a metric",
                (Label(place),),
                "a metric is never fitted on: take it out of one of them",
            )
        if role == "feature" and column.name.lower() in SEGMENT_OUTPUTS:
            yield Problem(
                "SK102",
                f"the view has a column `{column.name}` of its own",
                (Label(place),),
                "rename the feature in the model",
            )


def _key_of_a_number(feature: Feature, column: Column) -> str | None:
    """What is declared for a flag as if it were a number."""
    if not is_category(feature, column):
        return None
    given = {"scale": feature.scale != "standard", "words": feature.words != TraitWords()}
    return next((key for key, is_given in given.items() if is_given), None)


def _check_labels(
    project: Project, node: Segmentation, columns: Sequence[Column]
) -> Iterable[Problem]:
    if node.labels is None:
        return
    column = next((c for c in columns if c.name == node.labels.column), None)
    if column is None:
        yield missing_column(project, node.relation, node.labels.column, node.labels.place, columns)
    elif column.type.kind not in LABEL_KINDS:
        advice = "name the clusters by numbers or words: cast the column in the model"
        need = "labels are texts or whole numbers"
        yield wrong_type(node, column, node.labels.place, need, project.dialect, advice)


def _check_test(project: Project, test: DataTest, bound: Columns) -> Iterable[Problem]:
    columns = bound.get(test.node)
    if columns is not None and test.column and test.column not in {c.name for c in columns}:
        place = test.column_place or test.place
        yield missing_column(project, test.node, test.column, place, columns)
    if test.check == "relationships":
        other, field = str(test.arguments.get("to", "")), str(test.arguments.get("field", ""))
        columns = bound.get(other)
        if columns is not None and field not in {c.name for c in columns}:
            yield missing_column(project, other, field, test.field_place or test.place, columns)
