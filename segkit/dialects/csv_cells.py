"""Cells of a CSV file as SQL: the bytes that ``report/tables.py`` would write of the same rows.

So the engine writes a file of millions of rows by itself. Of a double from 2^53 on PostgreSQL
now and then prints a digit more than tells it apart.
"""

from __future__ import annotations

from collections.abc import Sequence

from segkit.core.columns import Column, Kind
from segkit.dialects.phrases import as_text
from segkit.dialects.spelling import identifier, literal
from segkit.dialects.table import DUCKDB, POSTGRES, Dialect

# A spreadsheet takes a text that starts with one of these for a formula; some take the full-width
# forms of Chinese and Japanese keyboards for the same, and some skip a line end before them.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_SAME = (Kind.INTEGER, Kind.DECIMAL, Kind.DATE)
_PADDED = ("CHAR", "CHARACTER", "BPCHAR", '"CHAR"')  # with blanks, which a cast takes away
_CLOCKS = ("TIME", "TIME WITHOUT TIME ZONE")
_MOMENTS = ("TIMESTAMP", "TIMESTAMP WITHOUT TIME ZONE")
_ZONED = "TIMESTAMP WITH TIME ZONE"
_YEARS = "TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999'"
_FINE = "YYYY-MM-DD HH:MM:SS.123456"


def csv_select(
    select: str, columns: Sequence[Column], places: Sequence[int], dialect: Dialect
) -> str | None:
    """Return a SELECT of the cells of these rows, ordered by the columns at these places.

    None where the engine cannot write them: it would leave a row of one NULL out as an empty
    line, or a column has a type whose text is made in Python.
    """
    cells = [_cell(column, dialect) for column in columns]
    if len(cells) < 2 or None in cells or dialect not in (DUCKDB, POSTGRES):
        return None
    listed = ", ".join(f"{cell} AS c{place}" for place, cell in enumerate(cells))
    by = ", ".join(f"shown.{identifier(columns[place - 1].name, dialect)}" for place in places)
    return f"SELECT {listed} FROM (\n{select}\n) AS shown ORDER BY {by}"


def _cell(column: Column, dialect: Dialect) -> str | None:
    x, type_ = identifier(column.name, dialect), column.type
    name = type_.sql.upper().split("(")[0]
    if name in ("NUMERIC", "UUID") or type_.kind in _SAME:
        return x
    if type_.kind is Kind.BOOLEAN:
        return as_text(x, dialect)
    if type_.kind in (Kind.FLOAT, Kind.DOUBLE):
        return _double(f"CAST({x} AS DOUBLE PRECISION)", dialect)
    if type_.kind is Kind.TEXT or name == "ENUM":
        return None if name in _PADDED else _text(as_text(x, dialect), dialect)
    return _time(x, type_.sql.upper(), dialect)


def _text(x: str, dialect: Dialect) -> str:
    listed = ", ".join(literal(character, dialect) for character in FORMULA)
    return f"CASE WHEN left({x}, 1) IN ({listed}) THEN '''' || {x} ELSE {x} END"


def _double(x: str, dialect: Dialect) -> str:
    """Python's digits, which has no numbers but doubles, and no exponent below 1e16."""
    if dialect is DUCKDB:
        return x
    t = f"CAST({x} AS text)"
    digits = f"translate(split_part({t}, 'e', 1), '-.', '')"
    written_out = (
        f"CASE WHEN {x} < 0 THEN '-' ELSE '' END || rpad(left({digits}, 16), 16, '0')"
        f" || '.' || coalesce(nullif(substr({digits}, 17), ''), '0')"
    )
    return (
        f"CASE {t} WHEN 'NaN' THEN 'nan' WHEN 'Infinity' THEN 'inf' WHEN '-Infinity' THEN '-inf'"
        f" ELSE CASE WHEN {t} LIKE '%e+15' THEN {written_out}"
        f" WHEN {t} ~ '[e.]' THEN {t} ELSE {t} || '.0' END END"
    )


def _time(x: str, name: str, dialect: Dialect) -> str | None:
    """No fraction of a second, or six digits of it."""
    if name in _CLOCKS:
        text = as_text(x, dialect)
        return f"CASE WHEN length({text}) > 8 THEN rpad({text}, 15, '0') ELSE {text} END"
    if name in _MOMENTS:
        return _moment(x, dialect)
    if name == _ZONED:
        utc = f"{x} AT TIME ZONE 'UTC'"
        written = f"{_moment(f'({utc})', dialect)} || '+00:00'"
        return f"CASE WHEN {utc} BETWEEN {_YEARS} THEN {written} ELSE {as_text(x, dialect)} END"
    return None


def _moment(x: str, dialect: Dialect) -> str:
    text = as_text(x, dialect)
    is_fine = f"{x} BETWEEN {_YEARS} AND date_trunc('second', {x}) <> {x}"
    return f"CASE WHEN {is_fine} THEN rpad({text}, {len(_FINE)}, '0') ELSE {text} END"
