"""What a file that nobody has described is taken for, before anything is built."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from segkit.core.facts import Fact
from segkit.errors import DataError
from segkit.pipeline import Options
from segkit.pipeline.describe_data import Described, describe_data
from segkit.pipeline.named_table import find_data
from tests.conftest import customers, write_csv


def described(path: Path, k: int | None = None) -> Described:
    return describe_data(find_data(Options(), str(path), None), None, k, None, None)


def with_warnings(*facts: Fact) -> SimpleNamespace:
    return SimpleNamespace(warnings=facts)


def test_columns_are_taken_for_what_they_are(tmp_path: Path) -> None:
    rows = [(id_, age, income, spend, age % 2) for id_, age, income, spend in customers()]
    write_csv(tmp_path / "t.csv", rows, ("id", "age", "income", "spend", "churned"))
    found = described(tmp_path / "t.csv", k=3)
    assert (found.project.key, found.project.k) == ("id", 3)
    assert [feature.column for feature in found.project.features] == ["age", "income", "spend"]
    assert [metric.column for metric in found.project.metrics] == ["churned"]
    assert "features: age, income, spend" in found.said
    assert found.said[-1].startswith("not learned from, but what the segments are measured by: ")


def test_days_of_a_spreadsheet_are_days_since(tmp_path: Path) -> None:
    rows = [(n + 1, n % 50, 45_000 + n % 50 + 37 * n % 60) for n in range(300)]
    write_csv(tmp_path / "t.csv", rows, ("id", "age", "last_order_date"))
    features = [feature.column for feature in described(tmp_path / "t.csv").project.features]
    assert features == ["age", "days_since_last_order"]


def test_one_column_is_no_table(tmp_path: Path) -> None:
    write_csv(tmp_path / "t.csv", [("1~2",), ("2~3",)], ("id~n",))
    with pytest.raises(DataError, match="t has one column, `id~n`"):
        described(tmp_path / "t.csv")


def test_a_column_that_decided_is_taken_back_and_then_left_out(tmp_path: Path) -> None:
    write_csv(tmp_path / "t.csv", customers(), ("id", "age", "income", "spend"))
    found = described(tmp_path / "t.csv")
    assert found.without_decider(with_warnings(Fact("skewed", "age", value=3.0))) is None  # type: ignore[arg-type]
    decided = with_warnings(Fact("decides_alone", "income", value=0.96))
    half = found.without_decider(decided)  # type: ignore[arg-type]
    assert half is not None
    assert [feature.weight for feature in half.project.features] == [1, 0.5, 1]
    assert any(said.startswith("income counts half") for said in half.said)
    out = half.without_decider(decided)  # type: ignore[arg-type]
    assert out is not None and "features: age, spend" in out.said
    assert [feature.column for feature in out.project.features] == ["age", "spend"]
    assert out.without_decider(with_warnings(Fact("decides_alone", "age", value=1.0))) is None  # type: ignore[arg-type]
