"""Rows of a published relation, and who came into a segment or left one."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import chain

from segkit.core.columns import Column
from segkit.dialects.csv_cells import csv_select
from segkit.engines.base import Reader, RowFormat
from segkit.errors import ConfigError, EngineError, Problem
from segkit.monitor.audiences import (
    ChangeSum,
    change_sums,
    changed_sql,
    entered_sql,
    first_moment,
    left_sql,
    new_rules,
)
from segkit.monitor.history import utc
from segkit.pipeline.run_options import Options, find_node, open_project
from segkit.pipeline.stand_ins import open_shown
from segkit.project.nodes import BucketSet, Metric, Project, Segmentation
from segkit.publish.relations import MAIN, published_as, relation_sql
from segkit.publish.subject import read_subject
from segkit.results import RowsFile, Table

Talk = Callable[[str], None]
_UNORDERED = ("json", "xml", "point", "line", "lseg", "path", "polygon")


@contextmanager
def show_rows(
    options: Options,
    name: str,
    *,
    limit: int | None,
    where: str | None,
    file: RowFormat | None = None,
    entered_since: datetime | None = None,
    left_since: datetime | None = None,
    changed_since: datetime | None = None,
    talk: Talk,
) -> Iterator[Table]:
    """Rows of a node or a derived view, read as they are asked for, ordered by the key.

    ``limit``: all rows where it is None.
    ``where``: a condition in SQL, for example ``segment_id = 'A'``, on what is shown.
    ``file``: have the engine write a file of the rows, a ``RowsFile``. A csv is written row by row
    all the same where it has what the engine writes otherwise.
    ``entered_since``, ``left_since``: of a segmentation: only who came into their segment at that
    time or later, with ``since`` and ``from_segment_id``; or who left one, with ``left_at`` and
    ``to_segment_id``. Without a zone it is UTC. One of the three.
    ``changed_since``: who moved, joined or left since then, when, and why.
    ``talk``: gets what one should know about the rows, in words.

    Raises ConfigError: SK101 for a name that nothing published has, or that is no segmentation;
    SK702 for a condition that the engine refuses.
    """
    project = open_project(options)
    if entered_since or left_since or changed_since:
        _check_keeps_history(project, name)
    with open_shown(project, name) as engine:
        _check_published(engine, project, name)
        moments = {"entered": entered_since, "left": left_since, "changed": changed_since}
        rows_from = _rows_from(engine, project, name, moments, talk)
        has_key = isinstance(project.nodes.get(name), BucketSet | Segmentation)
        sql = f"SELECT * FROM {rows_from}"
        sql += f"\nWHERE ({where}\n)" if where else ""
        one_row = has_key and not (left_since or changed_since)  # a customer
        try:
            table = _read(engine, sql, one_row, limit, file)
        except EngineError as error:
            if not where:
                raise
            known = ", ".join(column.name for column in engine.columns(rows_from))
            message = f"--where {where!r}: {error.problems[0].message}"
            raise ConfigError(
                Problem("SK702", message, help=f"columns of {name}: {known}")
            ) from error
        yield table


def _read(
    engine: Reader, select: str, is_by_key: bool, limit: int | None, file: RowFormat | None
) -> Table:
    """The rows in order; the first are there, so a condition was met by every row."""
    columns = engine.columns_of_query(select)
    names = tuple(column.name for column in columns)
    places = [1] if is_by_key else _places(columns)
    sql = f"{select}\nORDER BY {', '.join(map(str, places))}"
    sql += f"\nLIMIT {limit}" if limit is not None else ""
    written = csv_select(select, columns, places, engine.dialect) if file == "csv" else sql
    if file is None or written is None:
        batches = engine.batches(sql)
        first = next(batches, [])
        return Table(names, chain(first, chain.from_iterable(batches)))
    blocks = engine.copied(written, file)
    return RowsFile(names, (), chain((next(blocks, b""),), blocks))


def _places(columns: Sequence[Column]) -> list[int]:
    """All columns by their number, but for those of PostgreSQL's types that have no order."""
    listed = enumerate(columns, start=1)
    return [place for place, c in listed if c.type.sql not in _UNORDERED] or [1]


def _rows_from(
    engine: Reader, project: Project, name: str, moments: Mapping[str, datetime | None], talk: Talk
) -> str:
    """The relation that is shown, as SQL: all of it, or who moved since a moment."""
    for verb, since in moments.items():
        if since is None:
            continue
        if verb == "changed":
            _talk_of_changes(engine, project, name, since, talk)
        else:
            _talk_of_history(engine, name, since, verb, talk)
        sql = {"entered": entered_sql, "left": left_sql, "changed": changed_sql}[verb]
        return f"({sql(engine, name, since)}) AS shown"
    return relation_sql(project, name, engine.dialect)


def _talk_of_history(engine: Reader, name: str, since: datetime, verb: str, talk: Talk) -> None:
    began = first_moment(engine, name)
    if began is not None and utc(since) <= began:
        known = {
            "entered": "who was in a segment then does not count as entered",
            "left": "who left a segment before is not known",
        }
        talk(f"the history of {name} begins at {began} (UTC): {known[verb]}")
    for time, version in new_rules(engine, name, since):
        talk(
            f"fit v{version:04d} took over at {time} (UTC): who moved then may owe it to new rules"
        )


def _talk_of_changes(
    engine: Reader, project: Project, name: str, since: datetime, talk: Talk
) -> None:
    """The sums by reason, and from where to where."""
    if not engine.exists(MAIN, f"{name}_changes"):
        return
    subject = read_subject(engine, project, find_node(project, name, Segmentation, "segmentation"))
    metric = next((m for m in subject.node.metrics if m.column in subject.by_name), None)
    sums = change_sums(engine, name, since, subject.rows, metric.column if metric else None)
    for reason in dict.fromkeys(flow.reason for flow in sums):
        flows = [flow for flow in sums if flow.reason == reason]
        ways = "; ".join(_way(flow, metric) for flow in flows)
        talk(f"{reason}: {sum(flow.n for flow in flows):,} ({ways})")


def _way(flow: ChangeSum, metric: Metric | None) -> str:
    way = f"{flow.from_id or 'nowhere'} -> {flow.to_id or 'nowhere'} {flow.n:,}"
    if metric is None or flow.metric is None:
        return way
    return f"{way}, {metric.words[0].lower()} today {flow.metric:,.0f}"


def _check_keeps_history(project: Project, name: str) -> None:
    try:
        find_node(project, name, Segmentation, "segmentation")
    except ConfigError as error:
        note = "only segmentations keep a history of who came and who left"
        raise ConfigError([replace(p, notes=(*p.notes, note)) for p in error.problems]) from None


def _check_published(engine: Reader, project: Project, name: str) -> None:
    schema, relation = published_as(project, name)
    if engine.exists(schema, relation):
        return
    known = engine.relations()
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean `{near[0]}`? " if near else ""
    raise ConfigError(
        Problem(
            "SK101",
            f"nothing called `{name}` is published",
            help=f"{hint}published: {', '.join(known)}",
        )
    )
