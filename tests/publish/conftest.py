from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from segkit.engines.workspace import DuckDBWorkspace, open_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[DuckDBWorkspace]:
    with open_workspace(tmp_path / "shop.duckdb", project="shop", carry_over=False) as opened:
        yield opened
