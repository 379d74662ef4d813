"""Rows as text: for people, for spreadsheets, for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from segkit.dialects.csv_cells import FORMULA
from segkit.report.render_json import plain
from segkit.report.render_markdown import markdown_text
from segkit.report.text import align_rows, clip, visible
from segkit.results import Table

_CSV_QUOTED = re.compile(r'[",\r\n]')
# no text of these is a formula that does anything, or holds what a csv has to quote
_HARMLESS = (int, float, Decimal, date, time)
_WIDEST_CELL = 60  # of a table for people; the other outputs are whole


def render_lines(table: Table, output: str) -> Iterator[str]:
    """Return the lines of the table; those of csv and json one by one as rows come in.

    Parameters
    ----------
    table : Table
    output : {"table", "csv", "json", "md"}
        NULL is "NULL" in a table, empty in csv and md, null in json. Long cells are
        clipped in a table. In csv an empty text is "", and a text that a spreadsheet
        would run as a formula gets a leading quote; a number never does.

    Raises
    ------
    ValueError
        For an output that does not exist.
    """
    if output not in RENDERERS:
        raise ValueError(f"no output {output!r}: there are {', '.join(RENDERERS)}")
    return RENDERERS[output](table)


def _text_lines(table: Table) -> Iterator[str]:
    rows = tuple(table.rows)
    cells = [
        ["NULL" if value is None else clip(visible(_text(value)), _WIDEST_CELL) for value in row]
        for row in rows
    ]
    head = [visible(name) for name in table.columns]
    align = "".join("r" if number else "l" for number in _numeric(table, rows))
    yield from align_rows([head, *cells], align)


def csv_head(columns: Sequence[str]) -> str:
    """Return the first line of a csv."""
    return ",".join(map(_csv_cell, columns))


def _csv_lines(table: Table) -> Iterator[str]:
    yield csv_head(table.columns)
    for row in table.rows:
        # a reader skips a line with nothing on it, and with it a row of one NULL
        yield ",".join(map(_csv_cell, row)) or '""'


def _json_lines(table: Table) -> Iterator[str]:
    """A list of objects, one a line."""
    before = "["
    for row in table.rows:
        cells = dict(zip(table.columns, map(plain, row), strict=True))
        yield before
        before = f"  {json.dumps(cells, ensure_ascii=False, allow_nan=False)},"
    if before == "[":
        yield "[]"
    else:
        yield from (before.removesuffix(","), "]")


def _markdown_lines(table: Table) -> Iterator[str]:
    rows = tuple(table.rows)
    lines = [
        [markdown_text(name) for name in table.columns],
        ["---:" if number else "---" for number in _numeric(table, rows)],
        *([markdown_text("" if v is None else _text(v)) for v in row] for row in rows),
    ]
    yield from (f"| {' | '.join(line)} |" for line in lines)


RENDERERS: dict[str, Callable[[Table], Iterator[str]]] = {
    "table": _text_lines,
    "csv": _csv_lines,
    "json": _json_lines,
    "md": _markdown_lines,
}


def _numeric(table: Table, rows: Sequence[Sequence[Any]]) -> list[bool]:
    """Which columns are numbers: the values of a column are of one type."""
    return [any(_is_number(row[i]) for row in rows) for i in range(len(table.columns))]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _text(value: Any) -> str:
    """A value as SQL would show it, whatever the Python type that stands for it."""
    if isinstance(value, str):  # most are: first, as a table may have millions
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | tuple | dict):
        return json.dumps(plain(value), ensure_ascii=False)
    return str(value)


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    text = _text(value)
    if isinstance(value, _HARMLESS):
        return text
    if text.startswith(FORMULA) and not isinstance(value, timedelta):
        text = f"'{text}"
    if text and not _CSV_QUOTED.search(text):
        return text
    return '"' + text.replace('"', '""') + '"'
