"""The numbers among the texts of a column, by each way that people write them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from segkit.files.shapes import Shape
from segkit.files.written_numbers import INFINITE, POWERS, WrittenNumber, is_dash, read_shape

# what people and programs write where nothing is known; compared without capitals
MISSING = frozenset(
    {
        "na", "n/a", "n.a.", "n.a", "#n/a", "#na", "<na>", "nan", "nil", "none", "null", "(null)",
        "\\n", "missing", "unknown", "undefined", "?", ".", "..", "...", "-", "--", "---", "–", "—",
        "#div/0!", "#value!", "#ref!", "#num!", "#null!", "k.a.", "k. a.", "keine angabe", "s/d",
        "n/d", "nd", "n.d.", "nc", "nr", "tbd", "(blank)", "(empty)", "empty", "leer",
    }
)  # fmt: skip


_THOUSAND = 3  # as a power of ten
_ENOUGH = 3  # of each of two kinds of shapes, before anything is concluded from them


@dataclass(frozen=True)
class NumberForm:
    """``percent``: "" as it stands, "points" 45 % is 45, "share" 45 % is 0.45, and 0.45 too.

    ``zeros`` are dashes, which are zero in accounts; ``powers`` words for thousands and millions.
    """

    decimal: str = "."
    thousands: str = ""
    currency: str = ""
    currency_texts: tuple[str, ...] = ()
    percent: str = ""
    minus: frozenset[str] = frozenset()
    zeros: tuple[str, ...] = ()
    powers: tuple[str, ...] = ()
    plus: bool = False
    is_float: bool = False
    is_whole: bool = False

    @property
    def is_plain(self) -> bool:
        """As a programming language writes numbers."""
        bare = not (self.thousands or self.currency or self.percent or self.zeros or self.powers)
        return bare and self.decimal == "." and self.minus <= {"before"} and not self.plus


@dataclass(frozen=True)
class Study:
    """The numbers among the shapes of a column, before other columns are looked at."""

    numbers: tuple[tuple[Shape, WrittenNumber], ...]
    missing: tuple[Shape, ...]
    others: tuple[Shape, ...]

    @property
    def known(self) -> int:
        return sum(shape.n for shape, _ in self.numbers)

    @cached_property
    def counts(self) -> dict[tuple[str, str], int]:
        """How many texts are numbers by each of the conventions."""
        return {pair: sum(s.n for s, w in self.numbers if reads(w, *pair)) for pair in CONVENTIONS}

    @property
    def weighed(self) -> list[tuple[WrittenNumber, int]]:
        """The numbers, and how many texts are written so."""
        return [(written, shape.n) for shape, written in self.numbers]

    def has(self, separator: str) -> bool:
        return any(separator in written.separators for _, written in self.numbers)

    @property
    def most(self) -> int:
        """So many texts are numbers by one and the same convention."""
        return max(self.counts.values(), default=0)

    @cached_property
    def conventions(self) -> tuple[tuple[str, str], ...]:
        """(decimal, thousands) that read most of the numbers, and each in a way of its own."""
        by_effect: dict[tuple[object, ...], tuple[str, str]] = {}
        for pair, n in self.counts.items():
            if n == self.most:
                effect = tuple(reads(written, *pair) for _, written in self.numbers)
                by_effect.setdefault(effect, pair)
        return tuple(by_effect.values())

    @property
    def proven_decimal(self) -> str | None:
        """The decimal sign, if this column alone shows it."""
        if len(self.conventions) != 1 or not self.most:  # as of 31.01.2024
            return None
        decimal, thousands = self.conventions[0]
        used = any(decimal in w.separators or thousands in w.separators for _, w in self.numbers)
        shown = any(decimal in w.separators for _, w in self.numbers) or thousands in (".", ",")
        return decimal if used and shown else None


# the plain one first: of those that read the same it is taken
CONVENTIONS = tuple(
    (decimal, thousands)
    for decimal in (".", ",")
    for thousands in ("", ",", ".", " ", "'")
    if decimal != thousands
)


def reads(written: WrittenNumber, decimal: str, thousands: str) -> str | None:
    """How the digits are taken: "whole", "grouped", "parted", "grouped parted"; None: not at all.

    >>> shape = read_shape("9.999")
    >>> reads(shape, ".", ""), reads(shape, ",", "."), reads(shape, ",", " ")
    ('parted', 'grouped', None)
    """
    groups, separators = written.groups, written.separators
    parted = bool(separators) and separators[-1] == decimal
    if parted:
        groups, separators = groups[:-1], separators[:-1]
    if any(separator != thousands for separator in separators):
        return None
    if separators and not is_grouped(groups):
        return None
    return " ".join(w for w, is_so in (("grouped", separators), ("parted", parted)) if is_so) or (
        "whole"
    )


def is_grouped(groups: Sequence[str]) -> bool:
    """Thousands, or as in India: 12,34,567."""
    first, *middle, last = map(len, groups)
    if groups[0].startswith("0") or last != 3 or first not in (1, 2, 3):
        return False
    return all(n == 3 for n in middle) or (first < 3 and all(n == 2 for n in middle))


def study(shapes: Sequence[Shape]) -> Study:
    """Part the shapes of a column into numbers, words for nothing, and the rest."""
    numbers: list[tuple[Shape, WrittenNumber]] = []
    missing: list[Shape] = []
    others: list[Shape] = []
    for shape in shapes:
        written = read_shape(shape.text)
        if written is not None and not _overflows(shape, written):
            numbers.append((shape, written))
        else:
            nothing = shape.text.lower() in MISSING or is_dash(shape.text)
            (missing if nothing else others).append(shape)
    return _without_sizes(Study(tuple(numbers), tuple(missing), tuple(others)))


def _without_sizes(found: Study) -> Study:
    """5M alone is a size of shoes: it is five million of money, or beside 950K."""
    if any(POWERS.get(written.power) == _THOUSAND for _, written in found.numbers):
        return found
    sizes = [shape for shape, w in found.numbers if len(w.power) == 1 and not w.currency]
    numbers = tuple(each for each in found.numbers if each[0] not in sizes)
    return replace(found, numbers=numbers, others=(*found.others, *sizes))


def _overflows(shape: Shape, written: WrittenNumber) -> bool:
    """True for 1e999, which no DOUBLE holds."""
    if not written.is_float or shape.text.lower() in INFINITE:
        return False
    ends = (float(text.replace(",", ".")) for text in (shape.least, shape.greatest))
    return any(math.isinf(end) for end in ends)


def is_three(written: WrittenNumber, sign: str) -> bool:
    """True for 1.043: thousands, or three decimals."""
    return written.separators == (sign,) and is_grouped(written.groups)


def looks_grouped(found: Study, sign: str) -> bool:
    """True if the numbers without the sign end where those with it begin: 532, 950, 1.043.

    Where it parts decimals, those without it are of the size of what stands before it.
    12.500 beside 950 needs fewer: who writes decimals writes 12.5, or 950.000.
    """
    threes = [w_n for w_n in found.weighed if is_three(w_n[0], sign)]
    three = _lengths(threes)
    whole = _lengths(w_n for w_n in found.weighed if not w_n[0].separators)
    enough = _ENOUGH - 1 if any(w.groups[-1].endswith("0") for w, _ in threes) else _ENOUGH
    if min(three.total(), whole.total()) < enough or max(whole) > 3:
        return False
    return whole[3] >= whole.total() / 2 and _mean(three) < _mean(whole)


def _lengths(numbers: Iterable[tuple[WrittenNumber, int]]) -> Counter[int]:
    """How many numbers begin with so many digits."""
    found = Counter[int]()
    for written, n in numbers:
        found[len(written.groups[0])] += n
    return found


def _mean(lengths: Counter[int]) -> float:
    return sum(digits * n for digits, n in lengths.items()) / lengths.total()
