from __future__ import annotations

import os
from pathlib import Path

import pytest

from segkit.errors import ConfigError
from segkit.pipeline import Options, clean_project, debug_project, init_project, list_nodes
from tests.conftest import MakeProject


def test_a_new_project_can_be_listed(tmp_path: Path) -> None:
    files = init_project(tmp_path / "shop")
    assert {"segkit.yml", ".gitignore", "customers.csv", "orders.csv"} <= {f.name for f in files}
    assert not [f for f in files if f.suffix == ".duckdb" or "fits" in f.parts]
    names = [node.name for node in list_nodes(Options(tmp_path / "shop"))]
    assert names.index("customers") < names.index("customer_features")


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ConfigError, match="is not empty: nothing was written"):
        init_project(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    with pytest.raises(ConfigError, match=r"mine\.txt is a file"):
        init_project(tmp_path / "mine.txt")


def test_nodes_that_are_selected(make_project: MakeProject) -> None:
    project = make_project()
    assert [n.name for n in list_nodes(Options(project, select=("+customer_buckets",)))] == [
        "crm.customers",
        "customer_features",
        "customer_buckets",
    ]
    rest = list_nodes(Options(project, exclude=("customer_features+",)))
    assert [n.name for n in rest] == ["crm.customers"]


def test_what_a_build_needs_is_looked_at(make_project: MakeProject) -> None:
    project = make_project()
    versions, found, target = debug_project(Options(project))
    assert versions.ok and "duckdb" in versions.detail
    assert (found.ok, found.detail) == (True, "shop: 4 nodes")
    assert (target.ok, target.detail) == (True, "dev: not built yet")
    (project / "warehouse").mkdir()
    (project / "warehouse/shop.duckdb").write_text("no database at all, but a text " * 400)
    broken = debug_project(Options(project))[2]
    assert not broken.ok and broken.problems
    (project / "sql/buckets.yml").write_text("buckets: [{name: x}]")
    project_check = debug_project(Options(project))[-1]
    assert (project_check.name, project_check.ok) == ("project", False)
    assert project_check.detail.endswith("problems") and len(project_check.problems) > 1


def test_sweeping_leaves_what_is_in_use(make_project: MakeProject) -> None:
    project = make_project()
    (project / "target").mkdir()
    folder = project / "warehouse"
    folder.mkdir(exist_ok=True)
    gone = next(n for n in range(2**22 - 1, 1, -1) if not Path(f"/proc/{n}").exists())
    for number in (gone, os.getpid()):
        (folder / f".shop.duckdb.building-{number}").touch()
        (folder / f".shop.duckdb.building-{number}.wal").touch()
    (folder / "shop.duckdb").touch()
    removed = clean_project(Options(project))
    assert [path.name for path in removed] == [
        "target",
        f".shop.duckdb.building-{gone}",
        f".shop.duckdb.building-{gone}.wal",
    ]
    assert sorted(path.name for path in folder.iterdir()) == [
        f".shop.duckdb.building-{os.getpid()}",
        f".shop.duckdb.building-{os.getpid()}.wal",
        "shop.duckdb",
    ]
