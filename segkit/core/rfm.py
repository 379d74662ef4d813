"""Names for combinations of RFM scores, and the proof that every combination has one.

A cell is a tuple of scores, recency first; 5 is best. A table maps a name to
patterns of cells: ``5[4-5]`` is recency 5 with frequency 4 or 5. Both tables
are the ones that the field uses most, made complete and disjoint.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

Cell = tuple[int, ...]
Table = Mapping[str, Sequence[str]]

_CHARACTER = re.compile(r"(\d)|\[(\d)-(\d)\]|\[(\d+)\]")


def _table(names: Mapping[str, str]) -> Table:
    return {name: tuple(cells.split()) for name, cells in names.items()}


# by recency and frequency
GRID = _table(
    {
        "hibernating": "[1-2][1-2]",
        "at_risk": "[1-2][3-4]",
        "cant_lose": "[1-2]5",
        "about_to_sleep": "3[1-2]",
        "need_attention": "33",
        "loyal_customers": "[3-4][4-5]",
        "promising": "41",
        "new_customers": "51",
        "potential_loyalists": "[4-5][2-3]",
        "champions": "5[4-5]",
    }
)
# by recency, frequency and monetary value
FULL = _table(
    {
        "champions": "555 554 544 545 454 455 445",
        "loyal": "543 444 435 355 354 345 344 335",
        "potential_loyalist": "553 551 552 541 542 533 532 531 452 451 442 441 431 453 433 432 423 "
        "353 352 351 342 341 333 323",
        "new": "512 511 422 421 412 411 311",
        "promising": "525 524 523 522 521 515 514 513 425 424 413 414 415 315 314 313",
        "need_attention": "535 534 443 434 343 334 325 324",
        "about_to_sleep": "331 321 312 221 213 231 241 251",
        "at_risk": "255 254 245 244 253 252 243 242 235 234 225 224 153 152 145 143 142 135 134 "
        "133 125 124",
        "cannot_lose_them": "155 154 144 214 215 115 114 113",
        "hibernating": "332 322 233 232 223 222 132 123 122 212 211",
        "lost": "111 112 121 131 141 151",
    }
)
TABLES: Mapping[str, Table] = {"grid": GRID, "full": FULL}
SCORES = 5  # of both tables
DIGITS = 9  # the highest score that a pattern can write
# Names of both tables that say of a customer that he bought more than once.
REPEAT = (
    *("champions", "loyal", "loyal_customers", "potential_loyalist", "potential_loyalists"),
    *("at_risk", "cant_lose", "cannot_lose_them"),
)


@dataclass(frozen=True)
class CellCoverage:
    """``overlaps`` are cells with all their names; ``gaps`` are cells without one."""

    overlaps: tuple[tuple[Cell, tuple[str, ...]], ...]
    gaps: tuple[Cell, ...]


def cells_of(pattern: str, highest: int) -> Iterator[Cell]:
    """Yield the cells of a pattern: a digit or ``[a-b]`` for each score.

    Raises ValueError, saying what is wrong with the pattern.

    >>> list(cells_of("5[4-5]", 5))
    [(5, 4), (5, 5)]
    """
    choices, at = [], 0
    while at < len(pattern):
        match = _CHARACTER.match(pattern, at)
        if match is None:
            raise ValueError(f"`{pattern[at:]}` is not a digit or a range such as [4-5]")
        digit, low, high, listed = match.groups()
        scores = (
            range(int(low), int(high) + 1) if low else sorted({int(d) for d in digit or listed})
        )
        if not scores or not all(1 <= score <= highest for score in scores):
            raise ValueError(f"`{match[0]}` is not within 1 to {highest}")
        choices.append(scores)
        at = match.end()
    yield from product(*choices)


def coverage_of_cells(table: Table, width: int, highest: int) -> CellCoverage:
    """Return which of the ``highest ** width`` cells have several names, or none."""
    names: dict[Cell, list[str]] = {
        cell: [] for cell in product(range(1, highest + 1), repeat=width)
    }
    for name, patterns in table.items():
        for cell in dict.fromkeys(c for pattern in patterns for c in cells_of(pattern, highest)):
            names[cell].append(name)
    return CellCoverage(
        tuple((cell, tuple(found)) for cell, found in names.items() if len(found) > 1),
        tuple(cell for cell, found in names.items() if not found),
    )


def width_of(table: Table) -> int:
    """Number of scores of the table's cells, by its first pattern."""
    first = next(pattern for patterns in table.values() for pattern in patterns)
    return len(_CHARACTER.findall(first))


def cell_text(cell: Cell) -> str:
    """``(5, 4)`` is written 54."""
    return "".join(map(str, cell))
