"""Which conditions of a CASE exclude each other, and which may hold together."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from segkit.core.conjunctions import Term, TooComplex, may_meet, overlap, terms_where
from segkit.core.predicate import Formula, Predicate, Step

_MOST_MEETINGS = 50_000  # of two conditions; all that are excluded make a file that nobody reads
_LIKE_BEGINNING = re.compile(r"\s+LIKE\s+'(?P<text>[^'%_\\]*)%'\s*", re.IGNORECASE)


def not_apart(predicates: Sequence[Predicate], step: Step) -> list[list[int]] | None:
    """For each condition those before it that may hold with it; None if these are too many."""
    found: list[list[int]] = [[] for _ in predicates]
    terms = [_terms(predicate) for predicate in predicates]
    understood = [i for i, each in enumerate(terms) if each is not None]
    pairs = may_meet([each for each in terms if each is not None])
    for number, (first, second) in enumerate(pairs):
        i, j = understood[first], understood[second]
        if number == _MOST_MEETINGS:
            return None
        if not _exclude(predicates[i].formula, predicates[j].formula, step):
            found[j].append(i)
    beginnings = [_beginning(predicate) for predicate in predicates]
    for j, i in _pairs_with([each is None for each in terms]):
        if not _begin_apart(beginnings[i], beginnings[j]):
            found[j].append(i)
    return [sorted(earlier) for earlier in found]


def _terms(predicate: Predicate) -> Sequence[Term] | None:
    if predicate.formula is None:
        return None
    try:
        return terms_where(predicate.formula, True)
    except TooComplex:
        return [{}]  # it may hold for any row, as far as is known


def _pairs_with(odd: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Pairs of places, the higher one first, of which one is odd."""
    every, odd_ones = range(len(odd)), [i for i, is_odd in enumerate(odd) if is_odd]
    for j, is_odd in enumerate(odd):
        for i in every[:j] if is_odd else odd_ones[: bisect_left(odd_ones, j)]:
            yield j, i


def _beginning(predicate: Predicate) -> tuple[str, str] | None:
    """The column and what it begins with, if that is all that is asked."""
    if len(predicate.uses) != 1:
        return None
    use = predicate.uses[0]
    found = _LIKE_BEGINNING.fullmatch(predicate.text[use.end :])
    is_first = not predicate.text[: use.start].strip()
    return (use.column, found["text"]) if found and is_first else None


def _begin_apart(first: tuple[str, str] | None, second: tuple[str, str] | None) -> bool:
    """Whether no text begins with both."""
    if first is None or second is None or first[0] != second[0]:
        return False
    return not (first[1].startswith(second[1]) or second[1].startswith(first[1]))


def _exclude(first: Formula | None, second: Formula | None, step: Step) -> bool:
    try:
        return bool(first and second) and overlap(first, second, step) is None  # type: ignore[arg-type]
    except TooComplex:
        return False
