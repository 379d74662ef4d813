"""A file of text as a table whose columns have safe types.

DuckDB guesses types by value; an id such as 0001 must not become 1. So every value is read as
text. What a column is, is decided on the beginning of the file and proved on all of it while it
is loaded; where a text contradicts, it is decided anew, on the shapes of all texts.
"""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from segkit.dialects.spelling import identifier, literal
from segkit.dialects.table import DUCKDB
from segkit.engines.duckdb.text_sql import (
    distinct_sql,
    misfit_sql,
    no_day_sql,
    select_list,
    shapes_sql,
    value_sql,
)
from segkit.engines.leftovers import spill_path
from segkit.files.column_readings import (
    ColumnReading,
    ColumnTexts,
    Question,
    read_columns,
    without_days,
)
from segkit.files.convert import Written, is_text, write_as_text
from segkit.files.csv_options import CsvOptions, FileOptions
from segkit.files.layout import FOOTER, TOTAL, Layout, find_layout, is_footer, is_total, split
from segkit.files.names import names_problem
from segkit.files.reading import Asked, Reading
from segkit.files.rows import LeftOut, rows
from segkit.files.shapes import MOST, Shape, count_shapes
from segkit.files.text_file import TextFile, TextProblem, find_text
from segkit.files.written_numbers import SPACES

Query = Callable[[str], list[tuple[Any, ...]]]
_PREFIX = 1_000  # rows on which it is decided first
_MISFIT = "segkit_misfit"


@dataclass(frozen=True)
class _Source:
    """A file that DuckDB reads as it is: the file, or a clean copy of it."""

    path: Path
    delimiter: str
    names: tuple[str, ...]
    rows: int  # counted by another reader
    nulls: tuple[str, ...]
    is_copy: bool

    def odd_sql(self, types: Sequence[str]) -> str:
        """TRUE for a row that may be no customer: the header again, or a total.

        In a column that is no text, both are misfits anyhow: there is no need to look.
        """
        places = range(min(3, len(types)))
        texts = [f"c{place}" for place in places if types[place] == "VARCHAR"]
        empty = [f"c{place} IS NULL" for place in places if types[place] != "VARCHAR"]
        tests = []
        if texts:
            begins = f"regexp_matches(coalesce({', '.join(texts)}), {_literal(TOTAL)}, 'i')"
            tests.append(" AND ".join([*(empty if types[0] != "VARCHAR" else ()), begins]))
        if set(types) == {"VARCHAR"}:
            names = (f"trim(c{n}) = {_literal(name)}" for n, name in enumerate(self.names))
            tests.append(" AND ".join(names))
        return " OR ".join(tests) or "false"

    def sql(self) -> str:
        # An error would end the transaction. What is passed over is counted by another reader.
        columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(self.names)))
        nulls = ", ".join(_literal(text) for text in ("", *self.nulls))
        return (
            f"read_csv({path_literal(self.path)}, auto_detect = false, header = true,"
            f" delim = {_literal(self.delimiter)}, quote = '\"', escape = '\"',"
            f" nullstr = [{nulls}], comment = '', strict_mode = true, ignore_errors = true,"
            f" columns = {{{columns}}})"
        )


def load_text(
    run: Query, query: Query, paths: Sequence[Path], relation: str, options: FileOptions
) -> tuple[Reading, int] | Asked:
    """Make the table ``relation`` (SQL) of a file, or of several of one shape.

    Parameters
    ----------
    run, query : callable
        In the transaction of the table, and beside it: an error there aborts nothing.

    Raises
    ------
    TextProblem
        With the line, where there is one.
    """
    with _Scratch() as scratch:
        files = [_text(path, scratch, options.csv) for path in paths]
        layouts = [find_layout(f.head(), known.csv.over(options.csv)) for f, known in files]
        options = replace(options, csv=_common(options.csv, [known.csv for _, known in files]))
        first = layouts[0]
        for name in options.types:
            if name.lower() not in {each.lower() for each in first.names}:
                hint = f"it has {', '.join(first.names)}"
                raise TextProblem(f"`types` names `{name}`, which is no column of it", hint)
        if not first.names:
            raise TextProblem("no lines are left", f"`skip` is {options.csv.skip}")
        if problem := names_problem(first.names, first.skip + 1):
            raise problem
        for (file, _), layout in zip(files, layouts, strict=True):
            if layout.names != first.names:
                hint = f"{paths[0].name} has {', '.join(first.names)}: files of one shape are one"
                message = f"{file.path.name} has other columns: {', '.join(layout.names)}"
                raise TextProblem(message, hint)
        parts = [_Part(file, layout) for (file, _), layout in zip(files, layouts, strict=True)]
        nulls = options.csv.nulls
        loader = _Loader(run, query, relation, options, tuple(parts), files[0][1].sheet)
        if len(parts) == 1 and _is_plain(parts[0]):
            lines = parts[0].file.count_lines()
            with suppress(_NotPlain):
                if lines is not None:
                    path = parts[0].file.path
                    return loader.load(
                        _Source(path, first.delimiter, first.names, lines - 1, nulls, False),
                        LeftOut(),
                    )
        left_out = LeftOut()
        return loader.load(_clean_copy(parts, scratch.file(), left_out, nulls), left_out)


