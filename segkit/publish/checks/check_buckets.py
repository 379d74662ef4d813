"""Buckets held against the columns that they are made of."""

from __future__ import annotations

from collections.abc import Iterator

from segkit.errors import Label, Problem
from segkit.project.nodes import BucketColumn, BucketSet, SqlCondition
from segkit.publish.checks.check_columns import Relation

_MANY = 20  # conditions that are asked one by one


def check_buckets(relation: Relation, node: BucketSet) -> Iterator[Problem]:
    """Yield what is wrong with a bucket set over the relation that it reads."""
    if node.key not in relation.by_name:
        yield relation.missing(node.key, node.key_place)
    if node.where is not None:
        yield from relation.problems_of(node.where)
    for bucket in node.columns:
        found = [*_not_numbers(relation, bucket), *_condition_problems(relation, bucket)]
        for gate in {s.gate.place: s.gate for s in bucket.scores if s.gate}.values():
            found += _names_made_too(node, gate)
        yield from found or bucket.type_problems(relation.by_name, node.relation)


def _not_numbers(relation: Relation, bucket: BucketColumn) -> Iterator[Problem]:
    for cut in bucket.cut_columns:
        need = f"{cut.what} need a number"
        yield from relation.typed(cut.column, cut.place, lambda t: t.is_numeric, need)


def _condition_problems(relation: Relation, bucket: BucketColumn) -> Iterator[Problem]:
    asked = bucket.conditions
    known = {name.casefold() for name in relation.by_name}
    is_known = all(use.column.casefold() in known for c in asked for use in c.predicate.uses)
    if not (len(asked) > _MANY and is_known and relation.all_run(asked)):
        for condition in asked:
            yield from relation.problems_of(condition)


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
