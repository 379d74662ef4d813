"""Who was in a segment is known for as long as the project says; how many were, for good.

An id that is forgotten becomes NULL, wherever it stands: in ``<S>_history``, ``<S>_changes`` and
``<S>_baseline``. The rows stay, so no sum of the past is another one. Who comes back is new.
"""

from __future__ import annotations

from datetime import datetime

from segkit.core.periods import Period
from segkit.dialects.spelling import identifier, relation
from segkit.engines.base import Publisher
from segkit.monitor.build_log import moment_sql
from segkit.monitor.history import last_moment, utc
from segkit.monitor.history_key import as_kept
from segkit.project.nodes import HistoryLimits


def forget(
    engine: Publisher,
    segmentation: str,
    as_of: datetime,
    limits: HistoryLimits,
    *,
    is_built: bool = True,
) -> None:
    """Forget the ids that are older than the limits; twice at one moment is once.

    ``is_built``: False of a segmentation that the project does not have any more: who was in it at
    its last build has left with it.
    """
    history = f"{segmentation}_history"
    if limits == HistoryLimits() or not engine.carry_table(history):
        return
    dialect, moment = engine.dialect, utc(as_of)
    old, gone = (_before(period, moment) for period in (limits.keep, limits.forget_gone))
    table = relation(history, None, dialect)
    kept = engine.columns(table)[0]
    id_ = identifier(kept.name, dialect)
    until = "valid_to"
    if not is_built and (last := last_moment(engine, segmentation)) is not None:
        until = f"coalesce(valid_to, {moment_sql(last, dialect)})"
    with engine.atomic():
        if old is not None:
            _forget(engine, table, id_, f"{until} <= {moment_sql(old, dialect)}")
        if gone is not None:
            left = f"count({until}) = count(*) AND max({until}) <= {moment_sql(gone, dialect)}"
            ids = f"SELECT {id_} FROM {table} GROUP BY {id_} HAVING {left}"
            _forget(engine, table, id_, f"{id_} IN ({ids})")
        for name in (f"{segmentation}_changes", f"{segmentation}_baseline"):
            if engine.carry_table(name):
                other = relation(name, None, dialect)
                own = engine.columns(other)[0]
                key = identifier(own.name, dialect)
                known = as_kept(key, own.type, kept.type, dialect)
                ids = f"SELECT {id_} FROM {table} WHERE {id_} IS NOT NULL"
                _forget(engine, other, key, f"{known} NOT IN ({ids})")
        if old is not None and engine.carry_table(f"{segmentation}_changes"):
            changes = relation(f"{segmentation}_changes", None, dialect)
            _forget(engine, changes, id_, f"changed_at <= {moment_sql(old, dialect)}")


def _forget(engine: Publisher, table: str, key: str, condition: str) -> None:
    engine.execute(f"UPDATE {table} SET {key} = NULL WHERE {key} IS NOT NULL AND {condition}")


def _before(period: Period | None, moment: datetime) -> datetime | None:
    try:
        return None if period is None else period.before(moment)
    except (ValueError, OverflowError):  # nothing is as old as that
        return None
