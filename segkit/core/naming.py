"""What the name of a segment says, as data: a statement a column, and how true it was."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from segkit.core.columns import Spell
from segkit.core.rules import Condition, Interval, Levels

Word = Literal["high", "low", "mid"]
# a word is of the median of that day, a cut of the rules; a fact is absolute: none, one, several
Kind = Literal["high", "low", "mid", "cut", "fact", "level", "unknown"]


@dataclass(frozen=True)
class Statement:
    """True of customers whose value is one of ``levels``, or lies between two ends (None: open).

    High and low begin at the median of all customers of the fit, mid holds neither the
    lowest nor the highest fifth. What is unknown has no value; nothing else is true of it.
    """

    column: str
    kind: Kind
    lower: float | None = None
    upper: float | None = None
    lower_closed: bool = True
    upper_closed: bool = False
    levels: tuple[str, ...] = ()

    @property
    def style(self) -> Literal["word", "cut"] | None:
        """How a number is spoken of, where there are two ways."""
        if self.kind == "cut":
            return "cut"
        return "word" if self.kind in ("high", "low", "mid") else None

    @property
    def ends(self) -> tuple[float, ...]:
        return tuple(end for end in (self.lower, self.upper) if end is not None)

    @property
    def interval(self) -> Interval:
        lower, upper = (
            None if end is None else Decimal(repr(float(end))) for end in (self.lower, self.upper)
        )
        return Interval(lower, upper, self.lower_closed, self.upper_closed)

    @property
    def condition(self) -> Condition:
        """The same as a condition of a rule."""
        if self.kind == "unknown":
            return Condition(self.column, None, null=True)
        return Condition(
            self.column, Levels(frozenset(self.levels)) if self.levels else self.interval
        )


@dataclass(frozen=True)
class Naming:
    """``members`` and ``others`` are the shares of whom all that the name says is true.

    ``precision`` is the share of those of whom it is true that are members. A name that says
    nothing is true of everybody.
    """

    says: tuple[Statement, ...]
    members: float
    others: float
    precision: float

    def spelled(self, spell: Spell) -> Naming:
        """The same of columns as the relation writes them."""
        return replace(self, says=tuple(replace(s, column=spell(s.column)) for s in self.says))
