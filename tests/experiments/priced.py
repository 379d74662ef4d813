"""A price test of six customers, and what is summed of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from segkit.engines.duckdb.publisher import DuckDBWorkspace
from segkit.experiments.cells import Cells, read_cells
from segkit.experiments.customer_rows import held_rows
from segkit.project.nodes import Project, Target
from tests.project.nodes.test_experiments import PRICE

PROJECT = Project("shop", Path("/shop"), Target("dev", "duckdb", Path("/shop/x.duckdb")), {}, {})
UNTIL = datetime(2026, 3, 1, 9)


def cells_of(engine: DuckDBWorkspace, **changes: object) -> tuple[Cells, ...]:
    node = replace(PRICE, **changes)  # type: ignore[arg-type]
    with held_rows(engine, PROJECT, node, UNTIL):
        return read_cells(engine, node)
