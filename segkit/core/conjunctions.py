"""Formulas as terms, conjunctions by column: what can be proved of conditions.

A formula is TRUE where one of its terms holds, and FALSE where one of others does.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain, combinations, product

from segkit.core.predicate import AllOf, Compare, Formula, IsNull, Not, Step
from segkit.core.rules import EVERYTHING, Condition, Interval, Levels, Values, intersect

MAX_TERMS = 512
Term = Mapping[str, Condition]  # a conjunction, by column
Terms = Sequence[Term]


class TooComplex(Exception):
    """Nothing is proved of a formula of so many parts; the data have to tell."""


def overlap(first: Formula, second: Formula, step: Step) -> Term | None:
    """Return values for which both formulas are TRUE, or None: then they exclude each other.

    Raises TooComplex if it cannot be told with reasonable effort.
    """
    return _first([terms_where(first, True), terms_where(second, True)], step)


def can_hold(formula: Formula, step: Step) -> bool:
    """False if the formula is TRUE for no values at all; raises TooComplex as ``overlap`` does."""
    return _first([terms_where(formula, True)], step) is not None


def gap(formulas: Sequence[Formula], step: Step) -> Term | None:
    """Return values for which every formula is FALSE, or None: then nobody is left out.

    A row for which one is unknown is not left out: it is a missing one.
    """
    return _first([terms_where(formula, False) for formula in formulas], step)


def terms_of(formula: Formula, wanted: bool) -> Sequence[Term]:
    """Return conjunctions by column; where one of them holds the formula is TRUE (or FALSE).

    None at all for one of too many parts.
    """
    try:
        return terms_where(formula, wanted)
    except TooComplex:
        return ()


def _first(groups: Sequence[Sequence[Term]], step: Step) -> Term | None:
    """The first conjunction of one term of each group that something can fulfil."""
    for term in product_of(groups):
        if all(has_room(condition, step(name)) for name, condition in term.items()):
            return term
    return None


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


# which of many may hold together: found by sorting, not by asking each of each


def may_meet(rules: Sequence[Terms]) -> Iterator[tuple[int, int]]:
    """Return pairs of rules that one column does not keep apart at sight, the lower one first.

    A rule holds where one of its terms does. Pairs that are left out have no
    row in common; those that are returned may have none either.

    >>> ends = [(None, 1), (1, 2), (2, None)]
    >>> rules = [({"age": Condition("age", Interval(*end))},) for end in ends]
    >>> sorted(may_meet(rules)), len(list(may_meet([({},)] * 3)))
    ([(0, 1), (1, 2)], 3)
    """
    names = dict.fromkeys(name for terms in rules for term in terms[:1] for name in term)
    sorts = [(kind, name) for name in names for kind in (Interval, Levels)]
    best = max(
        ([_keys(kind, name, terms) for terms in rules] for kind, name in sorts),
        key=lambda found: sum(each is not None for each in found),
        default=[None] * len(rules),
    )
    told = [i for i, each in enumerate(best) if each is not None]
    others = [i for i, each in enumerate(best) if each is None]
    seen = set()
    pairs = chain(_touching([(i, best[i]) for i in told]), combinations(others, 2))
    for i, j in chain(pairs, product(told, others)):
        pair = (min(i, j), max(i, j))
        if i != j and pair not in seen:
            seen.add(pair)
            yield pair


def _keys(kind: type[Values], name: str, terms: Terms) -> list[Hashable] | None:
    """The ranges of a column in all terms, or its levels; None if one of them leaves them open."""
    found: list[Hashable] = []
    for term in terms:
        condition = term.get(name, Condition(name, null=True))
        values = None if condition.null else condition.values
        if not isinstance(values, kind) or values.is_everything:
            return None
        if isinstance(values, Interval):
            found.append((values.start[0], values.stop[0]))
        elif values.excluded:
            return None
        else:
            found += values.listed
    return found


def _touching(rules: Sequence[tuple[int, object]]) -> Iterator[tuple[int, int]]:
    """Pairs of rules with a level in common, or with ranges that touch."""
    spans: list[tuple[Decimal, Decimal, int]] = []
    by_level: dict[Hashable, list[int]] = {}
    for i, keys in rules:
        assert isinstance(keys, list)
        for key in keys:
            if isinstance(key, tuple):
                spans.append((*key, i))
            else:
                by_level.setdefault(key, []).append(i)
    for same in by_level.values():
        yield from combinations(same, 2)
    open_: list[tuple[Decimal, int]] = []
    for low, high, i in sorted(spans, key=lambda span: span[:2]):
        open_ = [(end, j) for end, j in open_ if end >= low]
        yield from ((j, i) for _, j in open_)
        open_.append((high, i))
