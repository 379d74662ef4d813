"""Whether the first lines are a header, and what the columns are called there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from statistics import mode

from segkit.files.names import code_by_name
from segkit.files.number_study import MISSING
from segkit.files.shapes import count_shapes
from segkit.files.text_file import TextProblem
from segkit.files.written_days import read_day
from segkit.files.written_numbers import SPACES, read_shape

_CLEARLY = 0.8


def has_header_below(rows: Sequence[Sequence[str]]) -> bool:
    """True for `Sales,2024` above `id,n` and numbers: a figure where the next line has a name."""
    if len(rows) < 3 or not all(value.strip() for value in rows[1]):
        return False
    figures = [value.strip() for value in rows[0] if _is_figure(value)]
    return bool(figures) and not _are_years(figures) and has_units(rows[1:], rows[1])


def header_names(first: Sequence[str], below: Sequence[Sequence[str]]) -> list[str]:
    """The names as the header has them, and "" for columns that have none there.

    Raises TextProblem if rows have more values than there are names: 12,5 may be one of them.
    """
    header = [one_name(value) for value in first]
    usual = [len(row) for row in below]
    width = max(len(header), mode(usual)) if usual else len(header)
    full = [row for row in below if len(row) == width]
    if not first or len(header) == width or not any(row[-1].strip() for row in full):
        return header + [""] * (width - len(header))
    if len(header) == width - 1 and _has_row_names(header, full):
        header = ["", *header]
    if len(header) < width:
        message = f"{width} values in a row, but the header has {len(header)}"
        raise TextProblem(message, "name all columns; quote values that contain the separator")
    return header


def _has_row_names(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """True where rows begin with their number, as R writes them, and ids are behind it."""
    ids = [row[1] for row in rows]
    are_ids = len(set(ids)) == len(ids) or code_by_name(header[0]) is None
    return are_ids and _counts([row[0] for row in rows])


def why_dropped(name: str, rows: Sequence[Sequence[str]], position: int) -> str | None:
    """Why a column is left out, if it is."""
    if name and not re.fullmatch(r"Unnamed: \d+", name):
        return None
    values = [row[position].strip() for row in rows if len(row) > position]
    if not any(values):
        return "empty"
    return "index" if _counts(values) else None


def one_name(text: str) -> str:
    """A name on one line: a header may have line ends within quotes."""
    return re.sub(r"\s+", " ", text.strip().lstrip("\ufeff").removeprefix("#").strip())


def looks_like_row(rows: Sequence[Sequence[str]]) -> bool:
    """True if the first line has a number wherever those below have, and one at least."""
    if len(rows) < 2:
        return False
    of_numbers = [
        position
        for position in range(len(rows[0]))
        if _are_figures([row[position] for row in rows[1:] if len(row) > position])
    ]
    first, second = (
        [row[position].strip() for position in of_numbers if position < len(row)]
        for row in rows[:2]
    )
    if _are_years(first) and not _are_years(second):
        return False  # country, 2023, 2024
    return bool(first) and any(first) and all(not text or _is_figure(text) for text in first)


def _are_years(texts: Sequence[str]) -> bool:
    """True for 2022, 2023, 2024: names of columns."""
    if len(texts) < 2 or not all(re.fullmatch("(19|20)[0-9]{2}", text) for text in texts):
        return False
    return [int(text) for text in texts] == list(range(int(texts[0]), int(texts[0]) + len(texts)))


def _are_figures(values: Sequence[str]) -> bool:
    known = [text for value in values if (text := value.strip()) and text.lower() not in MISSING]
    return bool(known) and sum(map(_is_figure, known)) >= _CLEARLY * len(known)


@lru_cache(4096)
def _is_figure(text: str) -> bool:
    shape = count_shapes([text.strip(SPACES)])[0]
    return read_shape(shape.text) is not None or read_day(shape) is not None


def has_units(rows: Sequence[Sequence[str]], header: Sequence[str]) -> bool:
    """True if the first row below the header has words where all others have numbers."""
    if len(rows) < 3:
        return False
    words, figures = 0, 0
    for position in range(len(header)):
        column = [row[position] for row in rows if len(row) > position]
        if len(column) > 2 and _are_figures(column[1:]):
            first = column[0].strip()
            if first.lower() in MISSING or not first:
                continue
            words += not _is_figure(first)
            figures += _is_figure(first)
    return words > 0 and not figures


def _counts(values: Sequence[str]) -> bool:
    """True for 0, 1, 2 ... or 1, 2, 3 ..., one after another."""
    if not values or values[0].strip() not in ("0", "1"):
        return False
    start = int(values[0])
    return all(value.strip() == str(start + n) for n, value in enumerate(values))
