from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

import pytest

from segkit.core.fit import FittedFeature
from segkit.core.rulebook import Rulebook, quoted, shown, spoken
from segkit.core.tree import Below, Known, Leaf, OneOf, Split, Test

AGE = FittedFeature("age", "Age", "", "standard", "INTEGER", 40, 10, 40)
SPEND = FittedFeature("spend", "Spend", "", "standard", "DOUBLE", 40, 10, 40)
REGION = FittedFeature(
    "region", "Region", "", "category", "VARCHAR", 0, 1, 0, levels=("east", "west"), mode="east"
)
INNER = Split("spend", Below(D("12.5")), Leaf(2), Leaf(3))
TREE = Split("age", Known(), Split("age", Below(D(42)), Leaf(1), INNER), Leaf(0))
BOOK = Rulebook(
    TREE,
    (AGE, SPEND, REGION),
    {"A": 1, "B": 2, "C": 3},
    frozenset({"age"}),
    {"A": ("Young",), "B": ("Older", "Savers"), "C": ("Older", "Big  spenders")},
)


@pytest.mark.parametrize(
    ("said", "id_"),
    [
        ("a", "A"),
        ("young", "A"),
        ("A Young", "A"),
        ("B Young", None),
        ("savers", "B"),
        ("older", None),  # two are called so
        ("c older", "C"),
        ("BIG spenders", "C"),
        ("D", None),
    ],
)
def test_a_segment_by_its_id_its_name_or_both(said: str, id_: str | None) -> None:
    assert BOOK.segment(said) == id_


def test_all_segments_by_the_last_of_their_names() -> None:
    assert BOOK.segments() == "A (Young), B (Savers), C (Big  spenders)"
    assert replace(BOOK, names={}).segments() == "A, B, C"


@pytest.mark.parametrize(
    ("column", "test", "normal"),
    [
        ("age", Below(D(41), True), Below(D(42))),  # whole numbers up to 41 are those below 42
        ("age", Below(D("41.5"), True), Below(D(42))),
        ("age", Below(D("41.5")), Below(D(42))),
        ("age", Below(D(42)), Below(D(42))),
        ("age", Below(D("-41.5"), True), Below(D(-41))),
        ("spend", Below(D(41), True), Below(D(41), True)),
        ("region", OneOf(("east",)), OneOf(("east",))),
    ],
)
def test_tests_as_they_are_compared(column: str, test: Test, normal: Test) -> None:
    assert BOOK.normal(column, test) == normal


def test_cuts_that_there_are() -> None:
    assert list(BOOK.cuts()) == ["age < 42", "spend < 12.5"]
    assert list(BOOK.cuts("A")) == ["age < 42"]
    assert list(BOOK.cuts("C")) == ["age < 42", "spend < 12.5"]
    assert BOOK.has("age", Below(D(41), True)) and not BOOK.has("age", Below(D(41)))
    assert not BOOK.has("spend", Below(D(42)))
    assert BOOK.feature("spend") is SPEND


def test_examples_are_of_these_rules() -> None:
    assert BOOK.examples() == (
        '"age < 42 -> 41" moves a cut, "age < 42 -> remove" takes it out, '
        '"age < 42 -> A" puts them into A, "in A: age < 42 -> 41" moves it only where it leads to A'
    )
    assert replace(BOOK, tree=Leaf(1)).examples() == '"age < 42 -> A" puts customers into A'


@pytest.mark.parametrize(
    ("cut", "near"),
    [("392", "390"), ("390", "380"), ("42", "41"), ("12.5", "12"), ("1000", "900"), ("5", "4"),
     ("0.25", "0.24")],
)  # fmt: skip
def test_an_example_moves_to_a_rounder_number_below(cut: str, near: str) -> None:
    book = replace(BOOK, tree=Split("spend", Below(D(cut)), Leaf(1), Leaf(2)))
    assert book.examples().startswith(f'"spend < {cut} -> {near}" moves a cut')


def test_conditions_as_a_change_names_them() -> None:
    assert spoken("age", Below(D("1234.50"), True)) == "age <= 1234.5"
    assert spoken("region", OneOf(("east", "west"))) == "region in (east, west)"
    assert (shown("x<y"), shown("age"), shown("spend in k")) == ('"x<y"', "age", '"spend in k"')
    assert quoted("age < 42 -> A") == '"age < 42 -> A"'
    assert quoted("a$b < 1 -> A") == "'a$b < 1 -> A'"
