"""What is definition, so that its change makes a fit stale, and what is words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segkit.core.predicate import Predicate
from segkit.errors import Place
from segkit.project.nodes import (
    About,
    ClusterSpec,
    Feature,
    Metric,
    RuleSpec,
    Segmentation,
    SqlCondition,
)

PLACE = Place("sql/segments.yml", 2, 5)
NODE = Segmentation(
    name="shoppers",
    relation="customers",
    key="id",
    features=(Feature("age", PLACE), Feature("region", PLACE, kind="category", weight=2)),
    clusters=ClusterSpec(None, 10, 1),
    rules=RuleSpec(None, 0.05, 0.01),
    missing="median",
    place=PLACE,
    key_place=PLACE,
    depends_on=("customers",),
)


def test_the_definition_is_what_the_segments_depend_on() -> None:
    assert NODE.definition() == {
        "from": "customers",
        "key": "id",
        "features": [
            {"column": "age", "scale": "standard"},
            {"column": "region", "kind": "category", "weight": 2},
        ],
        "clusters": {"k": "auto", "k_max": 10, "seed": 1},
        "rules": {"max_leaves": "auto", "max_loss": 0.05, "min_share": 0.01},
        "missing": "median",
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"metrics": (Metric("spend", PLACE),)},
        {"about": {"A": About(PLACE, "Youths")}},
        {"description": "words"},
        {"tags": ("daily",)},
        {"features": (replace(NODE.features[0], label="Age", unit="years"), NODE.features[1])},
        {"rules": replace(NODE.rules, frozen=True)},
        {"sensitive": ("age",)},
        {"missing_grew": 0.5},
        {"place": Place("elsewhere.yml")},
    ],
)
def test_words_are_no_definition(changes: dict[str, object]) -> None:
    assert replace(NODE, **changes).definition() == NODE.definition()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "key", "value"),
    [
        ({"where": SqlCondition(Predicate("age  >\n 1", ()), PLACE)}, "where", "age > 1"),
        ({"features": ()}, "features", "auto"),
        ({"missing": "unassigned"}, "missing", "unassigned"),
        ({"clusters": ClusterSpec(5, 10, 2)}, "clusters", {"k": 5, "k_max": 10, "seed": 2}),
        ({"labels": Feature("cluster", PLACE)}, "labels", "cluster"),
    ],
)
def test_what_changes_the_segments_is(changes: dict[str, object], key: str, value: object) -> None:
    definition = replace(NODE, **changes).definition()  # type: ignore[arg-type]
    assert definition[key] == value
    assert ("clusters" in definition) is (key != "labels")


def test_rounder_cuts_are_definition_where_they_may_move_somebody() -> None:
    rules = replace(NODE, rules=RuleSpec(7, 0.05, 0.01, 0.002)).definition()["rules"]
    assert rules == {"max_leaves": 7, "max_loss": 0.05, "min_share": 0.01, "max_moved": 0.002}


def test_words_of_a_metric_come_from_its_name() -> None:
    assert Metric("total_spend ($)", PLACE).words == ("Total spend", "$")
    assert Metric("total_spend ($)", PLACE, label="Spend", unit="€").words == ("Spend", "€")
