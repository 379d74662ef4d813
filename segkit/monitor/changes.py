"""Who is in another segment than at the last build, and why: ``<S>_changes``.

A customer's way from one build to the next is taken in steps, one cause at a time::

    from -> restated -> calendar -> behaviour -> edges -> to

``restated`` is what the last build's rules and day say today, ``calendar`` the same data grown
older until today, ``behaviour`` today's data, ``edges`` today's edges of buckets, and ``to``
today's rules. The reason is the last step that changed the segment. Who is moved by the
calendar and moved back by what they did is no mover, and counted: kept.

``<S>_flows`` has the same as counts, with those who stay, for each build.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime

from segkit.core.change_result import ChangeFlow, Changes, ReasonsKnown
from segkit.core.columns import Column
from segkit.dialects.phrases import phrases
from segkit.dialects.spelling import identifier, literal, relation
from segkit.dialects.table import Dialect
from segkit.engines.base import Publisher, Reader
from segkit.monitor.build_log import logged_builds, moment_sql, table_of_builds
from segkit.monitor.history_key import as_kept

# Days since somebody last did something, at the last build: who is silent for long comes back
# less often, so flows are compared within these.
BANDS = (30, 60, 90, 120, 180, 270, 365)
STEPS, ACTIVITY = "segkit_steps", "segkit_activity"
_APART = "segkit_apart"
_FIRST = 2_000
_IN_ORDER = 3 / 4  # of the customers: where fewer are in one place, a join of all is cheaper
_CHANGES = (
    "changed_at TIMESTAMP, from_segment_id VARCHAR, to_segment_id VARCHAR, reason VARCHAR,"
    " from_fit_version INTEGER, to_fit_version INTEGER"
)
_FLOWS = (
    "as_of TIMESTAMP, from_segment_id VARCHAR, calendar_segment_id VARCHAR, band INTEGER,"
    " to_segment_id VARCHAR, active BOOLEAN, reason VARCHAR, n BIGINT"
)


@dataclass(frozen=True)
class Evaluated:
    """SELECTs of the key, ``segment_id`` and, where a column says it, ``ACTIVITY``.

    Each has the segments that customers would be in, had only some things changed since the last
    build; None where nothing of the kind changed, or where it is not known. ``now`` is what is
    published.
    """

    now: str
    same_rules: str | None = None  # the last build's rules, today's edges and data
    same_edges: str | None = None  # its edges, too
    aged: str | None = None  # and its events, grown older until today
    restated: str | None = None  # and its day
    has_activity: bool = False


@dataclass(frozen=True)
class Interval:
    """From the last build to this one. ``day``: events from it on were not seen then.

    ``since_day`` and ``until_day`` are those of the data, where they are on record.
    """

    since: datetime
    until: datetime
    day: date
    from_version: int
    to_version: int
    since_day: date | None = None
    until_day: date | None = None


@dataclass(frozen=True)
class _Sides:
    """SQL of the open stays, id and segment_id, and of today's customers, with activity.

    ``stays``: a SELECT of segment_id and n of who is on neither side, and in the same segment.
    """

    was: str
    now: str
    stays: str | None = None


@contextmanager
def hold_steps(
    engine: Publisher, segmentation: str, key: Column, evaluated: Evaluated, interval: Interval
) -> Iterator[None]:
    """While the block runs, ``STEPS`` has the customers of either build.

    The history has to be as the last build left it, and the key in its type. Columns: id,
    from_id, calendar_id, to_id (segments), active, band, reason, n. Each mover is a row;
    those who stay have no id, and are counted by all else.
    """
    dialect = engine.dialect
    history = relation(f"{segmentation}_history", None, dialect)
    kept = engine.columns(history)[0]
    own = identifier(kept.name, dialect)
    id_ = as_kept(identifier(key.name, dialect), key.type, kept.type, dialect)
    sides = _Sides(
        f"(SELECT {own} AS id, segment_id FROM {history}"
        f" WHERE valid_to IS NULL AND {own} IS NOT NULL)",
        _rows_sql(evaluated.now, id_, evaluated),
    )
    with ExitStack() as held:
        if evaluated == Evaluated(evaluated.now) and _in_order(engine, history, own, sides.now):
            held.enter_context(engine.hold(_APART, _apart_sql(history, own, sides.now, dialect)))
            sides = _Sides(
                f"(SELECT was_id AS id, was_segment AS segment_id FROM {_APART}"
                " WHERE was_id IS NOT NULL)",
                "(SELECT now_id AS id, now_segment AS segment_id, CAST(NULL AS DATE) AS activity"
                f" FROM {_APART} WHERE now_id IS NOT NULL)",
                f"SELECT now_segment AS segment_id, n FROM {_APART}"
                " WHERE was_id IS NULL AND now_id IS NULL AND now_segment IS NOT NULL",
            )
        sql = _steps_sql(history, own, id_, sides, evaluated, interval, dialect)
        with engine.hold(STEPS, sql):
            yield


def _in_order(engine: Reader, history: str, own: str, now: str) -> bool:
    """Whether most customers come at the place at which their stay lies in the history.

    It begins in the order of the first build, and who moved lies at its end. Rows can then be
    compared as they come, and those alone be joined that are elsewhere. Where the first have
    another order, which a GROUP BY gives them, the others are not asked for.
    """
    by_place = phrases(engine.dialect).by_place
    if by_place is None:
        return False
    for rows, is_kept in ((f" LIMIT {_FIRST}", "TRUE"), ("", "was.valid_to IS NULL")):
        was = f"(SELECT {own} AS id, valid_to FROM {history}{rows}) AS was"
        placed = by_place(was, f"(SELECT id FROM {now} AS segkit_now{rows}) AS now")
        ((together, everybody),) = engine.query(
            f"SELECT count(CASE WHEN was.id = now.id AND {is_kept} THEN 1 END), count(now.id)"
            f" FROM {placed}"
        )
        if not everybody or together < _IN_ORDER * everybody:
            return False
    return True


def _apart_sql(history: str, own: str, now: str, dialect: Dialect) -> str:
    """Open stays and customers of today by place: one row of all in a segment who stay in it.

    Others keep what they are on their side: who comes at another place is to be looked for.
    """
    by_place = phrases(dialect).by_place
    assert by_place is not None
    placed = by_place(
        f"(SELECT {own} AS id, segment_id, valid_to FROM {history}) AS was", f"{now} AS now"
    )
    was = "NOT stays AND is_open"
    return (
        f"SELECT CASE WHEN {was} THEN was_id END AS was_id,"
        f" CASE WHEN {was} THEN was_segment END AS was_segment,"
        " CASE WHEN NOT stays THEN now_id END AS now_id, now_segment, count(*) AS n FROM (\n"
        "SELECT was.id AS was_id, was.segment_id AS was_segment, now.id AS now_id,"
        " now.segment_id AS now_segment, was.valid_to IS NULL AS is_open,"
        " coalesce(was.id = now.id AND was.valid_to IS NULL"
        " AND was.segment_id = now.segment_id, FALSE) AS stays\n"
        f"FROM {placed}\n) AS placed GROUP BY 1, 2, 3, 4"
    )


def _rows_sql(select: str, id_: str, evaluated: Evaluated) -> str:
    activity = f"CAST({ACTIVITY} AS DATE)" if evaluated.has_activity else "CAST(NULL AS DATE)"
    return (
        f"(SELECT {id_} AS id, segment_id, {activity} AS activity FROM ({select}) AS segkit_rows)"
    )


def record_changes(
    engine: Publisher, segmentation: str, evaluated: Evaluated, interval: Interval
) -> Changes:
    """Append who moved to ``<segmentation>_changes``, and all flows to ``<segmentation>_flows``.

    ``STEPS`` has to be held.
    """
    changes, flows = change_tables(engine, segmentation)
    engine.execute(
        f"INSERT INTO {changes} SELECT id, $1, from_id, to_id, reason, "
        "CASE WHEN from_id IS NOT NULL THEN $2 END, CASE WHEN to_id IS NOT NULL THEN $3 END"
        f" FROM {STEPS} WHERE reason IS NOT NULL ORDER BY id",
        (interval.until, interval.from_version, interval.to_version),
    )
    by = "from_id, calendar_id, band, to_id, active, reason"
    engine.execute(
        f"INSERT INTO {flows} SELECT $1, {by}, CAST(sum(n) AS BIGINT) FROM {STEPS}"
        f" GROUP BY {by} ORDER BY {by}",
        (interval.until,),
    )
    found = read_changes(engine, segmentation, interval.since, interval.until, _known(evaluated))
    return replace(found, since_day=interval.since_day, until_day=interval.until_day)


def last_changes(engine: Reader, segmentation: str) -> Changes | None:
    """Return what the last build wrote down; None where it was the first, or an older segkit's."""
    tables = [f"{segmentation}_{suffix}" for suffix in ("builds", "flows")]
    if not all(engine.exists("main", table) for table in tables):
        return None
    builds = logged_builds(engine, segmentation)
    if len(builds) < 2:
        return None
    since, until = builds[-2].as_of, builds[-1].as_of
    flows = relation(f"{segmentation}_flows", None, engine.dialect)
    ((steps, active),) = engine.query(
        f"SELECT count(calendar_segment_id), count(active) FROM {flows} WHERE as_of = "
        f"{moment_sql(until, engine.dialect)}"
    )
    known: ReasonsKnown = "steps" if steps else "activity" if active else "own data"
    found = read_changes(engine, segmentation, since, until, known)
    return replace(found, since_day=builds[-2].data_as_of, until_day=builds[-1].data_as_of)


