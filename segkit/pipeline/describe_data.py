"""A project for data that nobody has described, and what its columns are taken for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from segkit.core.columns import Column, ColumnType, Kind
from segkit.core.fact_english import sentences
from segkit.core.facts import Fact
from segkit.core.fit import Fit
from segkit.engines.base import FileBench
from segkit.engines.open import open_bench
from segkit.errors import DataError, Place, Problem
from segkit.pipeline.named_table import GivenData
from segkit.project.new_project import TrialProject
from segkit.project.nodes import ClusterSpec, Metric, RuleSpec, Segmentation
from segkit.project.order_models import CUSTOMER
from segkit.project.segmentation import DEFAULT_K_MAX

if TYPE_CHECKING:
    from segkit.learn.data.key_column import Key
    from segkit.learn.data.made_columns import MadeColumn
    from segkit.pipeline.try_orders import OrderLines

_DATA, _ROWS = "data", "customers"
_NOWHERE = Place("")  # features that nobody has written stand nowhere


@dataclass(frozen=True)
class Described:
    """``read``: what was found in the data; ``chosen``: why these features; ``last``: the rest."""

    project: TrialProject
    read: tuple[str, ...]
    chosen: tuple[Fact, ...]
    last: tuple[str, ...] = ()

    @property
    def said(self) -> tuple[str, ...]:
        return (*self.read, *sentences(self.chosen), *self.last)

    def without_decider(self, fit: Fit) -> Described | None:
        """What to try instead of segments that one column decides; None: they are as they are."""
        from segkit.learn.data.deciding import take_back

        one = next((fact for fact in fit.warnings if fact.code == "decides_alone"), None)
        other = take_back((tuple(self.project.features), self.chosen), one) if one else None
        if other is None:
            return None
        features, chosen = other
        kept = {feature.column for feature in features}
        own = tuple(column for column in self.project.own if column in kept)
        project = replace(self.project, features=features, own=own)
        return replace(self, project=project, chosen=chosen)


def describe_data(
    data: GivenData, key: str | None, k: int | None, folder: Path | None, as_of: datetime | None
) -> Described:
    """The project that says what was found in the data, and each guess."""
    from segkit.pipeline.try_orders import find_order_lines

    with open_bench() as engine:
        data, read = _load(engine, data, key)
        engine.lock_down()
        # what a file of texts says is decided already
        csv = None if data.is_read else data.options.csv
        lines = find_order_lines(engine, _DATA, data.name, key, csv, as_of)
        project = TrialProject(data.name, data.origin(folder), CUSTOMER, (), (), k=k)
        if lines is not None:
            described = _of_orders(engine, project, lines)
        else:
            described = _of_customers(engine, data, project, key)
    return replace(described, read=(*read, *described.read))


def _of_orders(engine: FileBench, project: TrialProject, lines: OrderLines) -> Described:
    """The project of a table of order lines, and what has to be known of these."""
    from segkit.learn.data.all_rows import AllRows
    from segkit.learn.data.read import take_numbers
    from segkit.pipeline.try_orders import make_customers

    make_customers(engine, lines, _ROWS)
    customers = AllRows(engine, _ROWS, engine.columns(_ROWS))
    features, chosen = take_numbers(_undescribed(project), customers)
    project = replace(project, orders=lines.models, as_of=lines.as_of, features=features)
    return Described(project, lines.said, chosen)


def _of_customers(
    engine: FileBench, data: GivenData, project: TrialProject, wanted: str | None
) -> Described:
    """The project of a table whose rows are customers, and what has to be known of these."""
    from segkit.learn.data.all_rows import AllRows
    from segkit.learn.data.key_column import find_key
    from segkit.learn.data.made_columns import made_columns
    from segkit.learn.data.own_columns import guess_own
    from segkit.learn.data.read import choose

    columns = engine.columns(_DATA)
    _check_several(data.name, columns)
    key = find_key(engine, _DATA, columns, wanted)
    # what a file of texts says is decided already
    days = engine.whole_days(_DATA, columns).sql
    new = list(made_columns(engine, _DATA, columns, key.column, are_read=data.is_read, days=days))
    project = _rows_of(project, columns, key, new)
    engine.execute(f"CREATE TABLE {_ROWS} AS {project.model_sql(_DATA)}")
    columns = engine.columns(_ROWS)
    metrics = tuple(_metrics(columns, [each.name for each in new if each.is_outcome]))
    node = replace(_undescribed(project), metrics=metrics)
    # a number that is a day is there as days since
    customers = AllRows(engine, _ROWS, tuple(c for c in columns if c.name not in days))
    features, chosen = choose(node, customers)
    own = guess_own(node, customers, features, {e.name for e in new if e.name != e.column})
    used = {f.column for f in features} | {metric.column for metric in metrics}
    new = [each for each in new if each.name in used or each.is_number]
    project = _rows_of(project, project.columns, key, new)
    lacking = tuple(fact.column for fact in own if fact.column)
    project = replace(project, features=features, metrics=metrics, own=lacking)
    read = (*_key_said(key), *(each.said for each in new))
    return Described(project, read, (*chosen, *own), tuple(_metrics_said(metrics)))


def _check_several(name: str, columns: Sequence[Column]) -> None:
    if len(columns) == 1:
        message = f"{name} has one column, `{columns[0].name}`"
        hint = "add columns in which customers differ; if a sign parts it, say --csv delimiter=SIGN"
        raise DataError(Problem("SK313", message, help=hint))


def _rows_of(
    project: TrialProject, columns: Sequence[Column], key: Key, new: Sequence[MadeColumn]
) -> TrialProject:
    """The project with a row a customer."""
    numbered = Column(key.column, ColumnType("BIGINT", Kind.INTEGER))
    is_new = key.is_row_number and numbered not in columns
    return replace(
        project,
        key=key.column,
        columns=(numbered, *columns) if is_new else tuple(columns),
        made={each.name: each.sql for each in new},
        distinct=bool(key.copies),
        without_key=bool(key.without),
        numbered=key.is_row_number,
    )


def _metrics(columns: Sequence[Column], outcomes: Sequence[str]) -> Iterator[Metric]:
    """What is to be explained: quantities of a later time, and what came or not."""
    from segkit.learn.data.column_roles import is_later_by_name, outcome_by_name

    for column in columns:
        if not column.type.is_numeric:
            continue
        of_two = column.name in outcomes or column.type.kind is Kind.INTEGER
        if is_later_by_name(column.name) or (of_two and outcome_by_name(column.name)):
            yield Metric(column.name, _NOWHERE, is_later=True)


def _load(
    engine: FileBench, data: GivenData, wanted: str | None
) -> tuple[GivenData, tuple[str, ...]]:
    """The table, with what was found out about its file written down.

    An id that looks like a number stays the text that it is: 1.10 is not 1.1.
    """
    reading = data.load(engine, _DATA)
    columns = engine.columns(_DATA)
    given = next((c for c in columns if wanted and c.name.lower() == wanted.lower()), None)
    if reading is not None and given is not None and given.type.kind is Kind.DOUBLE:
        engine.execute(f"DROP TABLE {_DATA}")
        types = {**data.options.types, given.name: "VARCHAR"}
        data = replace(data, options=replace(data.options, types=types))
        reading = data.load(engine, _DATA)
    if reading is None:
        return data, ()
    said = tuple(reading.sentences(data.options))
    options = reading.declared(data.options)
    return replace(data, options=options, is_read=True), said


def _undescribed(project: TrialProject) -> Segmentation:
    return Segmentation(
        name=project.segmentation,
        relation=project.origin.table,
        key=project.key,
        features=(),
        clusters=ClusterSpec(project.k, max(DEFAULT_K_MAX, project.k or 0), 0),
        rules=RuleSpec(None, 0.05, 0.01),
        missing="median",
        place=_NOWHERE,
        key_place=_NOWHERE,
        depends_on=(),
    )


def _key_said(key: Key) -> Iterator[str]:
    if key.is_row_number:
        yield "rows are numbered, for want of an id: the numbers are those of this file"
    elif key.is_guess:
        yield f"{key.column} is the customer's id (--key says another)"
    if key.without:
        verb = "row has" if key.without == 1 else "rows have"
        yield f"{key.without:,} {verb} no {key.column}: left out"
    if key.copies:
        verb = "row is" if key.copies == 1 else "rows are"
        yield f"{key.copies:,} {verb} the same as another one: counted once"


def _metrics_said(metrics: Sequence[Metric]) -> Iterator[str]:
    if metrics:
        listed = ", ".join(metric.column for metric in metrics)
        yield f"not learned from, but what the segments are measured by: {listed} (by the name)"
