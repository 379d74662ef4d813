from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from segkit.core.experiment_result import Policy, Readout
from segkit.errors import FitError
from segkit.experiments.frozen import (
    decision,
    frozen_plan,
    plan_file,
    plan_path,
    policy_file,
    policy_path,
)
from segkit.project.nodes import Project, Target
from tests.project.nodes.test_experiments import PRICE

MOMENT = datetime(2026, 2, 1, 8)
POLICY = Policy(True, "control", "control", {"A": "offer", "B": "control"}, 1.5, 0.5, 2.5)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    target = Target("dev", "duckdb", tmp_path / "x.duckdb")
    made = Project("shop", tmp_path, target, {}, {})
    plan_path(made, "price").parent.mkdir(parents=True)
    return made


def write(files: dict[Path, str]) -> None:
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")


def test_a_plan_comes_back_and_a_change_is_said(project: Project) -> None:
    assert frozen_plan(project, PRICE) is None
    write(plan_file(project, PRICE, MOMENT, 3))
    found = frozen_plan(project, PRICE)
    assert found is not None
    assert (found.as_of, found.fit_version) == (MOMENT.isoformat(), 3)
    with pytest.raises(FitError) as caught:
        frozen_plan(project, replace(PRICE, salt="q", end=date(2026, 3, 1)))
    (problem,) = caught.value.problems
    assert problem.code == "SK350"
    assert "`salt` was p and is q" in problem.message
    assert "`end` was not given and is 2026-03-01" in problem.message
    assert problem.labels[1].place.path.endswith("price/plan.json")


def test_the_order_of_arms_decides_who_gets_which(project: Project) -> None:
    write(plan_file(project, PRICE, MOMENT, 1))
    turned = replace(PRICE, arms={"offer": 50.0, "control": 50.0})
    with pytest.raises(FitError, match="`arms` was"):
        frozen_plan(project, turned)


def test_an_edited_plan_is_refused(project: Project) -> None:
    ((path, text),) = plan_file(project, PRICE, MOMENT, 1).items()
    path.write_text(text.replace('"salt": "p"', '"salt": "q"'))
    with pytest.raises(FitError, match="edited after segkit wrote it"):
        frozen_plan(project, replace(PRICE, salt="q"))


def test_a_decision_comes_back_and_is_of_this_experiment(project: Project) -> None:
    found = Readout("price", MOMENT, "final", "fixed", "control", 90, 90, None, None, policy=POLICY)
    assert policy_file(project, replace(found, policy=None)) == {}
    assert decision(project, PRICE) is None
    write(policy_file(project, found))
    made = decision(project, PRICE)
    assert made is not None
    assert (made.policy, made.moment, made.n) == (POLICY, MOMENT, 90)
    with pytest.raises(FitError, match="names the arm 'offer'"):
        decision(project, replace(PRICE, arms={"control": 50.0, "other": 50.0}))
    text = policy_path(project, "price").read_text()
    other = policy_path(project, "other")
    other.parent.mkdir()
    other.write_text(text)
    with pytest.raises(FitError, match="in the folder of other"):
        decision(project, replace(PRICE, name="other"))
