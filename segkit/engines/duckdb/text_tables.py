"""A file of text as a table whose columns have safe types.

DuckDB guesses types by value; an id such as 0001 must not become 1. So every value is read as
text. What a column is, is decided on the beginning of the file and proved on all of it while it
is loaded; where a text contradicts, it is decided anew, on the shapes of all texts.
"""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
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
)
from segkit.engines.leftovers import spill_path
from segkit.files.columns import ColumnReading, ColumnTexts, Question, read_columns
from segkit.files.layout import FOOTER, Layout, find_layout, is_total, split
from segkit.files.options import FileOptions
from segkit.files.rows import LeftOut, rows
from segkit.files.shapes import MOST, Shape, count_shapes
from segkit.files.text_file import TextFile, TextProblem, find_text

Query = Callable[[str], list[tuple[Any, ...]]]
_PREFIX = 1_000  # rows on which it is decided first
_MISFIT = "segkit_misfit"


@dataclass(frozen=True)
class TextTable:
    """What was read: the file, the lines that are none of it, what each column is."""

    file: TextFile
    layout: Layout
    left_out: LeftOut
    columns: tuple[ColumnReading, ...]
    rows: int


@dataclass(frozen=True)
class Asked:
    """Nothing was read: this has to be answered first."""

    questions: tuple[Question, ...]


@dataclass(frozen=True)
class _Source:
    """A file that DuckDB reads as it is: the file, or a clean copy of it."""

    path: Path
    delimiter: str
    names: tuple[str, ...]
    rows: int  # counted by another reader

    def sql(self) -> str:
        # An error would end the transaction. What is passed over is counted by another reader.
        columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(self.names)))
        return (
            f"read_csv({_path(self.path)}, auto_detect = false, header = true,"
            f" delim = {literal(self.delimiter, DUCKDB)}, quote = '\"', escape = '\"',"
            f" comment = '', strict_mode = true, ignore_errors = true, columns = {{{columns}}})"
        )


def load_text(
    run: Query, query: Query, path: Path, relation: str, options: FileOptions
) -> TextTable | Asked:
    """Make the table ``relation`` (SQL) of a file of text.

    Parameters
    ----------
    run, query : callable
        In the transaction of the table, and beside it: an error there aborts nothing.

    Raises
    ------
    TextProblem
        With the line, where there is one.
    """
    file = find_text(path, options.csv.encoding)
    head, is_whole = file.head()
    layout = find_layout(head, options.csv, is_whole=is_whole)
    loader = _Loader(run, query, relation, options, file, layout)
    if _is_plain(file, layout):
        lines = file.count_lines()
        with suppress(_NotPlain):
            if lines is not None:
                source = _Source(path, layout.delimiter, layout.names, lines - 1)
                return loader.load(source, LeftOut())
    left_out = LeftOut()
    with _clean_copy(file, layout, left_out) as source:
        return loader.load(source, left_out)


class _NotPlain(Exception):
    """Other readers read the file in another way than DuckDB does, or not at all."""


def _is_plain(file: TextFile, layout: Layout) -> bool:
    """True if DuckDB reads the file as it is, as far as its two ends show."""
    if not layout.is_plain or file.is_gzip or file.encoding != "utf-8-sig":
        return False
    last = list(split(file.tail(), layout.delimiter))[-FOOTER:]
    return all(len(record) in (0, layout.width) and not is_total(record) for record in last)


@contextmanager
def _clean_copy(file: TextFile, layout: Layout, left_out: LeftOut) -> Iterator[_Source]:
    folder = spill_path()
    folder.mkdir(mode=0o700)
    try:
        copy = folder / "rows.csv"
        with file.open() as text, copy.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, quoting=csv.QUOTE_ALL)
            writer.writerow(layout.names)
            n = 0
            for row in rows(text, layout, left_out):
                writer.writerow(row)
                n += 1
        yield _Source(copy, ",", layout.names, n)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class _Loader:
    run: Query
    query: Query
    relation: str
    options: FileOptions
    file: TextFile
    layout: Layout

    def load(self, source: _Source, left_out: LeftOut) -> TextTable | Asked:
        with self.file.open() as text:
            first = list(islice(rows(text, self.layout, LeftOut()), _PREFIX))
        found = read_columns(_texts(self.layout.names, first), self.options)
        if not found.questions and self._create(source, found.columns, is_proof=True):
            return self._table(source, left_out, found.columns)
        found = read_columns(self._all_texts(source), self.options)
        if found.questions:
            return Asked(found.questions)
        self._create(source, found.columns, is_proof=False)
        return self._table(source, left_out, tuple(self._days_counted(source, found.columns)))

    def _create(self, source: _Source, columns: Sequence[ColumnReading], *, is_proof: bool) -> bool:
        """Make the table; False, and no table, if a text contradicts what its column is."""
        names = [identifier(c.name, DUCKDB) for c in columns]
        items = select_list(columns, names, is_proof=is_proof)
        misfits = [misfit_sql(f"c{place}", column) for place, column in enumerate(columns)]
        tests = [f"({test})" for test in misfits if test is not None]
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

    def _days_counted(
        self, source: _Source, columns: Sequence[ColumnReading]
    ) -> Iterator[ColumnReading]:
        """With the texts that only look like a day, such as February 30th."""
        for place, column in enumerate(columns):
            if column.day is None:
                yield column
                continue
            test = no_day_sql(f"c{place}", column)
            n, least, greatest = self.query(
                f"SELECT count(*), min(c{place}), max(c{place}) FROM {source.sql()} WHERE {test}"
            )[0]
            no_days = (Shape(greatest, n, least, greatest),) if n else ()
            yield replace(column, others=(*column.others, *no_days))

    def _table(
        self, source: _Source, left_out: LeftOut, columns: tuple[ColumnReading, ...]
    ) -> TextTable:
        """The table, if it has as many rows as another reader counts."""
        loaded = self.run(f"SELECT count(*) FROM {self.relation}")[0][0]
        if loaded == source.rows:
            return TextTable(self.file, self.layout, left_out, columns, loaded)
        self.run(f"DROP TABLE {self.relation}")
        if source.path == self.file.path:
            raise _NotPlain
        message = f"{source.rows} records, but {loaded} rows could be loaded"
        raise TextProblem(message, "look for quotes and line ends that do not match")


def _texts(names: Sequence[str], first: Sequence[Sequence[str]]) -> list[ColumnTexts]:
    found = []
    for place, name in enumerate(names):
        texts = [text for row in first if (text := row[place].strip(" "))]
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


def _path(path: Path) -> str:
    """The path as SQL; the characters of a glob pattern stand for themselves."""
    return literal(re.sub(r"([\[*?])", r"[\1]", str(path)), DUCKDB)
