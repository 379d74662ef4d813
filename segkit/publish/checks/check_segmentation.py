"""A segmentation held against the columns that it reads."""

from __future__ import annotations

from collections.abc import Iterable

from segkit.core.columns import Column, Kind
from segkit.errors import Label, Problem
from segkit.learn.data.data_problems import feature_advice
from segkit.learn.data.levels import KINDS as LABEL_KINDS
from segkit.learn.data.levels import is_category
from segkit.project.nodes import Feature, Metric, Segmentation, TraitWords
from segkit.publish.checks.check_columns import Relation

SEGMENT_OUTPUTS = ("segment_id", "segment_name", "segment_order")
HISTORY_OUTPUTS = (
    *("segment_id", "fit_version", "valid_from", "valid_to"),
    *("changed_at", "from_segment_id", "to_segment_id", "reason"),
    *("from_fit_version", "to_fit_version"),
)


def check_segmentation(relation: Relation, node: Segmentation) -> Iterable[Problem]:
    """Yield what is wrong with a segmentation over the relation that it reads."""
    by_name = relation.by_name
    if node.key not in by_name:
        yield relation.missing(node.key, node.key_place)
    if node.key.lower() in {*SEGMENT_OUTPUTS, *HISTORY_OUTPUTS}:
        message = f"the views of {node.name} have a column `{node.key}` of their own"
        yield Problem("SK102", message, (Label(node.key_place),), "rename the key in the model")
    if node.where is not None:
        yield from relation.problems_of(node.where)
    yield from _check_labels(relation, node)
    for name, place in zip(node.sensitive, node.sensitive_places, strict=True):
        if name not in by_name:
            yield relation.missing(name, place)
    if node.activity is not None and node.activity_place is not None:
        advice = "name the column with the day of the last order, or cast it in the model"
        need, times = "`activity` is a date or a time", (Kind.DATE, Kind.TIMESTAMP)
        place = node.activity_place
        yield from relation.typed(node.activity, place, lambda t: t.kind in times, need, advice)
    listed: tuple[Feature | Metric, ...] = (*node.features, *node.metrics)
    for declared in listed:
        found = by_name.get(declared.column)
        if found is None:
            yield relation.missing(declared.column, declared.place)
        elif isinstance(declared, Feature):
            yield from _check_feature(relation, node, declared, found)
        else:
            yield from _check_metric(relation, node, declared, found)


def _check_labels(relation: Relation, node: Segmentation) -> Iterable[Problem]:
    if node.labels is not None:
        advice = "name the clusters by numbers or words: cast the column in the model"
        need = "labels are texts or whole numbers"
        column, place = node.labels.column, node.labels.place
        yield from relation.typed(column, place, lambda t: t.kind in LABEL_KINDS, need, advice)


def _check_feature(
    relation: Relation, node: Segmentation, feature: Feature, column: Column
) -> Iterable[Problem]:
    place, dialect = feature.place, relation.scratch.dialect
    if key := _key_of_a_number(feature, column):
        message = f"`{column.name}` is {column.type.sql}, a category: `{key}` means nothing"
        yield Problem("SK105", message, (Label(place),), f"remove `{key}`")
    elif advice := feature_advice(feature, column, dialect):
        need = "a category is a text, a whole number or a flag"
        need = need if feature.kind == "category" else "a feature is a number or a category"
        yield relation.wrong_type(column, place, need, advice, relation.was(node, column))
    elif column.name == node.key:
        yield _also_the_key(column, "feature", feature)
    if column.name.lower() in SEGMENT_OUTPUTS:
        message = f"the view has a column `{column.name}` of its own"
        yield Problem("SK102", message, (Label(place),), "rename the feature in the model")


def _check_metric(
    relation: Relation, node: Segmentation, metric: Metric, column: Column
) -> Iterable[Problem]:
    if not (column.type.is_numeric or column.type.kind is Kind.BOOLEAN):
        yield relation.wrong_type(column, metric.place, "a metric is a number or a flag")
    elif column.name == node.key:
        yield _also_the_key(column, "metric", metric)
    elif column.name in {feature.column for feature in node.features}:
        message = f"`{column.name}` is a feature and also a metric"
        hint = "a metric is never fitted on: take it out of one of them"
        yield Problem("SK102", message, (Label(metric.place),), hint)


def _also_the_key(column: Column, role: str, declared: Feature | Metric) -> Problem:
    message = f"`{column.name}` is the key, and also a {role}"
    label = Label(declared.place)
    return Problem("SK102", message, (label,), "an id says nothing about a customer: leave it out")


def _key_of_a_number(feature: Feature, column: Column) -> str | None:
    """What is declared for a flag as if it were a number."""
    if not is_category(feature, column):
        return None
    given = {"scale": feature.scale != "standard", "words": feature.words != TraitWords()}
    return next((key for key, is_given in given.items() if is_given), None)
