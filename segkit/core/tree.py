"""The tree that is the definition of a segmentation, and of a bucket.

A row goes down from the root. ``Split.test`` is answered by the row's value in
``Split.column``: TRUE goes to ``yes``, FALSE to ``no``, NULL to the side named
by ``missing``. A leaf holds a small integer code; what a code is called lives
in ``rules.Case``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Side = Literal["yes", "no"]


@dataclass(frozen=True)
class Below:
    """``column < cut``, or ``column <= cut`` where ``inclusive``."""

    cut: Decimal
    inclusive: bool = False


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


def leaves(tree: Tree) -> Iterator[Leaf]:
    """Leaves from left (yes) to right (no)."""
    if isinstance(tree, Leaf):
        yield tree
    else:
        yield from leaves(tree.yes)
        yield from leaves(tree.no)


def splits(tree: Tree) -> Iterator[Split]:
    """Splits in preorder."""
    if isinstance(tree, Split):
        yield tree
        yield from splits(tree.yes)
        yield from splits(tree.no)


def count_leaves(tree: Tree) -> int:
    return sum(1 for _ in leaves(tree))


def depth(tree: Tree) -> int:
    """Number of tests on the longest path; 0 for a single leaf."""
    return 0 if isinstance(tree, Leaf) else 1 + max(depth(tree.yes), depth(tree.no))


def columns(tree: Tree) -> tuple[str, ...]:
    """Columns that the tree tests, in the order in which it first does."""
    return tuple(dict.fromkeys(split.column for split in splits(tree)))
