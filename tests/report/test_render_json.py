from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from segkit.report.render_json import plain
from segkit.results import Check, NodeResult, Table
from tests.report.samples import FIT, build_result, segmentation


@dataclass(frozen=True)
class Pair:
    one: Any
    other: Any


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Pair(1, (True, None)), {"one": 1, "other": [True, None]}),
        (Decimal("2.50"), 2.5),
        (Decimal("3.00"), 3),
        (Decimal("NaN"), "NaN"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
        (float("nan"), "NaN"),
        (date(2026, 1, 31), "2026-01-31"),
        (datetime(2026, 1, 31, 8), "2026-01-31T08:00:00"),
        (time(8), "08:00:00"),
        (timedelta(days=1), "1 day, 0:00:00"),
        (b"\xff", "ff"),
        (Path("a/b"), "a/b"),
        ({1: {Decimal(1)}}, {"1": [1]}),
        (Table(("a",), iter([(1,), (2.5,)])), {"columns": ["a"], "rows": [[1], [2.5]]}),
        (Check("x", True, problems=()), {"name": "x", "ok": True, "detail": ""}),
    ],
)
def test_values(value: object, expected: object) -> None:
    assert plain(value) == expected


def test_of_a_fit_the_figures() -> None:
    found = plain(FIT)
    figures = ["k", "verdict", "alternatives", "quality", "reason", "sweep", "stability"]
    asked = ["rows", "sample", "definition"]
    assert list(found) == ["name", "version", "origin", *figures, *asked]
    assert (found["version"], found["k"], found["quality"]["loss"]) == ("v0001", 2, 0.031)


def test_what_stands_beside_the_result_is_left_out() -> None:
    found = plain(build_result(NodeResult("v", "model", "ok", "created view v")))
    assert list(found) == ["nodes", "segmentations", "experiments"]
    assert "problems" not in found["nodes"][0]
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_usefulness_is_as_in_the_files_of_a_run() -> None:
    result = segmentation()
    assert plain(result)["usefulness"] == [each.entry() for each in result.usefulness]
