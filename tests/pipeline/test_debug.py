from __future__ import annotations

from segkit.pipeline import Options, debug_project
from tests.conftest import MakeProject


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
