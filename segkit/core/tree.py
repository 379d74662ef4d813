"""The tree that is the definition of a segmentation, and of a bucket.

Trees can be thousands of splits deep, so nothing here or in what follows recurses along one.

A row goes down from the root. ``Split.test`` is answered by the row's value in
``Split.column``: TRUE goes to ``yes``, FALSE to ``no``, NULL to the side named
by ``missing``. A leaf holds a small integer code; what a code is called lives
in ``rules.Case``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from typing import Literal, TypeVar

T = TypeVar("T")
Side = Literal["yes", "no"]


@dataclass(frozen=True, order=True)
class Below:
    """``column < cut``, or ``column <= cut`` where ``inclusive``; ordered by what they hold of."""

    cut: Decimal
    inclusive: bool = False

    def holds(self, value: Decimal | float) -> bool:
        """Whether it is true of a number; a float is compared with the float nearest to the cut."""
        cut = float(self.cut) if isinstance(value, float) else self.cut
        return value <= cut if self.inclusive else value < cut


@dataclass(frozen=True)
class Known:
    """``column IS NOT NULL``."""


@dataclass(frozen=True)
class OneOf:
    """``column IN (levels)``, for a category. Levels are texts, as the column prints them.

    ``levels`` are sorted. A level that nobody has seen is not among them, so it goes to ``no``.
    """

    levels: tuple[str, ...]


Test = Below | Known | OneOf


@dataclass(frozen=True)
class Leaf:
    """``code`` 1..n is a segment or a band, 0 is missing or unassigned."""

    code: int


@dataclass(frozen=True)
class Split:
    column: str
    test: Test
    yes: Tree
    no: Tree
    missing: Side = "no"


Tree = Leaf | Split


def nodes(tree: Tree) -> Iterator[Tree]:
    """Leaves and splits in preorder."""
    todo = [tree]
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, Split):
            todo += [node.no, node.yes]


def leaves(tree: Tree) -> Iterator[Leaf]:
    """Leaves from left (yes) to right (no)."""
    return (node for node in nodes(tree) if isinstance(node, Leaf))


def splits(tree: Tree) -> Iterator[Split]:
    """Splits in preorder."""
    return (node for node in nodes(tree) if isinstance(node, Split))


def fold(tree: Tree, leaf: Callable[[Leaf], T], split: Callable[[Split, T, T], T]) -> T:
    """Return what ``leaf`` makes of the leaves and ``split`` of a split and its two sides.

    >>> fold(Split("age", Known(), Leaf(1), Leaf(2)), lambda leaf: 1, lambda _, yes, no: yes + no)
    2
    """
    done: list[T] = []
    todo: list[tuple[Tree, bool]] = [(tree, False)]
    while todo:
        node, has_sides = todo.pop()
        if isinstance(node, Leaf):
            done.append(leaf(node))
        elif has_sides:
            no, yes = done.pop(), done.pop()
            done.append(split(node, yes, no))
        else:
            todo += [(node, True), (node.no, False), (node.yes, False)]
    return done[0]


def count_leaves(tree: Tree) -> int:
    return sum(1 for _ in leaves(tree))


def depth(tree: Tree) -> int:
    """Number of tests on the longest path; 0 for a single leaf."""
    tests: int = fold(tree, lambda _: 0, lambda _, yes, no: 1 + max(yes, no))
    return tests


def columns(tree: Tree) -> tuple[str, ...]:
    """Columns that the tree tests, in the order in which it first does."""
    return tuple(dict.fromkeys(split.column for split in splits(tree)))


def with_leaves(tree: Tree, leaf: Callable[[Leaf], Tree]) -> Tree:
    """The tree with something else where its leaves were."""
    return fold(tree, leaf, lambda split, yes, no: replace(split, yes=yes, no=no))


def with_columns(tree: Tree, spell: Callable[[str], str]) -> Tree:
    """The tree with its columns in another spelling."""

    def split_of(split: Split, yes: Tree, no: Tree) -> Tree:
        return replace(split, column=spell(split.column), yes=yes, no=no)

    return fold(tree, lambda leaf: leaf, split_of)


def behind_guards(tree: Tree) -> tuple[tuple[Split, ...], Tree]:
    """Return the tests in front of a tree that ask whether values are known, and the rest."""
    guards: list[Split] = []
    while isinstance(tree, Split) and isinstance(tree.test, Known):
        guards.append(tree)
        tree = tree.yes
    return tuple(guards), tree


def most_tests(tree: Tree) -> int:
    """Number of tests for whom it takes the most, with those in front of what was learned.

    One after the other that end in the same place are one: whether all of these values are known.
    """
    guards, rest = behind_guards(tree)
    return sum(1 for _ in groupby(guard.no for guard in guards)) + depth(rest)


def guarded_by(guards: Sequence[Split], tree: Tree) -> Tree:
    """Return the tree behind these tests: what ``behind_guards`` took apart."""
    for guard in reversed(guards):
        tree = replace(guard, yes=tree)
    return tree
