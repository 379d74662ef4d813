from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from segkit.core.fact_english import sentences
from segkit.core.fit import FittedFeature, FittedSegment, Quality, Stability
from segkit.core.tree import Below, Leaf, Split
from segkit.learn import rule_stability
from segkit.learn.data.levels import LevelSummary
from segkit.learn.data.own_columns import OwnColumns
from segkit.learn.data.summary import Sample
from segkit.learn.fit_notes import (
    assumptions,
    few_resamples,
    over_max_loss,
    small_own,
    small_segments,
)
from segkit.project.nodes import RuleSpec
from tests.learn.conftest import feature, segmentation

AGE = FittedFeature("age", "Age", "years", "standard", "DOUBLE", 0.0, 1.0, 41.5)
REGION = FittedFeature(
    "region", "Region", "", "category", "VARCHAR", 0.0, 1.0, 0.0, 1.0, ("east", "west"), "west"
)
LONG = Split("age", Below(Decimal("41.25")), Leaf(1), Leaf(2))


def said(
    *, missing: tuple[int, int] = (0, 0), rows: int = 3, moved: int = 0, **spec: Any
) -> tuple[str, ...]:
    """Three customers with an age and a region; what a fit of them takes for granted."""
    features = (feature("age"), feature("region", kind="category"))
    sample = Sample(("1", "2", "3"), ("age",), np.array([[1.0], [2], [3]]), np.ones(3), rows)
    labels = LevelSummary("label", rows, 1, {"a": 1, "b": 1}, 2) if "labels" in spec else None
    drop = spec.pop("drop", False)
    data: Any = SimpleNamespace(
        segmentation=segmentation(*features, **spec),
        features=features,
        used=features[:1] if drop else features,
        own=OwnColumns((), rows, sum(missing), dict(zip(("age", "region"), missing, strict=True))),
        sample=sample,
        labels=labels,
        levels=lambda f: None if f.column == "age" else ("east", "west"),
    )
    learned = (AGE, REGION)[: len(data.used)]
    found = assumptions(data, learned, LONG, moved)
    return sentences(found, {"age": "years"})


def test_nothing_is_said_where_nothing_was_assumed() -> None:
    assert said() == ()


def test_what_stands_in_for_a_missing_value() -> None:
    assert said(missing=(1, 2000)) == (
        "1 missing age counts as 41.5 years (the median)",
        "2,000 missing region count as west (the most frequent)",
    )


def test_a_sample_and_a_column_that_hardly_differs() -> None:
    assert said(rows=3000, drop=True) == (
        "learned from 3 of 3,000 customers, drawn by a hash of the key",
        "region is left out of the fit: it hardly differs",
    )


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (1, "1 customer with a missing feature is unassigned"),
        (1200, "1,200 customers with a missing feature are unassigned"),
    ],
)
def test_unassigned(count: int, text: str) -> None:
    assert said_unassigned(count) == (text,)


def said_unassigned(count: int) -> tuple[str, ...]:
    features = (feature("age"),)
    data: Any = SimpleNamespace(
        segmentation=segmentation(*features, missing="unassigned"),
        features=features,
        used=features,
        own=OwnColumns((), 0, count, {"age": count}),
        sample=Sample((), ("age",), np.empty((0, 1)), np.ones(0), 0),
        labels=None,
        levels=lambda f: None,
    )
    return sentences(assumptions(data, (AGE,), LONG, 0))


def test_customers_without_a_label() -> None:
    assert said(labels=feature("label")) == (
        "1 customers without label get a segment by the rules",
    )


@pytest.mark.parametrize(
    ("moved", "whom"), [(0, "nobody"), (1, "1 customer"), (1200, "1,200 customers")]
)
def test_what_rounder_cuts_cost(moved: int, whom: str) -> None:
    """41.25 has four digits: one cut would have moved too many."""
    assert said(moved=moved, rules=RuleSpec(None, 0.05, 0.01, 0.01)) == (
        f"cuts were rounded, which puts {whom} into another segment; "
        "1 of more than 3 digits would have moved more than max_moved",
    )


def segments(*sizes: int) -> list[FittedSegment]:
    return [FittedSegment(i, "ABCD"[i - 1], "", n) for i, n in enumerate(sizes, start=1)]


def test_a_segment_is_small_under_30_or_a_hundredth_of_all() -> None:
    assert sentences(small_segments(segments(29, 30, 100))) == (
        "small segments: A (29); under 30 customers, figures jump",
    )
    assert small_segments(segments(30, 30, 100)) == []
    assert sentences(small_segments(segments(99, 4901, 99, 4901))) == (
        "small segments: A (99), C (99); under 100 customers, figures jump",
    )
    assert small_segments(segments(100, 4900, 5000)) == []


def test_a_segment_of_its_own_under_min_share() -> None:
    own = {"recency": FittedSegment(3, "C", "No recency", 9)}
    assert sentences(small_own(own, 1000, 0.01)) == (
        "C, of 9 customers without recency, holds 0.9% of all, under min_share 1%",
    )
    assert not [*small_own(own, 900, 0.01)]


def test_how_many_resamples_were_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_stability, "PAIRS", 6)
    found = Stability(0.9, 0.8, 1.0, 80, {}, resamples=12)
    assert not [*few_resamples(found)]
    assert sentences(few_resamples(replace(found, resamples=8))) == (
        "stability is of 8 resamples of 12: the others have no rules for so many segments",
    )
    assert sentences(few_resamples(None)) == (
        "no resample of 12 has rules for so many segments: how stable they are is not known; "
        "take fewer segments, or more customers",
    )


def test_rules_that_lose_more_than_is_declared() -> None:
    """By the figure that is published; at its limit a loss holds."""
    quality = Quality(0.0512, 0.9, None, {}, 7, 3, 40, 0)

    def said(**spec: Any) -> tuple[str, ...]:
        return sentences(over_max_loss(segmentation("age", **spec), quality, 4))

    assert said() == (
        "7 leaves lose 5.1% against K-Means, more than max_loss 0.05; up to 8 leaves were tried",
    )
    assert said(rules=RuleSpec(7, 0.0512, 0.01)) == ()
    assert said(rules=RuleSpec(7, 0.05, 0.01), labels=feature("label")) == (
        "7 leaves put 5.1% of the customers into another cluster, more than max_loss 0.05; "
        "up to 7 leaves were tried",
    )