@dataclass(frozen=True)
class _Part:
    """One of the files, and how it is laid out."""

    file: TextFile
    layout: Layout

    def rows(self, left_out: LeftOut) -> Iterator[list[str]]:
        with self.file.open() as text:
            yield from rows(text, self.layout, left_out)


def _text(path: Path, scratch: _Scratch, said: CsvOptions) -> tuple[TextFile, Written]:
    """The file as text, and what is known of it."""
    if is_text(path):
        return find_text(path, said.encoding), Written(None, CsvOptions())
    goal = scratch.file()
    written = write_as_text(path, goal, said.sheet, said.encoding)
    return find_text(goal), written


def _common(said: CsvOptions, known: Sequence[CsvOptions]) -> CsvOptions:
    """What is said, with the decimal sign that all files are known to have."""
    decimals = {each.decimal for each in known}
    return replace(said, decimal=decimals.pop()) if decimals == {"."} else said


class _Scratch:
    """A folder for copies, made for the first of them and gone with the last use of it."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._files = 0

    def file(self) -> Path:
        """The path of a new file.

        Raises
        ------
        TextProblem
            If there is no room for it.
        """
        if self._folder is None:
            folder = spill_path()
            try:
                folder.mkdir(mode=0o700)
            except OSError as error:
                reason = (error.strerror or str(error)).lower()
                message = f"no folder for a copy of it can be made: {reason}"
                raise TextProblem(message, "look at TMPDIR") from None
            self._folder = folder
        self._files += 1
        return self._folder / f"{self._files}.csv"

    def __enter__(self) -> _Scratch:
        return self

    def __exit__(self, *error: object) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


class _NotPlain(Exception):
    """Other readers read the file in another way than DuckDB does, or not at all."""


def _is_plain(part: _Part) -> bool:
    """True if DuckDB reads the file as it is, as far as its two ends show."""
    file, layout = part.file, part.layout
    if not layout.is_plain or file.is_gzip or file.encoding != "utf-8-sig":
        return False
    last = list(split(file.tail(), layout.delimiter))[-FOOTER:]
    width = layout.width
    ends_blank = bool(last) and len(last[-1]) == width and not any(last[-1])
    return not ends_blank and all(
        len(record) in (0, width) and not (is_total(record) or is_footer(record, width))
        for record in last
    )


def _clean_copy(
    parts: Sequence[_Part], goal: Path, left_out: LeftOut, nulls: tuple[str, ...]
) -> _Source:
    n = 0
    with goal.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL)
        writer.writerow(parts[0].layout.names)
        for part in parts:
            for row in part.rows(left_out):
                writer.writerow(row)
                n += 1
    return _Source(goal, ",", parts[0].layout.names, n, nulls, True)


@dataclass(frozen=True)
class _Loader:
    run: Query
    query: Query
    relation: str
    options: FileOptions
    parts: tuple[_Part, ...]
    sheet: str | None

    def load(self, source: _Source, left_out: LeftOut) -> tuple[Reading, int] | Asked:
        first = list(islice(self.parts[0].rows(LeftOut()), _PREFIX))
        found = read_columns(_texts(source.names, first, self.options.csv.nulls), self.options)
        if not found.questions and self._create(source, found.columns, is_proof=True):
            return self._table(source, left_out, found.columns)
        if not source.is_copy and self._has_odd_rows(source):
            raise _NotPlain
        texts = self._all_texts(source)
        found = read_columns(texts, self.options)
        if found.questions:
            return Asked(found.questions)
        columns = [self._with_days(source, *pair) for pair in enumerate(found.columns)]
        if questions := tuple(c for c in columns if isinstance(c, Question)):
            return Asked(questions)
        readings = tuple(c for c in columns if isinstance(c, ColumnReading))
        self._create(source, readings, is_proof=False)
        return self._table(source, left_out, readings)

    def _create(self, source: _Source, columns: Sequence[ColumnReading], *, is_proof: bool) -> bool:
        """Make the table; False, and no table, if a text contradicts what its column is."""
        names = [identifier(c.name, DUCKDB) for c in columns]
        items = select_list(columns, names, is_proof=is_proof)
        misfits = [misfit_sql(f"c{place}", column) for place, column in enumerate(columns)]
        tests = [f"({test})" for test in misfits if test is not None]
        tests += [] if source.is_copy else [f"({source.odd_sql([c.type for c in columns])})"]
        if is_proof and tests:
            items.append(f"coalesce({' OR '.join(tests)}, false) AS {_MISFIT}")
        select = f"SELECT\n  {(',' + chr(10) + '  ').join(items)}\nFROM {source.sql()}"
        self.run(f"CREATE TABLE {self.relation} AS\n{select}")
        if not is_proof or not tests:
            return True
        if self.run(f"SELECT count(*) FROM {self.relation} WHERE {_MISFIT}")[0][0]:
            self.run(f"DROP TABLE {self.relation}")
            return False
        self.run(f"ALTER TABLE {self.relation} DROP COLUMN {_MISFIT}")
        return True

    def _has_odd_rows(self, source: _Source) -> bool:
        texts = ["VARCHAR"] * len(source.names)
        counted = f"SELECT count(*) FROM {source.sql()} WHERE {source.odd_sql(texts)}"
        return bool(self.query(counted)[0][0])

    def _all_texts(self, source: _Source) -> list[ColumnTexts]:
        return [self._column_texts(source, place, name) for place, name in enumerate(source.names)]

    def _column_texts(self, source: _Source, place: int, name: str) -> ColumnTexts:
        column = f"c{place}"
        found = self.query(shapes_sql(column, source.sql()))
        distinct, numbers = self.query(distinct_sql(column, source.sql()))[0]
        shapes = tuple(
            Shape(text, n, least, greatest, tuple(parts[:3]), tuple(parts[3:]))
            for text, n, least, greatest, *parts in found
        )
        return ColumnTexts(
            name, None if len(shapes) > MOST else shapes, distinct, distinct > numbers > 0
        )

    def _with_days(
        self, source: _Source, place: int, column: ColumnReading
    ) -> ColumnReading | Question:
        """With the texts that only look like a day counted."""
        if column.day is None:
            return column
        c = f"c{place}"
        test = no_day_sql(c, column)
        known, n, least, greatest, example = self.query(
            f"SELECT count({c}), count(*) FILTER ({test}), min({c}) FILTER ({test}), "
            f"max({c}) FILTER ({test}), max({c}) FILTER ({value_sql(c, column)} IS NOT NULL) "
            f"FROM {source.sql()}"
        )[0]
        if not n:
            return column
        return without_days(column, Shape(greatest, n, least, greatest), known, example)

    def _table(
        self, source: _Source, left_out: LeftOut, columns: tuple[ColumnReading, ...]
    ) -> tuple[Reading, int]:
        """The table, if it has as many rows as another reader counts."""
        loaded = self.run(f"SELECT count(*) FROM {self.relation}")[0][0]
        file, layout = self.parts[0].file, self.parts[0].layout
        if loaded == source.rows:
            return Reading(file, layout, left_out, columns, self.sheet), loaded
        self.run(f"DROP TABLE {self.relation}")
        if source.path == file.path:
            raise _NotPlain
        message = f"{source.rows} records, but {loaded} rows could be loaded"
        raise TextProblem(message, "look for quotes and line ends that do not match")


def _texts(
    names: Sequence[str], first: Sequence[Sequence[str]], nulls: Collection[str] = ()
) -> list[ColumnTexts]:
    found = []
    for place, name in enumerate(names):
        values = (row[place] for row in first if row[place] not in nulls)
        texts = [text for value in values if (text := value.strip(SPACES))]
        distinct = set(texts)
        found.append(ColumnTexts(name, count_shapes(texts), len(distinct), _collide(distinct)))
    return found


def _collide(texts: set[str]) -> bool:
    """True if two texts are the same number to a program."""
    numbers = set()
    for text in texts:
        try:
            numbers.add(float(text))
        except ValueError:
            return False
    return len(numbers) < len(texts)


def _literal(text: str) -> str:
    return literal(text, DUCKDB)


def path_literal(path: Path) -> str:
    """The path as SQL; the characters of a glob pattern stand for themselves."""
    return _literal(re.sub(r"([\[*?])", r"[\1]", str(path)))
