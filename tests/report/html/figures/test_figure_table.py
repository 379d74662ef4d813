"""What holds of every figure, whatever the report; and what each looks like, in a file."""

from __future__ import annotations

import os
import re
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from markupsafe import Markup

from segkit.report.html.figures.bucket_bars import bucket_bars
from segkit.report.html.figures.figure_table import FIGURES
from segkit.report.html.figures.share_bar import share_bar
from tests.report.html.figures.drawn import (
    Element,
    box_of,
    corners,
    drawings,
    parsed,
    points,
    shown,
    words,
)
from tests.report.html.reports import (
    CASES,
    EVIL,
    bucket_set,
    readout,
    report,
    with_changes,
    with_experiments,
)

GOLDEN = Path(__file__).resolve().parents[3] / "golden" / "figures"
EVERY = [(case, name) for case in CASES for name in FIGURES]
EMPTY = {
    ("two", "cube"),
    ("two", "pair_scatters"),
    ("two", "snake_plot"),
    ("categories", "cube"),
    ("categories", "snake_plot"),
    ("evil", "cube"),
    ("given", "crosstab"),
    ("given", "inertia"),
    ("given", "panel"),
    *((case, "flows") for case in CASES if case != "mixed"),
    *((case, "lift_bars") for case in CASES if case not in ("mixed", "evil", "given")),
}


def drawn(case: str, name: str) -> Markup:
    return FIGURES[name].draw(CASES[case]())


def test_figures_with_nothing_to_show_are_empty_and_only_these() -> None:
    assert {(case, name) for case, name in EVERY if not drawn(case, name)} == EMPTY


@pytest.mark.parametrize(("case", "name"), EVERY)
def test_numbers_are_finite_and_nothing_lies_outside(case: str, name: str) -> None:
    figure = drawn(case, name)
    assert not re.search(r'["\s:](nan|-?inf)["\s;%]', figure)
    for drawing in drawings(figure):
        width, height = map(float, drawing.attrib["viewBox"].split()[2:])
        assert 0 < width < 1500 and 0 < height < 1500
        for element in drawing.iter():
            places = corners(element) if element.tag == "text" else points(element)
            for x, y in places:
                assert -0.6 <= x <= width + 0.6, (ElementTree.tostring(element), width)
                assert -0.6 <= y <= height + 0.6, (ElementTree.tostring(element), height)


@pytest.mark.parametrize(("case", "name"), EVERY)
def test_labels_do_not_lie_on_each_other(case: str, name: str) -> None:
    for drawing in drawings(drawn(case, name)):
        texts = [e for e in drawing.iter("text") if shown(e) and not e.get("transform")]
        for first, second in combinations(texts, 2):
            assert not box_of(first).meets(box_of(second)), (shown(first), shown(second))


@pytest.mark.parametrize("name", FIGURES)
def test_text_of_data_stays_text(name: str) -> None:
    figure = drawn("evil", name)
    if not figure:
        return
    assert "<img" not in figure and "<script" not in figure and "</script" not in figure
    tags = {element.tag for element in parsed(figure).iter()}
    assert not tags & {"img", "script", "a", "foreignObject", "style"}
    whole = words(figure) + " ".join(v for e in parsed(figure).iter() for v in e.attrib.values())
    if name not in ("inertia", "panel", "loss_by_leaves"):  # where no text of data stands
        assert EVIL in whole


@pytest.mark.parametrize("name", FIGURES)
def test_every_segment_can_be_lit(name: str) -> None:
    figure = drawn("mixed", name)
    lit = {id_ for e in parsed(figure).iter() for id_ in e.get("data-s", "").split()}
    if name not in ("inertia", "panel", "loss_by_leaves", "lineage"):
        assert lit == {"A", "B", "C", "D", "E"}


@pytest.mark.parametrize("name", FIGURES)
def test_a_drawing_says_what_it_shows(name: str) -> None:
    figure = drawn("mixed", name)
    tables = [table.findtext("caption") for table in parsed(figure).iter("table")]
    for drawing in drawings(figure):
        assert drawing.get("role") == "img"
    says = [drawing.get("aria-label") for drawing in drawings(figure)] + tables
    assert says and all(each and len(each) > 3 for each in says)


GOLDENS = {
    "own": ("tree", "snake_plot"),
    "mixed": ("range_bars", "heat_table", "pair_scatters", "crosstab", "flows", "lift_bars"),
    "plain": ("cube", "panel", "loss_by_leaves", "lineage"),
}


@pytest.mark.parametrize(
    ("case", "name"), [(case, name) for case, names in GOLDENS.items() for name in names]
)
def test_it_looks_like_the_file(case: str, name: str) -> None:
    made = {"own": {"own": True, "missing": 0.1, "unassigned": True}, "plain": {}}
    made["mixed"] = {"segments": 3, "features": 3, "categories": 1, "leaves": 4}
    small = with_changes(report(customers=60, **made[case]))
    small = with_experiments(small, readout([row.id for row in small.result.segments]))
    compare(f"{name}.html", FIGURES[name].draw(small))


def test_the_bar_of_a_page_looks_like_the_file() -> None:
    compare("share_bar.html", share_bar(report(customers=60, segments=3)))


def test_buckets_look_like_the_file() -> None:
    compare("bucket_bars.html", bucket_bars(bucket_set()))


def compare(name: str, figure: Markup) -> None:
    text, path = read_by_people(parsed(figure)), GOLDEN / name
    if os.environ.get("SEGKIT_UPDATE_GOLDEN"):
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


def read_by_people(figure: Element) -> str:
    """An element a line."""
    ElementTree.indent(figure, " ")
    return ElementTree.tostring(figure, encoding="unicode") + "\n"
