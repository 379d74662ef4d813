"""Edges that were found in the data once, and are the definition of a score from then on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product
from typing import Any

from segkit.core.case import Case, named_outcomes
from segkit.core.rfm import Cell
from segkit.core.tree import Below, Known, Leaf, Split, Tree, with_leaves

Edges = tuple[Decimal, ...]


def cells_within(parts: int, depth: int) -> Iterator[Cell]:
    """Every combination of that many scores of 1 to ``parts``."""
    return product(range(1, parts + 1), repeat=depth)


@dataclass(frozen=True)
class ScoreEdges:
    """Edges of one score: ``score = 1 + number of edges < x``.

    ``edges`` are as found, so that they may repeat. Those count once, so that there are
    fewer scores, or each where ``skips``, so that scores in between are left out and the
    best one stays. ``rows`` is how many values they were found in, ``definition`` what
    they depend on. A nested score has edges by the outer scores, in ``nested``.
    """

    edges: Edges
    rows: int
    definition: Mapping[str, Any]
    skips: bool = False
    nested: Mapping[Cell, Edges] = field(default_factory=dict)

    @property
    def distinct(self) -> Edges:
        return tuple(sorted(set(self.edges)))

    @property
    def scores(self) -> int:
        """How many scores there are: fewer than asked for where edges repeat."""
        return len(self.distinct) + 1

    @property
    def cells(self) -> Mapping[Cell, Edges]:
        """The edges by the outer scores; there are none of an independent score."""
        return self.nested or {(): self.edges}

    def counted(self, cell: Cell = ()) -> Edges:
        """The edges that count where the outer scores are ``cell``, ascending."""
        edges = self.cells[cell if self.nested else ()]
        return edges if self.skips else tuple(sorted(set(edges)))

    def codes(self, turned: bool) -> list[int]:
        """The scores of an independent score, from the lowest values up."""
        return _codes(self.counted(), turned)


@dataclass(frozen=True)
class EdgeSet:
    """The stored edges of one bucket set, by the name of the score."""

    name: str
    version: int
    target: str
    scores: Mapping[str, ScoreEdges]

    @property
    def label(self) -> str:
        """``v0001``"""
        from segkit.core.fit import version_label

        return version_label(self.version)


@dataclass(frozen=True)
class ScoredColumn:
    """A column with the edges of its score; ``turned``: the lowest values have the highest."""

    column: str
    found: ScoreEdges
    turned: bool = False


def score_tree(scored: ScoredColumn, *outer: ScoredColumn) -> Tree:
    """Return the tree of a score within outer ones; 0 where a value of any of them is missing."""
    return _within((*outer, scored), ())


def _within(scored: Sequence[ScoredColumn], cell: Cell) -> Tree:
    first, *inner = scored
    tree = _tree(first.column, first.found.counted(cell), first.turned)
    if not inner:
        return tree

    def of_leaf(leaf: Leaf) -> Tree:
        return _within(inner, (*cell, leaf.code)) if leaf.code else leaf

    return with_leaves(tree, of_leaf)


def _tree(column: str, edges: Edges, turned: bool) -> Tree:
    """Asks from the lowest values up, and at last whether there is one."""
    codes, cuts = _codes(edges, turned), sorted(set(edges))
    tree: Tree = Split(column, Known(), yes=Leaf(codes[-1]), no=Leaf(0))
    for code, cut in zip(reversed(codes[:-1]), reversed(cuts), strict=True):
        tree = Split(column, Below(cut, inclusive=True), Leaf(code), tree)
    return tree


def _codes(edges: Edges, turned: bool) -> list[int]:
    below = [0, *(bisect_right(edges, cut) for cut in sorted(set(edges)))]  # a value is above them
    return [len(edges) + 1 - n if turned else n + 1 for n in below]


def score_case(scored: ScoredColumn, labels: Sequence[str] = (), missing: str = "") -> Case:
    """Return the Case of a score with its labels, lowest first; its own number without them."""
    named = labels or [str(score) for score in range(1, len(scored.found.counted()) + 2)]
    return Case(score_tree(scored), named_outcomes(missing, named))
