"""Rules: what a leaf, or a business bucket, says in full.

A bucket's band and a tree's leaf are the same thing: a ``Rule``, that is a
code and a conjunction of conditions, at most one a column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal, localcontext

from segkit.core.tree import Below, Known, Leaf, OneOf, Side, Split, Test, Tree


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
    def ends(self) -> tuple[Decimal, ...]:
        """Those of the two that are there."""
        return tuple(end for end in (self.lower, self.upper) if end is not None)

    @property
    def start(self) -> tuple[Decimal, bool]:
        """By which intervals are in order from the lowest on."""
        return (-_INFINITY if self.lower is None else self.lower), not self.lower_closed

    @property
    def stop(self) -> tuple[Decimal, bool]:
        """By which intervals are in order to the highest."""
        return (_INFINITY if self.upper is None else self.upper), self.upper_closed

    @property
    def is_everything(self) -> bool:
        return self.lower is None and self.upper is None

    @property
    def is_empty(self) -> bool:
        if self.lower is None or self.upper is None:
            return False
        both = self.lower_closed and self.upper_closed
        return self.lower > self.upper or (self.lower == self.upper and not both)

    def holds(self, value: Decimal | float) -> bool:
        """Whether a number is in it; a float is compared with the floats nearest to the ends."""
        if self.lower is not None and Below(self.lower, not self.lower_closed).holds(value):
            return False
        return self.upper is None or Below(self.upper, self.upper_closed).holds(value)

    def intersect(self, other: Interval) -> Interval:
        low, high = max(self, other, key=lambda i: i.start), min(self, other, key=lambda i: i.stop)
        return Interval(low.lower, high.upper, low.lower_closed, high.upper_closed)

    def on_grid(self, step: Decimal) -> Interval:
        """The same multiples of a step, from the first one on and below the one after the last.

        >>> Interval(Decimal("0.5"), Decimal(3), upper_closed=True).on_grid(Decimal(1))
        Interval(lower=Decimal('1'), upper=Decimal('4'), lower_closed=True, upper_closed=False)
        """
        lower, upper = self.lower, self.upper
        if lower is not None:
            lower = _next_multiple(lower, step, above=not self.lower_closed)
        if upper is not None:
            upper = _next_multiple(upper, step, above=self.upper_closed)
        return Interval(lower, upper)

    def on_floats(self) -> Interval:
        """The same floats: an end becomes the float that it is compared as.

        >>> Interval(upper=Decimal("0.1000000000000000001")).on_floats().upper
        Decimal('0.1')
        """
        lower, upper = (
            None if end is None else Decimal(repr(float(end))) for end in (self.lower, self.upper)
        )
        return replace(self, lower=lower, upper=upper)


def _next_multiple(value: Decimal, step: Decimal, *, above: bool) -> Decimal:
    with localcontext(prec=400):  # exact for every number that a DOUBLE may be near
        multiple = (value / step).to_integral_value(ROUND_CEILING) * step
        return multiple + step if above and multiple == value else multiple


_INFINITY = Decimal("Infinity")
EVERYTHING = Interval()


@dataclass(frozen=True)
class Levels:
    """A set of texts: those in ``listed``, or all but those where ``excluded``.

    >>> Levels(frozenset({"north"}), excluded=True).intersect(Levels(frozenset({"south"})))
    Levels(listed=frozenset({'south'}), excluded=False)
    """

    listed: frozenset[str]
    excluded: bool = False

    @property
    def is_everything(self) -> bool:
        return self.excluded and not self.listed

    @property
    def is_empty(self) -> bool:
        return not self.excluded and not self.listed

    @property
    def complement(self) -> Levels:
        return Levels(self.listed, not self.excluded)

    def intersect(self, other: Levels) -> Levels:
        if self.excluded and other.excluded:
            return Levels(self.listed | other.listed, True)
        if self.excluded or other.excluded:
            these, those = (other, self) if self.excluded else (self, other)
            return Levels(these.listed - those.listed)
        return Levels(self.listed & other.listed)


Values = Interval | Levels


def intersect(a: Values | None, b: Values | None) -> Values | None:
    """Return the values in both sets; None if there is none.

    Raises TypeError for numbers against texts; everything goes with either.
    """
    if a is None or b is None:
        return None
    both: Values
    if a.is_everything or b.is_everything:
        both = b if a.is_everything else a
    elif isinstance(a, Interval) and isinstance(b, Interval):  # noqa: SIM114 (types differ)
        both = a.intersect(b)
    elif isinstance(a, Levels) and isinstance(b, Levels):
        both = a.intersect(b)
    else:
        raise TypeError(f"{a} and {b} are of different kinds")
    return None if both.is_empty else both


@dataclass(frozen=True)
class Condition:
    """TRUE for values among ``values``, and for NULL where ``null``.

    ``values`` None means that no value at all fits: the condition is
    ``column IS NULL``.
    """

    column: str
    values: Values | None = EVERYTHING
    null: bool = False

    @property
    def is_always_true(self) -> bool:
        return self.null and self.values is not None and self.values.is_everything

    @property
    def is_impossible(self) -> bool:
        return self.values is None and not self.null


@dataclass(frozen=True)
class Rule:
    """The row gets ``code`` if every condition holds."""

    code: int
    conditions: tuple[Condition, ...]


def rules_of(tree: Tree) -> tuple[Rule, ...]:
    """Return one Rule a leaf, from left to right, with its full conditions.

    Together they are mutually exclusive and collectively exhaustive, NULL
    included, because each split sends every row to exactly one side.
    Leaves that no row can reach are left out.
    """
    found: list[Rule] = []
    todo: list[tuple[Tree, Mapping[str, Condition]]] = [(tree, {})]
    while todo:
        node, path = todo.pop()
        if isinstance(node, Leaf):
            conditions = tuple(c for c in path.values() if not c.is_always_true)
            found.append(Rule(node.code, conditions))
            continue
        here = path.get(node.column, Condition(node.column, null=True))
        sides: tuple[tuple[Side, Tree], ...] = (("no", node.no), ("yes", node.yes))
        for side, branch in sides:
            condition = narrow(here, node, side)
            if not condition.is_impossible:
                todo.append((branch, {**path, node.column: condition}))
    return tuple(found)


def narrow(condition: Condition, split: Split, side: Side) -> Condition:
    """What is known of the column on that side of the split, where ``condition`` held above it."""
    values = intersect(condition.values, values_of(split.test, side))
    return replace(condition, values=values, null=condition.null and split.missing == side)


def values_of(test: Test, side: Side) -> Values | None:
    """The values that the test sends to that side; None if it sends none there."""
    if isinstance(test, Known):
        return EVERYTHING if side == "yes" else None
    if isinstance(test, OneOf):
        return Levels(frozenset(test.levels), excluded=side == "no")
    if side == "yes":
        return Interval(upper=test.cut, upper_closed=test.inclusive)
    return Interval(lower=test.cut, lower_closed=not test.inclusive)
