from __future__ import annotations

import os
from pathlib import Path

from segkit.pipeline import Options, clean_project
from tests.conftest import MakeProject


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
