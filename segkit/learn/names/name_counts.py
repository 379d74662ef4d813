"""Of whom statements are true: customers by cells of columns and by segment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from segkit.core.naming import Naming, Statement
from segkit.learn.names.statements import Candidate, People, Saying, Words, is_true, saying_of
from segkit.learn.numbers import Floats, Ints, round_digits


@dataclass(frozen=True, eq=False)
class NameCounts:
    """Customers by the cells of one column, or of two, and by segment."""

    people: People
    sayings: Sequence[Saying]
    codes: tuple[int, ...]

    @staticmethod
    def of(people: People, words: Words) -> NameCounts:
        places = range(len(people.features))
        codes = tuple(int(code) for code in np.unique(people.codes))
        return NameCounts(people, tuple(saying_of(people, p, words) for p in places), codes)

    @cached_property
    def segments(self) -> Ints:
        """Position among ``codes`` of each customer's."""
        return np.searchsorted(np.asarray(self.codes), self.people.codes)

    @cached_property
    def sizes(self) -> Floats:
        return _sums(self.segments, self.people.weight, len(self.codes))

    @cached_property
    def singles(self) -> tuple[Floats, ...]:
        """By column: of whom each candidate is true, (candidates, segments)."""
        return tuple(s.holds @ self._table(p) for p, s in enumerate(self.sayings))

    @cached_property
    def tables(self) -> Mapping[tuple[int, ...], Floats]:
        """By two columns: customers by the cells of either and by segment."""
        return {pair: self._table(*pair) for pair in combinations(range(len(self.sayings)), 2)}

    def together(self, tried: Sequence[tuple[int, Ints]]) -> Floats:
        """Of whom candidates of several columns are true at once: (one axis each, segments)."""
        places = tuple(place for place, _ in tried)
        true = self.tables[places] if places in self.tables else self._table(*places)
        for place, ones in tried:  # the axis of its cells is first, that of its candidates last
            true = np.tensordot(true, self.sayings[place].holds[ones].astype(np.float64), (0, 1))
        return np.moveaxis(true, 0, -1)

    def unknown(self) -> Iterator[tuple[Candidate, Floats]]:
        """What says that a value is missing, and of which share of each segment it is true."""
        for saying, true in zip(self.sayings, self.singles, strict=True):
            for candidate, of in zip(saying.candidates, true, strict=True):
                if candidate.statement.kind == "unknown":
                    yield candidate, of / self.sizes

    def today(self, statement: Statement) -> Statement | None:
        """The same statement about these customers; None where nobody would say it of them."""
        known = [f.column for f in self.people.features]
        if statement.column not in known:
            return None
        if statement.style != "word":
            return statement
        said = (c.statement for c in self.sayings[known.index(statement.column)].candidates)
        return next((each for each in said if each.kind == statement.kind), None)

    def _table(self, *places: int) -> Floats:
        shape = (*(self.sayings[p].holds.shape[1] for p in places), len(self.codes))
        cells = [*(self.sayings[p].cells for p in places), self.segments]
        flat = np.ravel_multi_index(tuple(cells), shape)
        return _sums(flat, self.people.weight, int(np.prod(shape))).reshape(shape)


def _sums(groups: Ints, weight: Floats, size: int) -> Floats:
    return np.asarray(np.bincount(groups, weight, minlength=size), dtype=np.float64)


def truth_of(people: People, code: int, says: Sequence[Statement]) -> tuple[Naming, float]:
    """Return how true statements are of a segment, and of the sibling of which they are most."""
    true = np.ones(len(people.codes), dtype=bool)
    columns = [feature.column for feature in people.features]
    for statement in says:
        place = columns.index(statement.column)
        true &= is_true(statement, people.features[place], people.values(place))
    codes, segments = np.unique(people.codes, return_inverse=True)
    sizes = _sums(segments, people.weight, len(codes))
    weights = _sums(segments, people.weight * true, len(codes))
    own = int(np.searchsorted(codes, code))
    siblings = np.delete(weights / sizes, own)
    return naming_of(says, weights, sizes, own), float(siblings.max(initial=0.0))


def naming_of(says: Sequence[Statement], true: Floats, sizes: Floats, own: int) -> Naming:
    total, rest = float(true.sum()), float(sizes.sum() - sizes[own])
    others = (total - float(true[own])) / rest if rest > 0 else 0.0
    precision = float(true[own]) / total if total > 0 else 0.0
    members = float(true[own] / sizes[own])
    return Naming(tuple(says), *map(round_digits, (members, others, precision)))
