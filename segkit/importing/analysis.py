"""What a CASE does with every row, as regions: one a branch, with no row in two of them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from segkit.core.columns import Column, Kind
from segkit.core.conjunctions import Term, TooComplex
from segkit.core.labels import number_text
from segkit.core.predicate import AnyOf, Predicate, Step, bound, steps
from segkit.core.regions import Region, columns_in, first_match, together, where_true, with_room
from segkit.core.rules import Interval
from segkit.dialects.region_text import all_but
from segkit.importing.old_cases import Branch, OldCase
from segkit.project.buckets.rule_buckets import meetings, term_text

_NEVER = AnyOf(())
_MOST_VALUES = 3  # that are written out
_MOST_MEETINGS = 50_000  # of two conditions; all that are excluded make a file that nobody reads
_LIKE_BEGINNING = re.compile(r"\s+LIKE\s+'(?P<text>[^'%_\\]*)%'\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Analysis:
    """A CASE whose columns have types, and what is known of it.

    ``asked`` is where each condition is TRUE, ``taken`` what the first match
    leaves of it, ``rest`` what falls to the end; all None where a condition is
    more than comparisons with constants.
    """

    case: OldCase
    columns: Mapping[str, Column]
    types_known: bool
    asked: tuple[Region, ...] | None
    taken: tuple[Region, ...] | None
    rest: Region | None

    @cached_property
    def regions(self) -> dict[str | None, Region]:
        """Where each label is, in the order of the CASE; None is the NULL label."""
        assert self.taken is not None and self.rest is not None
        found: dict[str | None, list[Region]] = {}
        for branch, region in self.pairs:
            found.setdefault(branch.label, []).append(region)
        joined = {label: self.reachable(together(regions)) for label, regions in found.items()}
        return {label: region for label, region in joined.items() if region}

    @property
    def pairs(self) -> list[tuple[Branch, Region]]:
        """Each branch with what it takes, the rest at last."""
        assert self.taken is not None and self.rest is not None
        branches = (*self.case.branches, self.case.rest)
        return list(zip(branches, (*self.taken, self.rest), strict=True))

    def reachable(self, region: Region) -> Region:
        return with_room(region, steps(self.columns))

    @property
    def flags(self) -> frozenset[str]:
        return frozenset(c.name for c in self.columns.values() if c.type.kind is Kind.BOOLEAN)

    @property
    def only_column(self) -> Column | None:
        """The one column that the CASE looks at, if it is one."""
        names = self.case.columns
        return self.columns[names[0]] if len(names) == 1 else None

    @property
    def labels(self) -> frozenset[str | None]:
        """What some row is called, as far as is known; None is the NULL label."""
        if self.taken is not None:
            return frozenset(self.regions)
        branches = [branch for branch in self.case.branches if branch.predicate]
        return frozenset(branch.label for branch in (*branches, self.case.rest))


def analysed(case: OldCase, columns: Mapping[str, Column], *, types_known: bool) -> Analysis:
    """Return the CASE bound to its columns, with its regions where they can be told."""
    branches = tuple(
        replace(branch, predicate=branch.predicate and bound(branch.predicate, columns))
        for branch in case.branches
    )
    case = replace(case, branches=branches)
    names = {name.casefold() for name in case.mentioned}
    used = {name: column for name, column in columns.items() if name.casefold() in names}
    formulas = [
        _NEVER if branch.predicate is None else branch.predicate.formula for branch in branches
    ]
    known = [formula for formula in formulas if formula is not None]
    if len(known) == len(formulas):
        try:
            asked = tuple(where_true(formula) for formula in known)
            taken, rest = first_match(asked)
            return Analysis(case, used, types_known, asked, taken, rest)
        except TooComplex:
            pass
    return Analysis(case, used, types_known, None, None, None)


# conditions that exclude each other ---------------------------------------------------------------


def not_apart(predicates: Sequence[Predicate], step: Step) -> list[list[int]] | None:
    """For each condition those before it that may hold with it; None if these are too many."""
    found: list[list[int]] = [[] for _ in predicates]
    for number, (i, j, _) in enumerate(meetings(predicates, step)):
        if number == _MOST_MEETINGS:
            return None
        found[j].append(i)
    beginnings = [_beginning(predicate) for predicate in predicates]
    for j, i in _pairs_with([predicate.formula is None for predicate in predicates]):
        if not _begin_apart(beginnings[i], beginnings[j]):
            found[j].append(i)
    return [sorted(earlier) for earlier in found]


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


# values in words, as findings say them ------------------------------------------------------------


def of_values(term: Term) -> Term | None:
    """The term without NULL; None if nothing is left."""
    plain = {name: replace(c, null=False) for name, c in term.items()}
    return None if not plain or any(c.is_impossible for c in plain.values()) else plain


def values_text(terms: Sequence[Term], verb: str = " is") -> str:
    """The values of some terms in words."""
    region: Region = together([tuple(terms)])
    ordered = sorted(region, key=_lowest)
    columns = columns_in(region)
    if len(columns) == 1:
        values = [c.values for term in ordered for c in term.values()]
        intervals = [v for v in values if isinstance(v, Interval)]
        holes = all_but(intervals) if len(intervals) == len(values) else []
        if holes:
            return f"{columns[0]} other than {', '.join(map(number_text, holes))}{verb}"
    texts = [term_text(term) for term in ordered[:_MOST_VALUES]]
    more = len(ordered) - _MOST_VALUES
    if more > 0:
        texts.append(f"{more} more range{'s' * (more > 1)}")
    verb = " are" if verb and len(texts) > 1 else verb
    return ", ".join(texts[:-1]) + (" and " if len(texts) > 1 else "") + texts[-1] + verb


def _lowest(term: Term) -> Decimal:
    ends = [c.values.lower for c in term.values() if isinstance(c.values, Interval)]
    return min((end for end in ends if end is not None), default=Decimal("-Infinity"))


def quoted(label: str | None) -> str:
    return "NULL" if label is None else f'"{label}"'
