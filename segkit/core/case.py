"""A Case: a total function from a row to a small code, and what each code is called.

A learned tree and a set of bands decide by a ``Tree``. Rules that a person
wrote decide by ``Rules``: predicates that must not hold together. ``Cells``
look a code up by the scores that other columns of the same view have, a ``Total``
adds them up, and a ``Gate`` takes some rows out before anything else is asked.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from segkit.core.predicate import Predicate
from segkit.core.rules import Interval
from segkit.core.tree import Below, Known, Leaf, Split, Tree, leaves
from segkit.core.tree import columns as columns_of_tree


@dataclass(frozen=True)
class Outcome:
    """What a code is called. Codes count from 0 (missing) or 1."""

    code: int
    id: str
    name: str


def named_outcomes(missing: str, labels: Sequence[str]) -> tuple[Outcome, ...]:
    """0 is called ``missing``, and the codes from 1 by the labels."""
    return tuple(Outcome(code, text, text) for code, text in enumerate([missing, *labels]))


@dataclass(frozen=True)
class Rules:
    """Predicates with their codes. The one that is TRUE decides.

    Where none is TRUE, a row for which any is NULL gets ``missing``, every
    other ``otherwise``; that is None where the predicates leave nobody out.
    """

    rules: tuple[tuple[Predicate, int], ...]
    otherwise: int | None
    missing: int = 0


@dataclass(frozen=True)
class Cells:
    """A code for each combination of scores; ``missing`` where it is not in the table.

    ``columns`` are code columns of the same view, ``codes`` pairs (scores, code).
    """

    columns: tuple[str, ...]
    codes: tuple[tuple[tuple[int, ...], int], ...]
    missing: int = 0


@dataclass(frozen=True)
class Total:
    """The sum of scores that are at most ``highest``; 0 where one of them is missing.

    ``columns`` are code columns of the same view.
    """

    columns: tuple[str, ...]
    highest: int


@dataclass(frozen=True)
class Gate:
    """``code`` where the predicate is TRUE, else what ``rest`` decides."""

    predicate: Predicate
    code: int
    rest: Tree | Cells


Decision = Tree | Rules | Cells | Total | Gate


@dataclass(frozen=True)
class Case:
    """``outcomes`` are ordered by code."""

    decision: Decision
    outcomes: tuple[Outcome, ...] = ()

    def outcome(self, code: int) -> Outcome:
        return self.outcomes[bisect_left(self.outcomes, code, key=lambda outcome: outcome.code)]


def case_of_bands(column: str, bands: Sequence[tuple[str, Interval]], missing: str) -> Case:
    """Return the Case of bands that were proved MECE.

    The code of a band is its place in the list, from 1; 0 is ``missing``. The
    tree asks from the lowest band up, and at last whether there is a value.
    """
    ascending = sorted(enumerate(bands, start=1), key=lambda coded: coded[1][1].start)
    tree: Tree = Split(column, Known(), yes=Leaf(ascending[-1][0]), no=Leaf(0))
    for code, (_, interval) in reversed(ascending[:-1]):
        assert interval.upper is not None, "only the highest band may be without an upper end"
        tree = Split(column, Below(interval.upper, interval.upper_closed), Leaf(code), tree)
    return Case(tree, named_outcomes(missing, [label for label, _ in bands]))


def ungated(decision: Decision) -> Tree | Rules | Cells | Total:
    """What decides about the rows that no gate takes out."""
    return decision.rest if isinstance(decision, Gate) else decision


def columns_of(decision: Decision) -> tuple[str, ...]:
    """Columns of the relation that are looked at, in the order in which they first are."""
    asked = [column for predicate in predicates_of(decision) for column in predicate.columns]
    rest = ungated(decision)
    tested = columns_of_tree(rest) if isinstance(rest, Leaf | Split) else ()
    return tuple(dict.fromkeys([*asked, *tested]))


def scores_of(decision: Decision) -> tuple[str, ...]:
    """Code columns of the same view that are looked at."""
    cells = ungated(decision)
    return cells.columns if isinstance(cells, Cells | Total) else ()


def predicates_of(decision: Decision) -> tuple[Predicate, ...]:
    """Predicates that are asked, in order."""
    if isinstance(decision, Rules):
        return tuple(predicate for predicate, _ in decision.rules)
    return (decision.predicate,) if isinstance(decision, Gate) else ()


def codes_of(decision: Decision) -> frozenset[int]:
    """Every code that a row can get."""
    if isinstance(decision, Rules):
        last = () if decision.otherwise is None else (decision.otherwise,)
        return frozenset((*(code for _, code in decision.rules), decision.missing, *last))
    if isinstance(decision, Cells):
        return frozenset((*(code for _, code in decision.codes), decision.missing))
    if isinstance(decision, Total):
        scores = len(decision.columns)
        return frozenset((0, *range(scores, scores * decision.highest + 1)))
    if isinstance(decision, Gate):
        return codes_of(decision.rest) | {decision.code}
    return frozenset(leaf.code for leaf in leaves(decision))
