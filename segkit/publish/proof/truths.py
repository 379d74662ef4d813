"""Decisions about many rows at once: what ``core.evaluate`` says of one, by columns.

A condition may have 10,000 constants, and so has as many edge cases: asked one
by one that would be 100,000,000 comparisons in Python.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segkit.core.case import Cells, Decision, Gate, Rules, Total
from segkit.core.evaluate import Number, is_missing, level, number
from segkit.core.predicate import AllOf, Compare, Formula, IsNull, Not, Predicate
from segkit.core.rules import Interval, Values
from segkit.core.tree import Below, Leaf, OneOf, Split, Tree

Mask = NDArray[np.bool_]
Codes = NDArray[np.int64]
IMPOSSIBLE = -1  # the code of a row on which two rules hold: no data has such a row


class Rows:
    """Values of rows by column, each column of one type.

    ``told`` are predicates of which only an engine knows what they are for each row.
    """

    def __init__(
        self,
        columns: Mapping[str, Sequence[Any]],
        count: int,
        told: Mapping[Predicate, Sequence[bool | None]] | None = None,
    ) -> None:
        self.count = count
        self._columns = {name: _Values(values) for name, values in columns.items()}
        self._told = told or {}

    def codes(self, decision: Decision, scores: Mapping[str, Codes] | None = None) -> Codes:
        """The code of each row; ``scores`` are the codes of columns that ``Cells`` ask for."""
        if isinstance(decision, Rules):
            return self._of_rules(decision)
        if isinstance(decision, Gate):
            inside, _ = self._asked(decision.predicate)
            return np.where(inside, decision.code, self.codes(decision.rest, scores))
        if isinstance(decision, Cells):
            known, read = dict(decision.codes), scores or {}
            cells = zip(*(read[name].tolist() for name in decision.columns), strict=True)
            return np.array([known.get(cell, decision.missing) for cell in cells], np.int64)
        if isinstance(decision, Total):
            added = np.array([(scores or {})[name] for name in decision.columns])
            return np.where((added > 0).all(axis=0), added.sum(axis=0), 0)
        return self._of_tree(decision)

    def truths(self, formula: Formula) -> tuple[Mask, Mask]:
        """Where the formula is TRUE, and where it is FALSE; SQL says NULL of the other rows."""
        if isinstance(formula, IsNull):
            missing = self._columns[formula.column].missing
            return missing, ~missing
        if isinstance(formula, Compare):
            column = self._columns[formula.column]
            among = column.among(formula.values)
            return among, ~(among | column.missing)
        if isinstance(formula, Not):
            true, false = self.truths(formula.part)
            return false, true
        # the side on which all parts have to be, and the one on which one is enough
        every, some = np.ones(self.count, np.bool_), np.zeros(self.count, np.bool_)
        is_and = isinstance(formula, AllOf)
        for part in formula.parts:
            true, false = self.truths(part)
            every &= true if is_and else false
            some |= false if is_and else true
        return (every, some) if is_and else (some, every)

    def _asked(self, predicate: Predicate) -> tuple[Mask, Mask]:
        if predicate.formula is not None:
            return self.truths(predicate.formula)
        said = self._told[predicate]
        true = np.array([each is True for each in said], np.bool_)
        return true, np.array([each is False for each in said], np.bool_)

    def _of_rules(self, rules: Rules) -> Codes:
        held = np.zeros(self.count, np.int64)
        codes = np.full(self.count, rules.missing, np.int64)
        all_false = np.ones(self.count, np.bool_)
        for predicate, code in rules.rules:
            true, false = self._asked(predicate)
            codes[true] = code
            held += true
            all_false &= false
        if rules.otherwise is not None:
            codes[all_false] = rules.otherwise
        codes[held > 1] = IMPOSSIBLE
        return codes

    def _of_tree(self, tree: Tree) -> Codes:
        """The leaf of each row; all rows go together, as 10,000 edges are a long way for one."""
        found = np.zeros(self.count, np.int64)
        walked: list[tuple[Tree, NDArray[np.int64]]] = [(tree, np.arange(self.count))]
        while walked:
            here, rows = walked.pop()
            if isinstance(here, Leaf):
                found[rows] = here.code
            elif rows.size:
                yes = self._columns[here.column].goes_to_yes(here, rows)
                walked += [(here.yes, rows[yes]), (here.no, rows[~yes])]
        return found


class _Values:
    """One column: numbers by their rank among all that there are, levels by a number of theirs."""

    def __init__(self, values: Sequence[Any]) -> None:
        self._values = values
        self.missing: Mask = np.array([is_missing(value) for value in values], np.bool_)

    def among(self, values: Values) -> Mask:
        """Where a value is among ``values``; a missing one never is."""
        if values.is_everything:
            return ~self.missing
        if isinstance(values, Interval):
            numbers, ranks = self._ranks
            start, stop = _range_of(values, numbers)
            inside: Mask = (ranks >= start) & (ranks < stop)
            return inside
        codes, levels = self._levels
        listed = [codes[text] for text in values.listed if text in codes]
        found: Mask = (np.isin(levels, listed) != values.excluded) & ~self.missing
        return found

    def goes_to_yes(self, split: Split, rows: NDArray[np.int64]) -> Mask:
        held: Mask = np.ones(len(rows), np.bool_)
        if isinstance(split.test, OneOf):
            codes, levels = self._levels
            held = np.isin(levels[rows], [codes[t] for t in split.test.levels if t in codes])
        elif isinstance(split.test, Below):
            numbers, ranks = self._ranks
            below = Interval(None, split.test.cut, upper_closed=split.test.inclusive)
            held = ranks[rows] < _range_of(below, numbers)[1]
        went: Mask = np.where(self.missing[rows], split.missing == "yes", held)
        return went

    @cached_property
    def _ranks(self) -> tuple[list[Number], NDArray[np.int64]]:
        known = [None if is_missing(value) else number(value) for value in self._values]
        numbers = sorted({each for each in known if each is not None})
        ranks = {each: rank for rank, each in enumerate(numbers)}
        return numbers, np.array([-1 if each is None else ranks[each] for each in known], np.int64)

    @cached_property
    def _levels(self) -> tuple[dict[str | None, int], NDArray[np.int64]]:
        texts = [level(value) for value in self._values]
        codes = {text: code for code, text in enumerate(dict.fromkeys(texts))}
        return codes, np.array([codes[text] for text in texts], np.int64)


def _range_of(interval: Interval, numbers: Sequence[Number]) -> tuple[int, int]:
    """The ranks of the numbers in an interval; floats are held against the float of its end."""
    is_float = bool(numbers) and isinstance(numbers[0], float)
    start, stop = 0, len(numbers)
    if interval.lower is not None:
        lower: Number = float(interval.lower) if is_float else interval.lower
        start = (bisect_left if interval.lower_closed else bisect_right)(numbers, lower)
    if interval.upper is not None:
        upper: Number = float(interval.upper) if is_float else interval.upper
        stop = (bisect_right if interval.upper_closed else bisect_left)(numbers, upper)
    return start, stop
