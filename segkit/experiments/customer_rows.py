"""A row for each assigned customer: arm, stratum, and the sums of what is measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from segkit.core.columns import Column, Kind, spelling_of
from segkit.core.experiment_result import DataEnd
from segkit.dialects.hash_bucket import bucket_sql
from segkit.dialects.phrases import as_double, as_text, phrases
from segkit.dialects.spelling import identifier, literal
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.experiments.assignment import assignment_table, eligible_sql
from segkit.experiments.policy import FOLDS
from segkit.monitor.build_log import moment_sql
from segkit.monitor.group_sums import number_sql
from segkit.project.nodes import Experiment, Measure, Project
from segkit.project.schema.experiments import HOLDOUT
from segkit.publish.relations import relation_sql
from segkit.publish.subject import FittedSubject

ROWS = "segkit_customers"
FOLD_SALT = "segkit_fold"


def rows_sql(
    engine: Reader, project: Project, node: Experiment, table: str, until: datetime
) -> str:
    """SELECT of arm, segment, period, fold, covariates ``x0``, and of measures ``y0``, ``d0``.

    ``c0`` is 1 where the time of the measure is over: what is younger has no value yet.
    """
    dialect = engine.dialect
    own = engine.columns(table)[0]
    key = identifier(own.name, dialect)
    fold = f"CAST({bucket_sql(FOLD_SALT, f'a.{key}', dialect)} AS INTEGER) % {FOLDS}"
    covariates = [f"a.{identifier(c, dialect)}" for c in node.covariates]
    known = " AND ".join(f"{c} IS NOT NULL" for c in covariates) or "1 = 1"
    items = ["a.arm", "a.segment_id", "a.period", f"{fold} AS fold"]
    items.append(f"CASE WHEN {known} THEN 1 ELSE 0 END AS known")
    items += [f"CASE WHEN {known} THEN {c} END AS x{i}" for i, c in enumerate(covariates)]
    joins = []
    for number, (place, measures) in enumerate(_places(node).items()):
        sums = _Sums(engine, project, table, key, place, measures, own)
        joins.append(f"LEFT JOIN (\n{sums.select()}\n) AS m{number} ON m{number}.id = a.{key}")
        items += sums.items(f"m{number}", until)
    where = f"a.arm <> {literal(HOLDOUT, dialect)}"
    return f"SELECT {', '.join(items)}\nFROM {table} AS a\n" + "\n".join(joins) + f"\nWHERE {where}"


Place = tuple[str, str, str | None, int | None]


def _places(node: Experiment) -> Mapping[Place, list[tuple[int, Measure]]]:
    """Measures by where they come from: what is of one relation and time is summed together."""
    found: dict[Place, list[tuple[int, Measure]]] = {}
    for number, each in enumerate(node.measures):
        found.setdefault((each.relation, each.key, each.at, each.days), []).append((number, each))
    return found


@dataclass(frozen=True)
class _Sums:
    """Sums by customer of the measures of one place."""

    engine: Reader
    project: Project
    table: str
    key: str
    place: Place
    measures: Sequence[tuple[int, Measure]]
    own: Column  # the key of the customers

    @property
    def dialect(self) -> Dialect:
        return self.engine.dialect

    def select(self) -> str:
        name, key, at, days = self.place
        source = relation_sql(self.project, name, self.dialect)
        columns = self.engine.columns(source)
        spell, by_name = spelling_of(columns), {c.name: c for c in columns}
        left, right = f"f.{identifier(spell(key), self.dialect)}", f"a.{self.key}"
        if by_name[spell(key)].type.kind is not self.own.type.kind:
            left, right = as_text(left, self.dialect), as_text(right, self.dialect)
        condition = f"{left} = {right}"
        if at is not None and days is not None:
            condition += f" AND {self._within(by_name[spell(at)], days)}"
        sums = ", ".join(self._sums(spell, by_name))
        return (
            f"SELECT a.{self.key} AS id, {sums} FROM {source} AS f JOIN {self.table} AS a"
            f" ON {condition} GROUP BY a.{self.key}"
        )

    def _within(self, column: Column, days: int) -> str:
        """Of the day itself a DATE does not tell what was before: it counts."""
        at, start = f"f.{identifier(column.name, self.dialect)}", "a.assigned_at"
        if column.type.kind is Kind.DATE:
            start = f"CAST({start} AS DATE)"
        return f"{at} >= {start} AND {at} < {start} + INTERVAL '{days} days'"

    def _sums(self, spell: Any, by_name: Mapping[str, Column]) -> Iterator[str]:
        for number, measure in self.measures:
            named = (("y", measure.metric), ("d", measure.per))
            for letter, name in named:
                if name is not None:
                    column = by_name[spell(name)]
                    sql = number_sql(
                        f"f.{identifier(column.name, self.dialect)}", column, self.dialect
                    )
                    exact = phrases(self.dialect).exact_sum(sql)
                    yield f"{exact} AS {letter}{number}"

    def items(self, alias: str, until: datetime) -> Iterator[str]:
        days = self.place[3]
        is_over = "1 = 1"
        if days is not None:
            end = moment_sql(until, self.dialect)
            is_over = f"a.assigned_at + INTERVAL '{days} days' <= {end}"
        zero = "0" if days is not None else "NULL"  # nothing happened, or nothing is known
        for number, measure in self.measures:
            yield f"CASE WHEN {is_over} THEN 1 ELSE 0 END AS c{number}"
            for letter in "yd" if measure.per else "y":
                value = (
                    f"CASE WHEN {alias}.id IS NULL THEN {zero} ELSE {alias}.{letter}{number} END"
                )
                number_ = as_double(value, self.dialect)
                yield f"CASE WHEN {is_over} THEN {number_} END AS {letter}{number}"


def held_rows(engine: Reader, project: Project, node: Experiment, until: datetime) -> Any:
    """While the block runs, ``ROWS`` has the assigned customers."""
    table = assignment_table(node.name, engine.dialect)
    return engine.hold(ROWS, rows_sql(engine, project, node, table, until))


def data_ends(
    engine: Reader, project: Project, node: Experiment, until: datetime
) -> Iterator[DataEnd]:
    """Relations that end before the time of somebody does: what came after would count as 0."""
    dialect = engine.dialect
    table = assignment_table(node.name, dialect)
    for name, _, at, days in _places(node):
        if at is None or days is None:
            continue
        source = relation_sql(project, name, dialect)
        column = identifier(spelling_of(engine.columns(source))(at), dialect)
        time = f"assigned_at + INTERVAL '{days} days'"
        ((newest, over),) = engine.query(
            f"SELECT (SELECT CAST(max({column}) AS DATE) FROM {source}), CAST(max({time}) AS DATE)"
            f" FROM {table} WHERE arm <> {literal(HOLDOUT, dialect)}"
            f" AND {time} <= {moment_sql(until, dialect)}"
        )
        # a quiet day in ten is no end
        if over is not None and (newest is None or (over - newest).days > max(1, days // 10)):
            yield DataEnd(name, newest, over)


def history_rows_sql(
    engine: Reader, node: Experiment, subject: FittedSubject, as_of: datetime
) -> str:
    """SELECT of id, segment, the primary metric ``y`` of the past and that of the time ``before``.

    As many days of it as there will be, up to ``as_of``; without a time, as it is now.
    """
    dialect, measure = engine.dialect, node.primary
    days = measure.days or 0
    moments = [as_of - timedelta(days=days * back) for back in (1, 2)]
    names = []
    joins = []
    for i, start in enumerate(moments if measure.days else moments[:1]):
        who = (
            f"(SELECT {subject.key}, {moment_sql(start, dialect)} AS assigned_at"
            f" FROM {subject.view})"
        )
        place = (measure.relation, measure.key, measure.at, measure.days)
        columns = engine.columns(subject.view)
        key = next(c for c in columns if c.name == subject.node.key)
        sums = _Sums(engine, subject.project, who, subject.key, place, [(0, measure)], key)
        joins.append(f"LEFT JOIN (\n{sums.select()}\n) AS m{i} ON m{i}.id = v.{subject.key}")
        zero = "0" if measure.days else "NULL"
        value = f"m{i}.y0 / nullif(m{i}.d0, 0)" if measure.per else f"m{i}.y0"
        names.append(as_double(f"CASE WHEN m{i}.id IS NULL THEN {zero} ELSE {value} END", dialect))
    names += ["CAST(NULL AS DOUBLE PRECISION)"] * (2 - len(names))
    eligible = eligible_sql(node, dialect).replace("segment_id", "v.segment_id", 1)
    return (
        f"SELECT v.{subject.key} AS id, v.segment_id, {names[0]} AS y, {names[1]} AS before"
        f" FROM {subject.view} AS v\n" + "\n".join(joins) + f"\nWHERE {eligible}"
    )
