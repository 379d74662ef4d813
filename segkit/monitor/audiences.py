"""Who came into a segment and who left one since a moment, as the history tells it.

A stay goes on when a new fit keeps the segment's id, and when a customer is in
the same segment at the next build; it ends when they are in another segment, or
in none. ``since`` is the moment at which the stay began, ``left_at`` the one at
which it ended; both are the as-of times of builds, in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from segkit.dialects.phrases import phrases
from segkit.dialects.spelling import identifier, relation
from segkit.engines.base import Reader
from segkit.monitor.build_log import moment_sql
from segkit.monitor.history import utc
from segkit.monitor.history_key import as_kept

_STAYS = """\
WITH visits AS (
  SELECT
    {key} AS id,
    segment_id,
    valid_from,
    valid_to,
    lag(valid_to) OVER by_time IS NOT DISTINCT FROM valid_from AS follows,
    lag(segment_id) OVER by_time AS before_id
  FROM {history}
  WHERE {key} IS NOT NULL
  WINDOW by_time AS (PARTITION BY {key} ORDER BY valid_from)
),
numbered AS (
  SELECT
    *,
    sum(CASE WHEN NOT follows OR before_id IS DISTINCT FROM segment_id THEN 1 ELSE 0 END) OVER (
      PARTITION BY id ORDER BY valid_from
    ) AS stay
  FROM visits
),
stays AS (
  SELECT
    id,
    min(segment_id) AS segment_id,
    min(valid_from) AS since,
    (array_agg(CASE WHEN follows THEN before_id END ORDER BY valid_from))[1] AS from_segment_id,
    CASE WHEN count(valid_to) = count(*) THEN max(valid_to) END AS left_at
  FROM numbered
  GROUP BY id, stay
)"""


@dataclass(frozen=True)
class ChangeSum:
    """``from_id`` None: they joined; ``to_id`` None: they left. ``metric``: None, not asked for."""

    reason: str
    from_id: str | None
    to_id: str | None
    n: int
    metric: float | None


def entered_sql(engine: Reader, segmentation: str, moment: datetime) -> str:
    """SELECT of the customers whose stay in their segment began at ``moment`` or later.

    The columns of the view, then ``since`` and ``from_segment_id``: the segment
    that they came from, NULL if they were in none just before. Who was there
    when the history began is left out, because when they came is not known.
    """
    key, history = _history(engine, segmentation)
    view = relation(segmentation, None, engine.dialect)
    now, kept = engine.columns(view)[0], engine.columns(history)[0]
    column = f"v.{identifier(now.name, engine.dialect)}"
    return f"""\
{_STAYS.format(key=key, history=history)}
SELECT v.*, stays.since, stays.from_segment_id
FROM {view} AS v
JOIN stays ON stays.id = {as_kept(column, now.type, kept.type, engine.dialect)}
WHERE stays.left_at IS NULL
  AND stays.since >= {moment_sql(utc(moment), engine.dialect)}
  AND stays.since > (SELECT min(valid_from) FROM {history})"""


def left_sql(engine: Reader, segmentation: str, moment: datetime) -> str:
    """SELECT of the segments that customers left at ``moment`` or later and are not in now.

    One row for each customer and segment: the key, ``segment_id`` (the one that
    was left), ``left_at`` (the last time) and ``to_segment_id``: where they are
    now, NULL if they are in no segment any more. Who came back has not left.
    """
    key, history = _history(engine, segmentation)
    return f"""\
{_STAYS.format(key=key, history=history)}
SELECT
  stays.id AS {key},
  stays.segment_id,
  max(stays.left_at) AS left_at,
  min(here.segment_id) AS to_segment_id
FROM stays
LEFT JOIN stays AS here ON here.id = stays.id AND here.left_at IS NULL
WHERE stays.left_at >= {moment_sql(utc(moment), engine.dialect)}
  AND stays.segment_id IS DISTINCT FROM here.segment_id
GROUP BY stays.id, stays.segment_id"""


def changed_sql(engine: Reader, segmentation: str, moment: datetime) -> str:
    """SELECT of ``<S>_changes`` at ``moment`` or later."""
    table = relation(f"{segmentation}_changes", None, engine.dialect)
    return f"SELECT * FROM {table} WHERE changed_at >= {moment_sql(utc(moment), engine.dialect)}"


def change_sums(
    engine: Reader, segmentation: str, moment: datetime, rows: str, metric: str | None
) -> list[ChangeSum]:
    """Count the changes at ``moment`` or later, by reason and by where from and to.

    ``rows``: SQL of the relation with the customers of today.
    ``metric``: a column of it, which is summed up over those who are there today.
    """
    dialect = engine.dialect
    table = relation(f"{segmentation}_changes", None, dialect)
    kept = engine.columns(table)[0]
    now = next((c for c in engine.columns(rows) if c.name.casefold() == kept.name.casefold()), None)
    join, of_metric = "", "NULL"
    if metric is not None and now is not None:
        id_ = as_kept(f"r.{identifier(now.name, dialect)}", now.type, kept.type, dialect)
        join = f" LEFT JOIN {rows} AS r ON {id_} = c.{identifier(kept.name, dialect)}"
        of_metric = phrases(dialect).exact_sum(f"r.{identifier(metric, dialect)}")
    return [
        ChangeSum(reason, from_id, to_id, int(n), None if total is None else float(total))
        for reason, from_id, to_id, n, total in engine.query(
            f"SELECT reason, from_segment_id, to_segment_id, count(*), {of_metric}"
            f" FROM {table} AS c{join} WHERE changed_at >= {moment_sql(utc(moment), dialect)}"
            " GROUP BY reason, from_segment_id, to_segment_id"
            " ORDER BY reason, from_segment_id, to_segment_id"
        )
    ]


def first_moment(engine: Reader, segmentation: str) -> datetime | None:
    """When the history begins; None if nobody was ever in a segment."""
    _, history = _history(engine, segmentation)
    found: datetime | None = engine.query(f"SELECT min(valid_from) FROM {history}")[0][0]
    return found


def new_rules(engine: Reader, segmentation: str, moment: datetime) -> list[tuple[datetime, int]]:
    """When, at ``moment`` or later, another fit took over: (time, its version)."""
    key, history = _history(engine, segmentation)
    found = engine.query(
        f"SELECT DISTINCT h.valid_from, h.fit_version FROM {history} AS h"
        f" JOIN {history} AS earlier ON earlier.{key} = h.{key}"
        " AND earlier.valid_to = h.valid_from AND earlier.fit_version <> h.fit_version"
        f" WHERE h.valid_from >= {moment_sql(utc(moment), engine.dialect)} ORDER BY 1, 2"
    )
    return [(time, version) for time, version in found]


def _history(engine: Reader, segmentation: str) -> tuple[str, str]:
    """The key and the table as SQL; the key is the one of the last build, first in the table."""
    table = relation(f"{segmentation}_history", None, engine.dialect)
    return identifier(engine.columns(table)[0].name, engine.dialect), table
