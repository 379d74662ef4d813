from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.core.labels import (
    LabelCheck,
    check_labels,
    interval_text,
    make_labels,
    number_text,
    read_label,
)
from segkit.core.rules import Interval

AGES = ("25", "35", "55")
FINE = LabelCheck((), False)


def intervals(*edges: str, closed: str = "left") -> list[Interval]:
    right = closed == "right"
    return [
        Interval(low, high, low is None or not right, high is not None and right)
        for low, high in pairwise([None, *map(Decimal, edges), None])
    ]


@pytest.mark.parametrize(
    "labels",
    [
        ["<25", "25-35", "35-55", "55+"],
        ["Under 25", "25 to 35", "35–55", ">= 55"],
        ["less than 25", "25 - 35", "35—55", "55 or more"],
        ["below 25 years", "25-35 years", "from 35 to 55 years", "at least 55 years"],
        ["Young (<25)", "25..35", "between 35 and 55", "Over 55"],
        ["< $25", "$25-$35", "$35 to 55", "$55 and more"],
        ["<25%", "25%-35%", "35-55%", "55%+"],
        ["<25K", "25K-35K", "35-55k", "55K+"],
        ["young", "Tier 2", "Q3", "2024-25 cohort"],  # no claims
    ],
)
def test_labels_that_match(labels: list[str]) -> None:
    assert check_labels(labels, intervals(*AGES)) == FINE


@pytest.mark.parametrize(
    "labels",
    [
        ["<25", "25-34", "35-54", "55+"],
        ["24 or less", "25-34", "35-54", "55+"],
        ["<=24", "25-34", "35-54", ">54"],
    ],
)
def test_labels_for_whole_numbers(labels: list[str]) -> None:
    assert check_labels(labels, intervals(*AGES)) == LabelCheck((), True)
    fractional = [f"{edge}.5" for edge in AGES]
    assert check_labels(labels, intervals(*fractional)).mismatches == (0, 1, 2, 3)


@pytest.mark.parametrize(
    ("labels", "wrong"),
    [
        (["<25", "25-30", "35-55", "55+"], (1,)),
        (["<25", "26-35", "35-55", "55+"], (1,)),
        (["<25", "25-33", "35-55", "55+"], (1,)),
        (["0-25", "25-35", "35-55", "55+"], (0,)),
        (["<=25", "25-35", "35-55", ">55"], (0, 3)),
        (["25+", "25-35", "35-55", "<55"], (0, 3)),
        (["<25", "25+", "<55", "55+"], (1, 2)),
        (["<25", "25-35", "35-55", "55-100"], (3,)),
        (["<25K", "25-35", "35-55", "55000+"], (3,)),
    ],
)
def test_labels_that_do_not_match(labels: list[str], wrong: tuple[int, ...]) -> None:
    assert check_labels(labels, intervals(*AGES)).mismatches == wrong


@pytest.mark.parametrize(
    ("labels", "integers", "loose"),
    [
        (["<25", "25-35", "35-55", "55+"], False, (0, 3)),  # 25 is in "<25", and 55 not in "55+"
        (["under 25", "25-35", "35-55", "above 55"], False, (0,)),
        (["<=25", "25-35", "35-55", ">55"], False, ()),
        (["<= 25", "26-35", "36-55", "56+"], True, ()),
    ],
)
def test_closed_on_the_right(labels: list[str], integers: bool, loose: tuple[int, ...]) -> None:
    found = check_labels(labels, intervals(*AGES, closed="right"))
    assert found == LabelCheck((), integers, loose)


@pytest.mark.parametrize("edges", [("25", "50"), ("25000", "50000")])
def test_k_is_a_unit_or_a_factor(edges: tuple[str, str]) -> None:
    assert check_labels(["<$25K", "$25K-50K", "$50K+"], intervals(*edges)) == FINE


