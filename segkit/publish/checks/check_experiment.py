"""An experiment's columns, held against the relations that it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from segkit.core.columns import Column, ColumnType, Kind, spelling_of
from segkit.engines.base import Reader
from segkit.errors import Affected, Label, Place, Problem
from segkit.project.nodes import Experiment, Project, Segmentation
from segkit.publish.checks.check_columns import Relation

Columns = Mapping[str, tuple[Column, ...]]  # of nodes, by name
_TIMES = (Kind.DATE, Kind.TIMESTAMP)
_IDS = (Kind.INTEGER, Kind.TEXT)


def check_experiment(
    project: Project, scratch: Reader, node: Experiment, bound: Columns
) -> Iterator[Problem]:
    """Yield a problem for each column that is not there, or of a type that does not fit."""
    for name, column, place in dict.fromkeys(node.names()):
        if name in bound:
            relation = Relation(project, scratch, name, bound[name])
            if spelling_of(relation.columns)(column) not in relation.by_name:
                yield relation.missing(column, place)
    for measure in node.measures:
        for summed in (measure.metric, measure.per):
            need = "a metric is a number"
            yield from _type(bound, measure.relation, summed, measure.place, _is_number, need)
        need = "`at` is a day or a time"
        yield from _type(bound, measure.relation, measure.at, measure.place, _is_time, need)
    if node.assigned_by is not None:
        given, need = node.assigned_by, "`at` is a day or a time"
        yield from _type(bound, given.relation, given.at, given.place, _is_time, need)
    yield from _of_customers(project, scratch, node, bound)


def _of_customers(
    project: Project, scratch: Reader, node: Experiment, bound: Columns
) -> Iterator[Problem]:
    """What is wrong with columns of the relation that the segmentation is made of."""
    segmentation = project.nodes.get(node.segments)
    if not isinstance(segmentation, Segmentation) or segmentation.relation not in bound:
        return
    base = segmentation.relation
    relation = Relation(project, scratch, base, bound[base])
    for column, place in zip(node.covariates, node.covariate_places, strict=True):
        if spelling_of(relation.columns)(column) not in relation.by_name:
            yield relation.missing(column, place)
        yield from _type(bound, base, column, place, _is_number, "a covariate is a number")
    if node.salt is not None:  # 1.0 is '1.0' in one engine and '1' in another
        need = "ids that are hashed are whole numbers or texts"
        key = segmentation.key
        yield from _type(bound, base, key, node.place, lambda t: t.kind in _IDS, need)


def _is_number(type_: ColumnType) -> bool:
    return type_.is_numeric or type_.kind is Kind.BOOLEAN


def _is_time(type_: ColumnType) -> bool:
    return type_.kind in _TIMES


def _type(
    bound: Columns,
    relation: str,
    column: str | None,
    place: Place,
    fits: Callable[[ColumnType], bool],
    need: str,
) -> Iterator[Problem]:
    columns = {c.name: c for c in bound.get(relation, ())}
    found = columns.get(spelling_of(tuple(columns.values()))(column)) if column else None
    if found is not None and not fits(found.type):
        message = f"column `{found.name}` of {relation} is {found.type.sql}: {need}"
        hint = "cast it in the model, or name another column"
        affected = Affected(relation, found.name, "", "")
        yield Problem("SK105", message, (Label(place),), hint, affected=affected)
