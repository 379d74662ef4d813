"""Formulas as terms, conjunctions by column: what can be proved of conditions.

A formula is TRUE where one of its terms holds, and FALSE where one of others does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from segkit.core.predicate import AllOf, Compare, Formula, IsNull, Not, Step
from segkit.core.rules import EVERYTHING, Condition, Interval, Levels, Values, intersect

MAX_TERMS = 512
Term = Mapping[str, Condition]  # a conjunction, by column


class TooComplex(Exception):
    """Nothing is proved of a formula of so many parts; the data have to tell."""


def overlap(first: Formula, second: Formula, step: Step) -> Term | None:
    """Return values for which both formulas are TRUE, or None: then they exclude each other.

    Raises
    ------
    TooComplex
        If it cannot be told with reasonable effort.
    """
    return next(_joined([terms_where(first, True), terms_where(second, True)], step), None)


def can_hold(formula: Formula, step: Step) -> bool:
    """False if the formula is TRUE for no values at all; raises TooComplex as ``overlap`` does."""
    return next(_joined([terms_where(formula, True)], step), None) is not None


def gap(formulas: Sequence[Formula], step: Step) -> Term | None:
    """Return values for which every formula is FALSE, or None: then nobody is left out.

    A row for which one is unknown is not left out: it is a missing one.
    """
    return next(_joined([terms_where(formula, False) for formula in formulas], step), None)


def terms_of(formula: Formula, wanted: bool) -> Sequence[Term]:
    """Return conjunctions by column; where one of them holds the formula is TRUE (or FALSE).

    None at all for one of too many parts.
    """
    try:
        return terms_where(formula, wanted)
    except TooComplex:
        return ()


def _joined(groups: Sequence[Sequence[Term]], step: Step) -> Iterator[Term]:
    """Every conjunction of one term of each group that something can fulfil."""
    for term in product_of(groups):
        if all(has_room(condition, step(name)) for name, condition in term.items()):
            yield term


def has_room(condition: Condition, step: Decimal | None) -> bool:
    values = condition.values
    if step is None or condition.null or not isinstance(values, Interval):
        return not condition.is_impossible
    return not values.on_grid(step).is_empty


def terms_where(formula: Formula, wanted: bool) -> list[Term]:
    """The formula is TRUE (or FALSE, if not ``wanted``) where one of the terms holds."""
    if isinstance(formula, IsNull):
        values = None if wanted else EVERYTHING
        return [{formula.column: Condition(formula.column, values, null=wanted)}]
    if isinstance(formula, Compare):
        sets = [formula.values] if wanted else other_values(formula.values)
        sets = [values for values in sets if not values.is_empty]
        return [{formula.column: Condition(formula.column, values)} for values in sets]
    if isinstance(formula, Not):
        return terms_where(formula.part, not wanted)
    groups = [terms_where(part, wanted) for part in formula.parts]
    if isinstance(formula, AllOf) != wanted:  # AND is FALSE, and OR TRUE, by one part alone
        return _limited([term for group in groups for term in group])
    return product_of(groups)


def other_values(values: Values) -> list[Values]:
    """The values that are not among these, as sets of the same kind."""
    if isinstance(values, Levels):
        return [values.complement]
    sets: list[Values] = []
    if values.lower is not None:
        sets.append(Interval(upper=values.lower, upper_closed=not values.lower_closed))
    if values.upper is not None:
        sets.append(Interval(lower=values.upper, lower_closed=not values.upper_closed))
    return sets


def product_of(groups: Sequence[Sequence[Term]]) -> list[Term]:
    """Conjunctions of one term of each group, without those that nothing fulfils."""
    found: list[Term] = [{}]
    for group in groups:
        found = term_product(found, group)
    return found


def term_product(first: Sequence[Term], second: Sequence[Term]) -> list[Term]:
    terms = []
    for one in first:
        for other in second:
            both = _both(one, other)
            if both is not None:
                terms.append(both)
        _limited(terms)
    return terms


def _limited(terms: list[Term]) -> list[Term]:
    if len(terms) > MAX_TERMS:
        raise TooComplex
    return terms


def _both(one: Term, other: Term) -> Term | None:
    both = dict(one)
    for name, condition in other.items():
        here = both.get(name, Condition(name, null=True))
        values = both_values(here.values, condition.values)
        both[name] = Condition(name, values, here.null and condition.null)
        if both[name].is_impossible:
            return None
    return both


def both_values(one: Values | None, other: Values | None) -> Values | None:
    """The values in both sets; raises TooComplex for sets of two kinds."""
    try:
        return intersect(one, other)
    except TypeError:
        raise TooComplex from None