def read_changes(
    engine: Reader, segmentation: str, since: datetime, until: datetime, known: ReasonsKnown
) -> Changes:
    """Return what ``<segmentation>_flows`` has of one build."""
    flows = relation(f"{segmentation}_flows", None, engine.dialect)
    rows = engine.query(
        f"SELECT from_segment_id, to_segment_id, reason, CAST(sum(n) AS BIGINT), CAST(sum(CASE"
        " WHEN reason IS NULL AND calendar_segment_id <> from_segment_id THEN n ELSE 0 END)"
        f" AS BIGINT) FROM {flows} WHERE as_of = {moment_sql(until, engine.dialect)}"
        " GROUP BY from_segment_id, to_segment_id, reason"
        " ORDER BY from_segment_id, to_segment_id, reason"
    )
    return Changes(
        since,
        until,
        known,
        tuple(ChangeFlow(a, b, reason, n) for a, b, reason, n, _ in rows),
        {a: kept for a, _, reason, _, kept in rows if reason is None and kept},
    )


def _known(evaluated: Evaluated) -> ReasonsKnown:
    if not evaluated.has_activity:
        return "own data"
    return "steps" if evaluated.aged is not None else "activity"


def change_tables(engine: Publisher, segmentation: str) -> tuple[str, str]:
    """Have both tables, whose key is the history's; return them as SQL."""
    kept = engine.columns(relation(f"{segmentation}_history", None, engine.dialect))[0]
    key = f"{identifier(kept.name, engine.dialect)} {kept.type.sql}"
    changes, flows = (
        table_of_builds(engine, f"{segmentation}_{suffix}", segmentation, columns)
        for suffix, columns in (("changes", f"{key}, {_CHANGES}"), ("flows", _FLOWS))
    )
    _key_as(engine, changes, kept)
    return changes, flows


