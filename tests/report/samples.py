"""A fit and results to print; the figures are made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from segkit.core.facts import Fact
from segkit.core.fit import Clusters, Fit, FittedFeature, FittedSegment, Quality
from segkit.core.tree import Below, Leaf, Split
from segkit.core.usefulness import Estimate, Usefulness
from segkit.results import BuildResult, NodeResult, SegmentationResult, SegmentRow

FIT = Fit(
    name="shopper_segments",
    version=1,
    origin="fitted",
    definition={},
    target="dev",
    rows=4128,
    sample=4128,
    fingerprint="f",
    features=(FittedFeature("spend", "Spend", "$", "log", "DOUBLE", 0.0, 1.0, 50.0),),
    clusters=Clusters(
        2, 111, 1.0, (2924, 1204), ((0.0,), (1.0,)), (), (Fact("text", value="two"),)
    ),
    tree=Split("spend", Below(Decimal(90)), Leaf(2), Leaf(1)),
    quality=Quality(0.031, 0.95, 0.94, {"A": 0.97, "B": 0.9}, 2, 1, 1204),
    segments=(FittedSegment(1, "A", "Big", 2924), FittedSegment(2, "B", "Lapsed, low", 1204)),
)
ROWS = (
    SegmentRow("A", "Big", 1, 2924, 0.708, "spend $90 or more", {"total_spend": 0.94}, 20),
    SegmentRow(
        "B",
        "Lapsed, low",
        2,
        1204,
        0.292,
        "last order 180+ days ago, spend under $90",
        {"total_spend": 0.06},
        11,
    ),
)
SEGMENTATION = SegmentationResult(
    "shopper_segments",
    FIT,
    4128,
    ROWS,
    unassigned=0,
    parity_rows=4128,
    parity_cases=312,
    weakest="B",
    assumptions=("log scale for spend (skew 8)", "12 missing incomes = $52k"),
    usefulness=(
        Usefulness(
            "total_spend",
            declared_later=False,
            known=4128,
            missing=0,
            groups=2,
            explained=Estimate(0.62, 0.58, 0.66),
            random=0.0002,
            random_high=0.0009,
        ),
    ),
    words={"total_spend": ("Total spend", "$")},
)


def segmentation(**changes: Any) -> SegmentationResult:
    return replace(SEGMENTATION, **changes)


def build_result(*nodes: NodeResult, ok: bool = True, **changes: Any) -> BuildResult:
    result = BuildResult(
        ok=ok,
        published=ok,
        nodes=nodes,
        segmentations=(SEGMENTATION,),
        target="dev",
        path=Path("warehouse/shop.duckdb"),
        as_of=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return replace(result, **changes)
