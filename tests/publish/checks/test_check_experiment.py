from __future__ import annotations

from pathlib import Path

import pytest

from segkit.errors import ConfigError, Problem
from tests.experiments.shop import EXPERIMENT, START, build_at, write_shop


def wrong(directory: Path, *changes: tuple[str, str]) -> list[Problem]:
    text = EXPERIMENT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    with pytest.raises(ConfigError) as caught:
        build_at(write_shop(directory, text, customers=10), START)
    return list(caught.value.problems)


def test_columns_that_are_not_there_are_said_with_their_place(tmp_path: Path) -> None:
    found = wrong(
        tmp_path,
        ("metric: revenue", "metric: revenu"),
        ("covariates: [spend_before]", "covariates: [spend_befor]"),
        ("metric: refunds", "metric: refund"),
    )
    assert {p.code for p in found} == {"SK104"}
    assert all(p.place and p.place.path == "sql/experiments.yml" for p in found)
    said = " ".join(p.message + " ".join(p.notes) for p in found)
    assert "revenu" in said and "spend_befor" in said


def test_types_that_do_not_fit(tmp_path: Path) -> None:
    found = wrong(
        tmp_path,
        ("metric: revenue", "metric: ordered_at"),
        ("at: ordered_at,", "at: revenue,"),
    )
    assert {p.code for p in found} == {"SK105"}
    said = [p.message for p in found]
    assert any("a metric is a number" in text for text in said)
    assert any("`at` is a day or a time" in text for text in said)
    assert all(p.place is not None and p.place.path == "sql/experiments.yml" for p in found)
