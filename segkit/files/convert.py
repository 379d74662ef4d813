"""Files that are no text, as text: the sheets of a workbook, JSON."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from segkit.files.csv_options import CsvOptions
from segkit.files.file_kinds import JSON, SHEETS, kind_of
from segkit.files.text_file import TextProblem, find_text

_FIGURES = re.compile(r"[0-9][.,][0-9]")


@dataclass(frozen=True)
class Written:
    """``sheet`` is None for JSON; ``csv``: how the text is written, as far as that is known."""

    sheet: str | None
    csv: CsvOptions


def write_as_text(path: Path, goal: Path, sheet: str | None, encoding: str | None) -> Written:
    """Write a workbook's sheet or JSON as CSV.

    Raises
    ------
    TextProblem
        If it is not what its name says, or if what reads it is not installed.
    """
    known = CsvOptions(delimiter=",", quote='"')
    name = None
    if kind_of(path) in SHEETS:
        name, rows = _sheet(path, sheet)
    else:
        rows, known = _json(path, encoding), replace(known, header=True, skip=0)
    has_figures = False
    with goal.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL)
        for row in rows:
            has_figures |= any(type(text) is str and _FIGURES.search(text) for text in row)
            writer.writerow(row)
    # a number of a program has a point; a text such as 1.043 may have thousands
    return Written(name, known if has_figures else replace(known, decimal="."))


def _sheet(path: Path, wanted: str | None) -> tuple[str, Iterator[list[str]]]:
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError:
        hint = "pip install 'segkit[xlsx]', or save the sheet as CSV"
        raise TextProblem("a workbook needs the extra `xlsx`", hint) from None
    try:
        book = CalamineWorkbook.from_path(str(path))
        names = book.sheet_names
        same = [name for name in names if wanted and name.lower() == wanted.lower()]
        if wanted is not None and not same:
            raise TextProblem(f"no sheet is called {wanted}", f"it has {', '.join(names)}")
        filled = same or [name for name in names if book.get_sheet_by_name(name).height > 1]
        if len(filled) > 1:
            message = f"{len(filled)} sheets: which one?"
            hint = f"--csv sheet={filled[0]} (`csv: {{sheet: {filled[0]}}}`): {', '.join(filled)}"
            raise TextProblem(message, hint)
        if not filled:
            raise TextProblem("no sheet has rows", "look into it")
        cells = book.get_sheet_by_name(filled[0]).to_python(skip_empty_area=True)
    except CalamineError as error:
        raise TextProblem(f"no workbook: {error}", "save it as .xlsx, or as CSV") from None
    return filled[0], ([_cell(value) for value in row] for row in cells)


def _cell(value: Any) -> str:
    """A cell as a program writes its value; a whole number without a point."""
    match value:
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) <= 2**53:
            return _Number(int(value))
        case int() | float():
            return _Number(value)
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat(sep=" ")
        case date() | time() | timedelta():
            return str(value)
    return str(value)


def _json(path: Path, encoding: str | None) -> Iterator[list[str]]:
    """The objects of an array, of lines, or of the only array in an object."""
    with find_text(path, encoding).open() as text:
        content = text.read()
    records = _records(content)
    names = list(dict.fromkeys(key for record in records for key in record))
    if not names:
        raise TextProblem(
            "no objects with values", "segkit reads a list of objects, a customer each"
        )
    yield names
    for record in records:
        yield [_json_value(record.get(name)) for name in names]


def _records(content: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(content, parse_float=_Number, parse_int=_Number)
    except json.JSONDecodeError:
        found = [_line(line, n) for n, line in enumerate(content.splitlines(), 1) if line.strip()]
    if isinstance(found, dict):
        lists = [value for value in found.values() if isinstance(value, list)]
        found = lists[0] if len(lists) == 1 else [found]
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        raise TextProblem("no list of objects", "segkit reads a list of objects, a customer each")
    return found


def _line(line: str, number: int) -> Any:
    try:
        return json.loads(line, parse_float=_Number, parse_int=_Number)
    except json.JSONDecodeError as error:
        raise TextProblem(f"no JSON: {error.msg}", "is it whole?", number) from None


class _Number(str):
    """A number to the letter: 1.10 stays 1.10."""


def _json_value(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def is_text(path: Path) -> bool:
    """True for a file that is text already, by its name."""
    return kind_of(path) not in (*SHEETS, *JSON)
