"""Metrics held against the rows, before anything is learned that they are to judge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from segkit.core.columns import Column, Kind
from segkit.dialects.spelling import identifier
from segkit.engines.base import Reader
from segkit.errors import DataError, EngineError, Label, Problem
from segkit.project.nodes import Metric, Model, Project, Seed, Segmentation, Source
from segkit.publish.relations import aliased, relation_sql
from segkit.publish.subject import Subject
from segkit.publish.views.compiled import metric_sql, metric_sum

_DATES = (Kind.DATE, Kind.TIMESTAMP)


def check_metrics(engine: Reader, subject: Subject[Segmentation]) -> None:
    """Add up every metric once, as the profile will do it.

    Raises DataError: SK307 for each that cannot be added up. One without a value is none of them: a
    later period may not have begun.
    """
    try:
        _add_up(engine, subject, subject.node.metrics)
    except EngineError:
        problems = []
        for metric in subject.node.metrics:
            try:
                _add_up(engine, subject, (metric,))
            except EngineError as error:
                message = f"`{metric.column}` cannot be added up: {error.problems[0].message}"
                hint = "cast it to DOUBLE in the model, or take it out of `metrics`"
                problems.append(Problem("SK307", message, (Label(metric.place),), hint))
        if not problems:
            raise
        raise DataError(problems) from None


def _add_up(engine: Reader, subject: Subject[Segmentation], metrics: Sequence[Metric]) -> None:
    dialect = engine.dialect
    read, totals = [], []
    for place, column in enumerate(subject.by_name[metric.column] for metric in metrics):
        value = metric_sql(f"r.{identifier(column.name, dialect)}", column, dialect)
        read.append(f"{value} AS m{place}")
        totals.append(metric_sum(f"m{place}", column, dialect))
    if metrics:
        engine.query(
            f"SELECT {', '.join(totals)} FROM "
            f"(SELECT {', '.join(read)} FROM {aliased(subject.rows, 'r')}) AS metrics"
        )


def period_warnings(engine: Reader, subject: Subject[Segmentation]) -> Iterator[Problem]:
    """A warning for metrics of a later period where no date that there is lies in one.

    What is later than the features happened on var ``as_of`` or after it. The dates are those
    of the sources and seeds that the relation is made of. Of a metric that is a column of one
    of them nothing is known: whoever made the file may have looked ahead.
    """
    as_of = _day_of(subject.project.vars.get("as_of"))
    if as_of is None or not any(metric.is_later for metric in subject.node.metrics):
        return
    sources = [
        (node, engine.columns(relation_sql(subject.project, node.name, engine.dialect)))
        for node in _sources_of(subject.project, subject.node.relation)
    ]
    later = _computed_later(subject.node, [column for _, some in sources for column in some])
    newest = max(_newest_dates(engine, subject.project, sources), default=None)
    if not later or newest is None or newest[0] >= as_of:
        return
    day, column = newest
    names = ", ".join(f"`{metric.column}`" for metric in later)
    verb = "is" if len(later) == 1 else "are"
    message = (
        f"{names} {verb} declared as of a later period, and nothing happened then: the newest date "
        f"is {day}, in {column}, and the features are as of {as_of}"
    )
    hint = f"set `as_of` to a day before {day}, so that there is a later period to look at"
    labels = tuple(Label(metric.place) for metric in later)
    yield Problem("SK323", message, labels, hint, severity="warning")


def _computed_later(node: Segmentation, given: Sequence[Column]) -> list[Metric]:
    names = {column.name.lower() for column in given}
    return [each for each in node.metrics if each.is_later and each.column.lower() not in names]


def _sources_of(project: Project, name: str) -> Iterator[Source | Seed]:
    """What a relation is made of in the end."""
    todo, seen = [name], {name}
    while todo:
        node = project.nodes.get(todo.pop())
        if isinstance(node, Model):
            todo += {*node.depends_on} - seen
            seen |= {*node.depends_on}
        elif isinstance(node, Source | Seed):
            yield node


def _newest_dates(
    engine: Reader, project: Project, sources: Sequence[tuple[Source | Seed, Sequence[Column]]]
) -> Iterator[tuple[date, str]]:
    """The newest value of each date, and where it stands."""
    for node, columns in sources:
        dates = [column for column in columns if column.type.kind in _DATES]
        if not dates:
            continue
        names = (identifier(column.name, engine.dialect) for column in dates)
        asked = ", ".join(f"CAST(max({name}) AS DATE)" for name in names)
        relation = relation_sql(project, node.name, engine.dialect)
        found = engine.query(f"SELECT {asked} FROM {relation}")
        for column, newest in zip(dates, found[0], strict=True):
            if isinstance(newest, date):
                yield newest, f"`{column.name}` of {node.name}"


def _day_of(written: object) -> date | None:
    try:
        return date.fromisoformat(str(written)[:10])
    except ValueError:
        return None
