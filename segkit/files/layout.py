"""Which lines of a text file are customers, and how they part into values."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import mode

from segkit.files.csv_options import CsvOptions
from segkit.files.footer import one_line
from segkit.files.header import (
    has_header_below,
    has_units,
    header_names,
    looks_like_row,
    one_name,
    why_dropped,
)
from segkit.files.shapes import shape_of
from segkit.files.written_numbers import read_shape

DELIMITERS = (",", ";", "\t", "|")
WHITESPACE = " "  # as a delimiter: any number of spaces
_COMMENTS = ("#", "//")
_SEP = re.compile(r"\ufeff?\"?sep=(.)\"?\s*", re.IGNORECASE)
_TITLES = 20  # lines above the header, at most
csv.field_size_limit(1 << 30)  # a cell may be a whole text; the default is 128 KiB
_SAMPLE = 200  # records, to see how they part
_CLEARLY = 0.8


@dataclass(frozen=True)
class Layout:
    """How to read a file's records.

    ``skip``: physical lines before the header, or before the first row where there is none.
    ``header``: the header's values as written, None where there is none; ``names`` by column.
    ``dropped``: positions of columns that are left out, with the reason: "index" (an unnamed
    column that counts the rows) or "empty" (an unnamed one without values).
    """

    delimiter: str
    quote: str
    skip: int
    header: tuple[str, ...] | None
    names: tuple[str, ...]
    dropped: tuple[tuple[int, str], ...] = ()
    titles: tuple[str, ...] = ()
    has_units: bool = False
    is_spaced: bool = False  # a, "b": spaces behind a delimiter belong to it

    @property
    def width(self) -> int:
        """Values of a record, with those that are left out."""
        return len(self.names) + len(self.dropped)

    @property
    def unnamed(self) -> tuple[str, ...]:
        """Names that were made for columns that have none in the header."""
        header = None if self.header is None else {one_name(value) for value in self.header}
        if header is None:
            return ()
        return tuple(n for n in self.names if n.startswith("column_") and n not in header)

    @property
    def is_plain(self) -> bool:
        """As every reader of CSV reads it."""
        odd_lines = self.skip or self.dropped or self.has_units or self.is_spaced
        plain_lines = not odd_lines and self.header is not None
        names_as_written = self.header == self.names
        return (
            plain_lines and names_as_written and self.quote == '"' and self.delimiter in DELIMITERS
        )


def split(lines: str, delimiter: str, quote: str = '"') -> Iterator[list[str]]:
    """Yield the records of a text, as far as they can be read."""
    source = io.StringIO(lines, newline="")
    try:
        yield from csv.reader(source, delimiter=delimiter, quotechar=quote)
    except csv.Error:
        return


def find_layout(head: str, said: CsvOptions) -> Layout:
    """Return how the beginning of a file is laid out.

    ``head``: whole lines from the beginning of the file.
    """
    skip, titles, separator = _preamble(head, said)
    body = _after(head, skip)
    delimiter = said.delimiter or separator or _delimiter(body)
    quote = said.quote or _quote(body, delimiter)
    spaced = _is_spaced(body, delimiter, quote)
    records = _records(body, delimiter, quote, spaced)
    if not records:
        return Layout(delimiter, quote, skip, (), ())
    width = _width(records)
    above = 0 if said.header is False or said.skip is not None else _above(records, width)
    titles = (*titles, *(one_line(record) for record, _ in records[:above]))
    skip += records[above][1] - 1 if above else _blank_lines(body)
    rows = [record for record, _ in records[above:]]
    return _with_names(
        Layout(delimiter, quote, skip, (), (), (), titles, is_spaced=spaced),
        rows,
        said,
    )


def _preamble(head: str, said: CsvOptions) -> tuple[int, tuple[str, ...], str | None]:
    """Lines to skip: `sep=;`, comments; or as many as somebody says."""
    lines = head.splitlines()
    if said.skip is not None:
        return said.skip, (), None
    separator, skip, titles = None, 0, []
    if lines and (found := _SEP.fullmatch(lines[0])):
        separator, skip = found[1], 1
    comments = 0
    for line in lines[skip:]:
        if not line.strip().startswith(_COMMENTS):
            break
        comments += 1
    following = lines[skip + comments :]
    # a header may begin with #: then it parts as the line below does
    if comments and not _is_header(lines[skip + comments - 1], following[:1]):
        titles = lines[skip : skip + comments]
        skip += comments
    return skip, tuple(titles), separator


def _is_header(comment: str, following: Sequence[str]) -> bool:
    if not following:
        return True
    best = max(DELIMITERS, key=following[0].count)
    n = comment.count(best)
    numbers = [read_shape(shape_of(text.strip())) for text in following[0].split(best)]
    return n > 0 and n == following[0].count(best) and any(numbers)


def _after(head: str, skip: int) -> str:
    return "".join(head.splitlines(keepends=True)[skip:])


def _blank_lines(body: str) -> int:
    blank = 0
    for line in body.splitlines():
        if line.strip():
            break
        blank += 1
    return blank


def _delimiter(body: str) -> str:
    """The one by which records part most alike, the header too."""

    def rank(delimiter: str) -> tuple[float, int, int]:
        widths = [len(record) for record, _ in _records(body, delimiter, '"')]
        several = [width for width in widths if width > 1]
        if len(several) < len(widths) / 2 or not several:
            return (0.0, 0, 0)
        usual = mode(several)
        first = next(width for width in widths if width > 1)
        share = sum(width == usual for width in widths) / len(widths)
        in_header = first in (usual, usual - 1)
        # to the last record: in id;paid all rows may have a comma, but the header has none
        return (share if in_header else share / 2, usual, -DELIMITERS.index(delimiter))

    best = max(DELIMITERS, key=rank)
    if rank(best)[0] > 0:
        return best
    widths = [len(line.split()) for line in body.splitlines()[:_SAMPLE] if line.strip()]
    is_parted = bool(widths) and min(widths) == max(widths) > 1
    return WHITESPACE if is_parted else ","


def _quote(body: str, delimiter: str) -> str:
    """The apostrophe where most values of a column stand between two of them."""
    if '"' in body or "'" not in body:
        return '"'
    records = [record for record, _ in _records(body, delimiter, '"')][1:]
    values = [value.strip() for record in records for value in record]
    quoted = sum(len(v) > 1 and v[0] == v[-1] == "'" for v in values)
    return "'" if quoted >= max(1, len(records)) * _CLEARLY else '"'


def _is_spaced(body: str, delimiter: str, quote: str) -> bool:
    """True if spaces stand before quotes, within which a delimiter may stand."""
    if delimiter.isspace():
        return False
    d, q = re.escape(delimiter), re.escape(quote)
    value = rf"{d} +{q}(?:[^{q}]|{q}{q})*{q} *(?={d}|[\r\n]|$)"
    return re.search(value, body) is not None


def _records(
    body: str, delimiter: str, quote: str, spaced: bool = False
) -> list[tuple[list[str], int]]:
    """The first records that are not blank, each with the line (from 1) in which it begins."""
    found: list[tuple[list[str], int]] = []
    if delimiter == WHITESPACE and quote not in body:
        lines = body.splitlines()
        for number, line in enumerate(lines, 1):
            if line.strip():
                found.append((line.split(), number))
        return found[:_SAMPLE]
    source = io.StringIO(body, newline="")
    reader = csv.reader(source, delimiter=delimiter, quotechar=quote, skipinitialspace=spaced)
    begins = 1
    try:
        for record in reader:
            if any(value.strip() for value in record):
                found.append((record, begins))
            begins = reader.line_num + 1
            if len(found) == _SAMPLE:
                break
    except csv.Error:
        pass
    return found


def _width(records: Sequence[tuple[list[str], int]]) -> int:
    """How many values most records have; the last ones, because titles stand above."""
    counts = Counter(len(record) for record, _ in records)
    most = max(counts.values())
    return max(width for width, n in counts.items() if n == most)


def _above(records: Sequence[tuple[list[str], int]], width: int) -> int:
    """How many records stand above the header: titles, of fewer values than a row has."""
    full = [record for record, _ in records if len(record) == width]
    in_use = sum(any(value.strip() for value in column) for column in zip(*full, strict=True))
    for place, (record, _) in enumerate(records[: _TITLES + 1]):
        filled = sum(bool(value.strip()) for value in record)
        is_title = filled == 1 < in_use and bool(record[0].strip())
        is_wide = len(record) == width + 1 and not record[-1].strip()
        fits = is_wide or len(record) in (width, width - 1)
        if fits and not is_title and filled >= max(_CLEARLY * (in_use - 1), 1):
            rows = [row for row, _ in records[place:]]
            return place + 1 if has_header_below(rows) else place
    return 0


def _with_names(layout: Layout, rows: Sequence[Sequence[str]], said: CsvOptions) -> Layout:
    """The layout with the names of the columns, and with those that are left out."""
    has_header = said.header if said.header is not None else not looks_like_row(rows)
    below = rows[1:] if has_header else rows
    header = header_names(rows[0] if has_header else (), below)
    names: list[str] = []
    dropped: list[tuple[int, str]] = []
    for position, name in enumerate(header):
        why = why_dropped(name, below, position) if has_header else None
        if why is not None:
            dropped.append((position, why))
        else:
            names.append(name or f"column_{position + 1}")
    return replace(
        layout,
        header=tuple(rows[0]) if has_header else None,
        names=tuple(names),
        dropped=tuple(dropped),
        has_units=has_header and said.header is None and has_units(below, header),
    )
