"""How many segments a refit has: as many as before, unless somebody asks for another number."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from segkit.core.fit import Fit
from segkit.errors import ConfigError
from segkit.learn.groups import wanted_k
from segkit.pipeline.build import run_build
from segkit.pipeline.fit import fit_challengers
from segkit.pipeline.run_options import Options, find_node, open_project
from segkit.project.nodes import AskedK, Segmentation

YAML = """\
name: p
target: dev
targets:
  dev: {type: duckdb, path: warehouse/p.duckdb}
segments:
  - name: s
    from: data/customers.csv
    key: id
    features: [x, y]
    clusters: {k: auto, k_max: 5}
"""


def write_customers(project: Path, groups: int) -> None:
    rng = np.random.default_rng(groups)
    corners = np.array([(0, 0), (9, 0), (0, 9), (9, 9)])[:groups]
    X = np.repeat(corners, 40, axis=0) + rng.normal(size=(40 * groups, 2))
    lines = [f"c{number},{x:.3f},{y:.3f}" for number, (x, y) in enumerate(X)]
    (project / "data/customers.csv").write_text("\n".join(["id,x,y", *lines, ""]))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three groups are published, and four have come since."""
    folder = tmp_path_factory.mktemp("fit")
    (folder / "data").mkdir()
    (folder / "segkit.yml").write_text(YAML)
    write_customers(folder, 3)
    assert run_build(Options(folder)).ok
    write_customers(folder, 4)
    return folder


def refit(project: Path, k: AskedK = None) -> Fit:
    (learned,) = fit_challengers(Options(project), (), promote=False, k=k)
    return learned.fit


def test_a_refit_keeps_the_published_k_and_says_what_it_found(project: Path) -> None:
    fit = refit(project)
    assert (fit.clusters.k, fit.clusters.verdict) == (3, "degrees")
    assert [fact.code for fact in fit.clusters.reason] == ["kept", "found_apart"]
    assert fit.clusters.reason[0].value == "v0001"
    assert 4 in fit.clusters.alternatives


def test_auto_chooses_anew(project: Path) -> None:
    fit = refit(project, "auto")
    assert (fit.clusters.k, fit.clusters.verdict) == (4, "apart")
    assert fit.clusters.reason[0].code == "apart"


def test_another_number_is_asked_for(project: Path) -> None:
    fit = refit(project, 2)
    assert fit.clusters.k == 2
    assert fit.clusters.reason[0].code == "asked"
    assert fit.definition["clusters"]["k"] == "auto"  # so that the fit is not stale


def test_a_declared_number_is_changed_where_it_is_declared(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    write_customers(tmp_path, 3)
    (tmp_path / "segkit.yml").write_text(YAML.replace("k: auto, k_max: 5", "k: 3"))
    with pytest.raises(ConfigError) as caught:
        fit_challengers(Options(tmp_path), (), promote=False, k=4)
    (problem,) = caught.value.problems
    assert (problem.code, problem.message) == ("SK324", "--k 4: s declares k: 3")
    assert problem.labels[0].place.line == 6
    assert problem.help == "write `k: 4` there and run `segkit fit s`, or leave out --k"


def test_a_k_that_was_declared_is_not_kept(project: Path) -> None:
    """`k: 3` became `k: auto`: whoever wrote that asks for a choice."""
    node = find_node(open_project(Options(project)), "s", Segmentation, "segmentation")
    before = refit(project)
    assert wanted_k(node, before, None).k == 3
    was_declared = replace(before, definition={"clusters": {"k": 3}})
    assert wanted_k(node, was_declared, None).k is None
    beyond = replace(node, clusters=replace(node.clusters, k_max=2))
    assert wanted_k(beyond, before, None).k is None
    fixed = replace(node, clusters=replace(node.clusters, k=5))
    assert wanted_k(fixed, before, None).k == 5
