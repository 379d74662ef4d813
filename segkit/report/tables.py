"""Rows as text: for people, for spreadsheets, for programs."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from segkit.report.text import align_rows, clip, visible

# a spreadsheet takes a text that starts with one of these for a formula
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LINE_ENDS = "\r\n"
_WIDEST_CELL = 60  # of a table for people; the other outputs are whole


@dataclass(frozen=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def render_table(table: Table, output: str) -> str:
    """Return the table as text, without a newline at the end.

    Parameters
    ----------
    table : Table
    output : {"table", "csv", "json", "md"}
        NULL is "NULL" in a table, empty in csv and md, null in json. Long cells are
        clipped in a table. In csv a text that a spreadsheet would run as a formula
        gets a leading quote.

    Raises
    ------
    ValueError
        For an output that does not exist.
    """
    if output not in RENDERERS:
        raise ValueError(f"no output {output!r}: there are {', '.join(RENDERERS)}")
    return RENDERERS[output](table)


def _render_text(table: Table) -> str:
    numeric = [
        any(row[i] is not None for row in table.rows)
        and all(row[i] is None or _is_number(row[i]) for row in table.rows)
        for i in range(len(table.columns))
    ]
    cells = [
        ["NULL" if value is None else clip(visible(_text(value)), _WIDEST_CELL) for value in row]
        for row in table.rows
    ]
    head = [visible(name) for name in table.columns]
    lines = align_rows([head, *cells], ["right" if number else "left" for number in numeric])
    return "\n".join(lines)


def _render_csv(table: Table) -> str:
    lines = [_csv_line(_safe(name) for name in table.columns)]
    lines += [_csv_line(map(_csv_cell, row)) for row in table.rows]
    return "\n".join(lines)


def _csv_line(cells: Iterable[str]) -> str:
    # a writer quotes only the line ends that it writes itself: with "\n" alone a bare carriage
    # return in a cell would end the row, and begin a new one with whatever follows
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=_LINE_ENDS).writerow(cells)
    return out.getvalue().removesuffix(_LINE_ENDS)


def _render_json(table: Table) -> str:
    """A list of objects, one a line."""
    if not table.rows:
        return "[]"
    lines = [
        json.dumps(
            dict(zip(table.columns, map(_json_value, row), strict=True)),
            ensure_ascii=False,
            allow_nan=False,
        )
        for row in table.rows
    ]
    return "[\n" + ",\n".join(f"  {line}" for line in lines) + "\n]"


def _render_markdown(table: Table) -> str:
    numeric = [any(_is_number(row[i]) for row in table.rows) for i in range(len(table.columns))]
    lines = [
        [_markdown_cell(name) for name in table.columns],
        ["---:" if number else "---" for number in numeric],
        *([_markdown_cell("" if v is None else _text(v)) for v in row] for row in table.rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


RENDERERS: dict[str, Callable[[Table], str]] = {
    "table": _render_text,
    "csv": _render_csv,
    "json": _render_json,
    "md": _render_markdown,
}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _text(value: Any) -> str:
    """A value as SQL would show it, whatever the Python type that stands for it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | tuple | dict):
        return json.dumps(_json_value(value), ensure_ascii=False)
    return str(value)


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    text = _text(value)
    harmless = _is_number(value) or isinstance(value, bool | date | time | timedelta)
    return text if harmless else _safe(text)


def _markdown_cell(text: str) -> str:
    for end in _LINE_ENDS:
        text = text.replace(end, " ")
    return visible(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def _json_value(value: Any) -> Any:
    """NaN and infinities have no number in JSON: they are texts, as in PostgreSQL."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Decimal):
        if not value.is_finite():
            return str(value)
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _json_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json_value(item) for item in value]
    return _text(value)
