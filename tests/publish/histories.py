"""Histories as builds keep them, one state of the view after the other."""

from __future__ import annotations

from datetime import UTC, datetime

from segkit.core.columns import Column, parse_type
from segkit.dialects.spelling import identifier
from segkit.dialects.table import DUCKDB
from segkit.engines.duckdb.publisher import DuckDBWorkspace
from segkit.errors import Problem
from segkit.monitor.history import rewind_history, update_history

D1, D2, D3 = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3))
N1, N2, N3 = (day.replace(tzinfo=None) for day in (D1, D2, D3))


def at(
    workspace: DuckDBWorkspace,
    as_of: datetime,
    segments: dict[str, str],
    version: int = 1,
    *,
    rewrite: bool = False,
    key: str = "Customer Id",
    key_type: str = "VARCHAR",
) -> tuple[Problem, ...]:
    rows = ", ".join(f"('{id_}', '{segment}')" for id_, segment in sorted(segments.items()))
    select = f"FROM (VALUES {rows or '(NULL, NULL)'}) AS t(id, segment_id) WHERE id IS NOT NULL"
    workspace.create_view(
        "main",
        "S",
        f"SELECT CAST(id AS {key_type}) AS {identifier(key, DUCKDB)}, segment_id {select}",
        "S",
    )
    column = Column(key, parse_type(key_type))
    with workspace.atomic():
        warnings = rewind_history(
            workspace, segmentation="S", key=column, view='"S"', as_of=as_of, rewrite=rewrite
        )
        update_history(
            workspace,
            segmentation="S",
            key=column,
            view='"S"',
            fit_version=version,
            as_of=as_of,
        )
    return warnings
