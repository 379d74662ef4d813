"""Whole numbers that are days: 20240131, seconds since 1970, 45322 of a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence

from segkit.core.columns import Column, Kind, parse_type
from segkit.dialects.spelling import identifier
from segkit.dialects.table import DUCKDB
from segkit.engines.duckdb.column_texts import Query
from segkit.engines.typed_columns import TextValues
from segkit.files.names import is_code_name, is_time_name
from segkit.files.written_days import COMPACT_YEARS

_SECONDS = (10**9, 4_102_444_800)  # of 2001 up to 2100: smaller ones may be amounts
_SERIALS = (36_526, 55_153)  # of 2000 up to 2050, as a spreadsheet counts days


def whole_days(query: Query, relation: str, columns: Sequence[Column]) -> TextValues:
    """Return which columns of whole numbers are days, each of two or more.

    Every number has to be a day of the calendar; seconds, and the numbers of a spreadsheet, are
    taken for days only where the name says so.
    """
    found: dict[str, tuple[str, str]] = {}
    for column in columns:
        if column.type.kind is Kind.INTEGER and not is_code_name(column.name):
            found |= _of(query, relation, column)
    types = {name: Column(name, parse_type(type_)) for name, (type_, _) in found.items()}
    return TextValues(types, {name: sql for name, (_, sql) in found.items()})


def _of(query: Query, relation: str, column: Column) -> dict[str, tuple[str, str]]:
    name = identifier(column.name, DUCKDB)
    day = f"CAST(try_strptime(CAST({name} AS VARCHAR), '%Y%m%d') AS DATE)"
    low, high, known = query(f"SELECT min({name}), max({name}), count({name}) FROM {relation}")[0]
    if known == 0 or low == high:
        return {}
    if COMPACT_YEARS[0] <= low and high <= COMPACT_YEARS[1]:
        is_day = query(f"SELECT count({day}) FROM {relation}")[0][0] == known
        return {column.name: ("DATE", day)} if is_day else {}
    if _SERIALS[0] <= low and high <= _SERIALS[1] and is_time_name(column.name):
        return {column.name: ("DATE", f"DATE '1899-12-30' + CAST({name} AS INTEGER)")}
    for unit, in_micros in ((1, 1_000_000), (1000, 1000)):
        if _SECONDS[0] * unit <= low and high < _SECONDS[1] * unit and is_time_name(column.name):
            moment = f"make_timestamp(CAST({name} AS BIGINT) * {in_micros})"
            return {column.name: ("TIMESTAMP", moment)}
    return {}
