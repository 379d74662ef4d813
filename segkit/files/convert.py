"""Files that are no text, as text: the sheets of a workbook, JSON."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segkit.files.csv_options import CsvOptions
from segkit.files.file_kinds import JSON, SHEETS, kind_of
from segkit.files.text_file import TextProblem, find_text

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

_FIGURES = re.compile(r"[0-9][.,][0-9]")


@dataclass(frozen=True)
class Written:
    """``sheet`` is None for JSON; ``csv``: how the text is written, as far as that is known."""

    sheet: str | None
    csv: CsvOptions


def write_as_text(path: Path, goal: Path, sheet: str | None, encoding: str | None) -> Written:
    """Write a workbook's sheet or JSON as CSV.

    Raises TextProblem if it is not what its name says, or if what reads it is not installed.
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
        filled = same or _tables(book)
        if len(filled) > 1:
            message = f"{len(filled)} sheets: which one?"
            hint = f"--csv sheet={filled[0]} (`csv: {{sheet: {filled[0]}}}`): {', '.join(filled)}"
            raise TextProblem(message, hint)
        if not filled:
            raise TextProblem("no sheet has rows", "look into it")
        cells = _cells(book.get_sheet_by_name(filled[0]))
    except CalamineError as error:
        raise TextProblem(f"no workbook: {error}", "save it as .xlsx, or as CSV") from None
    return filled[0], ([_cell(value) for value in row] for row in cells)


def _tables(book: CalamineWorkbook) -> list[str]:
    """The sheets with rows: of several, those with columns as well, not a cover or notes."""
    sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
    filled = [sheet for sheet in sheets if sheet.height > 1]
    return [sheet.name for sheet in [s for s in filled if s.width > 1] or filled]


def _cells(sheet: CalamineSheet) -> list[list[Any]]:
    """The cells; one that reaches over several rows has its value in each of them."""
    cells = sheet.to_python(skip_empty_area=True)
    top, left = sheet.start or (0, 0)
    for (first, column), (last, _) in sheet.merged_cell_ranges or ():
        for row in range(first + 1, min(last + 1, top + len(cells))):
            cells[row - top][column - left] = cells[first - top][column - left]
    return cells


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
    """The objects of an array, of lines, or of an object; what is in one of them by a.b."""
    with find_text(path, encoding).open() as text:
        content = text.read()
    records = [dict(_values(record)) for record in _records(content)]
    names = list(dict.fromkeys(key for record in records for key in record))
    if not names:
        raise TextProblem(
            "no objects with values", "segkit reads a list of objects, a customer each"
        )
    yield names
    for record in records:
        yield [_json_value(record.get(name)) for name in names]


def _values(record: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        if isinstance(value, dict):
            yield from _values(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def _records(content: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(content, parse_float=_Number, parse_int=_Number)
    except json.JSONDecodeError:
        found = [_line(line, n) for n, line in enumerate(content.splitlines(), 1) if line.strip()]
    if isinstance(found, dict):
        found = _in_object(found)
    if isinstance(found, list) and _is_table(found):
        names, *rows = found
        found = [dict(zip(names, row, strict=True)) for row in rows]
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        raise TextProblem("no list of objects", "segkit reads a list of objects, a customer each")
    return found


def _in_object(found: dict[str, Any]) -> list[Any]:
    """The only array of objects in it; or columns, or rows by their keys, as pandas writes them."""
    tables: list[list[Any]] = [value for value in found.values() if _are(dict, value)]
    if len(tables) == 1:
        return tables[0]
    values = list(found.values())
    if len(found) > 1 and _are(list, values) and len(set(map(len, values))) == 1:
        return [dict(zip(found, row, strict=True)) for row in zip(*values, strict=True)]
    if len(found) > 1 and _are(dict, values) and len(set(map(tuple, values))) == 1:
        return _of_objects(found)
    return [found]


def _are(kind: type, found: Any) -> bool:
    """True for an array of one or more, all of them of the kind."""
    is_array = isinstance(found, list) and bool(found)
    return is_array and all(isinstance(value, kind) for value in found)


def _of_objects(found: dict[str, dict[str, Any]]) -> list[Any]:
    keys = list(next(iter(found.values())))
    if keys == [str(n) for n in range(len(keys))]:
        return [{name: column[key] for name, column in found.items()} for key in keys]
    return [{"key": key, **value} for key, value in found.items()]


def _is_table(found: Sequence[Any]) -> bool:
    """True for arrays of as many values, the first of which has names."""
    if len(found) < 2 or not _are(list, found):
        return False
    is_even = {len(row) for row in found} == {len(found[0])}
    return is_even and all(type(name) is str for name in found[0])


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
    return _as_json(value)


def _as_json(value: Any) -> str:
    match value:
        case _Number():
            return value
        case list():
            return f"[{', '.join(map(_as_json, value))}]"
        case dict():
            pairs = (
                f"{json.dumps(k, ensure_ascii=False)}: {_as_json(v)}" for k, v in value.items()
            )
            return f"{{{', '.join(pairs)}}}"
    return json.dumps(value, ensure_ascii=False)


def is_text(path: Path) -> bool:
    """True for a file that is text already, by its name."""
    return kind_of(path) not in (*SHEETS, *JSON)
