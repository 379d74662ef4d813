"""Both tables of names are complete and disjoint, and are those of the field."""

from __future__ import annotations

import re
from itertools import product

import pytest

from segkit.core.rfm import FULL, GRID, Table, cell_text, cells_of, coverage_of_cells, width_of

# as they are found in the literature and in other tools, recency first
GRID_BY_REGEX = {
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
FULL_IN_WORDS = """
Champions 555 554 544 545 454 455 445; Loyal 543 444 435 355 354 345 344 335;
Potential Loyalist 553 551 552 541 542 533 532 531 452 451 442 441 431 453 433 432 423 353 352 351
342 341 333 323; New 512 511 422 421 412 411 311;
Promising 525 524 523 522 521 515 514 513 425 424 413 414 415 315 314 313;
Need Attention 535 534 443 434 343 334 325 324;
About To Sleep 331 321 312 221 213 231 241 251;
At Risk 255 254 245 244 253 252 243 242 235 234 225 224 153 152 145 143 142 135 134 133 125 124;
Cannot Lose Them 155 154 144 214 215 115 114 113;
Hibernating 332 322 233 232 223 222 132 123 122 212 211; Lost 111 112 121 131 141 151
"""


def named_cells(table: Table) -> dict[str, str]:
    return {
        cell_text(cell): name
        for name, patterns in table.items()
        for pattern in patterns
        for cell in cells_of(pattern, 5)
    }


@pytest.mark.parametrize(("table", "width", "cells"), [(GRID, 2, 25), (FULL, 3, 125)])
def test_a_table_is_complete_and_disjoint(table: Table, width: int, cells: int) -> None:
    assert width_of(table) == width
    found = coverage_of_cells(table, width, 5)
    assert (found.overlaps, found.gaps) == ((), ())
    assert len(named_cells(table)) == cells


def test_the_grid_is_that_of_the_field() -> None:
    for cell, name in named_cells(GRID).items():
        fitting = [n for n, pattern in GRID_BY_REGEX.items() if re.fullmatch(pattern, cell)]
        assert fitting == [name]


def test_the_full_table_is_that_of_the_field() -> None:
    expected = {}
    for entry in FULL_IN_WORDS.split(";"):
        words = entry.split()
        name = "_".join(word for word in words if not word.isdigit()).lower()
        expected |= {word: name for word in words if word.isdigit()}
    assert named_cells(FULL) == expected
    assert list(FULL) == list(dict.fromkeys(expected.values()))


@pytest.mark.parametrize("name", FULL)
def test_a_name_that_is_missing_leaves_its_cells(name: str) -> None:
    rest = {other: cells for other, cells in FULL.items() if other != name}
    assert {cell_text(c) for c in coverage_of_cells(rest, 3, 5).gaps} == set(FULL[name])


def test_a_cell_with_two_names_is_told_with_both() -> None:
    found = coverage_of_cells({**GRID, "best": ("5[4-5]", "33")}, 2, 5)
    assert found.overlaps == (
        ((3, 3), ("need_attention", "best")),
        ((5, 4), ("champions", "best")),
        ((5, 5), ("champions", "best")),
    )


def test_patterns() -> None:
    assert list(cells_of("[1-2]3", 3)) == [(1, 3), (2, 3)]
    assert list(cells_of("[13]2", 3)) == [(1, 2), (3, 2)]
    assert list(cells_of("[1-3][1-3][1-3]", 3)) == list(product((1, 2, 3), repeat=3))


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("5x", "`x` is not a digit"),
        ("5-4", "`-4` is not a digit"),
        ("[5-4]1", "`[5-4]` is not within 1 to 5"),
        ("06", "`0` is not within 1 to 5"),
        ("61", "`6` is not within 1 to 5"),
        ("[1-6]1", "`[1-6]` is not within 1 to 5"),
    ],
)
def test_what_is_no_pattern(pattern: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        list(cells_of(pattern, 5))
