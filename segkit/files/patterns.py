"""Texts that a column's decision knows, as regular expressions: of Python and of a warehouse.

Decided is on the beginning of a file. What else there may be without a doubt about the decision
is wider than the shapes seen there: 1.234.567,00 where 1.234,00 was. It is no wider than that:
decimals of other lengths, other money, thousands where there were none are looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from segkit.files.file_columns import ColumnReading
from segkit.files.number_study import NumberForm, reads
from segkit.files.written_numbers import APOSTROPHES, SPACES, WrittenNumber, read_shape

_DIGIT = "[0-9]"
_BODY = re.compile(rf"([^09]*)([09](?:[09.,{SPACES}{APOSTROPHES}]*[09])?)([^09]*)")


def shape_pattern(shape: str) -> str:
    """The texts of a shape.

    >>> shape_pattern("-0.99"), shape_pattern("9+")
    ('\\\\-0\\\\.[0-9][1-9]', '[1-9]\\\\+')
    """
    places = [place for place, sign in enumerate(shape) if sign in "09"]
    ends = {place: "0" if shape[place] == "0" else "[1-9]" for place in places[:1] + places[-1:]}
    return "".join(
        ends.get(place) or (_DIGIT if sign in "09" else re.escape(sign))
        for place, sign in enumerate(shape)
    )


def word_pattern(reading: ColumnReading) -> str | None:
    """The texts that mean nothing, or are none of the column's type; None: there are none."""
    shapes = [shape.text for shape in (*reading.missing, *reading.others)]
    return "|".join(map(shape_pattern, shapes)) if shapes else None


def value_pattern(reading: ColumnReading) -> str:
    """The texts that are values of the column, but for dashes that are zero."""
    if reading.day is not None:
        return "|".join(dict.fromkeys(map(_day_pattern, reading.shapes)))
    if reading.number is not None:
        return _number_pattern(reading.shapes, reading.number)
    return "|".join(re.escape(shape.replace("9", "1")) for shape in reading.shapes)


def _day_pattern(shape: str) -> str:
    if re.fullmatch("[09]{8}", shape):
        return f"(?:19{_DIGIT}{{2}}|20{_DIGIT}{{2}}|2100){_DIGIT}{{4}}"
    return "".join(_DIGIT if sign in "09" else re.escape(sign) for sign in shape)


@dataclass
class _Seen:
    """What numbers of a column look like, filled shape by shape."""

    frames: dict[tuple[str, str], None] = field(default_factory=dict)
    decimals: set[int] = field(default_factory=set)
    thousands: set[str] = field(default_factory=set)
    by_two: bool = False
    is_long: bool = False  # 1234 where others have 1.234

    def add(self, written: WrittenNumber, how: str, frame: tuple[str, str], body: str) -> None:
        groups = written.groups[:-1] if "parted" in how else written.groups
        self.frames[frame] = None
        self.decimals.add(len(written.groups[-1]) if "parted" in how else 0)
        if "grouped" in how:
            signs = [sign for sign in body if sign not in "09"]
            self.thousands |= set(signs[: len(groups) - 1])
            self.by_two |= any(len(group) == 2 for group in groups[1:])
        else:
            self.is_long |= len(groups[0]) > 3

    def pattern(self, decimal: str) -> str:
        digits = "{0,14}" if self.is_long or not self.thousands else "{0,2}"
        whole = [f"0|[1-9]{_DIGIT}{digits}"]
        if self.thousands:
            sign = f"[{re.escape(''.join(sorted(self.thousands)))}]"
            whole.append(f"[1-9]{_DIGIT}{{0,2}}(?:{sign}{_DIGIT}{{3}}){{1,4}}")
            if self.by_two:
                whole.append(f"[1-9]{_DIGIT}?(?:{sign}{_DIGIT}{{2}}){{1,5}}{sign}{_DIGIT}{{3}}")
        parts = "|".join(f"{_DIGIT}{{{n}}}" for n in sorted(self.decimals - {0}))
        part = f"(?:{re.escape(decimal)}(?:{parts}))" if parts else ""
        optional = "?" if part and 0 in self.decimals else ""
        body = f"(?:{'|'.join(whole)}){part}{optional}"
        return "|".join(f"{re.escape(a)}{body}{re.escape(b)}" for a, b in self.frames)


def _number_pattern(shapes: Sequence[str], form: NumberForm) -> str:
    seen, exact = _Seen(), []
    for shape in shapes:
        if not _is_seen(shape, form, seen):
            exact.append(shape_pattern(shape))
    return "|".join([seen.pattern(form.decimal)] * bool(seen.frames) + exact)


def _is_seen(shape: str, form: NumberForm, seen: _Seen) -> bool:
    """False where no other text but those of this shape is known by it: .5, 1e-05, 007."""
    written, found = read_shape(shape), _BODY.fullmatch(shape)
    if written is None or found is None or written.is_float or written.has_code_zero:
        return False
    before, body, after = found.groups()
    how = reads(written, form.decimal, form.thousands)
    if how is None or len(re.split("[^09]", body)) != len(written.groups):
        return False
    seen.add(written, how, (before, after), body)
    return True
