from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from segkit.core.fact_english import assumption_sentences, warning_sentences
from segkit.core.fit import Fit
from segkit.core.rules import rules_of
from segkit.core.tree import Known, Split, splits
from segkit.errors import DataError
from segkit.learn.data.all_rows import AllRows
from segkit.learn.learned import Numbering, learned_from
from segkit.learn.trees.apply import codes_of
from segkit.project.nodes import AskedK
from tests.learn.conftest import (
    MemoryEngine,
    blobs,
    feature,
    lacking,
    load,
    own,
    segmentation,
)
from tests.learn.unweighted import fit


def test_missing_values_count_as_the_median_and_it_is_said(engine: MemoryEngine) -> None:
    X = blobs()
    X[:12, 0] = np.nan
    load(engine, X)
    found = fit(engine, segmentation("x", "y", k=3))
    median = found.features[0].median
    assert f"12 missing x count as {median:g} (the median)" in assumption_sentences(found)
    filled = np.where(np.isnan(X), median, X)
    assert (codes_of(found.tree, ("x", "y"), X) == codes_of(found.tree, ("x", "y"), filled)).all()
    assert found.quality.moved == 0


def test_unassigned_asks_for_every_declared_feature(engine: MemoryEngine) -> None:
    X = np.column_stack([blobs(), np.full(300, 7.0)])
    X[:9, 0] = np.nan
    X[5:12, 2] = np.nan
    load(engine, X, ("x", "y", "z"))
    found = fit(engine, segmentation("x", "y", "z", k=3, missing="unassigned"))
    asked = []
    tree = found.tree
    while isinstance(tree, Split) and isinstance(tree.test, Known):
        asked.append(tree.column)
        tree = tree.yes
    assert asked == ["x", "y", "z"]
    assert not any(isinstance(split.test, Known) for split in splits(tree))
    assert sum(segment.n for segment in found.segments) == 288
    assert "12 customers with a missing feature are unassigned" in assumption_sentences(found)
    assert found.baseline is not None
    assert found.baseline.segments["unassigned"] == 12
    assert {rule.code for rule in rules_of(found.tree)} == {0, 1, 2, 3}


def test_a_constant_column_is_left_out(engine: MemoryEngine) -> None:
    X = np.column_stack([blobs(), np.full(300, 7.0)])
    load(engine, X, ("x", "y", "z"))
    found = fit(engine, segmentation("x", "y", "z", k=3))
    assert [f.column for f in found.features] == ["x", "y"]
    assert any("z hardly differs" in text for text in warning_sentences(found))
    assert {split.column for split in splits(found.tree)} <= {"x", "y"}


def test_features_are_chosen_where_none_are_declared(engine: MemoryEngine) -> None:
    X = blobs()
    load(engine, X)
    engine.execute("""
        CREATE OR REPLACE TABLE customers AS
        SELECT *, row_number() OVER (ORDER BY id) AS row_no, 3 AS three, exp((x + y) / 5) AS spend,
               1000 AS zip, 'a' AS region, x + y AS revenue
        FROM customers""")
    spec = segmentation(k=3, metrics=(feature("revenue"),))
    found = fit(engine, spec)
    assert [(f.column, f.scale) for f in found.features] == [
        ("x", "standard"),
        ("y", "standard"),
        ("spend", "log"),
    ]
    said = " | ".join(assumption_sentences(found))
    assert "features: x, y, spend" in said
    assert "row_no (unique integers, as of an id)" in said
    assert "zip (a code by its name)" in said
    assert "three, region (constant)" in said
    assert "log scale for spend" in said
    assert found.definition["features"] == "auto"


def test_who_is_in_a_segment_of_its_own_is_not_learned_from(three: Fit) -> None:
    """Two hundred without x change no figure of the others, in whatever place they come."""
    engine = MemoryEngine()
    load(engine, np.concatenate([blobs(), np.full((200, 2), [np.nan, 500.0])]))
    found = fit(engine, segmentation("x", "y", k=3, own=own("x")))
    assert [s.n for s in found.learned] == [s.n for s in three.segments]
    assert found.features == three.features
    assert found.clusters.inertia == three.clusters.inertia
    assert sorted(found.clusters.centers) == sorted(three.clusters.centers)
    assert replace(found.quality, fidelity_by_segment={}, held_out_by_segment={}) == replace(
        three.quality, fidelity_by_segment={}, held_out_by_segment={}
    )
    # only a name that fits them, too, is another one: they have a y of 500
    names = {s.name for s in three.segments}
    assert {s.name for s in found.learned} == names - {"Y 20+"} | {"High x, y 20+"}
    (mine,) = found.own.values()
    assert (mine.n, mine.name) == (200, "No x")
    assert found.baseline and three.baseline
    assert found.baseline.distance_quantile == three.baseline.distance_quantile
    assert found.baseline.segments[mine.id] == 200
    assert mine.id not in found.quality.fidelity_by_segment
    assert not assumption_sentences(found)


