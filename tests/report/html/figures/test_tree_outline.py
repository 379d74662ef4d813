"""The rules as nodes and as nested lists."""

from __future__ import annotations

from dataclasses import replace

from segkit.report.html.figures.tree_drawing import tree_drawing
from segkit.report.html.figures.tree_outline import node_of, purity_text, tree_outline, walk
from tests.report.html.figures.drawn import parsed, words
from tests.report.html.reports import CASES


def test_customers_and_clusters_add_up() -> None:
    for case in ("plain", "mixed", "twelve", "own"):
        report = CASES[case]()
        root = node_of(report)
        assert root.n == report.result.rows
        for node in walk(root):
            if node.sides:
                assert node.n == sum(side.n for side in node.sides)
                assert sum(node.clusters.values()) == sum(
                    sum(side.clusters.values()) for side in node.sides
                )


def test_leaves_are_met_as_they_are_counted() -> None:
    report = CASES["twelve"]()
    found = [(n.code, n.n) for n in walk(node_of(report)) if not n.sides]
    assert found == [(leaf.code, leaf.n) for leaf in report.survey.leaves]


def test_questions_for_known_values_with_one_answer_are_one() -> None:
    report = CASES["own"]()
    first, second = list(walk(node_of(report)))[:2]
    assert (first.what, first.test) == ("2 features", "all known")
    assert first.columns == ("feature_2", "feature_3") and first.is_guard
    assert first.sides[1].n == report.result.unassigned and first.sides[1].code == 0
    # an own segment is an answer of its own
    assert (second.what, second.test, second.sides[1].code) == ("Feature 1", "known", 5)


def test_a_test_knows_its_cut() -> None:
    report = CASES["plain"]()
    for node in walk(node_of(report)):
        if node.sides:
            assert node.cut is not None
            cut = report.survey.cuts[node.cut]
            assert (cut.column,) == node.columns
            assert f"{cut.edges[cut.now]:f}".rstrip("0").rstrip(".") in node.test.replace(",", "")


def test_lists_are_nested_as_the_tests_are() -> None:
    outline = tree_outline(CASES["mixed"]())
    assert sum(1 for _ in parsed(outline).iter("li")) == 2 * 7 - 2
    assert words(outline).count("customers") == 7
    assert " or " in words(tree_outline(CASES["categories"]()))  # levels of a test


def test_how_pure_a_leaf_is() -> None:
    leaf = next(n for n in walk(node_of(CASES["plain"]())) if not n.sides)
    share = leaf.clusters[leaf.code] / leaf.n
    assert purity_text(leaf) == f", {share * 100:.0f}% as K-Means"
    given = next(n for n in walk(node_of(CASES["given"]())) if not n.sides)
    assert purity_text(given) == ""


def test_a_leaf_that_is_not_counted_says_whose_it_is() -> None:
    report = CASES["plain"]()
    counts = tuple(replace(leaf, is_counted=leaf.code != 1) for leaf in report.survey.leaves)
    uncounted = replace(report, survey=replace(report.survey, leaves=counts))
    nodes = list(walk(node_of(uncounted)))
    assert not nodes[0].is_counted  # nor is what it is a part of
    assert [n.is_counted for n in nodes if not n.sides] == [c.is_counted for c in counts]
    some = f"some of {report.result.segments[0].n} customers"
    for drawn in (tree_outline(uncounted), tree_drawing(uncounted)):
        assert words(drawn).count(some) == 1