def test_a_unit_is_read_one_way_for_the_whole_column() -> None:
    found = check_labels(["<25K", "25K-50K", "50K+"], intervals("25", "50000"))
    assert found.mismatches


@pytest.mark.parametrize("edges", [("25", "75"), ("0.25", "0.75")])
def test_percent_is_a_unit_or_a_factor(edges: tuple[str, str]) -> None:
    assert check_labels(["under 25%", "25-75%", "75%+"], intervals(*edges)) == FINE


def test_thousands_and_millions() -> None:
    labels = ["<$1,500", "$1,500-$2.5M", "$2.5M+"]
    assert check_labels(labels, intervals("1500", "2500000")) == FINE


def test_negative_numbers() -> None:
    labels = ["< -10", "-10--5", "-5 to 5", "5 or more"]
    assert check_labels(labels, intervals("-10", "-5", "5")) == FINE
    assert check_labels(
        ["<10", "-10--5", "-5 to 5", "5+"], intervals("-10", "-5", "5")
    ).mismatches == (0,)


@pytest.mark.parametrize("label", ["Low", "Tier 2", "1", "A-B", "35-25", "", "K", "25 35", "a1-b2"])
def test_labels_that_claim_nothing(label: str) -> None:
    assert read_label(label) is None


def test_made_labels() -> None:
    assert make_labels(intervals(*AGES)) == ("<25", "25-35", "35-55", "55+")
    assert make_labels(intervals("0.250", "1E+3")) == ("<0.25", "0.25-1000", "1000+")
    assert make_labels(intervals("25", "35", closed="right")) == ("<=25", ">25-35", ">35")
    assert make_labels(intervals("-10", "5")) == ("<-10", "-10 to 5", "5 or more")


NUMBERS = st.one_of(
    st.decimals(-10_000, 10_000, places=2),
    st.decimals(-(10**37), 10**37, places=1),  # more digits than Python's own context keeps
)


@given(st.lists(NUMBERS, min_size=1, max_size=6, unique=True), st.sampled_from(["left", "right"]))
def test_made_labels_are_distinct_and_match(edges: list[Decimal], closed: str) -> None:
    bands = intervals(*map(str, sorted(edges)), closed=closed)
    labels = make_labels(bands)
    assert len(set(labels)) == len(labels)
    assert check_labels(labels, bands) == FINE
    assert all(read_label(label) for label in labels)


@given(st.lists(st.integers(0, 500), min_size=2, max_size=6, unique=True), st.data())
def test_a_changed_edge_is_noticed(edges: list[int], data: st.DataObject) -> None:
    edges = sorted(edges)
    bands = intervals(*map(str, edges))
    labels = list(make_labels(bands))
    i = data.draw(st.integers(1, len(labels) - 2))
    labels[i] = f"{edges[i - 1]}-{edges[i] + data.draw(st.integers(1, 9))}"
    assert check_labels(labels, bands).mismatches == (i,)


@given(st.text(max_size=30))
def test_any_text_is_read_without_an_error(text: str) -> None:
    claim = read_label(text)
    assert claim is None or claim.lower is not None or claim.upper is not None


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        (Interval(Decimal(45), Decimal(50)), "45 up to 50"),
        (Interval(Decimal(45), Decimal(50), False, True), "above 45 up to and including 50"),
        (Interval(None, Decimal(50)), "everything below 50"),
        (Interval(None, Decimal(50), True, True), "50 and less"),
        (Interval(Decimal(45), None), "45 and more"),
        (Interval(Decimal(45), None, False), "everything above 45"),
        (Interval(Decimal(45), Decimal(45), True, True), "exactly 45"),
        (Interval(), "everything"),
    ],
)
def test_interval_text(interval: Interval, words: str) -> None:
    assert interval_text(interval) == words


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9))
def test_number_text_is_the_number(number: Decimal) -> None:
    text = number_text(number)
    assert Decimal(text) == number
    assert "e" not in text.lower()
