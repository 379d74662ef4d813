"""Binds a whole project to columns and types before anything is built.

Models are described, not run, in a draft that holds empty twins of the
relations. So every column that does not exist is named in one go.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from segkit.core.columns import Column, Kind, parse_type, spelling_of
from segkit.dialects.spelling import identifier
from segkit.dialects.table import Dialect
from segkit.engines.base import Draft
from segkit.errors import EngineError, Label, Problem
from segkit.learn.data.levels import is_category
from segkit.project.jinja.template_errors import place_of
from segkit.project.nodes import (
    BucketSet,
    DataTest,
    Experiment,
    Model,
    Project,
    Seed,
    Segmentation,
    Source,
)
from segkit.publish.checks.check_buckets import check_buckets
from segkit.publish.checks.check_columns import Relation
from segkit.publish.checks.check_experiment import Columns, check_experiment
from segkit.publish.checks.check_segmentation import SEGMENT_OUTPUTS, check_segmentation
from segkit.publish.relations import MAIN, schema_and_name
from segkit.publish.views.compiled import profile_outputs


def check_project(
    project: Project, twins: Draft, known: Columns
) -> tuple[dict[str, tuple[Column, ...]], list[Problem]]:
    """Return the columns of every node that could be bound, and all problems.

    ``twins``: an empty one; a relation that is not in it gets a twin.
    ``known``: node name -> columns, for sources and seeds (and whatever is already built).
    """
    bound: dict[str, tuple[Column, ...]] = {}
    problems: list[Problem] = []
    for node in project.nodes.values():
        if isinstance(node, DataTest | Experiment):
            problems += _check_reader(project, twins, node, bound)
            continue
        columns = known.get(node.name) if isinstance(node, Source | Seed) else None
        if isinstance(node, Model) and all(
            name in bound for name in node.depends_on if name in project.nodes
        ):
            try:
                columns = twins.columns_of_query(node.sql)
            except EngineError:
                continue  # the run says it, with the place, as the failure of this node
            if twice := _names_that_stand_twice(columns):
                problems.append(_columns_twice(node, twice, twins.dialect))
                columns = None
        elif isinstance(node, BucketSet | Segmentation) and node.relation in bound:
            relation = Relation(project, twins, node.relation, bound[node.relation])
            wrong = list(relation.unclear(node))
            node = node.spelled(spelling_of(relation.columns))
            if isinstance(node, BucketSet):
                wrong = wrong or list(check_buckets(relation, node))
                columns = None if wrong else _bucket_columns(node, relation.columns)
            else:
                wrong = wrong or list(check_segmentation(relation, node))
                columns = None if wrong else _segment_columns(node, relation.columns)
            problems += wrong
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


def _check_reader(
    project: Project, twins: Draft, node: DataTest | Experiment, bound: Columns
) -> Iterator[Problem]:
    """What is wrong with the columns of a node that has no relation of its own."""
    if isinstance(node, Experiment):
        return check_experiment(project, twins, node, bound)
    return _check_test(project, twins, node, bound)


def _check_test(
    project: Project, twins: Draft, test: DataTest, bound: Columns
) -> Iterator[Problem]:
    named = [(test.node, test.column, test.column_place)] if test.column else []
    if test.check == "relationships":
        other, field = str(test.arguments.get("to", "")), str(test.arguments.get("field", ""))
        named.append((other, field, test.field_place))
    for name, column, place in named:
        if name in bound:
            relation = Relation(project, twins, name, bound[name])
            if spelling_of(relation.columns)(column) not in relation.by_name:
                yield relation.missing(column, place or test.place)
