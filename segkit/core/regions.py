"""Regions: the rows for which a condition is TRUE, as data that can be joined and cut.

A region is a tuple of terms, that is conjunctions by column, of which one or
more hold. A row is in it or not: what SQL calls unknown is outside.

Raises ``TooComplex`` where a region would have too many terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import combinations

from segkit.core.conjunctions import (
    Term,
    TooComplex,
    both_values,
    has_room,
    other_values,
    term_product,
    terms_where,
)
from segkit.core.predicate import Compare, Formula, IsNull, Not, Step
from segkit.core.rules import EVERYTHING, Condition, Interval, Levels, Values

Region = tuple[Term, ...]
EVERYWHERE: Region = ({},)
_MAX_TERMS = 128  # more than a person would read


def where_true(formula: Formula) -> Region:
    return simplified(terms_where(formula, True))


def outside(region: Region) -> Region:
    """Every row that is not in the region.

    >>> from decimal import Decimal
    >>> young = ({"age": Condition("age", Interval(upper=Decimal(25)))},)
    >>> [(c.values.lower, c.null) for term in outside(young) for c in term.values()]
    [(Decimal('25'), True)]
    """
    found: Region = EVERYWHERE
    for term in region:
        others = [{c.column: other} for c in term.values() for other in _others(c)]
        found = simplified(term_product(found, others))
    return found


def within(first: Region, second: Region) -> Region:
    """The rows in both."""
    return simplified(term_product(first, second))


def together(regions: Iterable[Region]) -> Region:
    """The rows in any."""
    return simplified([term for region in regions for term in region])


def first_match(regions: Sequence[Region]) -> tuple[tuple[Region, ...], Region]:
    """What is left of each region when the first that holds a row takes it; and the rest of all.

    This is what CASE does. The results have no row in common.
    """
    left: Region = EVERYWHERE
    taken = []
    for region in regions:
        taken.append(within(left, region))
        left = within(left, outside(region))
    return tuple(taken), left


def with_room(region: Region, step: Step) -> Region:
    """The region without what no value can fulfil: between 34 and 35 there is no integer."""
    terms = [{name: _with_room(c, step(name)) for name, c in term.items()} for term in region]
    return tuple(term for term in terms if not any(c.is_impossible for c in term.values()))


def _with_room(condition: Condition, step: Decimal | None) -> Condition:
    if has_room(replace(condition, null=False), step):
        return condition
    return replace(condition, values=None)


def columns_in(region: Region) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for term in region for name in term))


def simplified(terms: Iterable[Term]) -> Region:
    """The same rows in fewer terms: contained ones dropped, neighbours joined."""
    left = list(dict.fromkeys(_frozen(term) for term in terms))
    plain: list[Term] = [dict(items) for items in left]
    while True:
        plain = _without_contained(plain)
        if len(plain) > _MAX_TERMS:
            raise TooComplex
        joined = _one_join(plain)
        if joined is None:
            return tuple(plain)
        plain = joined


def _frozen(term: Term) -> tuple[tuple[str, Condition], ...]:
    """Sorted, without what is always true, ends that are infinite written in one way."""
    plain = {name: Condition(name, _canonical(c.values), c.null) for name, c in term.items()}
    kept = ((name, c) for name, c in plain.items() if not c.is_always_true)
    return tuple(sorted(kept, key=lambda item: item[0]))


def _canonical(values: Values | None) -> Values | None:
    if not isinstance(values, Interval):
        return EVERYTHING if values is not None and values.is_everything else values
    return Interval(
        values.lower,
        values.upper,
        values.lower_closed or values.lower is None,
        values.upper_closed and values.upper is not None,
    )


def _others(condition: Condition) -> list[Condition]:
    """What the condition leaves out, NULL with the last of it."""
    values, null = condition.values, not condition.null
    sets: list[Values] = [EVERYTHING]
    if values is not None:
        others = [] if values.is_everything else other_values(values)
        sets = [each for each in others if not each.is_empty]
    found = [Condition(condition.column, one, null) for one in sets]
    return found or ([Condition(condition.column, None, True)] if null else [])


def _without_contained(terms: Sequence[Term]) -> list[Term]:
    kept: list[Term] = []
    for i, term in enumerate(terms):
        others = [*kept, *terms[i + 1 :]]
        if not any(_contains(other, term) for other in others):
            kept.append(term)
    return kept


def _contains(outer: Term, inner: Term) -> bool:
    return all(
        name in inner and _is_within(inner[name], condition) for name, condition in outer.items()
    )


def _is_within(inner: Condition, outer: Condition) -> bool:
    if inner.null and not outer.null:
        return False
    if inner.values is None:
        return True
    return _canonical(both_values(inner.values, outer.values)) == inner.values


def _one_join(terms: Sequence[Term]) -> list[Term] | None:
    """The terms with two of them made one, if two differ in one column and touch there."""
    for i, j in combinations(range(len(terms)), 2):
        first, second = terms[i], terms[j]
        names = first.keys() | second.keys()
        differing = [name for name in names if first.get(name) != second.get(name)]
        if len(differing) != 1 or not (differing[0] in first and differing[0] in second):
            continue
        union = _union(first[differing[0]], second[differing[0]])
        if union is None:
            continue
        joined = {**first, differing[0]: union}
        if union.is_always_true:
            del joined[differing[0]]
        return [joined if k == i else term for k, term in enumerate(terms) if k != j]
    return None


def _union(first: Condition, second: Condition) -> Condition | None:
    null = first.null or second.null
    if first.values is None or second.values is None:
        return Condition(first.column, first.values or second.values, null)
    values = _values_union(first.values, second.values)
    return None if values is None else Condition(first.column, values, null)


def _values_union(a: Values, b: Values) -> Values | None:
    if a.is_everything or b.is_everything:
        return EVERYTHING
    if isinstance(a, Levels) and isinstance(b, Levels):
        union = a.complement.intersect(b.complement).complement
        return EVERYTHING if union.is_everything else union
    if isinstance(a, Levels) or isinstance(b, Levels):
        raise TooComplex
    low, high = sorted((a, b), key=lambda i: i.start)
    if not _touch(low, high):
        return None
    top = max(low, high, key=lambda i: i.stop)
    return Interval(low.lower, top.upper, low.lower_closed, top.upper_closed)


def _touch(low: Interval, high: Interval) -> bool:
    if low.upper is None or high.lower is None or high.lower < low.upper:
        return True
    return high.lower == low.upper and (low.upper_closed or high.lower_closed)


def is_known(formula: Formula) -> bool:
    """True if the formula is never unknown: it asks for NULL only."""
    if isinstance(formula, IsNull):
        return True
    if isinstance(formula, Not):
        return is_known(formula.part)
    return not isinstance(formula, Compare) and all(map(is_known, formula.parts))
