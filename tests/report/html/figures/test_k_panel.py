"""What spoke for how many segments."""

from __future__ import annotations

from dataclasses import replace

from segkit.core.k_criteria import picks_of
from segkit.report.html.figures.k_panel import ERRORS, TITLES, inertia, k_charts, k_panel
from tests.report.html.figures.drawn import Element, drawings, parsed, shown
from tests.report.html.reports import CASES

REPORT = CASES["plain"]()


def numbers(chart: Element, look: str) -> list[str]:
    return [e.attrib["cx"] for e in chart.iter("circle") if e.get("class") == look]


def dots(chart: Element) -> list[list[str]]:
    (path,) = [e.attrib["d"] for e in chart.iter("path") if e.get("class") == "pts"]
    return [dot.removesuffix("h0").split() for dot in path.split("M")[1:]]


def test_a_chart_a_figure_each_with_what_it_picks_alone() -> None:
    picks = picks_of(REPORT.result.fit.clusters.sweep)
    charts = drawings(k_panel(REPORT))
    for name, chart in zip(TITLES, charts, strict=True):
        assert shown(chart.findall("text")[0]) == TITLES[name]
        assert f"alone it picks {picks[name]}, chosen 4" in chart.attrib["aria-label"]
        ring, points = numbers(chart, "pick"), [x for x, _ in dots(chart)]
        pick = picks[name]
        assert pick is not None and ring == [points[pick - 2]]  # the first k is 2


def test_the_chosen_k_is_marked() -> None:
    for chart in drawings(k_panel(REPORT)):
        assert numbers(chart, "pt") == [dots(chart)[4 - 2][0]]
        assert [shown(t) for t in chart.iter("text") if t.get("class") == "m x b"] == ["4"]


def test_stability_has_its_error_and_nothing_else_has_one() -> None:
    found = [sum(e.get("class") == "er" for e in c.iter("path")) for c in drawings(k_panel(REPORT))]
    assert found == [0, 0, 0, 0, 0, 9]


def test_an_upright_line_is_two_standard_errors_up_and_down() -> None:
    """Within so many another k may be as stable (learn's ``is_tie``): the chart says no less."""
    charts = []
    for error in (0.01, 0.02):
        fit = REPORT.result.fit
        sweep = tuple(
            replace(p, stability=0.5 + p.k / 100, stability_error=error if p.k == 4 else 0.0)
            for p in fit.clusters.sweep
        )
        fit = replace(fit, clusters=replace(fit.clusters, sweep=sweep))
        (chart,) = drawings(k_charts(fit, ("stability",)))
        (line,) = [e for e in chart.iter("path") if e.get("class") == "er"]
        points = [float(y) for _, y in dots(chart)]
        ((_, low), (_, high)) = (map(float, p.split()) for p in line.attrib["d"][1:].split("L"))
        a_hundredth = (points[0] - points[-1]) / (len(points) - 1)
        charts.append((low - high) / 2 / a_hundredth)
    assert [round(each) for each in charts] == [ERRORS * 1, ERRORS * 2] == [2, 4]


def test_the_elbow_alone_and_nothing_where_nothing_was_compared() -> None:
    assert len(drawings(inertia(REPORT))) == 1
    assert k_charts(CASES["given"]().result.fit) == ""


def test_large_numbers_have_room_at_the_axis() -> None:
    fit = REPORT.result.fit
    sweep = tuple(replace(p, inertia=p.inertia * 150) for p in fit.clusters.sweep)
    charts = k_charts(replace(fit, clusters=replace(fit.clusters, sweep=sweep)), ("inertia",))
    said = [shown(e) for e in parsed(charts).iter("text") if e.get("class") == "e x o"]
    assert said == ["50k", "100k", "150k", "200k"]
