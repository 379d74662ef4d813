"""The customers of a text file, without the lines that are none."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import IO

from segkit.files.footer import FOOTER, is_footer, is_total, one_line
from segkit.files.layout import WHITESPACE, Layout
from segkit.files.text_file import TextProblem


@dataclass
class LeftOut:
    """Lines that are no customers, filled while rows are read."""

    repeated: int = 0  # as often the header comes again
    units: str | None = None
    totals: list[str] = field(default_factory=list)
    footers: list[str] = field(default_factory=list)
    kept_totals: list[str] = field(default_factory=list)  # in the midst of rows


def records(text: IO[str], layout: Layout) -> Iterator[tuple[Sequence[str], int]]:
    """Yield all records below the skipped lines, each with the line in which it begins."""
    line = 1
    for _ in islice(text, layout.skip):
        line += 1
    if layout.delimiter == WHITESPACE and layout.quote == '"':
        for number, content in enumerate(text, line):
            yield content.split(), number
        return
    reader = csv.reader(
        text,
        delimiter=layout.delimiter,
        quotechar=layout.quote,
        skipinitialspace=layout.is_spaced,
        strict=True,
    )
    begins = line
    try:
        for record in reader:
            yield record, begins
            begins = line + reader.line_num
    except csv.Error as error:
        open_quote = str(error) == "unexpected end of data"
        message = "a quote that is never closed" if open_quote else str(error)
        hint = "a quote inside a quoted value is written twice"
        raise TextProblem(message, hint, begins) from None


def rows(text: IO[str], layout: Layout, left_out: LeftOut) -> Iterator[list[str]]:
    """Yield the values of each customer, without the columns that are left out.

    Raises TextProblem for a line in the midst that has more or fewer values than there are columns.
    """
    kept = [n for n in range(layout.width) if n not in dict(layout.dropped)]
    found = _below_header(records(text, layout), layout, left_out)
    for record, _ in _without_end(found, layout, left_out):
        yield [record[n] for n in kept]


def _below_header(
    found: Iterable[tuple[Sequence[str], int]], layout: Layout, left_out: LeftOut
) -> Iterator[tuple[Sequence[str], int]]:
    header = None if layout.header is None else [value.strip() for value in layout.header]
    is_first = True
    units_next = layout.has_units
    for record, line in found:
        if not any(value.strip() for value in record) and len(record) < layout.width:
            continue  # an empty line
        if header is not None and [value.strip() for value in record] == header:
            left_out.repeated += not is_first
            is_first = False
            continue
        is_first = False
        if units_next:
            units_next, left_out.units = False, one_line(record)
            continue
        yield record, line


def _without_end(
    found: Iterable[tuple[Sequence[str], int]], layout: Layout, left_out: LeftOut
) -> Iterator[tuple[Sequence[str], int]]:
    """Without totals and footers below the last row; elsewhere an odd line is a mistake."""
    held: list[tuple[Sequence[str], int]] = []
    for record, line in found:
        record = _fitted(record, layout)
        if is_footer(record, layout.width) or is_total(record) or _is_blank(record):
            held.append((record, line))
            if sum(not _is_blank(record) for record, _ in held[: 2 * FOOTER]) > FOOTER:
                yield from _released(held, layout, left_out)
                held.clear()
            continue
        yield from _released([*held, (record, line)], layout, left_out)
        held.clear()
    for record, _ in held:
        if is_total(record):
            left_out.totals.append(one_line(record))
        elif not _is_blank(record):
            left_out.footers.append(one_line(record))


def _fitted(record: Sequence[str], layout: Layout) -> Sequence[str]:
    """With the empty value that a row ends with where others do not, or the other way round."""
    last_is_empty = dict(layout.dropped).get(layout.width - 1) == "empty"
    if last_is_empty and len(record) == layout.width - 1:
        return [*record, ""]
    return record


def _is_blank(record: Sequence[str]) -> bool:
    return not any(value.strip() for value in record)


def _released(
    held: Sequence[tuple[Sequence[str], int]], layout: Layout, left_out: LeftOut
) -> Iterator[tuple[Sequence[str], int]]:
    """Lines that turned out to stand in the midst."""
    for record, line in held:
        if len(record) != layout.width:
            is_cut = len(record) < layout.width
            raise TextProblem(
                f"{_values(len(record))}, but the header has {layout.width}",
                "is it cut off?" if is_cut else "quote values that contain the separator",
                line,
            )
        if is_total(record):
            left_out.kept_totals.append(one_line(record))
        yield record, line


def _values(number: int) -> str:
    return "1 value" if number == 1 else f"{number} values"
