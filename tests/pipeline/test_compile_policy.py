"""A policy and the arms of a hash as SQL for elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from segkit.core.experiment_result import Readout
from segkit.errors import ConfigError
from segkit.experiments.frozen import plan_path, policy_file
from segkit.pipeline import Options, compile_node
from segkit.project.load import load_project
from tests.experiments.shop import EXPERIMENT, write_shop
from tests.experiments.test_frozen import MOMENT, POLICY
from tests.pipeline.steps.test_experiment_builder import ELSEWHERE


def test_a_decided_policy_needs_no_database(tmp_path: Path) -> None:
    options = Options(write_shop(tmp_path, customers=4))
    with pytest.raises(ConfigError, match="price is not decided yet"):
        compile_node(options, "price_policy")
    found = Readout("price", MOMENT, "final", "fixed", "control", 90, 90, None, None, policy=POLICY)
    project = load_project(tmp_path)
    plan_path(project, "price").parent.mkdir(parents=True)
    for path, text in policy_file(project, found).items():
        path.write_text(text)
    assert compile_node(options, "price_policy", dialect="snowflake", as_relation="a.p") == (
        "-- price_policy: which arm each customer of shoppers gets, by segment\n"
        "-- decided as of 2026-02-01 on 90 customers | by segment is worth +1.50 a customer,"
        " +0.50 to +2.50, over control for all\n"
        "CREATE OR REPLACE VIEW a.p AS\n"
        "SELECT\n"
        "  customer_id,\n"
        "  segment_id,\n"
        "  CASE WHEN segment_id = 'A' THEN 'offer' ELSE 'control' END AS arm\n"
        "FROM shoppers;\n"
    )
    case = "CASE WHEN segment_id = 'A' THEN 'offer' ELSE 'control' END\n"
    assert compile_node(options, "price_policy", dialect="mysql", expression=True) == case
    model = "{{ ref('shoppers') }}"
    bare = compile_node(options, "price_policy", bare=True, from_relation=model)
    assert bare.startswith("SELECT") and bare.endswith(f"FROM {model}\n")
    with pytest.raises(ConfigError, match="--names is for a segmentation"):
        compile_node(options, "price_policy", names=True)


def test_the_arms_of_the_hash(tmp_path: Path) -> None:
    options = Options(write_shop(tmp_path, EXPERIMENT, customers=4))
    text = compile_node(options, "price_assignment", dialect="mysql", from_relation="t")
    assert "conv(substr(md5(" in text and "FROM t WHERE" in text
    write_shop(tmp_path, ELSEWHERE, customers=4)
    with pytest.raises(ConfigError, match="has no hash"):
        compile_node(options, "price_assignment")
