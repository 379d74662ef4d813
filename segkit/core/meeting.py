"""Which of many conditions may hold together: found by sorting, not by asking each of each."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from decimal import Decimal
from itertools import chain, combinations, product
from math import inf

from segkit.core.conjunctions import Term
from segkit.core.rules import Condition, Interval, Levels

Terms = Sequence[Term]
_End = Decimal | float


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
    sorts = [(kind, name) for name in names for kind in (_spans, _levels)]
    best = max(
        ([kind(name, terms) for terms in rules] for kind, name in sorts),
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


def _spans(name: str, terms: Terms) -> list[tuple[_End, _End]] | None:
    """The range of a column in each term; None if one of them leaves it open."""
    found = []
    for term in terms:
        values = _plain(term.get(name))
        if not isinstance(values, Interval) or values.is_everything:
            return None
        low = -inf if values.lower is None else values.lower
        found.append((low, inf if values.upper is None else values.upper))
    return found


def _levels(name: str, terms: Terms) -> list[Hashable] | None:
    """The levels of a column in all terms; None if one of them leaves them open."""
    found: list[Hashable] = []
    for term in terms:
        values = _plain(term.get(name))
        if not isinstance(values, Levels) or values.excluded:
            return None
        found += values.listed
    return found


def _plain(condition: Condition | None) -> Interval | Levels | None:
    return None if condition is None or condition.null else condition.values


def _touching(rules: Sequence[tuple[int, object]]) -> Iterator[tuple[int, int]]:
    """Pairs of rules with a level in common, or with ranges that touch."""
    spans: list[tuple[_End, _End, int]] = []
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
    open_: list[tuple[_End, int]] = []
    for low, high, i in sorted(spans, key=lambda span: span[:2]):
        open_ = [(end, j) for end, j in open_ if end >= low]
        yield from ((j, i) for _, j in open_)
        open_.append((high, i))
