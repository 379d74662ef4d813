"""What lasts of drift: ``<S>_baseline``, customers as they were at the fit, and ``<S>_drift``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from segkit.core.columns import Column, ColumnType
from segkit.core.drift_result import (
    Check,
    Drift,
    EarlierBuild,
    Flow,
    MixAndRate,
    Part,
    Verdict,
)
from segkit.dialects.key_sample import in_sample
from segkit.dialects.spelling import identifier, relation
from segkit.dialects.table import Dialect
from segkit.engines.base import Publisher, Reader
from segkit.engines.registered import HISTORY
from segkit.monitor.build_log import moment_sql

SOME = "segkit_some"  # whether a customer is one of those who are joined with later builds
BASE_COLUMNS = ("key", "segment_id", "fit_version", "as_of", SOME)  # beside those that are followed
_JOINED = 100_000  # customers: variances of differences to half a percent
_MEAN_THEN, _MEAN_NOW, _MIX, _RATE = "mean at the fit", "mean now", "mix", "rate"
_UNTESTED = "not tested"
_DRIFT = (
    "as_of TIMESTAMP, against VARCHAR, check_name VARCHAR, subject VARCHAR, segment_id VARCHAR,"
    " estimate FLOAT8, low FLOAT8, high FLOAT8, p FLOAT8, level VARCHAR"
)


@dataclass(frozen=True)
class Baseline:
    """What builds are compared with: customers by a fit, as they were at a moment."""

    table: str
    as_of: datetime
    fit_version: int
    columns: tuple[str, ...]
    rows: int


def read_baseline(
    engine: Publisher, segmentation: str, key: ColumnType | None = None
) -> Baseline | None:
    """Return the baseline; None where there is none yet, or nobody in it.

    ``key``: the type that ids are kept in from now on.
    """
    name = f"{segmentation}_baseline"
    if not engine.carry_table(name):
        return None
    table = relation(name, None, engine.dialect)
    ((as_of, version, rows),) = engine.query(
        f"SELECT max(as_of), max(fit_version), count(*) FROM {table}"
    )
    if as_of is None:
        return None
    found = engine.columns(table)
    if key is not None and found[0].type.sql != key.sql:
        column = identifier(found[0].name, engine.dialect)
        engine.run_ddl(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {key.sql}")
    columns = tuple(column.name for column in found)
    return Baseline(table, as_of, int(version), columns, int(rows))


def write_baseline(
    engine: Publisher, segmentation: str, now: str, key: Column, as_of: datetime, fit_version: int
) -> None:
    """Make the customers of ``now`` what later builds are compared with.

    ``key``: of what kind the ids are.
    """
    name = f"{segmentation}_baseline"
    table = relation(name, None, engine.dialect)
    if engine.carry_table(name):
        engine.run_ddl(f"DROP TABLE {table}")
    moment, id_ = moment_sql(as_of, engine.dialect), identifier("key", engine.dialect)
    ((n,),) = engine.query(f"SELECT count(*) FROM {now}")
    engine.run_ddl(
        f"CREATE TABLE {table} AS SELECT *, {fit_version} AS fit_version, {moment} AS as_of,"
        f" {_some_sql(id_, key, n, engine.dialect)} AS {SOME} FROM {now} ORDER BY {id_}"
    )
    engine.register("main", name, HISTORY, segmentation)


def some_of(engine: Reader, segmentation: str, base: Baseline, key: Column) -> str | None:
    """SELECT of the ids that a build is looked at for, of those of then and who joined since.

    None for everybody: where there are few, or the baseline does not say.
    """
    if base.rows <= _JOINED or SOME not in base.columns:
        return None
    dialect = engine.dialect
    changes, id_ = relation(f"{segmentation}_changes", None, dialect), identifier(key.name, dialect)
    since = f"changed_at > {moment_sql(base.as_of, dialect)}"
    return (
        f"SELECT {identifier('key', dialect)} FROM {base.table} WHERE {SOME} UNION SELECT {id_}"
        f" FROM {changes} WHERE reason = 'joined' AND {since}"
        f" AND {_some_sql(id_, key, base.rows, dialect)}"
    )


def _some_sql(id_: str, key: Column, rows: int, dialect: Dialect) -> str:
    return "TRUE" if rows <= _JOINED else in_sample(id_, key, _JOINED / rows, dialect)


def drift_table(engine: Publisher, segmentation: str) -> str:
    """Have ``<S>_drift``, and return its name as SQL."""
    name = f"{segmentation}_drift"
    table = relation(name, None, engine.dialect)
    if not engine.carry_table(name):
        engine.run_ddl(f"CREATE TABLE {table} ({_DRIFT})")
    engine.register("main", name, HISTORY, segmentation)
    return table


def write_drift(engine: Publisher, segmentation: str, as_of: datetime, drift: Drift) -> None:
    """Add the rows of one build: its checks, and what moved the mean of each metric."""
    rows = [*drift.checks]
    rows += [
        Check(drift.as_of, "fit", _UNTESTED, f"{family}: {code}", None, None)
        for family, code in drift.untested
    ]
    for each in drift.mix_and_rate:
        means = ((_MEAN_THEN, each.before), (_MEAN_NOW, each.now))
        rows += [Check(drift.as_of, "fit", name, each.metric, None, mean) for name, mean in means]
        for part in each.parts:
            of_part = ((_MIX, part.mix), (_RATE, part.rate))
            rows += [
                Check(drift.as_of, "fit", name, each.metric, part.segment_id, value)
                for name, value in of_part
            ]
    write_checks(engine, segmentation, as_of, rows)


def read_drift(engine: Reader, segmentation: str, moment: datetime) -> Drift | None:
    """Return what is kept of a build's drift; None where it was not looked for."""
    if not engine.exists("main", f"{segmentation}_drift"):
        return None
    table = relation(f"{segmentation}_drift", None, engine.dialect)
    rows = [
        Check(moment.date(), *row)
        for row in engine.query(
            "SELECT against, check_name, subject, segment_id, estimate, low, high, p, level"
            f" FROM {table} WHERE as_of = {moment_sql(moment, engine.dialect)}"
        )
    ]
    if not rows:
        return None
    levels = {row.level for row in rows}
    verdict: Verdict = "act" if "act" in levels else "watch" if "watch" in levels else "ok"
    beside = (_MEAN_THEN, _MEAN_NOW, _MIX, _RATE, _UNTESTED)
    checks = tuple(c for c in rows if c.check_name not in beside)
    untested = [(c.subject or "").split(": ", 1) for c in rows if c.check_name == _UNTESTED]
    return Drift(
        moment.date(),
        verdict,
        checks,
        None,
        _mixed(rows),
        untested=tuple((family, code) for family, code in untested),
    )


