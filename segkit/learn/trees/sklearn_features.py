"""A feature of a fitted tree, as a number that is made of one column.

It is made either by a list of the column's values, or by sums, products and quotients
of doubles, which never fall as the value rises. So what a tree asks of the number is a
list, or a cut, of the column.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from segkit.core.columns import ColumnType, Kind

Change = Callable[[float], float]


@dataclass(frozen=True)
class Feature:
    """A number made of one column.

    ``changes`` are made one after the other to a number. ``levels`` has what each
    value of a category becomes, and is None for a number; ``unseen`` is what any other
    value becomes, and None where ``predict`` refuses it. ``null`` is what NULL becomes:
    NaN where it stays missing, None where it is refused; ``null_is`` is NULL in Python.
    """

    column: str
    changes: tuple[Change, ...] = ()
    levels: Mapping[Any, float] | None = None
    unseen: float | None = None
    null: Any = math.nan
    null_is: float | None = math.nan
    is_sparse: bool = False

    def of(self, value: float) -> float:
        for change in self.changes:
            value = change(value)
        return value

    def then(self, change: Change) -> Feature:
        null = None if self.null is None else change(self.null)
        if self.levels is None:
            return replace(self, changes=(*self.changes, change), null=null)
        levels = {level: change(value) for level, value in self.levels.items()}
        unseen = None if self.unseen is None else change(self.unseen)
        return replace(self, levels=levels, unseen=unseen, null=null)


Features = Sequence[Feature]


def level_text(level: Any, type_: ColumnType | None) -> str:
    """The category as a column of the type prints it.

    >>> from segkit.core.columns import parse_type
    >>> level_text(1.0, None), level_text(1, parse_type("BOOLEAN")), level_text(True, None)
    ('1', 'true', 'true')
    """
    if isinstance(level, str):
        return level
    is_flag = isinstance(level, bool) if type_ is None else type_.kind is Kind.BOOLEAN
    return {0: "false", 1: "true"}.get(level, str(level)) if is_flag else str(int(level))


def unseen_of(levels: Sequence[Any]) -> Any:
    """A value that is none of the categories; None where there is no other."""
    if not levels:
        return None
    if isinstance(levels[0], str):
        return "".join(levels) + "?"
    if isinstance(levels[0], bool):
        return next((flag for flag in (False, True) if flag not in levels), None)
    return max(levels) + 1


def is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def first_step(model: Any) -> Any:
    """What gets the columns, and knows their names: the tree, or a step that does something."""
    steps = [step for _, step in getattr(model, "steps", [("", model)])]
    return next(step for step in steps if hasattr(step, "n_features_in_"))
