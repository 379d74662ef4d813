"""Buckets held against the columns that they are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from segkit.core.columns import Column
from segkit.engines.base import Reader
from segkit.errors import Label, Problem
from segkit.project.nodes import BucketColumn, BucketSet, Project, SqlCondition
from segkit.publish.checks.check_columns import (
    all_run,
    condition_problems,
    missing_column,
    wrong_type,
)

_MANY = 20  # conditions that are asked one by one


def check_buckets(
    project: Project, scratch: Reader, node: BucketSet, columns: Sequence[Column]
) -> Iterator[Problem]:
    """Yield what is wrong with a bucket set; ``columns`` are those of the relation it reads."""
    by_name = {column.name: column for column in columns}
    if node.key not in by_name:
        yield missing_column(project, node.relation, node.key, node.key_place, columns)
    if node.where is not None:
        yield from condition_problems(project, scratch, node.relation, node.where, columns)
    for bucket in node.columns:
        found = [
            *_not_numbers(project, node, bucket, by_name),
            *_condition_problems(project, scratch, node, bucket, by_name),
        ]
        yield from found or bucket.type_problems(by_name, node.relation)


def _not_numbers(
    project: Project, node: BucketSet, bucket: BucketColumn, columns: Mapping[str, Column]
) -> Iterator[Problem]:
    for cut in bucket.cut_columns:
        column = columns.get(cut.column)
        if column is None:
            listed = list(columns.values())
            yield missing_column(project, node.relation, cut.column, cut.place, listed)
        elif not column.type.is_numeric:
            yield wrong_type(node, column, cut.place, f"{cut.what} need a number", project.dialect)


def _condition_problems(
    project: Project,
    scratch: Reader,
    node: BucketSet,
    bucket: BucketColumn,
    columns: Mapping[str, Column],
) -> Iterator[Problem]:
    asked = bucket.conditions
    known = {name.casefold() for name in columns}
    is_known = all(use.column.casefold() in known for c in asked for use in c.predicate.uses)
    is_right = len(asked) > _MANY and is_known and all_run(project, scratch, node.relation, asked)
    for condition in () if is_right else asked:
        yield from condition_problems(
            project, scratch, node.relation, condition, list(columns.values())
        )
    for gate in {score.gate.place: score.gate for score in bucket.scores if score.gate}.values():
        yield from _names_made_too(node, gate)


def _names_made_too(node: BucketSet, gate: SqlCondition) -> Iterator[Problem]:
    """Scores and gate are asked side by side: a name must not be one of each."""
    made = {name.casefold() for column in node.columns for name, _ in column.outputs}
    for use in gate.predicate.uses:
        if use.column.casefold() in made:
            message = (
                f"`{use.column}` is a column of {node.relation}, and one that {node.name} makes"
            )
            place = gate.at(use.start, use.end - use.start)
            yield Problem("SK102", message, (Label(place),), "give the bucket another name")
