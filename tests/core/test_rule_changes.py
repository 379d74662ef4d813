"""What a person may write of a cut, and what is said where it cannot be read."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from segkit.core.fit import FittedFeature
from segkit.core.rule_changes import nothing_said, parse_change
from segkit.core.rulebook import Rulebook
from segkit.core.tree import Below, Leaf, OneOf, Split, Test
from segkit.errors import ConfigError

AGE = FittedFeature("age", "Age", "", "standard", "INTEGER", 40, 10, 40)
INCOME = FittedFeature("Annual Income (k$)", "Annual income", "k$", "log", "DOUBLE", 4, 1, 60)
VISITS = FittedFeature("in_store", "Visits", "", "standard", "DOUBLE", 4, 1, 60)
REGION = FittedFeature(
    "region",
    "Region",
    "",
    "category",
    "VARCHAR",
    0,
    1,
    0,
    levels=("north", "south", "Bath, UK"),
    mode="north",
)
TREE = Split(
    "age", Below(Decimal(42)), Split("region", OneOf(("north",)), Leaf(1), Leaf(2)), Leaf(3)
)
RULES = Rulebook(
    TREE,
    (AGE, INCOME, VISITS, REGION),
    {"A": 1, "B": 2, "C": 3},
    integers=frozenset({"age"}),
    names={"A": ("Young, north",), "B": ("Low: young", "Best"), "C": ("Older",)},
)


def below(number: str, inclusive: bool = False) -> Below:
    return Below(Decimal(number), inclusive)


@pytest.mark.parametrize(
    ("text", "column", "test", "to"),
    [
        ("age < 42 -> 40", "age", below("42"), below("40")),
        ("  AGE<42->40 ", "age", below("42"), below("40")),
        ("age >= 42 -> 40", "age", below("42"), below("40")),
        ("age <= 41 -> 39", "age", below("41", True), below("39", True)),
        ("age > 41.5 -> 39.25", "age", below("41.5", True), below("39.25", True)),
        ('"Annual Income (k$)" < 1,234.5 -> -7e2', INCOME.column, below("1234.5"), below("-7E+2")),
        ("annual income < 70 -> 71", INCOME.column, below("70"), below("71")),
        ("Annual income < $1,070k -> 71", INCOME.column, below("1070"), below("71")),
        ("in_store < 3 -> 4", "in_store", below("3"), below("4")),
        ("age < 42 -> Remove", "age", below("42"), None),
        ("age < 30 -> b", "age", below("30"), "B"),
        ("age < 30 -> best", "age", below("30"), "B"),
        ("age < 30 -> 'a Young,  North'", "age", below("30"), "A"),
        ("region = north -> A", "region", OneOf(("north",)), "A"),
        ("region in (south, 'North') -> (south)", "region", OneOf(("north", "south")), "south"),
        ("region = 'Bath, UK' -> A", "region", OneOf(("Bath, UK",)), "A"),
    ],
)
def test_a_change_is_read(text: str, column: str, test: Test, to: object) -> None:
    change = parse_change(text, RULES)
    wanted = OneOf((to,)) if to == "south" else to
    assert (change.column, change.test, change.to) == (column, test, wanted)
    assert change.within is None


def test_a_name_that_two_segments_have_is_nobodys() -> None:
    twins = replace(RULES, names={"A": ("Best",), "B": ("Best",)})
    assert [twins.segment(said) for said in ("best", "B best", "b")] == [None, "B", "B"]


def test_a_segment_that_is_called_like_a_level_is_the_segment() -> None:
    """ "-> south" moves customers where a segment is called South, and else it is a list."""
    named = replace(RULES, names={**RULES.names, "C": ("South",)})
    for said in ("south", "'South'", "C", "c south"):
        assert parse_change(f"region = north -> {said}", named).to == "C"
    assert parse_change("region = north -> (south)", named).to == OneOf(("south",))
    assert parse_change("region = north -> south", RULES).to == OneOf(("south",))


@pytest.mark.parametrize(
    ("operator", "inclusive", "upper"),
    [("<", False, False), ("<=", True, False), (">=", False, True), (">", True, True)],
)
def test_above_is_what_is_not_up_to(operator: str, inclusive: bool, upper: bool) -> None:
    change = parse_change(f"annual income {operator} 70 -> A", RULES)
    assert (change.test, change.upper) == (below("70", inclusive), upper)


def test_the_rules_of_one_segment_have_their_own_cuts() -> None:
    assert list(RULES.cuts("C")) == ["age < 42"]
    with pytest.raises(ConfigError, match="no change is given") as caught:
        raise nothing_said(RULES)
    assert '"age < 42 -> 41" moves a cut' in (caught.value.problems[0].help or "")
    for cut, near in ((42, 41), (392, 390), (1710, 1700), (9, 8), (1000, 900), ("0.35", "0.34")):
        said = replace(RULES, tree=Split("age", below(str(cut)), Leaf(1), Leaf(2))).examples()
        assert f'-> {near}" moves a cut' in said


def test_it_can_concern_one_segment_and_what_lies_above_a_cut() -> None:
    change = parse_change("in b: age >= 50 -> C", RULES)
    assert (change.within, change.upper, change.to) == ("B", True, "C")
    assert change.text == "in B: age >= 50 -> C"
    named = parse_change(" in young, north:  age < 42->best", RULES)
    assert (named.within, named.text) == ("A", "in A: age < 42 -> B")


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("age < 42", "no `-> ...`", "moves a cut"),
        ("age < 42 ->", "no `-> ...`", "moves a cut"),
        ("42 -> 40", "no cut such as", "moves a cut"),
        ("agee < 42 -> 40", "no feature 'agee'", "did you mean `age`? features: age, Annual"),
        ("age = 42 -> 40", "<, <=, > or >=", "moves a cut"),
        ("age < x -> 40", "'x' is neither", "moves a cut"),
        ("age < 42 -> F", "'F' is neither", "segments: A (Young, north), B (Best), C (Older); "),
        ("region = nrth -> A", "has no 'nrth'", "did you mean `north`?"),
        ("age < nan -> 40", "no number to cut at", "1e15"),
        ("age < 42 -> 1e16", "no number to cut at", "1e15"),
        ("age < 42 -> 42", "both sides are the same", "moves a cut"),
        ("in X: age < 42 -> 40", "no segment X", "segments: A (Young, north), B (Best)"),
        ("region < 3 -> A", "a category: = or in", "region in (north, south)"),
        ("region = west -> A", "has no 'west'", "north, south"),
        ("age < 42\x1b[31m -> 40", "a control character", "moves a cut"),
    ],
)
def test_what_cannot_be_read_is_said_with_what_can_be(text: str, said: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_change(text, RULES)
    (problem,) = caught.value.problems
    assert problem.code == "SK319"
    assert said in problem.message and hint in (problem.help or "")


def test_cuts_are_listed_as_they_are_written() -> None:
    assert list(RULES.cuts()) == ["age < 42", "region in (north)"]
