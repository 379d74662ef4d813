"""Columns of which it is known how they are read: how often other texts stand in them.

Those of the last time are read so again, while no text contradicts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from segkit.files.date_columns import MOSTLY_DAYS
from segkit.files.file_columns import ColumnReading, ColumnTexts, Question
from segkit.files.number_columns import FEW
from segkit.files.number_study import MISSING, NumberForm
from segkit.files.patterns import value_pattern
from segkit.files.shapes import Shape
from segkit.files.written_days import read_day


def recounted(column: ColumnReading, words: Sequence[Shape], known: int) -> ColumnReading | None:
    """The column with its words as often as they stand in all of the file.

    None where more of them are none of the type than slips are. ``words`` are all texts that
    are no values, by their shapes, and ``known`` says how many are.
    """
    are_none = {shape.text for shape in column.others}
    others = tuple(shape for shape in words if shape.text in are_none)
    n = sum(shape.n for shape in others)
    few = FEW if column.number is not None else 1 - MOSTLY_DAYS
    if n > few * (known + n) and not column.is_declared:
        return None
    missing = tuple(shape for shape in words if shape.text not in are_none)
    return replace(column, missing=missing, others=others)


def without_days(
    column: ColumnReading, no_days: Shape, known: int, example: str | None
) -> ColumnReading | Question:
    """The column of days, some texts of which only look like one: February 30th.

    ``example``: a text that is a day.
    """
    if column.day is not None and column.day.is_compact and not column.is_declared:
        form = NumberForm(is_whole=True)
        return ColumnReading(column.name, "BIGINT", form, shapes=column.shapes)
    if no_days.n > FEW * known and not column.is_declared:
        if no_days.n > (1 - MOSTLY_DAYS) * known:
            return ColumnReading(column.name, "VARCHAR", others=(no_days,), why_text="days")
        answers = (no_days.greatest, "VARCHAR")
        return Question("others", (column.name,), no_days.greatest, answers, no_days.n, known)
    shown = None if column.example is None else example
    return replace(column, others=(*column.others, no_days), example=shown)


def read_again(column: ColumnTexts, last: ColumnReading | None) -> ColumnReading | None:
    """The column as it was read the last time; None where that cannot be.

    Text may have become numbers since; it is looked at anew, and so is what two texts write
    as one number.
    """
    if last is None or last.type == "VARCHAR" or column.shapes is None or column.same:
        return None
    values, words = _parted(column.shapes, last)
    nothing = {shape.text for shape in (*last.missing, *last.others)}
    if any(s.text not in nothing and s.text.lower() not in MISSING for s in words):
        return None
    found = recounted(last, words, sum(shape.n for shape in values))
    if found is None:
        return None
    return replace(found, shapes=tuple(dict.fromkeys([*last.shapes, *(s.text for s in values)])))


def _parted(shapes: Sequence[Shape], last: ColumnReading) -> tuple[list[Shape], list[Shape]]:
    """The shapes that are values of the column, and those that are not; zeros are neither."""
    pattern = re.compile(value_pattern(last))
    zeros = last.number.zeros if last.number is not None else ()
    values, words = list[Shape](), list[Shape]()
    for shape in shapes:
        is_value = pattern.fullmatch(shape.greatest) and pattern.fullmatch(shape.least)
        if is_value and _has_order(shape, last):
            values.append(shape)
        elif shape.text not in zeros:
            words.append(shape)
    return values, words


def _has_order(shape: Shape, last: ColumnReading) -> bool:
    """False for a day that has its parts in another order."""
    if last.day is None:
        return True
    day = read_day(shape)
    return day is not None and not day.is_mixed and (day.is_sure or last.day.order in day.orders)


def is_alike(one: ColumnReading, other: ColumnReading) -> bool:
    """True if no text is another value by the one than by the other."""
    if one.type != other.type:
        return False
    if one.number is not None and other.number is not None:
        same_signs = not _parts(one.number, other.number) and not _parts(other.number, one.number)
        return same_signs and one.number.percent == other.number.percent
    if one.day is not None and other.day is not None:
        return one.day.order == other.day.order or one.day.is_iso or other.day.is_iso
    return True


def _parts(one: NumberForm, other: NumberForm) -> bool:
    """True where the one's decimal sign is the thousands sign of the other."""
    return not one.is_whole and one.decimal == other.thousands
