"""Rules: what a leaf, or a business bucket, says in full.

A bucket's band and a tree's leaf are the same thing: a ``Rule``, that is a
code and a conjunction of conditions, at most one a column. A ``Case`` is a
total function from a row to a code: a tree, and what each code is called.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from segkit.core.tree import Below, Known, Leaf, Split, Tree


@dataclass(frozen=True)
class Interval:
    """A set of numbers between two ends; None is infinity.

    ``Interval(25, 35)`` holds 25 <= x < 35.
    """

    lower: Decimal | None = None
    upper: Decimal | None = None
    lower_closed: bool = True
    upper_closed: bool = False

    @property
    def is_everything(self) -> bool:
        return self.lower is None and self.upper is None

    @property
    def is_empty(self) -> bool:
        if self.lower is None or self.upper is None:
            return False
        both = self.lower_closed and self.upper_closed
        return self.lower > self.upper or (self.lower == self.upper and not both)

    def intersect(self, other: Interval) -> Interval:
        lower, lower_closed = max(
            (self._low_end(), other._low_end()), key=lambda end: (end[0], not end[1])
        )
        upper, upper_closed = min(
            (self._high_end(), other._high_end()), key=lambda end: (end[0], end[1])
        )
        return Interval(
            None if lower == -_INFINITY else lower,
            None if upper == _INFINITY else upper,
            lower_closed,
            upper_closed,
        )

    def _low_end(self) -> tuple[Decimal, bool]:
        return (-_INFINITY if self.lower is None else self.lower), self.lower_closed

    def _high_end(self) -> tuple[Decimal, bool]:
        return (_INFINITY if self.upper is None else self.upper), self.upper_closed


_INFINITY = Decimal("Infinity")
EVERYTHING = Interval()


@dataclass(frozen=True)
class Condition:
    """TRUE for values inside ``interval``, and for NULL where ``null``.

    ``interval`` None means that no value at all fits: the condition is
    ``column IS NULL``.
    """

    column: str
    interval: Interval | None = EVERYTHING
    null: bool = False

    @property
    def is_always_true(self) -> bool:
        return self.null and self.interval is not None and self.interval.is_everything


@dataclass(frozen=True)
class Rule:
    """The row gets ``code`` if every condition holds."""

    code: int
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Outcome:
    """What a code is called. Codes count from 0 (missing) or 1."""

    code: int
    id: str
    name: str


@dataclass(frozen=True)
class Case:
    """A tree and the outcomes of its codes, ordered by code."""

    tree: Tree
    outcomes: tuple[Outcome, ...]

    def outcome(self, code: int) -> Outcome:
        return next(outcome for outcome in self.outcomes if outcome.code == code)


def rules_of(tree: Tree) -> tuple[Rule, ...]:
    """Return one Rule a leaf, from left to right, with its full conditions.

    Together they are mutually exclusive and collectively exhaustive, NULL
    included, because each split sends every row to exactly one side.
    Leaves that no row can reach are left out.
    """
    return tuple(_rules(tree, {}))


def _rules(tree: Tree, path: Mapping[str, Condition]) -> Iterator[Rule]:
    if isinstance(tree, Leaf):
        conditions = tuple(c for c in path.values() if not c.is_always_true)
        yield Rule(tree.code, conditions)
        return
    for side in ("yes", "no"):
        condition = _narrow(path.get(tree.column, Condition(tree.column, null=True)), tree, side)
        if condition.interval is None and not condition.null:
            continue
        yield from _rules(tree.yes if side == "yes" else tree.no, {**path, tree.column: condition})


def _narrow(condition: Condition, split: Split, side: str) -> Condition:
    null = condition.null and split.missing == side
    if isinstance(split.test, Known):
        interval = condition.interval if side == "yes" else None
    else:
        interval = _intersect(condition.interval, side_interval(split.test, side))
    return replace(condition, interval=interval, null=null)


def side_interval(test: Below, side: str) -> Interval:
    """The values that the test sends to that side."""
    if side == "yes":
        return Interval(upper=test.cut, upper_closed=test.inclusive)
    return Interval(lower=test.cut, lower_closed=not test.inclusive)


def _intersect(a: Interval | None, b: Interval) -> Interval | None:
    if a is None:
        return None
    both = a.intersect(b)
    return None if both.is_empty else both
