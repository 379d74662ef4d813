"""Buckets held against the columns that they are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from segkit.core.columns import Column, Kind
from segkit.core.predicate import bound, steps
from segkit.engines.base import Reader
from segkit.errors import Label, Place, Problem
from segkit.project.buckets.rule_buckets import rule_problems
from segkit.project.nodes import (
    BandColumn,
    BucketSet,
    Project,
    QuantileColumn,
    RfmColumn,
    RuleColumn,
    Score,
    output_names,
)
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
        if isinstance(bucket, BandColumn):
            yield from _check_bands(project, node, bucket, by_name)
        elif isinstance(bucket, QuantileColumn):
            yield from _check_score(project, node, bucket.score, by_name)
        elif isinstance(bucket, RfmColumn):
            yield from _check_rfm(project, scratch, node, bucket, by_name)
        else:
            yield from _check_rules(project, scratch, node, bucket, by_name)


def _check_bands(
    project: Project, node: BucketSet, bucket: BandColumn, columns: Mapping[str, Column]
) -> Iterator[Problem]:
    yield from _check_number(
        project, node, bucket.column, bucket.column_place, "edges and bands", columns
    )
    column = columns.get(bucket.column)
    if column is None or not column.type.is_numeric:
        return
    if bucket.integer_labels and column.type.kind is not Kind.INTEGER:
        yield Problem(
            "SK203",
            f"labels of `{bucket.name}` leave out the values between whole numbers",
            (Label(bucket.place, f"`{column.name}` is {column.type.sql}, not an integer"),),
            "write the labels with the edges themselves, for example 25-35",
        )


def _check_number(
    project: Project,
    node: BucketSet,
    name: str,
    place: Place,
    what: str,
    columns: Mapping[str, Column],
) -> Iterator[Problem]:
    column = columns.get(name)
    if column is None:
        yield missing_column(project, node.relation, name, place, list(columns.values()))
    elif not column.type.is_numeric:
        yield wrong_type(node, column, place, f"{what} need a number", project.dialect)


def _check_score(
    project: Project, node: BucketSet, score: Score, columns: Mapping[str, Column]
) -> Iterator[Problem]:
    yield from _check_number(project, node, score.column, score.place, "quantiles", columns)


def _check_rfm(
    project: Project,
    scratch: Reader,
    node: BucketSet,
    bucket: RfmColumn,
    columns: Mapping[str, Column],
) -> Iterator[Problem]:
    for score in bucket.scores:
        yield from _check_score(project, node, score, columns)
    gate = bucket.not_scored
    if gate is None:
        return
    yield from condition_problems(project, scratch, node.relation, gate, list(columns.values()))
    made = {name.casefold() for name, _ in _outputs(node)}
    for use in gate.predicate.uses:
        if use.column.casefold() in made:
            message = (
                f"`{use.column}` is a column of {node.relation}, and one that {node.name} makes"
            )
            place = gate.at(use.start, use.end - use.start)
            yield Problem("SK102", message, (Label(place),), "give the bucket another name")


def _outputs(node: BucketSet) -> Iterator[tuple[str, str]]:
    for column in node.columns:
        yield from output_names(column)


def _check_rules(
    project: Project,
    scratch: Reader,
    node: BucketSet,
    bucket: RuleColumn,
    columns: Mapping[str, Column],
) -> Iterator[Problem]:
    asked = [rule.condition for rule in bucket.rules]
    known = {name.casefold() for name in columns}
    is_known = all(use.column.casefold() in known for c in asked for use in c.predicate.uses)
    is_right = len(asked) > _MANY and is_known and all_run(project, scratch, node.relation, asked)
    found = [
        problem
        for rule in (() if is_right else bucket.rules)
        for problem in condition_problems(
            project, scratch, node.relation, rule.condition, list(columns.values())
        )
    ]
    yield from found
    if not found:
        predicates = [bound(rule.condition.predicate, columns) for rule in bucket.rules]
        yield from rule_problems(bucket, predicates, steps(columns), node.relation)
