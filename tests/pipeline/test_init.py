from __future__ import annotations

from pathlib import Path

import pytest

from segkit.errors import ConfigError
from segkit.pipeline import Options, init_project, list_nodes


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
