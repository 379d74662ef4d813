"""Profiles."""

from __future__ import annotations

from itertools import pairwise

from segkit.report.html.figures.snake_plot import MOST, snake_plot, snake_plots, tall_snake_plot
from tests.report.html.figures.drawn import box_of, corners, drawings, parsed, shown
from tests.report.html.reports import CASES, report


def test_a_line_a_segment_higher_where_its_values_are() -> None:
    made = CASES["plain"]()
    for group in parsed(snake_plot(made)).iter("g"):
        line = group[0].attrib["d"][1:].split("L")
        heights = [-float(point.split()[1]) for point in line]
        places = [f.segments[group.attrib["data-s"]].place or 0.0 for f in made.survey.features]
        assert sorted(range(3), key=lambda i: heights[i]) == sorted(
            range(3), key=lambda i: places[i]
        )


def test_upright_a_line_lies_to_the_right_where_its_values_are_and_ends_in_a_letter() -> None:
    made = CASES["plain"]()
    drawn = tall_snake_plot(made)
    assert str(snake_plots(made)) == f"{snake_plot(made)}{drawn}"
    groups = list(parsed(drawn).iter("g"))
    assert [group.findtext("text") for group in groups] == [r.id for r in made.result.segments]
    for group in groups:
        points = [tuple(map(float, p.split())) for p in group[0].attrib["d"][1:].split("L")]
        places = [f.segments[group.attrib["data-s"]].place or 0.0 for f in made.survey.features]
        assert sorted(range(3), key=lambda i: points[i][0]) == sorted(
            range(3), key=lambda i: places[i]
        )
        assert [round(b[1] - a[1]) for a, b in pairwise(points)] == [46, 46]
    deep = drawings(tall_snake_plot(report(segments=12, features=14, names=40)))[0]
    for text in deep.iter("text"):
        assert min(x for x, _ in corners(text)) >= 0 and max(x for x, _ in corners(text)) <= 341


def test_no_more_features_than_one_can_follow() -> None:
    drawing = drawings(snake_plot(report(features=14, names=40)))[0]
    turned = [text for text in drawing.iter("text") if text.get("transform")]
    assert len(turned) == MOST
    # names that are turned stand side by side: none reaches the next one's line
    starts = sorted(float(text.attrib["x"]) for text in turned)
    assert min(b - a for a, b in pairwise(starts)) * 0.57 > 10.5


def test_long_names_are_cut_off_before_they_leave_the_drawing() -> None:
    drawing = drawings(snake_plot(report(features=9, names=40, segments=6)))[0]
    for text in drawing.iter("text"):
        if text.get("transform"):
            assert min(x for x, _ in corners(text)) >= 0
            assert shown(text).endswith("…")


def test_a_value_that_nobody_has_is_left_out() -> None:
    made = CASES["own"]()
    group = next(g for g in parsed(snake_plot(made)).iter("g") if g.attrib["data-s"] == "E")
    assert group[0].attrib["d"].count("L") == 1  # two of three features are known


def test_names_at_the_ends_keep_apart() -> None:
    drawing = drawings(snake_plot(CASES["twelve"]()))[0]
    names = [
        box_of(t)
        for g in drawing.iter("g")
        for t in g.iter("text")
        if "b" in (t.get("class") or "")
    ]
    assert len(names) == 12
    for a, b in pairwise(sorted(names, key=lambda box: box.top)):
        assert b.top >= a.bottom