def test_of_two_own_columns_the_first_feature_takes_the_row() -> None:
    engine = MemoryEngine()
    load(engine, lacking(blobs(), slice(0, 40), slice(20, 50)))
    found = fit(engine, segmentation("y", "x", k=3, own=own("y", "x")))
    assert {c: s.n for c, s in found.own.items()} == {"y": 30, "x": 20}
    assert {s.name for s in found.own.values()} == {"No x", "No y"}
    assert list(found.own) == ["y", "x"]


@pytest.mark.parametrize("missing", ["median", "unassigned"])
def test_the_default_is_of_the_other_columns(missing: Any) -> None:
    engine = MemoryEngine()
    load(engine, lacking(blobs(), slice(0, 40), slice(30, 50)))
    found = fit(engine, segmentation("x", "y", k=3, missing=missing, own=own("x")))
    assert found.own["x"].n == 40
    (said,) = assumption_sentences(found)
    counts = sum(s.n for s in found.segments)
    if missing == "unassigned":
        assert said == "10 customers with a missing feature are unassigned" and counts == 290
    else:
        assert said.startswith("10 missing y count as ") and counts == 300


def test_an_own_column_that_is_never_missing_is_said() -> None:
    engine = MemoryEngine()
    load(engine, lacking(blobs(), slice(0, 2)))
    found = fit(engine, segmentation("x", "y", k=3, own=own("x", "y")))
    assert list(found.own) == ["x"] and len(found.segments) == 4
    said = warning_sentences(found)
    assert any(text.startswith("y is own, and nobody is without it alone") for text in said)
    assert "D, of 2 customers without x, holds 0.667% of all, under min_share 1%" in said


def test_own_beside_given_labels() -> None:
    engine = MemoryEngine()
    X = blobs()
    team = 1 + (X[:, 0] > 20) + (X[:, 1] > 25)
    load(engine, np.column_stack([lacking(X, slice(0, 20)), team]), ("x", "y", "team"))
    engine.execute("ALTER TABLE customers ALTER team TYPE INTEGER")
    found = fit(engine, segmentation("x", "y", labels=feature("team"), own=own("x")))
    assert found.own["x"].n == 20 and found.clusters.k == len(found.clusters.labels) == 3


@pytest.mark.parametrize(
    ("x", "y", "code", "message"),
    [
        (
            slice(1, 300),
            slice(0),
            "SK302",
            "1 row with x, and 3 segments beside those that are own",
        ),
        (slice(0, 100), slice(100, 300), "SK306", "`y` has no value in any of the rows that are"),
    ],
)
def test_nobody_left_to_learn_from(x: slice, y: slice, code: str, message: str) -> None:
    engine = MemoryEngine()
    load(engine, lacking(blobs(), x, y))
    with pytest.raises(DataError, match=re.escape(message)) as caught:
        fit(engine, segmentation("x", "y", k=3, own=own("x")))
    assert [problem.code for problem in caught.value.problems] == [code]


@pytest.mark.parametrize(
    ("customers", "k", "asked", "few"),
    [
        (199, 3, None, 200),
        (200, 3, None, None),
        (230, 12, None, 240),  # 20 for each segment, and 10 for each segment and feature
        (230, None, 12, 240),
        (230, None, "auto", None),
    ],
)
def test_too_few_customers_are_said_before_anything_is_learned(
    engine: MemoryEngine, customers: int, k: int | None, asked: AskedK, few: int | None
) -> None:
    load(engine, blobs(customers))
    told: list[str] = []

    def warn(text: str) -> None:
        told.append(text)
        raise Stop

    def progress(text: str) -> None:
        told.append(text)
        if text.startswith("clusters"):
            raise Stop

    everyone = AllRows(engine, "customers", engine.columns("customers"))
    with pytest.raises(Stop):
        learned_from(
            segmentation("x", "y", k=k), everyone, Numbering("dev", 1, k=asked), progress, warn
        )
    warning = (
        f"{customers} customers are few: with less than {few} the segments may look different "
        "next time"
    )
    assert told[:2] == ["reading customers", warning] if few else "clusters" in told[1]


class Stop(Exception):
    """What comes after it does not matter."""
