"""What a CASE does with every row, as regions: one a branch, with no row in two of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from segkit.core.columns import Column, Kind
from segkit.core.conjunctions import TooComplex
from segkit.core.predicate import AnyOf, Predicate, bound, steps
from segkit.core.regions import Region, first_match, together, where_true, with_room
from segkit.importing.old_cases import Branch, OldCase

_NEVER = AnyOf(())


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
    branches = tuple(_bound(branch, columns) for branch in case.branches)
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


def _bound(branch: Branch, columns: Mapping[str, Column]) -> Branch:
    if branch.predicate is None:
        return branch
    predicate: Predicate = bound(branch.predicate, columns)
    return replace(branch, predicate=predicate)
