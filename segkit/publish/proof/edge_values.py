"""Values of a column on which SQL and rules would part company first."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from segkit.core.arithmetic import divisions
from segkit.core.axis import EXACT
from segkit.core.case import ungated
from segkit.core.columns import ColumnType, Kind
from segkit.core.evaluate import is_missing
from segkit.core.predicate import Predicate, constants
from segkit.core.rules import Condition, Interval, Levels
from segkit.core.tree import Below, Leaf, OneOf, Split, splits
from segkit.dialects.select import ViewSelect

Text = str | None  # a value as the engine reads it; None is NULL
_QUOTED = re.compile(r"'(?:[^']|'')*'")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")


class EdgeValues(dict[Text, Any]):
    """Text -> value of a column's edge cases, numbers from the lowest on."""

    def likely(self, condition: Condition | None) -> Iterator[Text]:
        """The texts from the first on that can fulfil the condition."""
        sought = condition.values if condition is not None else None
        if isinstance(sought, Levels) and not sought.excluded:
            yield from (text for text in sorted(sought.listed) if text in self)
        elif isinstance(sought, Interval) and sought.lower is not None and self._numbers:
            start = bisect_left(self._numbers, _like(sought.lower, self._numbers[0]))
            yield from self._texts[start:]
        else:
            yield from self
            return
        yield from (text for text in (None,) if text in self)

    @cached_property
    def _texts(self) -> list[Text]:
        return [text for text, value in self.items() if not is_missing(value)]

    @cached_property
    def _numbers(self) -> list[Any]:
        """The values of ``_texts``, if they are numbers in order."""
        found = [self[text] for text in self._texts]
        is_ordered = not any(isinstance(value, str | bool) for value in found) and all(
            low <= high for low, high in pairwise(found)
        )
        return found if is_ordered else []


def _like(end: Decimal, value: Any) -> Any:
    return float(end) if isinstance(value, float) else end


def edge_values(view: ViewSelect, column: str) -> EdgeValues:
    """Text -> value: every cut and its neighbours in the column's own type, and the odd ones."""
    type_ = view.columns[column].type
    cuts, levels = _constants(view, column)
    values = EdgeValues()
    if type_.is_numeric and not levels:
        values.update((text_of(v), v) for cut in cuts for v in neighbours(cut, type_))
        if not values:
            values["0"] = 0
    else:
        values.update((text, python_value(text, type_)) for text in _texts_of(type_, levels))
    values[None] = None
    if type_.is_numeric:
        values.update((text, float(text)) for text in type_.non_finite)
    if type_.kind in (Kind.FLOAT, Kind.DOUBLE) and computes(view, column):
        values.update((text_of(v), v) for v in map(float, reversed(type_.ends)))
    return values


def computes(view: ViewSelect, column: str) -> bool:
    """Whether a condition computes with the column."""
    return any(predicate.terms and column in predicate.columns for predicate in view.predicates)


def _constants(view: ViewSelect, column: str) -> tuple[list[Decimal], list[str]]:
    """Cuts and levels that the view's cases hold the column against."""
    found: set[Decimal | str] = set()
    for coded in view.coded:
        rest = ungated(coded.case.decision)
        for split in splits(rest) if isinstance(rest, Leaf | Split) else ():
            if split.column == column and isinstance(split.test, Below):
                found.add(split.test.cut)
            elif split.column == column and isinstance(split.test, OneOf):
                found.update(split.test.levels)
    for predicate in view.predicates:
        found.update(_constants_of(predicate, column, view.columns[column].type))
    levels = sorted(each for each in found if isinstance(each, str))
    return sorted(each for each in found if isinstance(each, Decimal)), levels


def _constants_of(predicate: Predicate, column: str, type_: ColumnType) -> Iterator[Decimal | str]:
    if predicate.formula is not None:
        for values in constants(predicate.formula, column):
            yield from values.ends if isinstance(values, Interval) else values.listed
    elif column in predicate.columns:
        yield from _written(predicate.text, type_)
        parts = divisions(predicate.terms) if type_.is_numeric else ()
        if any(column in (*each.dividend, *each.divisor) for each in parts):
            yield Decimal(0)


def _written(text: str, type_: ColumnType) -> Iterator[Decimal | str]:
    """Constants that stand in a condition which is not understood: one of them may be an edge."""
    quoted = [found[1:-1].replace("''", "'") for found in _QUOTED.findall(text)]
    for found in quoted:
        if type_.kind is Kind.TEXT and type_.is_plain_text:
            # as the beginning and as the end of another text, too
            yield from (found, f"x{found}", f"{found}x")
        elif type_.kind in (Kind.DATE, Kind.TIMESTAMP):
            yield from _days_around(found)
    if type_.is_numeric:
        yield from map(Decimal, _NUMBER.findall(_QUOTED.sub("", text)))


def _days_around(text: str) -> list[str]:
    try:
        day = date.fromisoformat(text[:10])
        return [(day + timedelta(days=step)).isoformat() for step in (-1, 0, 1)]
    except (ValueError, OverflowError):
        return []


def _texts_of(type_: ColumnType, levels: Sequence[str]) -> list[str]:
    """Each level and one that nobody has seen, as texts that the type can read."""
    if type_.kind is Kind.BOOLEAN:
        return ["true", "false"]
    if type_.kind is Kind.INTEGER:
        return [*levels, str(_unseen_number(levels, type_))]
    if type_.sql.upper() == "UUID":
        return [*levels, "00000000-0000-0000-0000-000000000000"]
    if type_.kind is Kind.TEXT:
        return [*levels, "", *(f"{level} " for level in levels[:1]), "segkit: unseen"]
    if type_.kind in (Kind.DATE, Kind.TIMESTAMP):
        return [*levels, "2000-01-01"]
    return []


def _unseen_number(levels: Sequence[str], type_: ColumnType) -> int:
    low, high = type_.ends
    known = {int(level) for level in levels}
    return next(n for n in range(int(high), int(low) - 1, -1) if n not in known)


def neighbours(cut: Decimal, type_: ColumnType) -> list[Any]:
    """The value at a cut and those beside it, as far as the type has them."""
    if type_.kind is Kind.DOUBLE:
        at = float(cut)
        return [math.nextafter(at, -math.inf), at, math.nextafter(at, math.inf)]
    if type_.kind is Kind.FLOAT:
        single = np.float32(float(cut))
        around = [np.nextafter(single, np.float32(end)) for end in (-np.inf, np.inf)]
        return [float(value) for value in (around[0], single, around[1]) if np.isfinite(value)]
    step = type_.step
    assert step is not None, "only a number has a cut"
    low = (cut / step).to_integral_value() * step
    low_end, high_end = type_.ends
    return [value for value in (low - step, low, low + step) if low_end <= value <= high_end]


def text_of(value: Any) -> str:
    return repr(value) if isinstance(value, float) else format(value, "f")


def python_value(text: Text, type_: ColumnType) -> Any:
    """The value that a column of the type has of a text, as Python compares it."""
    if text is None:
        return None
    if type_.kind is Kind.BOOLEAN:
        return text == "true"
    if type_.kind is Kind.INTEGER:
        return int(text)
    if type_.kind is Kind.DECIMAL:
        value, step = Decimal(text), type_.step or 1
        return value if value.is_nan() else value.quantize(step, ROUND_HALF_UP, EXACT)
    if type_.kind is Kind.FLOAT:
        return float(np.float32(text))
    return float(text) if type_.kind is Kind.DOUBLE else text
