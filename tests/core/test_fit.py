"""Where a value lies in the space of a fit, and what ids and versions are called."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from segkit.core.case import Outcome
from segkit.core.fit import (
    UNASSIGNED,
    FittedFeature,
    FittedSegment,
    letters,
    on_scale,
    version_label,
)
from segkit.core.tree import Known, Leaf, Split, columns
from tests.report.samples import FIT

NUMBER = FittedFeature("a", "A", "", "standard", "DOUBLE", 10.0, 4.0, 12.0, weight=9.0)
CATEGORY = FittedFeature("c", "C", "", "category", "VARCHAR", 0, 1, 0, 4.0, ("x", "y", "z"), "y")


@pytest.mark.parametrize(
    ("value", "scale", "expected"),
    [(math.e - 1, "log", 1.0), (-5.0, "log", 0.0), (-5.0, "none", -5.0), (7.0, "robust", 7.0)],
)
def test_a_value_on_its_scale(value: float, scale: str, expected: float) -> None:
    assert on_scale(value, scale) == pytest.approx(expected)


@pytest.mark.parametrize("feature", [NUMBER, replace(NUMBER, scale="log"), CATEGORY])
def test_a_value_is_found_again_where_it_lies(feature: FittedFeature) -> None:
    for value in ("x", "z") if feature.is_category else (0.0, 18.5):
        found = feature.value_at(feature.coordinates(value))
        assert found == (value if feature.is_category else pytest.approx(value))


def test_centres_are_those_of_the_clusters_feature_by_feature() -> None:
    clusters = replace(FIT.clusters, centers=((1.0, 2.0, 0.0, 0.0), (3.0, 0.0, 0.0, 2.0)))
    fit = replace(FIT, features=(NUMBER, CATEGORY), clusters=clusters)
    big, lapsed = fit.segments
    assert list(fit.centers_of(lapsed)) == [(NUMBER, (3.0,)), (CATEGORY, (0.0, 0.0, 2.0))]
    given = replace(fit, clusters=replace(clusters, labels=("a", "b")))
    assert list(given.centers_of(big)) == []
    own = replace(fit, tree=Split("a", Known(), fit.tree, Leaf(3)))
    third = FittedSegment(3, "C", "No a", 5)
    assert list(replace(own, segments=(*fit.segments, third)).centers_of(third)) == []


@pytest.mark.parametrize(("value", "z"), [(18, 6.0), (10, 0.0), (None, 1.5)])
def test_a_number_is_one_coordinate(value: float | None, z: float) -> None:
    """sqrt(9) (x - 10) / 4; a missing one counts as the median, 12."""
    assert NUMBER.coordinates(value) == (z,)
    assert NUMBER.width == 1


def test_a_constant_column_divides_by_one() -> None:
    feature = FittedFeature("a", "A", "", "none", "DOUBLE", 3.0, 0.0, 3.0)
    assert feature.coordinates(5) == (2.0,)


@pytest.mark.parametrize(
    ("value", "at"), [("x", (2, 0, 0)), ("z", (0, 0, 2)), (None, (0, 2, 0)), ("new", (0, 2, 0))]
)
def test_a_category_is_a_coordinate_a_level(value: str | None, at: tuple[float, ...]) -> None:
    """Two levels lie as far apart as two customers do on average: squared, twice the weight."""
    assert CATEGORY.coordinates(value) == at
    assert CATEGORY.width == 3
    apart = zip(CATEGORY.coordinates("x"), CATEGORY.coordinates("z"), strict=True)
    assert sum((a - b) ** 2 for a, b in apart) == 2 * CATEGORY.weight


def test_names_of_segments_and_versions() -> None:
    assert [letters(n) for n in (1, 26, 27, 52, 53, 702, 703)] == [
        "A", "Z", "AA", "AZ", "BA", "ZZ", "AAA",
    ]  # fmt: skip
    assert (version_label(1), version_label(12345), FIT.label) == ("v0001", "v12345", "v0001")


def test_given_names_win() -> None:
    outcomes = FIT.case({"B": "Gone"}).outcomes
    assert outcomes == (UNASSIGNED, Outcome(1, "A", "Big"), Outcome(2, "B", "Gone"))
    assert FIT.case().outcomes[2] == Outcome(2, "B", "Lapsed, low")


def test_segments_of_their_own_stand_in_the_tree() -> None:
    """The test of the first one comes first; a test for the unassigned is none, a cut is none."""
    third = FittedSegment(3, "C", "No income", 5)
    inner = Split("age", Known(), FIT.tree, Leaf(0))
    tree = Split("income", Known(), inner, Leaf(3))
    fit = replace(FIT, tree=tree, segments=(*FIT.segments, third))
    assert (dict(fit.own), fit.learned) == ({"income": third}, FIT.segments)
    assert (dict(FIT.own), FIT.learned) == ({}, FIT.segments)
    assert not replace(fit, tree=replace(tree, missing="yes")).own
    both = Split("spend", Known(), tree, Leaf(1))
    fit = replace(fit, tree=both)
    assert list(fit.own) == ["spend", "income"] and fit.learned == FIT.segments[1:]


def test_a_fit_is_spelled_as_the_relation_has_it() -> None:
    found = FIT.spelled(str.upper)
    assert [f.column for f in found.features] == [f.column.upper() for f in FIT.features]
    assert columns(found.tree) == tuple(name.upper() for name in columns(FIT.tree))
    assert found.spelled(str.lower) == FIT
