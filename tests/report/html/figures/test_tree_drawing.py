"""The rules as a drawing."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from segkit.report.html.figures.tree_drawing import tree, tree_drawing
from segkit.report.html.figures.tree_outline import node_of, walk
from tests.report.html.figures.drawn import Box, Element, drawings, parsed, shown, words
from tests.report.html.reports import CASES, report


def boxes(drawing: Element) -> list[Box]:
    return [
        Box(x, y, x + float(e.attrib["width"]), y + float(e.attrib["height"]))
        for e in drawing.iter("rect")
        if e.get("class") == "bx"
        for x, y in [(float(e.attrib["x"]), float(e.attrib["y"]))]
    ]


@pytest.mark.parametrize("case", ["two", "twelve", "own", "long_names", "one_big"])
def test_boxes_do_not_lie_on_each_other(case: str) -> None:
    found = boxes(drawings(tree_drawing(CASES[case]()))[0])
    assert len(found) == sum(1 for _ in walk(node_of(CASES[case]())))
    assert not [1 for a, b in combinations(found, 2) if a.meets(b)]


def test_a_name_has_a_second_line_and_all_of_it_is_told() -> None:
    made = report(segments=2, features=1)
    names = ("Last order under 42 days ago, under 7 orders, no refund", "Lapsed " * 20)
    texts = tuple(
        replace(row, name=name) for row, name in zip(made.result.segments, names, strict=True)
    )
    drawing = parsed(tree_drawing(replace(made, result=replace(made.result, segments=texts))))
    said = [shown(text) for text in drawing.iter("text")]
    at = said.index("Last order under 42 days ago, under 7")
    assert said[at + 1] == "orders, no refund"
    assert [e.text for e in drawing.iter("title")][-1:] == [names[1]]
    short, long = (b for b in boxes(drawing) if b.right - b.left == 310)
    assert short.bottom - short.top == long.bottom - long.top == 34 + 13


def test_links_are_as_wide_as_customers_are_many_and_the_few_are_seen() -> None:
    made = CASES["one_big"]()
    root = node_of(made)
    links = [e for e in parsed(tree_drawing(made)).iter("path") if "stroke-width" in e.attrib]
    widths = {e.attrib.get("data-s"): float(e.attrib["stroke-width"]) for e in links}
    shares = {row.id: row.n / root.n for row in made.result.segments}
    assert widths["A"] == pytest.approx(24 * shares["A"], abs=0.1)
    assert widths["B"] == 1.5 > 24 * shares["B"]


def test_the_way_to_a_leaf_is_what_is_drawn_above_it() -> None:
    made = CASES["own"]()  # whose questions for missing values are one box
    root = node_of(made)
    assert root.is_guard and root.ends == (0, len(made.survey.leaves) - 1)
    nodes = [root]
    for node in nodes:
        if node.sides:
            (first, middle), (after, last) = node.sides[0].ends, node.sides[1].ends
            assert (first, last) == node.ends and after == middle + 1
        nodes += node.sides
    drawn = [e.get("data-way") for e in parsed(tree_drawing(made)).iter() if e.get("data-way")]
    ways = [f"{node.ends[0]}-{node.ends[1]}" for node in nodes]
    assert sorted(drawn) == sorted([*ways, *ways[1:]])  # a box, and the link to it


def test_a_strip_is_the_mixture_of_clusters() -> None:
    made = CASES["plain"]()
    leaf = made.survey.leaves[0]
    group = next(g for g in parsed(tree_drawing(made)).iter("g") if g.get("class") == "s0")
    strip = [r for r in group.findall("rect") if r.get("class", "").startswith("s")]
    widths = [float(part.attrib["width"]) for part in strip]
    assert [part.attrib["class"] for part in strip] == [f"s{code - 1}" for code in leaf.clusters]
    assert widths == pytest.approx([298 * n / leaf.n for n in leaf.clusters.values()], abs=0.06)


def test_guards_and_the_unassigned_look_different() -> None:
    drawn = tree_drawing(CASES["own"]())
    assert drawn.count('class="gd"') == 2 and "Unassigned" in words(drawn)
    assert "as K-Means" not in words(tree_drawing(CASES["given"]()))


def test_a_deep_tree_keeps_its_texts_readable() -> None:
    deep = drawings(tree_drawing(report(segments=2, features=1, leaves=24, customers=200)))[0]
    assert float(deep.attrib["viewBox"].split()[2]) < 1300
    assert sum(1 for r in deep.iter("rect") if r.get("class") == "bx") == 47


def test_a_test_that_is_cut_off_stands_whole_in_the_title_of_its_box() -> None:
    deep = report(segments=2, features=3, leaves=60, customers=200)
    drawn = [g for g in drawings(tree_drawing(deep))[0].iter("g") if g.find("text") is not None]
    found = [(g.findtext("title"), g.findall("text")[-1]) for g in drawn]
    cut = [(title or "", test) for title, test in found if (test.text or "").endswith("…")]
    assert cut and not any(list(test) for _, test in cut)
    assert all((test.text or "")[:-1] in title for title, test in cut)


def test_the_same_stands_in_words() -> None:
    assert "<ul>" in tree(CASES["plain"]()) and "<svg" in tree(CASES["plain"]())
