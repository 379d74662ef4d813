"""The builds of a segmentation: when, by which fit, and as of which day its data were.

``<S>_builds`` has one row a build. All moments are in UTC.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from segkit.dialects.spelling import literal, relation
from segkit.dialects.table import Dialect
from segkit.engines.base import Publisher, Reader
from segkit.engines.registered import HISTORY

_COLUMNS = "as_of TIMESTAMP, fit_version INTEGER, data_as_of DATE, edges VARCHAR"


@dataclass(frozen=True)
class LoggedBuild:
    """``data_as_of``: the day that the models looked back from; None where no variable says it.

    ``edges``: of each bucket set above the segmentation, the version of its stored edges.
    """

    as_of: datetime
    fit_version: int
    data_as_of: date | None = None
    edges: Mapping[str, int] = field(default_factory=dict)


def log_build(engine: Publisher, segmentation: str, build: LoggedBuild) -> None:
    """Add the build; what was on record from its moment on is forgotten."""
    edges = json.dumps(dict(sorted(build.edges.items())))
    with engine.atomic():
        table = table_of_builds(engine, _name(segmentation), segmentation, _COLUMNS)
        engine.execute(f"DELETE FROM {table} WHERE as_of >= $1", (build.as_of,))
        row = (build.as_of, build.fit_version, build.data_as_of, edges)
        engine.execute(f"INSERT INTO {table} VALUES ($1, $2, $3, $4)", row)


def table_of_builds(engine: Publisher, name: str, of: str, columns: str) -> str:
    """Have a table that lasts, with rows of each build of a node, and return its name as SQL."""
    table = relation(name, None, engine.dialect)
    if not engine.carry_table(name):
        engine.run_ddl(f"CREATE TABLE {table} ({columns})")
    engine.register("main", name, HISTORY, of)
    return table


def build_before(engine: Publisher, segmentation: str, moment: datetime) -> LoggedBuild | None:
    """Return the last build before a moment; None where none is on record."""
    found = _known_builds(engine, segmentation)
    return next((build for build in reversed(found) if build.as_of < moment), None)


def build_at(engine: Publisher, segmentation: str, moment: datetime) -> LoggedBuild | None:
    """Return the build of a moment; None where it is not on record."""
    found = _known_builds(engine, segmentation)
    return next((build for build in found if build.as_of == moment), None)


def _known_builds(engine: Publisher, segmentation: str) -> tuple[LoggedBuild, ...]:
    return logged_builds(engine, segmentation) if engine.carry_table(_name(segmentation)) else ()


def logged_builds(engine: Reader, segmentation: str) -> tuple[LoggedBuild, ...]:
    """Return all builds on record, in the order of time; the table has to be there."""
    table = relation(_name(segmentation), None, engine.dialect)
    rows = engine.query(f"SELECT as_of, fit_version, data_as_of, edges FROM {table} ORDER BY as_of")
    return tuple(
        LoggedBuild(as_of, version, data_as_of, json.loads(edges or "{}"))
        for as_of, version, data_as_of, edges in rows
    )


def moment_sql(moment: datetime, dialect: Dialect) -> str:
    """A moment as SQL; one without a zone is UTC."""
    return f"CAST({literal(moment.isoformat(' '), dialect)} AS TIMESTAMP)"


def _name(segmentation: str) -> str:
    return f"{segmentation}_builds"
