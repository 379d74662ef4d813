"""How many segments a refit has: as many as before, unless somebody asks for another number."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest

from segkit.core.fit import Fit
from segkit.errors import ConfigError, Problem
from segkit.learn import rule_stability
from segkit.learn.groups import wanted_k
from segkit.pipeline.build import run_build
from segkit.pipeline.fit import STEADY, fit_challengers
from segkit.pipeline.rule_diff import diff_rules
from segkit.pipeline.run_options import Options, find_node, open_project
from segkit.project.nodes import AskedK, Segmentation
from segkit.publish.stored.fits import fit_path, read_fit
from segkit.report.html.palette import colour_class

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


def published(project: Path) -> dict[str, tuple[str, str]]:
    with duckdb.connect(str(project / "warehouse/p.duckdb"), read_only=True) as connection:
        rows = connection.execute("SELECT id, segment_id, segment_name FROM s").fetchall()
    return {id_: (letter, name) for id_, letter, name in rows}


def colours_of(project: Path, version: int = 1) -> dict[str, str]:
    """The colour of each segment on the page, by its letter."""
    fit = read_fit(fit_path(project / "warehouse/fits", "s", version))
    return {segment.id: colour_class(segment.code) for segment in fit.segments}


def write_cloud(project: Path) -> None:
    rng = np.random.default_rng(5)
    lines = [
        f"c{number},{x:.3f},{y:.3f}" for number, (x, y) in enumerate(rng.normal(size=(400, 2)))
    ]
    (project / "data/customers.csv").write_text("\n".join(["id,x,y", *lines, ""]))


@pytest.mark.slow
@pytest.mark.parametrize("change", ["rows", "seed"])
def test_where_there_are_groups_a_refit_says_the_same(tmp_path: Path, change: str) -> None:
    """Other rows first, or another seed: the same k, letters, names and colours, no warning."""
    (tmp_path / "data").mkdir()
    write_customers(tmp_path, 4)
    (tmp_path / "segkit.yml").write_text(YAML)
    assert run_build(Options(tmp_path)).ok
    before, colours = published(tmp_path), colours_of(tmp_path)
    if change == "seed":
        (tmp_path / "segkit.yml").write_text(YAML.replace("k_max: 5", "k_max: 5, seed: 99"))
    else:
        path = tmp_path / "data/customers.csv"
        head, *lines = path.read_text().split()
        path.write_text("\n".join([head, *np.random.default_rng(8).permutation(lines), ""]))
    said: list[Problem] = []
    (learned,) = fit_challengers(Options(tmp_path), (), promote=True, warn=said.append)
    assert run_build(Options(tmp_path)).ok
    after = published(tmp_path)
    assert len(set(before.values())) == len(set(after.values())) == learned.fit.clusters.k == 4
    same = sum(after[id_] == was for id_, was in before.items())
    assert same >= 0.99 * len(before) == 0.99 * len(after)
    assert said == []
    assert colours_of(tmp_path, learned.fit.version) == colours
    if learned.moves is not None:
        assert learned.moves.is_like_a_resample
        assert [each.kind for each in learned.fit.lineage.segments] == ["kept"] * 4


@pytest.mark.slow
def test_where_there_are_none_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_stability, "PAIRS", 6)  # as it is outside of the tests
    (tmp_path / "data").mkdir()
    write_cloud(tmp_path)
    (tmp_path / "segkit.yml").write_text(YAML)
    assert run_build(Options(tmp_path)).ok
    (tmp_path / "segkit.yml").write_text(YAML.replace("k_max: 5", "k_max: 5, seed: 99"))
    said: list[Problem] = []
    (learned,) = fit_challengers(Options(tmp_path), (), promote=False, warn=said.append)
    assert learned.fit.stability is not None and learned.fit.stability.mean < STEADY
    assert [(problem.code, problem.severity) for problem in said] == [("SK326", "warning")]


def test_four_of_five_is_steady() -> None:
    """The share below which docs/good.md says to take fewer segments."""
    assert STEADY == 0.8
    assert "Under 80 %, take fewer segments" in Path("docs/good.md").read_text("utf-8")


@pytest.mark.slow
def test_a_number_that_was_published_is_not_given_again(tmp_path: Path) -> None:
    """Another branch learned v0002 and published it; here its file has never been."""
    (tmp_path / "data").mkdir()
    write_customers(tmp_path, 3)
    (tmp_path / "segkit.yml").write_text(YAML)
    assert run_build(Options(tmp_path)).ok
    directory = tmp_path / "warehouse/fits/s"
    of_main = {path: path.read_bytes() for path in directory.iterdir()}
    fit_challengers(Options(tmp_path), (), promote=True, k=2)
    assert run_build(Options(tmp_path)).ok
    for path in directory.iterdir():
        path.unlink()
    for path, text in of_main.items():
        path.write_bytes(text)
    (learned,) = fit_challengers(Options(tmp_path), (), promote=True, k=4)
    assert learned.fit.label == "v0003"


@pytest.mark.slow
def test_a_file_in_the_place_of_a_published_fit_is_told_once(tmp_path: Path) -> None:
    """Two branches made v0001, and what merged them kept the other one's."""
    (tmp_path / "data").mkdir()
    write_customers(tmp_path, 3)
    (tmp_path / "segkit.yml").write_text(YAML)
    assert run_build(Options(tmp_path)).ok
    directory = tmp_path / "warehouse/fits/s"
    for path in directory.iterdir():
        path.unlink()
    (tmp_path / "warehouse/p.duckdb").rename(tmp_path / "ours")
    shutil.rmtree(tmp_path / "warehouse/history")
    (tmp_path / "segkit.yml").write_text(YAML.replace("k: auto", "k: 2"))
    assert run_build(Options(tmp_path)).ok
    (tmp_path / "ours").replace(tmp_path / "warehouse/p.duckdb")
    said: list[Problem] = []
    diff_rules(Options(tmp_path), "s", warn=said.append)
    result = run_build(Options(tmp_path))
    built = [p for node in result.nodes if node.name == "s" for p in node.problems]
    assert result.ok and [problem.code for problem in (*said, *built)] == ["SK325", "SK325"]
    assert built[0].message.startswith("warehouse/fits/s/v0001.json is not the v0001 that was")
    again = run_build(Options(tmp_path))
    assert [p.code for node in again.nodes if node.name == "s" for p in node.problems] == []


def test_a_target_of_others_has_published_nothing(tmp_path: Path) -> None:
    """A first fit learns from a table of the target, in which segkit has built nothing yet."""
    (tmp_path / "warehouse").mkdir()
    with duckdb.connect(str(tmp_path / "warehouse/p.duckdb")) as connection:
        connection.execute("CREATE TABLE t AS SELECT i AS id, i % 9 AS x FROM range(90) AS r(i)")
    source = "sources: [{name: raw, tables: [{name: t, relation: t}]}]\n"
    yaml = YAML.replace("data/customers.csv", "raw.t").replace("[x, y]", "[x]")
    (tmp_path / "segkit.yml").write_text(source + yaml.replace("k: auto, k_max: 5", "k: 2"))
    (learned,) = fit_challengers(Options(tmp_path), (), promote=False)
    assert learned.fit.label == "v0001" and learned.moves is None
