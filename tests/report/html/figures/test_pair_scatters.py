"""Customers on two features, and the lines of the SQL."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from segkit.core.tree import Leaf, Split
from segkit.report.html.figures.pair_scatters import axis_of, most_used, pair_scatters
from segkit.survey.page_data import SegmentationReport
from tests.report.html.figures.drawn import box_of, drawings, points, shown
from tests.report.html.reports import CASES, report

NUMBERS = {"segments": 3, "features": 2, "leaves": 3, "customers": 200}


def test_the_features_that_decide_over_most_customers_come_first() -> None:
    used = [f.feature.column for f in most_used(CASES["twelve"]())]
    assert set(used[:4]) == {"feature_1", "feature_2", "feature_3", "feature_4"}
    assert used[0] == "feature_1" and len(used) == 30


def test_a_line_is_drawn_only_over_the_range_where_it_cuts() -> None:
    made = report(**NUMBERS)
    tree = made.result.fit.tree
    assert isinstance(tree, Split) and isinstance(tree.no, Split) and isinstance(tree.yes, Leaf)
    panel = drawings(pair_scatters(made))[-1]
    lines = [
        [tuple(map(float, point.split())) for point in e.attrib["d"][1:].split("L")]
        for e in panel.iter("path")
        if e.get("class") == "cut"
    ]
    (whole, part) = lines
    assert {x for x, _ in whole} == {whole[0][0]}  # upright, over the whole height
    assert {y for _, y in part} == {part[0][1]}  # across, from the first line on
    assert whole[0][0] in {x for x, _ in part}


def test_customers_whom_kmeans_has_elsewhere_have_a_ring() -> None:
    made = CASES["plain"]()
    odd = sum(dot.cluster != dot.code for dot in made.survey.dots)
    panel = drawings(pair_scatters(made))[-1]
    rings = [list(points(e)) for e in panel.iter("path") if e.get("class") == "rg"]
    assert sum(map(len, rings)) == odd > 0
    assert 'class="rg"' not in pair_scatters(CASES["given"]())


def test_all_customers_are_drawn_and_the_unknown_beside_the_axis() -> None:
    made = CASES["missing"]()
    for panel in drawings(pair_scatters(made))[-3:]:
        dots = [e for e in panel.iter("path") if e.get("class", "").startswith("mk")]
        assert sum(len(list(points(each))) for each in dots) == len(made.survey.dots)
        assert [shown(t) for t in panel.iter("text")].count("?") == 2


def test_levels_are_bands_and_customers_lie_in_theirs() -> None:
    made = CASES["categories"]()
    axis = axis_of(made, made.survey.features[0], 0, 400)
    assert len(axis.bands) == 4 and axis.borders() == [100, 200, 300]
    for number, dot in enumerate(made.survey.dots):
        band = axis.bands.index(str(dot.values[0]))
        assert band * 100 < axis.at(dot, number) < band * 100 + 100


def test_at_most_three_panels() -> None:
    assert count_panels(CASES["twelve"]()) == 3
    assert count_panels(report(**NUMBERS)) == 1


def test_numbers_at_an_axis_of_millions_keep_apart() -> None:
    made = CASES["plain"]()
    large = tuple(replace(d, values=(1e9, *d.values[1:])) for d in made.survey.dots[:1])
    survey = replace(made.survey, dots=(*made.survey.dots, *large))
    for panel in drawings(pair_scatters(replace(made, survey=survey))):
        texts = [text for text in panel.iter("text") if not text.get("transform")]
        for a, b in combinations(texts, 2):
            assert not box_of(a).meets(box_of(b)), (shown(a), shown(b))


def count_panels(made: SegmentationReport) -> int:
    return sum(each.get("class") == "fig pair" for each in drawings(pair_scatters(made)))
