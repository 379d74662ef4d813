"""Columns that a model makes of what an analyst cannot use as it is: days, outcomes in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from segkit.core.columns import Column, Kind
from segkit.dialects.spelling import identifier, literal
from segkit.engines.base import Reader
from segkit.learn.data.column_roles import days_since, outcome_by_name, positive_level
from segkit.learn.data.levels import summarise_levels
from segkit.learn.data.summary import is_better_in_log
from segkit.learn.data.text_columns import look_at_texts

_NEVER = "2100-01-01"  # from here on a day is a word for none
FEW_NEGATIVE = 0.01  # of the values do not keep a column from a log scale: they count as 0
_MONTHS = (190001, 209912)


@dataclass(frozen=True)
class MadeColumn:
    """``sql`` makes the column ``name`` of ``column``; the same name takes its place.

    ``is_outcome``: 1 where it came, 0 where not. ``is_number``: of texts that are numbers.
    """

    name: str
    column: str
    sql: str
    said: str
    is_outcome: bool = False
    is_number: bool = False


def made_columns(
    engine: Reader,
    relation: str,
    columns: Sequence[Column],
    key: str,
    *,
    are_read: bool = False,
    days: Mapping[str, str] | None = None,
) -> Iterator[MadeColumn]:
    """Yield what is to be made of the columns of a table that nobody has described.

    ``are_read``: texts that are numbers have become numbers already. ``days``: the SQL of whole
    numbers that are days, by column.
    """
    days = days or {}
    names = [column.name for column in columns]
    if not are_read:
        yield from _numbers(engine, relation, [c for c in columns if c.name != key])
    for column in columns:
        if column.name == key:
            continue
        kind = column.type.kind
        if kind in (Kind.DATE, Kind.TIMESTAMP) or column.name in days:
            yield _days(engine, column, names, days.get(column.name))
        elif kind in (Kind.TEXT, Kind.BOOLEAN) and outcome_by_name(column.name):
            yield from _outcome(engine, relation, column)
        elif kind is Kind.INTEGER and (made := _months(engine, relation, column, names)):
            yield made
        elif column.type.is_numeric:
            yield from _without_negatives(engine, relation, column)


def _numbers(engine: Reader, relation: str, columns: Sequence[Column]) -> Iterator[MadeColumn]:
    """Of texts nearly all of which are numbers."""
    for text in look_at_texts(engine, relation, columns):
        if not text.is_number:
            continue
        name, sql, rest = text.column, text.number_sql(engine.dialect), text.known - text.numbers
        others = f", {rest:,} of {text.known:,} are none and count as missing" if rest else ""
        said = f"{name} is numbers written as text{others}"
        yield MadeColumn(name, name, sql, said, is_number=True)


def _days(
    engine: Reader, column: Column, taken: Sequence[str], sql: str | None = None
) -> MadeColumn:
    name = sql or identifier(column.name, engine.dialect)
    day = f"CASE WHEN {name} < DATE '{_NEVER}' THEN CAST({name} AS DATE) END"
    made = days_since(column.name, taken)
    return MadeColumn(
        made,
        column.name,
        f"max({day}) OVER () - {day}",
        f"{column.name}: {made} counts from the newest day",
    )


def _months(
    engine: Reader, relation: str, column: Column, taken: Sequence[str]
) -> MadeColumn | None:
    """Of 202401: how many months ago, seen from the newest."""
    name = identifier(column.name, engine.dialect)
    low, high, first, last, distinct = engine.query(
        f"SELECT min({name}), max({name}), min({name} % 100), max({name} % 100), "
        f"count(DISTINCT {name}) FROM {relation}"
    )[0]
    if low is None or not (_MONTHS[0] <= low < high <= _MONTHS[1] and 1 <= first <= last <= 12):
        return None
    if distinct < 3:
        return None
    months = f"({name} // 100 * 12 + {name} % 100)"
    made = days_since(column.name, taken).replace("days_since", "months_since")
    said = f"{column.name}: {made} counts from the newest month"
    return MadeColumn(made, column.name, f"max({months}) OVER () - {months}", said)


def _outcome(engine: Reader, relation: str, column: Column) -> Iterator[MadeColumn]:
    levels = summarise_levels(engine, relation, column.name)
    came = positive_level(levels.counts)
    if came is None:
        return
    name = identifier(column.name, engine.dialect)
    yes = literal(came, engine.dialect) if column.type.kind is Kind.TEXT else came
    sql = f"CASE WHEN {name} = {yes} THEN 1 WHEN {name} IS NOT NULL THEN 0 END"
    said = f"{column.name}: {came} is 1"
    yield MadeColumn(column.name, column.name, sql, said, is_outcome=True)


def _without_negatives(engine: Reader, relation: str, column: Column) -> Iterator[MadeColumn]:
    """Where few values are negative and all others call for a log scale."""
    name = identifier(column.name, engine.dialect)
    known, negative = engine.query(
        f"SELECT count({name}), sum(CASE WHEN {name} < 0 THEN 1 ELSE 0 END) FROM {relation}"
    )[0]
    if not negative or negative > FEW_NEGATIVE * known:
        return
    kept = f"greatest({name}, 0)"
    sql = f"SELECT skewness({kept}), skewness(ln(1 + {kept})) FROM {relation}"
    skew, bent = engine.query(sql)[0]
    if skew is not None and is_better_in_log(skew, bent):
        said = f"{int(negative):,} negative {column.name} count as 0"
        yield MadeColumn(column.name, column.name, kept, said)
