"""Who was in which segment when, and how large the segments were.

``<S>_history`` has one row for each stay of a customer in a segment, from
``valid_from`` up to but not including ``valid_to`` (NULL while it lasts). A
new fit version ends all stays, because the segments mean something else then.

All moments are the builds' as-of times, in UTC. Building again at the last
moment restates it; an earlier moment is refused, unless history is rewritten.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from segkit.core.columns import Column
from segkit.dialects.spelling import identifier, relation
from segkit.engines.base import Publisher
from segkit.engines.registered import HISTORY
from segkit.errors import Problem, PublishError
from segkit.learn.data.key_counts import keys_rise
from segkit.monitor.build_log import LoggedBuild
from segkit.monitor.history_key import as_kept, take_key

# tables with rows of single moments, and the column that says when
_OF_MOMENTS = (
    ("changes", "changed_at"),
    ("flows", "as_of"),
    ("drift", "as_of"),
    ("baseline", "as_of"),
)
_PROFILE_COLUMNS = (
    "as_of TIMESTAMP, segment_id VARCHAR, n BIGINT, share FLOAT8, metric VARCHAR,"
    " metric_sum FLOAT8, metric_mean FLOAT8, metric_share FLOAT8"
)


def rewind_history(
    engine: Publisher,
    *,
    segmentation: str,
    key: Column,
    view: str,
    as_of: datetime,
    rewrite: bool = False,
) -> tuple[Problem, ...]:
    """Have ``<segmentation>_history`` as it was just before a moment; return what is to be known.

    So a build at a moment at which there was one is as if it were built the first time.

    Parameters
    ----------
    key : Column
        The customer's id in the view, which the history keeps by name; see ``take_key``.
    view : str
        The published view as SQL text; its keys are unique and not NULL.
    as_of : datetime
        The build's moment; without a time zone it is UTC.
    rewrite : bool
        Forget everything after ``as_of``.

    Raises
    ------
    PublishError
        SK604 if ``as_of`` lies before the last build's and ``rewrite`` is not
        set; SK105 if the key has another name than in the history, or other values.
    """
    name = f"{segmentation}_history"
    moment = utc(as_of)
    dialect = engine.dialect
    table = relation(name, None, dialect)
    warnings: tuple[Problem, ...] = ()
    with engine.atomic():
        if engine.carry_table(name):
            warnings = take_key(engine, name, table, key, view)
        else:
            engine.run_ddl(
                f"CREATE TABLE {table} ({identifier(key.name, dialect)} {key.type.sql},"
                " segment_id VARCHAR, fit_version INTEGER,"
                " valid_from TIMESTAMP, valid_to TIMESTAMP)"
            )
        engine.register("main", name, HISTORY, segmentation)
        _check_order(engine, segmentation, moment, rewrite)
        engine.execute(f"DELETE FROM {table} WHERE valid_from >= $1", (moment,))
        engine.execute(f"UPDATE {table} SET valid_to = NULL WHERE valid_to >= $1", (moment,))
        for suffix, column in _OF_MOMENTS:
            if engine.carry_table(f"{segmentation}_{suffix}"):
                other = relation(f"{segmentation}_{suffix}", None, dialect)
                engine.execute(f"DELETE FROM {other} WHERE {column} >= $1", (moment,))
    return warnings


def update_history(
    engine: Publisher,
    *,
    segmentation: str,
    key: Column,
    view: str,
    fit_version: int,
    as_of: datetime,
) -> None:
    """Bring ``<segmentation>_history``, which was rewound, up to the state of the view.

    For a first build or another fit; of the same fit ``write_movers`` reads movers alone.
    """
    moment = utc(as_of)
    dialect = engine.dialect
    table = relation(f"{segmentation}_history", None, dialect)
    kept = engine.columns(table)[0]
    id_ = identifier(kept.name, dialect)
    today = as_kept(f"v.{identifier(key.name, dialect)}", key.type, kept.type, dialect)
    stays = f"INSERT INTO {table} SELECT {today}, v.segment_id, $2, $1, NULL FROM {view} AS v"
    with engine.atomic():
        if not engine.query(f"SELECT 1 FROM {table} LIMIT 1"):  # nobody to look for
            in_order = "" if keys_rise(engine, today, f"{view} AS v") else f" ORDER BY {today}"
            engine.execute(f"{stays}{in_order}", (moment, fit_version))
            return
        engine.execute(
            f"UPDATE {table} AS h SET valid_to = $1 WHERE valid_to IS NULL AND NOT EXISTS ("
            f"SELECT 1 FROM {view} AS v WHERE {today} = h.{id_}"
            " AND v.segment_id = h.segment_id AND h.fit_version = $2)",
            (moment, fit_version),
        )
        engine.execute(
            f"{stays} WHERE NOT EXISTS (SELECT 1 FROM {table} AS h"
            f" WHERE h.valid_to IS NULL AND h.{id_} = {today}) ORDER BY {today}",
            (moment, fit_version),
        )


def write_movers(
    engine: Publisher, *, segmentation: str, movers: str, fit_version: int, as_of: datetime
) -> None:
    """End the stays of ``movers`` in ``<segmentation>_history``, and begin their next ones.

    Parameters
    ----------
    movers : str
        A SELECT of id (of the history's type; NULL: forgotten), from_id and to_id, for who
        is not in the segment any more in which the history has them, or not yet in it.
    """
    moment, dialect = utc(as_of), engine.dialect
    table = relation(f"{segmentation}_history", None, dialect)
    id_ = identifier(engine.columns(table)[0].name, dialect)
    with engine.atomic():
        engine.execute(
            f"UPDATE {table} SET valid_to = $1 WHERE valid_to IS NULL AND ({id_} IS NULL OR {id_}"
            f" IN (SELECT id FROM ({movers}) AS moved WHERE id IS NOT NULL))",
            (moment,),
        )
        engine.execute(
            f"INSERT INTO {table} SELECT id, to_id, $2, $1, NULL FROM ({movers}) AS moved"
            " WHERE to_id IS NOT NULL ORDER BY id",
            (moment, fit_version),
        )


def update_profile_history(
    engine: Publisher,
    *,
    segmentation: str,
    profile: str,
    metrics: Sequence[str],
    as_of: datetime,
) -> None:
    """Add the profile's rows at ``as_of`` to ``<segmentation>_profile_history``.

    One row for each segment and metric; without metrics one for each segment,
    with NULL in the metric's columns. Rows of the same moment are replaced.

    Parameters
    ----------
    profile : str
        The profile view as SQL text, with ``<metric>_sum``, ``_mean`` and ``_share``.

    """
    name = f"{segmentation}_profile_history"
    moment = utc(as_of)
    table = relation(name, None, engine.dialect)
    with engine.atomic():
        if not engine.carry_table(name):
            engine.run_ddl(f"CREATE TABLE {table} ({_PROFILE_COLUMNS})")
        engine.register("main", name, HISTORY, segmentation)
        engine.execute(f"DELETE FROM {table} WHERE as_of >= $1", (moment,))
        if not metrics:
            engine.execute(
                f"INSERT INTO {table} SELECT $1, segment_id, n, share, NULL, NULL, NULL, NULL"
                f" FROM {profile} ORDER BY segment_id",
                (moment,),
            )
        for metric in metrics:
            parts = ", ".join(
                identifier(f"{metric}_{part}", engine.dialect) for part in ("sum", "mean", "share")
            )
            engine.execute(
                f"INSERT INTO {table} SELECT $1, segment_id, n, share, $2, {parts}"
                f" FROM {profile} ORDER BY segment_id",
                (moment, metric),
            )


def _check_order(engine: Publisher, segmentation: str, moment: datetime, rewrite: bool) -> None:
    last = last_moment(engine, segmentation)
    if last is not None and moment < last and not rewrite:
        message = (
            f"{segmentation}: this build is as of {moment.isoformat(' ')}, but the last one"
            f" was as of {last.isoformat(' ')}"
        )
        hint = "build as of a later time, or pass `--rewrite-history` to forget what came after"
        raise PublishError(Problem("SK604", message, help=hint))


def last_state(engine: Publisher, segmentation: str, moment: datetime) -> LoggedBuild | None:
    """Return what the histories tell of the last build, where it is not on record itself.

    ``S_history`` has to be as it was before the moment, and somebody in it.
    """
    history = relation(f"{segmentation}_history", None, engine.dialect)
    ((version, since),) = engine.query(
        "SELECT max(fit_version), max(greatest(valid_from, coalesce(valid_to, valid_from)))"
        f" FROM {history}"
    )
    if version is None:
        return None
    profile = f"{segmentation}_profile_history"
    if engine.carry_table(profile):
        table = relation(profile, None, engine.dialect)
        ((seen,),) = engine.query(f"SELECT max(as_of) FROM {table} WHERE as_of < $1", (moment,))
        since = max(since, seen or since)
    return LoggedBuild(since, int(version))


def last_moment(engine: Publisher, segmentation: str) -> datetime | None:
    """Of both tables: a build at which nobody moved leaves no trace in the first."""
    moments: list[datetime] = []
    for name, column in (
        (f"{segmentation}_history", "greatest(valid_from, coalesce(valid_to, valid_from))"),
        (f"{segmentation}_profile_history", "as_of"),
    ):
        if engine.carry_table(name):
            rows = engine.query(f"SELECT max({column}) FROM {relation(name, None, engine.dialect)}")
            moments += [row[0] for row in rows if row[0] is not None]
    return max(moments, default=None)


def utc(moment: datetime) -> datetime:
    """UTC without a zone, as a TIMESTAMP column holds it."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
