"""What a fit says by itself is what its segments were, and nothing is made up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segkit.core.fit import FittedFeature
from segkit.notebook.fit_report import report_of, result_of
from segkit.report.html.telling import most_telling, place_of, value_text
from tests.report.html.reports import CASES
from tests.report.samples import FIT, SEGMENTATION


def test_the_segments_are_those_of_the_fit() -> None:
    result = result_of(replace(FIT, rows=5000))
    assert [(row.id, row.name, row.order, row.n) for row in result.segments] == [
        ("A", "Big", 1, 2924),
        ("B", "Lapsed, low", 2, 1204),
    ]
    assert [row.rule for row in result.segments] == ["spend $90 or more", "spend under $90"]
    assert result.segments[0].share == pytest.approx(2924 / 5000)
    assert (result.rows, result.unassigned) == (5000, 872)
    assert result.words == {"spend": ("Spend", "$")}


def test_a_leaf_is_counted_where_its_segment_has_one() -> None:
    fit = CASES["mixed"]().result.fit  # five segments, seven leaves
    leaves = report_of(result_of(fit)).survey.leaves
    sizes = {segment.code: segment.n for segment in fit.segments}
    for code, n in sizes.items():
        mine = [leaf for leaf in leaves if leaf.code == code]
        assert sum(leaf.n for leaf in mine) == n
        assert [leaf.is_counted for leaf in mine] == [len(mine) == 1] * len(mine)
    assert {len([leaf for leaf in leaves if leaf.code == code]) for code in sizes} == {1, 2}


def test_those_in_no_segment_are_counted() -> None:
    report = CASES["own"]()
    leaves = report_of(result_of(report.result.fit)).survey.leaves
    unassigned = [leaf for leaf in leaves if not leaf.code]
    assert sum(leaf.n for leaf in unassigned) == report.result.unassigned > 0
    assert all(leaf.is_counted for leaf in unassigned)


def test_a_centre_is_the_usual_value() -> None:
    fit = replace(FIT, features=(replace(FIT.features[0], weight=4.0, spread=2.0),))
    (survey,) = report_of(result_of(fit)).survey.features
    high = survey.segments["B"]
    # z = sqrt(4) ln(1 + x) / 2: a centre at 1 is half a spread from everybody's, and x = e - 1
    assert (place_of(survey, high), high.median) == (0.5, pytest.approx(1.71828, abs=1e-5))
    assert (survey.everyone.median, survey.everyone.known) == (50.0, 2924 + 1204)


def test_levels_are_shared_out_as_at_the_centre() -> None:
    region = FittedFeature("r", "R", "", "category", "VARCHAR", 0, 1, 0, 4.0, ("n", "s"), "n")
    clusters = replace(FIT.clusters, centers=((0.0, 0.5, 1.5), (1.0, 2.0, 0.0)))
    fit = replace(FIT, features=(FIT.features[0], region), clusters=clusters)
    report = report_of(result_of(fit))
    of_region = next(f for f in report.survey.features if f.feature is region)
    assert value_text(of_region.segments["A"], "") == "s 75%"
    assert of_region.segments["B"].levels == {"n": 1204}
    assert of_region.everyone.levels == {"s": 2193, "n": 731 + 1204}
    assert len(most_telling(report)) == 2


def test_clusters_that_were_given_have_no_usual_values() -> None:
    assert report_of(CASES["given"]().result).survey.features == ()


def test_a_metric_is_in_parts_of_its_total() -> None:
    survey = report_of(SEGMENTATION).survey
    assert survey.metrics == ("total_spend",)
    assert {id_: t.sum for id_, t in survey.totals["total_spend"].items()} == {"A": 0.94, "B": 0.06}
