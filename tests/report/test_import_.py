from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from segkit.report.import_ import render_import


@dataclass(frozen=True)
class Column:
    name: str
    way: str
    buckets: int
    probes: int
    odd: int = 0
    is_proved: bool = True


@dataclass(frozen=True)
class Made:
    columns: tuple[Column, ...]
    rows: int | None = None
    saved: Path | None = None
    name: str = "tiers"
    notes: tuple[str, ...] = ("a remark",)
    relation: str = "people"
    dialect: str = "SQLite"
    is_where_proved: bool = True


BAND, RULE = Column("age_band", "bands", 4, 1199), Column("stage", "rules", 3, 1)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (Made((RULE,)), "Equal to the CASE on 1 edge case."),
        (Made((BAND, RULE)), "Equal to the CASE on 1,200 edge cases."),
        (Made((BAND,), 4128), "Equal to the CASE on 1,199 edge cases and on 4,128 rows of people."),
        (
            Made((Column("a", "edges", 2, 5, 1),)),
            "Equal to the CASE on 5 edge cases; 1 with NaN or infinity is not, as said above.",
        ),
        (
            Made((Column("a", "edges", 2, 5, 1), Column("b", "edges", 2, 5, 2))),
            "Equal to the CASE on 10 edge cases; 3 with NaN or infinity are not, as said above.",
        ),
    ],
)
def test_the_proof_in_a_line(made: Made, said: str) -> None:
    assert render_import(made).splitlines()[-1] == said


def test_remarks_first_and_the_next_step_last() -> None:
    lines = render_import(Made((BAND, RULE), saved=Path("sql/tiers.yml"))).splitlines()
    assert lines[0] == "a remark"
    assert lines[1] == "tiers: age_band (4 by bands), stage (3 by rules)"
    assert lines[-2:] == ["created sql/tiers.yml", "Next: segkit build -s tiers"]


def test_what_is_not_proved_is_never_called_equal() -> None:
    text = render_import(Made((RULE, replace(BAND, is_proved=False))))
    assert "Equal" not in text
    assert "Not proved: age_band. Said above is what may mean something else in SQLite" in text
    assert "Proved: stage, on 1 edge case." in text
    where = render_import(Made((RULE,), is_where_proved=False))
    assert "Not proved: which rows there are." in where and "Equal" not in where
