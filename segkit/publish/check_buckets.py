"""Buckets held against the columns that they are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from segkit.core.columns import Column, Kind
from segkit.core.dialect import identifier
from segkit.core.emit import predicate_sql
from segkit.core.predicate import bound
from segkit.core.select import guarded
from segkit.engines.base import Engine
from segkit.errors import DataError, Label, Problem
from segkit.project.bucket_rules import may_overlap, rule_problems
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
from segkit.publish.check_columns import condition_problems, missing_column, wrong_type

LEAST_ROWS = 20  # fewer say nothing about a bucket
CROWDED = 0.95


def check_buckets(
    project: Project, scratch: Engine, node: BucketSet, columns: Sequence[Column]
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
    column = columns.get(bucket.column)
    if column is None:
        yield missing_column(
            project, node.relation, bucket.column, bucket.column_place, list(columns.values())
        )
    elif not column.type.is_numeric:
        yield wrong_type(node, column, bucket.column_place, "edges and bands need a number")
    elif bucket.integer_labels and column.type.kind is not Kind.INTEGER:
        yield Problem(
            "SK203",
            f"labels of `{bucket.name}` leave out the values between whole numbers",
            (Label(bucket.place, f"`{column.name}` is {column.type.sql}, not an integer"),),
            "write the labels with the edges themselves, for example 25-35",
        )


def _check_score(
    project: Project, node: BucketSet, score: Score, columns: Mapping[str, Column]
) -> Iterator[Problem]:
    column = columns.get(score.column)
    if column is None:
        yield missing_column(
            project, node.relation, score.column, score.place, list(columns.values())
        )
    elif not column.type.is_numeric:
        yield wrong_type(node, column, score.place, "quantiles need a number")


def _check_rfm(
    project: Project,
    scratch: Engine,
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
    scratch: Engine,
    node: BucketSet,
    bucket: RuleColumn,
    columns: Mapping[str, Column],
) -> Iterator[Problem]:
    found = [
        problem
        for rule in bucket.rules
        for problem in condition_problems(
            project, scratch, node.relation, rule.condition, list(columns.values())
        )
    ]
    yield from found
    if not found:
        predicates = [bound(rule.condition.predicate, columns) for rule in bucket.rules]
        yield from rule_problems(bucket, predicates, integer_columns(columns), node.relation)


def integer_columns(columns: Mapping[str, Column]) -> frozenset[str]:
    return frozenset(name for name, c in columns.items() if c.type.kind is Kind.INTEGER)


def check_rules_in_data(
    engine: Engine, node: BucketSet, base_sql: str, columns: Sequence[Column]
) -> None:
    """Count the rows on which two rules hold, where it is not proved that there are none.

    Raises
    ------
    DataError
        SK201, with both rules and the number of rows.
    """
    by_name = {column.name: column for column in columns}
    problems: list[Problem] = []
    for bucket in node.columns:
        if isinstance(bucket, RuleColumn):
            problems += _overlaps_in_data(engine, node, bucket, base_sql, by_name)
    if problems:
        raise DataError(problems)


def _overlaps_in_data(
    engine: Engine,
    node: BucketSet,
    bucket: RuleColumn,
    base_sql: str,
    columns: Mapping[str, Column],
) -> Iterator[Problem]:
    predicates = [bound(rule.condition.predicate, columns) for rule in bucket.rules]
    integers = integer_columns(columns)
    pairs = [
        (i, j)
        for i in range(len(predicates))
        for j in range(i)
        if may_overlap([predicates[j], predicates[i]], integers)
    ]
    if not pairs:
        return
    operands = guarded([n for p in predicates for n in p.columns], columns)
    holds = [f"({predicate_sql(p, operands)})" for p in predicates]
    counts = ", ".join(f"count(*) FILTER (WHERE {holds[j]} AND {holds[i]})" for i, j in pairs)
    rows, *found = engine.query(f"SELECT count(*), {counts} FROM {base_sql}")[0]
    for (i, j), count in zip(pairs, found, strict=True):
        if count:
            first, second = bucket.rules[j], bucket.rules[i]
            yield Problem(
                "SK201",
                f"rules of `{bucket.name}` overlap: {count:,} of {rows:,} rows of {node.relation} "
                "are in two of them",
                (
                    Label(first.condition.at(0, len(first.condition.predicate.text)), first.label),
                    Label(
                        second.condition.at(0, len(second.condition.predicate.text)), second.label
                    ),
                ),
                f'add to "{second.label}" what tells it apart: '
                f"`AND NOT ({first.condition.predicate.text})`",
            )


def crowded_buckets(engine: Engine, node: BucketSet) -> list[Problem]:
    """A warning for each column that puts nearly everybody into one bucket of the view."""
    problems = []
    for column in node.columns:
        found = engine.query(
            f"SELECT {identifier(column.name)}, count(*), sum(count(*)) OVER () "
            f"FROM {identifier(node.name)} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1"
        )
        for label, count, rows in found:
            if rows >= LEAST_ROWS and count > CROWDED * rows:
                problems.append(
                    Problem(
                        "SK209",
                        f"{count:,} of {rows:,} rows are in one bucket of `{column.name}`: "
                        f'"{label}"',
                        (Label(column.place),),
                        "does the unit of the column fit its edges? look at `segkit show "
                        f"{node.name}`",
                        severity="warning",
                    )
                )
    return problems
