from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from segkit.report.import_ import render_import
from segkit.results import Imported, ImportedColumn


def column(name: str, way: str, buckets: int, probes: int, odd: int = 0) -> ImportedColumn:
    return ImportedColumn(name, way, buckets, probes, odd, is_proved=True)


def made(*columns: ImportedColumn, **changes: Any) -> Imported:
    notes = ("a remark",)
    whole = Imported("tiers", "", columns, (), notes, None, "people", "SQLite", True)
    return replace(whole, **changes)


BAND, RULE = column("age_band", "bands", 4, 1199), column("stage", "rules", 3, 1)


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (made(RULE), "Equal to the CASE on 1 edge case."),
        (made(BAND, RULE), "Equal to the CASE on 1,200 edge cases."),
        (
            made(BAND, rows=4128),
            "Equal to the CASE on 1,199 edge cases and on 4,128 rows of people.",
        ),
        (
            made(column("a", "edges", 2, 5, 1)),
            "Equal to the CASE on 5 edge cases; 1 with NaN or infinity is not, as said above.",
        ),
        (
            made(column("a", "edges", 2, 5, 1), column("b", "edges", 2, 5, 2)),
            "Equal to the CASE on 10 edge cases; 3 with NaN or infinity are not, as said above.",
        ),
    ],
)
def test_the_proof_in_a_line(result: Imported, said: str) -> None:
    assert render_import(result).splitlines()[-1] == said


def test_remarks_first_and_the_next_step_last() -> None:
    lines = render_import(made(BAND, RULE, saved=Path("sql/tiers.yml"))).splitlines()
    assert lines[0] == "a remark"
    assert lines[1] == "tiers: age_band (4 by bands), stage (3 by rules)"
    assert lines[-2:] == ["created sql/tiers.yml", "Next: segkit build -s tiers"]


def test_what_is_not_proved_is_never_called_equal() -> None:
    text = render_import(made(RULE, replace(BAND, is_proved=False)))
    assert "Equal" not in text
    assert "Not proved: age_band. Said above is what may mean something else in SQLite" in text
    assert "Proved: stage, on 1 edge case." in text
    where = render_import(made(RULE, is_where_proved=False))
    assert "Not proved: which rows there are." in where and "Equal" not in where
