"""What could be said of segments: statements about one column, each as the cells that it holds in.

A column's values fall into few cells, between the ends of all statements about it, so that
whatever is asked of one or two statements is a sum over a table of cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from segkit.core.fit import FittedFeature
from segkit.core.naming import Statement, Word
from segkit.core.rules import Interval, Levels, Rule
from segkit.learn import weighted
from segkit.learn.names.statement_words import NO_WORDS, ColumnWords, level_phrase
from segkit.learn.numbers import Floats, Ints
from segkit.learn.trees.short_cuts import DIGITS, digits_of
from segkit.project.nodes import TraitWords

Bools = NDArray[np.bool_]
Words = Mapping[str, TraitWords]  # by column

_END = 0.1  # share at either end that mid has to leave out: with ties it would hold for everybody
_SOME = 0.05  # share of customers with none, from which on having none is worth a word
_LEVELS = 2  # of a rule's list that are read as one: "region north or south"


@dataclass(frozen=True, eq=False)
class People:
    """Customers with their segments and the rules that put them there.

    ``codes`` (m,) are from 1; ``X`` (m, d) has the raw values of the features, NaN where
    missing, of a category the position of its level; ``weight`` (m,) is how many customers
    each row stands for. ``own`` are codes of segments of what is missing: siblings for a name,
    and no measure for its words.
    """

    codes: Ints
    X: Floats
    weight: Floats
    features: Sequence[FittedFeature]
    rules: Sequence[Rule]
    own: frozenset[int] = frozenset()

    @cached_property
    def is_measure(self) -> Bools:
        """Whose values medians are made of."""
        return ~np.isin(self.codes, list(self.own))

    def values(self, place: int) -> Floats:
        """A column; a level that is not among those of its feature is missing."""
        values, feature = self.X[:, place], self.features[place]
        if feature.is_category:
            return np.where(values < len(feature.levels), values, np.nan)
        return values

    def columns_of(self, code: int) -> frozenset[str]:
        """Columns that the rules of a segment read."""
        return frozenset(c.column for r in self.rules if r.code == code for c in r.conditions)

    def cuts_of(self, code: int) -> frozenset[tuple[str, float]]:
        """Columns with the cuts, as they are said, that the rules of a segment make there."""
        return frozenset((column, cut) for column, cut, of in self._cuts if of == code)

    def cuts_by(self, column: str) -> frozenset[float]:
        """What any rule cuts a column by, as it is said."""
        return frozenset(cut for of, cut, _ in self._cuts if of == column)

    @cached_property
    def _cuts(self) -> frozenset[tuple[str, float, int]]:
        return frozenset(
            (condition.column, _readable(end), rule.code)
            for rule in self.rules
            for condition in rule.conditions
            if isinstance(condition.values, Interval)
            for end in condition.values.ends
        )


@dataclass(frozen=True)
class Candidate:
    """A statement with its words."""

    statement: Statement
    phrase: str


@dataclass(frozen=True, eq=False)
class Saying:
    """All that could be said of a column: ``holds`` (candidates, cells), ``cells`` (m,) of rows."""

    candidates: tuple[Candidate, ...]
    holds: Bools
    cells: Ints


def saying_of(people: People, place: int, words: Words) -> Saying:
    """Return what could be said of a column."""
    feature, values = people.features[place], people.values(place)
    said = ColumnWords(feature, words.get(feature.column, NO_WORDS))
    if feature.is_category:
        candidates = [*_levels(people, feature), *_unknown(said, values)]
    else:
        measure = people.is_measure
        candidates = [
            *_words(said, values[measure], people.weight[measure]),
            *_facts(said, values[measure], people.weight[measure]),
            *_cuts(said, values, people),
            *_unknown(said, values),
        ]
    ends = np.unique([end for candidate in candidates for end in candidate.statement.ends])
    holds = [_holds(candidate.statement, feature, ends) for candidate in candidates]
    cells = _cells(values, feature, ends)
    width = 1 + (len(feature.levels) or 2 * len(ends) + 1)
    return Saying(tuple(candidates), np.array(holds, dtype=bool).reshape(-1, width), cells)


def word_statement(column: str, word: Word, values: Floats, weight: Floats) -> Statement | None:
    """What a word says of a column on these customers; None where it would say nothing."""
    known = np.isfinite(values)
    if not known.any():
        return None
    x, w = values[known], weight[known]
    if word == "mid":
        low, high = (_short_between(*weighted.beside(x, w, part, 5)) for part in (1, 4))
        if min(weighted.share(x < low, w), weighted.share(x > high, w)) < _END:
            return None
        return Statement(column, "mid", low, high, upper_closed=True)
    middle = _short_between(*weighted.beside(x, w, 1, 2))
    if word == "high":
        return Statement(column, "high", middle, None, lower_closed=bool(middle == x.max()))
    return Statement(column, "low", None, middle, upper_closed=bool(middle == x.min()))


def _short_between(low: float, high: float) -> float:
    """The middle in as few digits as tell the two apart: 2.655 of 2.65 and 2.66."""
    middle = (low + high) / 2
    short = (float(f"{middle:.{digits}g}") for digits in range(1, 18))
    return next((number for number in short if low < number < high), low)


def is_true(statement: Statement, feature: FittedFeature, values: Floats) -> Bools:
    """Whether a statement is true of each value."""
    ends = np.unique(statement.ends)
    return _holds(statement, feature, ends)[_cells(values, feature, ends)]


def _words(said: ColumnWords, values: Floats, weight: Floats) -> Iterator[Candidate]:
    words: tuple[Word, ...] = ("high", "low", "mid")
    for word in words:
        found = word_statement(said.feature.column, word, values, weight)
        if found is not None and (phrase := said.word(word, found.ends[0])):
            yield Candidate(found, phrase)


def _facts(said: ColumnWords, values: Floats, weight: Floats) -> Iterator[Candidate]:
    """None, some, one, several: of what is counted, and of amounts that many do not have."""
    column, known = said.feature.column, np.isfinite(values)
    x, total = values[known], weight[known]
    if not len(x) or x.min() < 0 or x.max() <= 1:
        return
    none, one = weighted.share(x == 0, total), weighted.share(x == 1, total)
    counts = said.counted is not None and not (x % 1).any()
    if none >= _SOME or (counts and none > 0):
        yield Candidate(Statement(column, "fact", 0.0, 0.0, upper_closed=True), said.none())
        yield Candidate(Statement(column, "fact", 0.0, lower_closed=False), said.some())
    if counts and one >= _SOME:
        yield Candidate(Statement(column, "fact", 1.0, 1.0, upper_closed=True), said.one())
        yield Candidate(Statement(column, "fact", 2.0), said.several())


def _cuts(said: ColumnWords, values: Floats, people: People) -> Iterator[Candidate]:
    """Between any two cuts that the rules make."""
    column = said.feature.column
    known = values[np.isfinite(values)]
    inside = (c for c in people.cuts_by(column) if len(known) and known.min() < c <= known.max())
    ordered = [None, *sorted(inside), None]
    for start, lower in enumerate(ordered[:-1]):
        for upper in ordered[start + 1 :]:
            if (lower, upper) != (None, None):
                found = Statement(column, "cut", lower, upper)
                yield Candidate(found, said.cut(found.interval))


def _readable(cut: Decimal) -> float:
    """A cut of more than three digits is said with two: "$160+" of 164.04."""
    return float(cut if digits_of(cut) <= DIGITS else f"{cut:.2g}")


def _unknown(said: ColumnWords, values: Floats) -> Iterator[Candidate]:
    if not np.isfinite(values).all():
        yield Candidate(Statement(said.feature.column, "unknown"), said.unknown())


def _levels(people: People, feature: FittedFeature) -> Iterator[Candidate]:
    """Each level, and the short lists of the rules."""
    listed = {
        tuple(sorted(condition.values.listed))
        for rule in people.rules
        for condition in rule.conditions
        if condition.column == feature.column and isinstance(condition.values, Levels)
    }
    for level in feature.levels:
        statement = Statement(feature.column, "level", levels=(level,))
        yield Candidate(statement, level_phrase(feature, level))
    for levels in sorted(each for each in listed if 1 < len(each) <= _LEVELS < len(feature.levels)):
        phrase = f"{level_phrase(feature, levels[0])} or {' or '.join(levels[1:])}"
        yield Candidate(Statement(feature.column, "level", levels=levels), phrase)


def _cells(values: Floats, feature: FittedFeature, ends: Floats) -> Ints:
    """A level's place; of a number 0, 1, 2, ...: below, at and above each end. Last: missing."""
    if feature.is_category:
        return np.nan_to_num(values, nan=len(feature.levels)).astype(np.int64)
    places = np.searchsorted(ends, values, "left") + np.searchsorted(ends, values, "right")
    return np.where(np.isfinite(values), places, 2 * len(ends) + 1)


def _holds(statement: Statement, feature: FittedFeature, ends: Floats) -> Bools:
    """In which cells a statement is true."""
    if feature.is_category:
        inside = np.isin(feature.levels, statement.levels)
    else:
        cells = np.arange(2 * len(ends) + 1)
        inside = np.full(len(cells), statement.kind != "unknown")
        if statement.lower is not None:
            at = 2 * int(np.searchsorted(ends, statement.lower)) + 1
            inside &= cells >= at if statement.lower_closed else cells > at
        if statement.upper is not None:
            at = 2 * int(np.searchsorted(ends, statement.upper)) + 1
            inside &= cells <= at if statement.upper_closed else cells < at
    return np.append(inside, statement.kind == "unknown")
