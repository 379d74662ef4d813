"""The verdict on each side of each of its borders."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segkit.core.usefulness import Estimate, Rival, Usefulness, Verdict

SHARE = Estimate(0.41, 0.36, 0.46)
RIVAL = Rival("quantiles", "age", 5, Estimate(0.33, 0.3, 0.36), Estimate(0.08, 0.01, 0.15))
MEASURED = Usefulness(
    "spend", True, 1000, 0, 5, SHARE, RIVAL, random=0.004, random_high=0.0093
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "better"),
        ({"explained": None}, "unknown"),
        ({"declared_later": False}, "descriptive"),
        ({"same_as": "age"}, "descriptive"),
        ({"explained": Estimate(0.0093, 0, 0.02)}, "nothing"),  # random groups reach it
        ({"explained": Estimate(0.0094, 0, 0.02)}, "better"),
        ({"rival": None}, "better"),
    ],
)
def test_the_verdict(changes: dict[str, object], verdict: Verdict) -> None:
    assert replace(MEASURED, **changes).verdict == verdict  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("low", "value", "verdict"),
    [(-0.01, 0.08, "no better"), (0.0, 0.08, "no better"), (0.001, 0.08, "better")],
)
def test_ahead_of_a_rival_with_the_whole_interval(
    low: float, value: float, verdict: Verdict
) -> None:
    rival = replace(RIVAL, ahead=Estimate(value, low, 0.15))
    assert replace(MEASURED, rival=rival).verdict == verdict


def test_in_one_line() -> None:
    assert MEASURED.summary == (
        "spend: 41% explained (36% to 46%), age in 5 groups 33%, random 0.4%"
    )
    bucket = replace(RIVAL, kind="buckets", name="customer_buckets.age_band")
    assert ", customer_buckets.age_band 33%, " in replace(MEASURED, rival=bucket).summary
    assert replace(MEASURED, rival=None).summary == (
        "spend: 41% explained (36% to 46%), random 0.4%"
    )
    assert replace(MEASURED, explained=None).summary == "spend: not measured"


def test_as_plain_data() -> None:
    entry = MEASURED.entry()
    assert entry["verdict"] == "better"
    assert entry["rival"]["ahead"] == {"value": 0.08, "low": 0.01, "high": 0.15}
    assert (entry["known"], entry["groups"], entry["same_as"]) == (1000, 5, "")