def _mixed(rows: Iterable[Check]) -> tuple[MixAndRate, ...]:
    """The rows of what moved the mean of each metric, put together again."""
    figures: dict[str, dict[str | None, dict[str, float]]] = {}
    for c in rows:
        of_metric = figures.setdefault(c.subject or "", {})
        of_metric.setdefault(c.segment_id, {})[c.check_name] = c.estimate or 0.0
    return tuple(
        MixAndRate(
            metric,
            found[None][_MEAN_THEN],
            found[None][_MEAN_NOW],
            tuple(Part(i, f[_MIX], f[_RATE]) for i, f in found.items() if i and _MIX in f),
        )
        for metric, found in figures.items()
        if _MEAN_THEN in found.get(None, {})
    )


def write_checks(
    engine: Publisher, segmentation: str, as_of: datetime, checks: Iterable[Check]
) -> None:
    """Add rows of one build."""
    table = drift_table(engine, segmentation)
    marks = ", ".join(f"${place}" for place in range(1, 11))
    for c in checks:
        engine.execute(
            f"INSERT INTO {table} VALUES ({marks})",
            (
                *(as_of, c.against, c.check_name, c.subject, c.segment_id),
                *(c.estimate, c.low, c.high, c.p, c.level),
            ),
        )


def earlier_builds(
    engine: Reader, segmentation: str, since: datetime, until: datetime
) -> tuple[EarlierBuild, ...]:
    """Return what is kept of the builds after ``since`` and before ``until``, in order."""
    dialect = engine.dialect
    between = f"WHERE as_of > {moment_sql(since, dialect)} AND as_of < {moment_sql(until, dialect)}"
    flows: dict[datetime, list[Flow]] = {}
    for as_of, *flow in engine.query(
        "SELECT as_of, from_segment_id, calendar_segment_id, band, to_segment_id, active,"
        f" CAST(sum(n) AS BIGINT) FROM {relation(f'{segmentation}_flows', None, dialect)}"
        f" {between} GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6"
    ):
        flows.setdefault(as_of, []).append(Flow(as_of.date(), *flow))
    checks: dict[datetime, list[Check]] = {}
    for as_of, *check in engine.query(
        "SELECT as_of, against, check_name, subject, segment_id, estimate, low, high, p, level"
        f" FROM {relation(f'{segmentation}_drift', None, dialect)} {between}"
    ):
        checks.setdefault(as_of, []).append(Check(as_of.date(), *check))
    return tuple(
        EarlierBuild(as_of.date(), flows.get(as_of, ()), checks.get(as_of, ()))
        for as_of in sorted({*flows, *checks})
    )
