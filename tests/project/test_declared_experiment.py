"""Experiments of a project on disk. What is wrong: tests/project/errors/experiments."""

from __future__ import annotations

from pathlib import Path

import pytest

from segkit.errors import ConfigError
from segkit.project.load import load_project
from segkit.project.nodes import Experiment
from tests.experiments.shop import EXPERIMENT, write_shop


def declared(directory: Path, text: str = EXPERIMENT) -> Experiment:
    node = load_project(write_shop(directory, text, customers=4)).nodes["price"]
    assert isinstance(node, Experiment)
    return node


def test_a_guardrail_is_of_the_primarys_relation_and_time(tmp_path: Path) -> None:
    node = declared(tmp_path)
    (refunds,) = node.guardrails
    assert (refunds.relation, refunds.key, refunds.at, refunds.days) == (
        *("crm.orders", "customer_id"),
        *("ordered_at", 28),
    )
    assert (refunds.worse, refunds.margin, node.primary.worse) == ("higher", 0.5, "lower")
    assert node.depends_on == ("shoppers", "crm.orders")


def test_a_guardrail_of_another_relation_says_its_time_itself(tmp_path: Path) -> None:
    text = EXPERIMENT.replace("metric: refunds", "metric: age, from: crm.customers")
    (age,) = declared(tmp_path, text).guardrails
    assert (age.relation, age.key, age.at, age.days) == (
        *("crm.customers", "customer_id"),
        *(None, None),
    )


def test_what_it_publishes_is_nobody_elses_name(tmp_path: Path) -> None:
    write_shop(tmp_path, customers=4)
    (tmp_path / "sql/price_policy.sql").write_text("SELECT 1 AS a")
    with pytest.raises(ConfigError, match="publishes besides itself"):
        load_project(tmp_path)


def test_a_model_cannot_read_it(tmp_path: Path) -> None:
    write_shop(tmp_path, customers=4)
    (tmp_path / "sql/m.sql").write_text("SELECT * FROM {{ ref('price_assignment') }}")
    with pytest.raises(ConfigError) as caught:
        load_project(tmp_path)
    assert "written when the build is published" in str(caught.value.problems)