def _key_as(engine: Publisher, table: str, kept: Column) -> None:
    """Have the ids of a table in the type that the history has them in now."""
    key = engine.columns(table)[0]
    if key.type.sql != kept.type.sql:
        column = identifier(key.name, engine.dialect)
        engine.run_ddl(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {kept.type.sql}")


def _steps_sql(
    history: str,
    own: str,
    id_: str,
    sides: _Sides,
    evaluated: Evaluated,
    interval: Interval,
    dialect: Dialect,
) -> str:
    """Customers of either build with the segment after each step, and the reason; see ``STEPS``."""
    joins = [f"FROM {sides.was} AS was", f"FULL JOIN {sides.now} AS now ON now.id = was.id"]
    step, last = {"to": "now.segment_id"}, "now.segment_id"
    for name, select in (
        ("edges", evaluated.same_rules),
        ("behaviour", evaluated.same_edges),
        ("calendar", evaluated.aged),
        ("restated", evaluated.restated),
    ):
        if select is not None:
            rows = _rows_sql(select, id_, evaluated)
            joins.append(f"LEFT JOIN {rows} AS {name} ON {name}.id = was.id")
            last = f"{name}.segment_id"
        step[name] = last
    is_exact = evaluated.aged is not None
    day = f"CAST({literal(interval.day.isoformat(), dialect)} AS DATE)"
    active = f"(now.activity >= {day})"
    # what was done last before the interval: of who was active in it, only older data tell
    before = "calendar.activity" if is_exact else f"CASE WHEN NOT {active} THEN now.activity END"
    bands = " ".join(f"WHEN {day} - ({before}) < {upto} THEN {at}" for at, upto in enumerate(BANDS))
    # nobody has any of these, so no row is looked at for them: a tenth of what this costs
    nobodys = {} if is_exact else {"calendar_id": "CAST(NULL AS VARCHAR)"}
    if not evaluated.has_activity:
        nobodys |= {"active": "CAST(NULL AS BOOLEAN)", "band": "CAST(NULL AS INTEGER)"}
    items = {
        "id": "coalesce(was.id, now.id)",
        "from_id": "was.segment_id",
        "calendar_id": step["calendar"],
        "to_id": "now.segment_id",
        "active": active,
        "band": f"CASE WHEN ({before}) IS NULL THEN NULL {bands} ELSE {len(BANDS)} END",
        "reason": _reason_sql(step, evaluated, active),
    }
    known = {name: sql for name, sql in items.items() if name not in nobodys}
    selected = ", ".join(f"{sql} AS {name}" for name, sql in known.items())
    mover = "CASE WHEN reason IS NOT NULL THEN id END"
    shown = {name: nobodys.get(name, name) for name in items} | {"id": mover}
    listed = ", ".join(f"{sql} AS {name}" for name, sql in shown.items())
    by = ", ".join((mover, *(name for name in known if name != "id")))
    stays = (
        f"UNION ALL SELECT NULL, segment_id, NULL, segment_id, NULL, NULL, NULL, n"
        f" FROM ({sides.stays}) AS segkit_stays\n"
        if sides.stays
        else ""
    )
    return (
        f"SELECT {listed}, count(*) AS n FROM (\nSELECT {selected}\n"
        + "\n".join(joins)
        + f"\n) AS segkit_ways GROUP BY {by}\n{stays}"
        # who is forgotten has no id, was in a segment all the same, and is a row as others are
        f"UNION ALL SELECT {own}, segment_id, NULL, NULL, NULL, NULL, 'left', 1 FROM {history}"
        f" WHERE valid_to IS NULL AND {own} IS NULL"
    )


def _reason_sql(step: dict[str, str], evaluated: Evaluated, active: str) -> str:
    cases = [
        "WHEN was.segment_id IS NULL THEN 'joined'",
        "WHEN now.segment_id IS NULL THEN 'left'",
        "WHEN was.segment_id = now.segment_id THEN NULL",
    ]
    ways = [("rules", "edges", "to"), ("edges", "behaviour", "edges")]
    if evaluated.aged is not None:
        ways.append(("behaviour", "calendar", "behaviour"))
        ways.append(("calendar", "restated", "calendar"))
    cases += [
        f"WHEN {step[before]} IS DISTINCT FROM {step[after]} THEN '{reason}'"
        for reason, before, after in ways
        if step[before] != step[after]
    ]
    rest = "'own data'"
    if evaluated.has_activity and evaluated.aged is None:
        rest = f"CASE WHEN {active} THEN 'behaviour' ELSE 'calendar' END"
    return f"CASE {' '.join(cases)} ELSE {rest} END"
