"""What a segmentation is unless something is said."""

from __future__ import annotations

from typing import Any

import pytest

from segkit.errors import Problem
from segkit.project.nodes import Segmentation
from segkit.project.schema.segments import SegmentationSpec
from segkit.project.segmentation import build_segmentation
from segkit.project.yaml.marks import Entry, parse_yaml
from segkit.project.yaml.validate import validate


def read(text: str) -> tuple[Segmentation | None, list[Problem]]:
    document, problems = parse_yaml(f"name: s\nfrom: t\nkey: id\n{text}", "s.yml")
    assert document is not None and not problems
    entry = Entry(document)
    spec = validate(SegmentationSpec, document.data, entry)
    node = spec and build_segmentation(spec, entry, "features")
    return node, entry.problems


def built(text: str, relation: str | None = "features") -> Segmentation:
    document, problems = parse_yaml(f"name: s\nfrom: t\nkey: id\n{text}", "s.yml")
    assert document is not None and not problems
    entry = Entry(document)
    node = build_segmentation(SegmentationSpec.model_validate(document.data), entry, relation)
    assert entry.problems == []
    return node


@pytest.mark.parametrize(
    ("clusters", "k", "k_max"),
    [
        ("", None, 10),
        ("clusters: {k: auto}\n", None, 10),
        ("clusters: {k: 4}\n", 4, 10),
        ("clusters: {k: 12}\n", 12, 12),
        ("clusters: {k: 4, k_max: 6}\n", 4, 6),
    ],
)
def test_how_many_clusters(clusters: str, k: int | None, k_max: int) -> None:
    found = built(clusters).clusters
    assert (found.k, found.k_max) == (k, k_max)


def test_features_and_metrics() -> None:
    node = built(
        "features: [a, {column: b, scale: log, weight: 2, kind: number, unit: k$}]\n"
        "metrics: [m, {column: n, period: later}]\n"
    )
    first, second = node.features
    assert (first.column, first.scale, first.weight) == ("a", "standard", 1)
    assert (second.scale, second.weight, second.kind, second.unit) == ("log", 2, "number", "k$")
    assert (str(first.place), str(second.place)) == ("s.yml:4:12", "s.yml:4:24")
    assert [(m.column, m.is_later) for m in node.metrics] == [("m", False), ("n", True)]


@pytest.mark.parametrize(
    ("relation", "reads", "depends_on"), [("features", "features", ("features",)), (None, "t", ())]
)
def test_what_it_reads(relation: str | None, reads: str, depends_on: tuple[str, ...]) -> None:
    node = built("", relation)
    assert (node.relation, node.depends_on) == (reads, depends_on)


def test_rules_words_and_where() -> None:
    node = built(
        "where: age > 3\nrules: {max_leaves: auto, min_share: 0.05, frozen: true}\n"
        "about: {A: {name: Best, owner: us}}\nlabels: team\nmissing: unassigned\n"
    )
    rules: Any = node.rules
    assert (rules.max_leaves, rules.min_share, rules.frozen) == (None, 0.05, True)
    assert node.where is not None and node.where.predicate.text == "age > 3"
    about = node.about["A"]
    assert (about.name, about.owner, about.action) == ("Best", "us", None)
    assert node.labels is not None and node.labels.column == "team"
    assert node.missing == "unassigned"


@pytest.mark.parametrize(
    ("written", "threshold"),
    [
        ("", 0.2),
        ("missing_grew: 0.05", 0.05),
        ("missing_grew: 1", 1),
        ("missing_grew: false", None),
    ],
)
def test_how_many_values_may_go_missing(written: str, threshold: float | None) -> None:
    node = built(f"{written}\n")
    assert node.missing_grew == threshold
    assert "missing_grew" not in str(node.definition())


# missing: own -------------------------------------------------------------------------------------


def test_own_columns_stand_in_the_order_of_the_features_by_their_names() -> None:
    node = built("features: [a, b, C]\nmissing: {c: own, default: unassigned, a: own}\n")
    assert (node.missing, list(node.own)) == ("unassigned", ["a", "C"])
    assert str(node.own["C"]) == "s.yml:5:11"
    assert built("features: [a]\nmissing: {a: own}\n").missing == "median"
    assert list(built("missing: {b: own, a: own}\n").own) == ["b", "a"]  # features to be chosen


def test_own_columns_are_guessed_where_nobody_says_anything() -> None:
    assert built("").guesses_own
    assert not built("features: [a]\n").guesses_own
    assert not built("missing: median\n").guesses_own


def test_what_is_as_before_is_no_other_definition() -> None:
    plain = built("features: [a]\n").definition()
    assert plain["missing"] == "median" and "own" not in plain
    assert built("features: [a]\nmissing: {default: median}\n").definition() == plain
    assert built("features: [a]\nmissing: median\n").definition() == plain
    own = built("features: [b, a]\nmissing: {a: own, b: own}\n").definition()
    assert own == {**built("features: [b, a]\n").definition(), "own": ["b", "a"]}
    assert built("features: [b, a]\nmissing: {b: own, a: own}\n").definition() == own


@pytest.mark.parametrize(
    ("missing", "place", "message", "hint"),
    [
        ("own", "5:1", "`missing: own` does not say of which column", "{COLUMN: own}"),
        ("{c: own}", "5:11", "`c` is `own`, and no feature of `s`", "which are a, b"),
        ("{a: median}", "5:11", "a column of `missing` can only be `own`", "write `a: own`"),
        ("{a: }", "5:11", "a column of `missing` can only be `own`", "`default` is of all"),
        ("{default: own}", "5:20", "`default` cannot be `own`", "one of median, unassigned"),
        ("{default: }", "5:11", "`default` has no value", "give it one"),
        ("[a]", "5:10", "`missing` must be a mapping, not a list", ""),
        ("medain", "5:10", "`missing` cannot be `medain`", "one of median, unassigned"),
    ],
)
def test_a_mistake_in_missing(missing: str, place: str, message: str, hint: str) -> None:
    _, (problem,) = read(f"features: [a, b]\nmissing: {missing}\n")
    assert (problem.code, str(problem.place)) == ("SK005", f"s.yml:{place}")
    assert message in problem.message and hint in (problem.help or "")
