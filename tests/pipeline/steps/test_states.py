"""What tables were made of: the word changes with the file, and with nothing else."""

from __future__ import annotations

import os
from pathlib import Path

from segkit.pipeline.steps.states import node_states
from segkit.project.load import load_project
from tests.project.projects import write_project


def test_a_state_is_that_of_the_files_below(tmp_path: Path) -> None:
    write_project(tmp_path, {"sql/other.sql": "SELECT 1 AS x"})
    before = node_states(load_project(tmp_path))
    assert before.keys() >= {"customers", "customer_features", "other"}
    assert len(set(before.values())) == len(before)
    assert node_states(load_project(tmp_path)) == before
    seed = tmp_path / "warehouse/seeds/customers.csv"
    os.utime(seed, ns=(1, 1))
    after = node_states(load_project(tmp_path))
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"customers", "customer_features"}
    seed.write_text(seed.read_text() + "2,31,41\n")
    os.utime(seed, ns=(1, 1))
    assert node_states(load_project(tmp_path))["customers"] != after["customers"]


def test_another_text_is_another_state(tmp_path: Path) -> None:
    write_project(tmp_path)
    before = node_states(load_project(tmp_path))
    model = tmp_path / "sql/customer_features.sql"
    model.write_text(model.read_text().replace("income", "income + 1 AS income"))
    after = node_states(load_project(tmp_path))
    assert {n for n in before if before[n] != after[n]} == {"customer_features"}


def test_of_a_file_that_is_gone_nothing_is_known(tmp_path: Path) -> None:
    write_project(tmp_path)
    project = load_project(tmp_path)
    (tmp_path / "warehouse/seeds/customers.csv").unlink()
    assert node_states(project) == {}
