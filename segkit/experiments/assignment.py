"""Who gets which arm: SQL that anybody can run, and the table that keeps what was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from segkit.core.columns import Column
from segkit.dialects.hash_bucket import BUCKETS, bucket_sql
from segkit.dialects.phrases import as_text
from segkit.dialects.spelling import identifier, literal, literals, relation
from segkit.dialects.table import Dialect
from segkit.engines.base import Publisher, Reader
from segkit.engines.registered import HISTORY
from segkit.errors import FitError, Label, Problem
from segkit.monitor.build_log import moment_sql
from segkit.monitor.group_sums import number_sql
from segkit.monitor.history_key import as_kept
from segkit.project.nodes import AssignedElsewhere, Experiment, Period
from segkit.project.schema.experiments import HOLDOUT
from segkit.publish.subject import FittedSubject

HOLDOUT_SALT = "segkit_holdout"  # of every experiment of every project: who is out of one is of all
KEPT = ("arm", "segment_id", "fit_version", "assigned_at", "period")
_SHOWN = 5


def period_at(node: Experiment, day: date) -> int:
    """The period of a day, from 1: the last step of the ramp that has begun."""
    return max(sum(step.start <= day for step in node.periods), 1)


def arm_case(arms: Mapping[str, float], bucket: str, dialect: Dialect) -> str:
    """CASE over a bucket; the last arm takes what is left.

    >>> from segkit.dialects.table import DUCKDB
    >>> arm_case({"control": 50, "offer": 50}, "b", DUCKDB)
    "CASE WHEN b < 5000 THEN 'control' ELSE 'offer' END"
    """
    names, so_far, whens = list(arms), 0.0, []
    for name in names[:-1]:
        so_far += arms[name]
        whens.append(f"WHEN {bucket} < {_cut(so_far)} THEN {literal(name, dialect)}")
    return f"CASE {' '.join(whens)} ELSE {literal(names[-1], dialect)} END"


def _cut(percent: float) -> int:
    return round(percent * BUCKETS / 100)


def arms_select(node: Experiment, period: Period, view: str, key: str, dialect: Dialect) -> str:
    """SELECT of the key, arm and segment of the customers who take part in a period.

    The holdout comes first; who takes part, and which arm, are by salts of their own.

    ``view``, ``key``: SQL of the segmentation's view and its key.
    """
    assert node.salt is not None
    bucket = bucket_sql(node.salt, key, dialect)
    arm = arm_case(period.arms, "segkit_arm", dialect)
    columns = [f"{bucket} AS segkit_arm"]
    where = [eligible_sql(node, dialect)]
    if node.holdout:
        columns.append(f"{bucket_sql(HOLDOUT_SALT, key, dialect)} AS segkit_out")
        held = f"WHEN segkit_out < {_cut(node.holdout)} THEN {literal(HOLDOUT, dialect)}"
        arm = arm.replace("CASE ", f"CASE {held} ", 1)
    if period.share < 100:
        entry = bucket_sql(f"{node.salt}:entry", key, dialect)
        where.append(f"{entry} < {_cut(period.share)}")
    return (
        f"SELECT {key}, {arm} AS arm, segment_id FROM (SELECT {key}, segment_id,"
        f" {', '.join(columns)} FROM {view} WHERE {' AND '.join(where)}) AS segkit_hashed"
    )


def eligible_sql(node: Experiment, dialect: Dialect) -> str:
    """The condition of the segments that take part."""
    if node.eligible:
        return f"segment_id IN ({literals(node.eligible, dialect)})"
    return f"segment_id <> {literal('unassigned', dialect)}"


@dataclass(frozen=True)
class Assigned:
    """``new`` customers of this build, ``n`` of all; ``warnings`` of an assignment elsewhere."""

    new: int
    n: int
    warnings: tuple[Problem, ...] = ()


def assignment_table(name: str, dialect: Dialect) -> str:
    return relation(f"{name}_assignment", None, dialect)


def assign(
    engine: Publisher, node: Experiment, subject: FittedSubject, moment: datetime, *, is_open: bool
) -> Assigned:
    """Bring ``NAME_assignment`` up to a moment: who is in it stays as he is.

    ``is_open``: who is not in it yet may still join. Covariates are kept as they are now;
    of a customer who was assigned before today they are not known, as they may hold what
    the arm did.
    """
    dialect = engine.dialect
    table, key = assignment_table(node.name, dialect), subject.by_name[subject.node.key]
    if not engine.carry_table(f"{node.name}_assignment"):
        covariates = "".join(f", {identifier(c, dialect)} FLOAT8" for c in node.covariates)
        engine.run_ddl(
            f"CREATE TABLE {table} ({identifier(key.name, dialect)} {key.type.sql}, arm VARCHAR,"
            " segment_id VARCHAR, fit_version INTEGER, assigned_at TIMESTAMP, period INTEGER"
            f"{covariates})"
        )
    engine.register("main", f"{node.name}_assignment", HISTORY, node.name)
    count = f"SELECT count(*) FROM {table}"
    before = engine.query(count)[0][0]
    warnings: tuple[Problem, ...] = ()
    if is_open:
        kept = engine.columns(table)[0]
        if node.assigned_by is None:
            select, at = _hashed(node, subject, moment), moment_sql(moment, dialect)
        else:
            warnings = _check_elsewhere(engine, node, node.assigned_by, subject)
            select, at = _elsewhere(node, node.assigned_by, subject, moment), "g.assigned_at"
        engine.execute(_insert_sql(node, subject, table, kept, select, at, moment))
    return Assigned(engine.query(count)[0][0] - before, engine.query(count)[0][0], warnings)


def _hashed(node: Experiment, subject: FittedSubject, moment: datetime) -> str:
    number = period_at(node, moment.date())
    rows = arms_select(node, node.periods[number - 1], subject.view, subject.key, subject.dialect)
    return f"SELECT *, {number} AS period FROM ({rows}) AS segkit_arms"


def _elsewhere(
    node: Experiment, given: AssignedElsewhere, subject: FittedSubject, moment: datetime
) -> str:
    """The first arm that each customer got from the start on, before the end and the moment."""
    dialect = subject.dialect
    own = as_text(f"v.{subject.key}", dialect)
    before = f" AND f.assigned_at < {_midnight(node.end, dialect)}" if node.end else ""
    eligible = eligible_sql(node, dialect).replace("segment_id", "v.segment_id", 1)
    return (
        f"SELECT v.{subject.key}, f.arm, v.segment_id, f.assigned_at, 1 AS period FROM"
        f" ({_first_arms(given, subject)}) AS f JOIN {subject.view} AS v ON {own} = f.id"
        f" WHERE f.place = 1 AND f.assigned_at >= {_midnight(node.start, dialect)}"
        f" AND f.assigned_at <= {moment_sql(moment, dialect)} AND {eligible}{before}"
    )


def _first_arms(given: AssignedElsewhere, subject: FittedSubject) -> str:
    from segkit.publish.relations import relation_sql

    dialect = subject.dialect
    id_ = as_text(identifier(given.key, dialect), dialect)
    arm, at = identifier(given.arm, dialect), identifier(given.at, dialect)
    return (
        f"SELECT {id_} AS id, {as_text(arm, dialect)} AS arm, CAST({at} AS TIMESTAMP) AS"
        f" assigned_at, row_number() OVER (PARTITION BY {id_} ORDER BY {at}, {arm}) AS place"
        f" FROM {relation_sql(subject.project, given.relation, dialect)}"
        f" WHERE {arm} IS NOT NULL AND {at} IS NOT NULL"
    )


def _check_elsewhere(
    engine: Reader, node: Experiment, given: AssignedElsewhere, subject: FittedSubject
) -> tuple[Problem, ...]:
    """Refuse arms that are not declared; tell of customers who got several."""
    first = _first_arms(given, subject)
    known = literals(node.arms, engine.dialect)
    rows = engine.query(
        f"SELECT arm, count(*) FROM ({first}) AS f WHERE arm NOT IN ({known})"
        " GROUP BY arm ORDER BY 2 DESC, 1"
    )
    if rows:
        listed = ", ".join(f"`{arm}` ({n:,})" for arm, n in rows[:_SHOWN])
        message = f"{given.relation} has arms that {node.name} does not: {listed}"
        hint = f"declare them in `arms`, which are {', '.join(node.arms)}; or leave them out there"
        raise FitError(Problem("SK352", message, (Label(given.place),), hint))
    ((several,),) = engine.query(
        f"SELECT count(*) FROM (SELECT id FROM ({first}) AS f GROUP BY id"
        " HAVING min(arm) <> max(arm)) AS segkit_several"
    )
    if not several:
        return ()
    message = f"{several:,} customers of {given.relation} got more than one arm"
    hint = "each counts for the first; look at why: an effect is drawn to zero by it"
    return (Problem("SK352", message, (Label(given.place),), hint, severity="warning"),)


def _insert_sql(
    node: Experiment,
    subject: FittedSubject,
    table: str,
    kept: Column,
    select: str,
    at: str,
    moment: datetime,
) -> str:
    dialect, by_name = subject.dialect, subject.by_name
    key = by_name[subject.node.key]
    id_ = as_kept(f"g.{subject.key}", key.type, kept.type, dialect)
    columns = [identifier(kept.name, dialect), *KEPT]
    items = [id_, "g.arm", "g.segment_id", str(subject.fit.version), at, "g.period"]
    joined = ""
    if node.covariates:
        joined = f" LEFT JOIN {subject.base} AS b ON b.{subject.key} = g.{subject.key}"
        columns += [identifier(name, dialect) for name in node.covariates]
        today = _midnight(moment.date(), dialect)
        for name in node.covariates:
            column = _column(by_name, name)
            number = number_sql(f"b.{identifier(column.name, dialect)}", column, dialect)
            items.append(f"CASE WHEN {at} >= {today} THEN {number} END")
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(items)}"
        f" FROM ({select}) AS g{joined} WHERE NOT EXISTS (SELECT 1 FROM {table} AS t"
        f" WHERE t.{identifier(kept.name, dialect)} = {id_}) ORDER BY 1"
    )


def _midnight(day: date, dialect: Dialect) -> str:
    return moment_sql(datetime(day.year, day.month, day.day), dialect)


def _column(by_name: Mapping[str, Column], name: str) -> Column:
    folded = {each.casefold(): column for each, column in by_name.items()}
    return by_name.get(name) or folded[name.casefold()]


def daily_counts(engine: Reader, node: Experiment) -> Sequence[tuple[date, str, int, str, int]]:
    """(day, segment, period, arm, customers) of who was assigned, the holdout left out."""
    dialect = engine.dialect
    rows: list[tuple[date, str, int, str, int]] = engine.query(
        "SELECT CAST(assigned_at AS DATE), segment_id, period, arm, count(*)"
        f" FROM {assignment_table(node.name, dialect)} WHERE arm <> {literal(HOLDOUT, dialect)}"
        " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
    )
    return rows
