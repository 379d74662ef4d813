"""Rivals of segments, and K-Means itself, recomputed with numpy from the customers' rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from segkit.core.fit import FittedFeature, FittedSegment
from segkit.monitor.rivals import Plain, best_of, crosses
from segkit.monitor.usefulness import measure_usefulness
from segkit.project.nodes import Segmentation
from segkit.publish.subject import fitted, read_subject
from tests.learn.conftest import MemoryEngine
from tests.publish.shops import node, shop
from tests.publish.stored.test_fits import FIT

YML = """\
segments:
  - name: shoppers
    from: customer_features
    key: customer_id
    features: [age, {column: spend, scale: log}, {column: region, kind: category}]
    metrics: [{column: metric, period: later}]
    sensitive: [gender]
"""
FEATURES = (
    FittedFeature("age", "Age", "", "standard", "DOUBLE", 40.0, 12.0, 41.0),
    FittedFeature("spend", "Spend", "$", "log", "DOUBLE", 3.0, 1.5, 20.0, weight=2.0),
    FittedFeature(
        *("region", "Region", "", "category", "VARCHAR"),
        *(0.0, 1.0, 0.0),
        levels=("east", "west"),
        mode="west",
    ),
)
CENTERS = ((-1.0, -0.5, 0.9, 0.1), (0.2, 1.4, 0.3, 0.7), (1.1, 0.1, 0.5, 0.5))
# what the metric is made of, by the rival that should be found
MADE = {
    "quantiles": "spend",
    "category": "plan",  # a text of the relation that is no feature
    "cross": "age and region",
}


def customers(seed: int, made: str, n: int = 900) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(n)],
            "age": np.where(draw.random(n) < 0.1, np.nan, draw.normal(40, 12, n).round()),
            "spend": draw.lognormal(3, 1.5, n).round(2),
            "region": draw.choice(np.array(["east", "west", "south", None], object), n),
            "plan": draw.choice(["basic", "family", "gold"], n),
            "gender": draw.choice(["f", "m"], n),
        }
    )
    noise = draw.normal(0, 1, n)
    signal = {
        "spend": 4 * (np.log(frame["spend"]) > 3.5),
        "plan": 4 * (frame["plan"] == "gold"),
        "age and region": 6 * ((frame["age"] > 42) == (frame["region"] == "east")),
    }[made]
    # what would explain it best must not be looked at
    frame["churned"] = np.where(signal > 0, "yes", "no")
    frame["gender"] = np.where(signal > 0, "f", "m")
    return frame.assign(metric=signal + noise, segment_order=1 + (np.arange(n) % 3))


def eta(metric: pd.Series, *groups: Any) -> float:
    """Share of the variance between the groups; a missing value is a group."""
    codes = pd.Series(list(zip(*(pd.Series(g).astype(str) for g in groups), strict=True)))
    means = metric.reset_index(drop=True).groupby(codes).transform("mean")
    return float(((means - metric.mean()) ** 2).sum() / ((metric - metric.mean()) ** 2).sum())


def adjusted(share: float, groups: int, n: int) -> float:
    return 1 - (1 - share) * (n - 1) / (n - groups)


def bands(values: pd.Series, parts: int) -> np.ndarray:
    cuts = np.quantile(values.dropna(), [i / parts for i in range(1, parts)])
    found = (values.to_numpy()[:, None] > cuts).sum(axis=1).astype(float)
    return np.where(values.isna(), np.nan, found)


def nearest(frame: pd.DataFrame) -> np.ndarray:
    age = (frame["age"].fillna(41.0) - 40) / 12
    spend = math.sqrt(2) * (np.log1p(frame["spend"]) - 3) / 1.5
    region = frame["region"].where(frame["region"].isin(["east", "west"]), "west")
    rows = np.column_stack([age, spend, region == "east", region == "west"])
    return ((rows[:, None, :] - np.array(CENTERS)[None]) ** 2).sum(axis=2).argmin(axis=1)


def plain_shares(frame: pd.DataFrame) -> Mapping[tuple[str, ...], float]:
    alone = {name: bands(frame[name], 5) for name in ("age", "spend")}
    fewer = {name: bands(frame[name], 2) for name in ("age", "spend")}
    levels = {name: frame[name] for name in ("region", "plan")}
    shares = {(name,): eta(frame["metric"], group) for name, group in (alone | levels).items()}
    pairs = combinations((fewer | levels).items(), 2)
    return shares | {(a, b): eta(frame["metric"], x, y) for (a, x), (b, y) in pairs}


@pytest.mark.parametrize(("kind", "made"), MADE.items())
@pytest.mark.parametrize("seed", [1, 2])
def test_the_best_of_all_plain_rivals(tmp_path: Path, kind: str, made: str, seed: int) -> None:
    frame = customers(seed, made)
    engine = MemoryEngine()
    engine.connection.register("given", frame)
    engine.execute("CREATE TABLE customer_features AS SELECT * EXCLUDE (segment_order) FROM given")
    engine.execute(
        "CREATE TABLE shoppers AS SELECT customer_id, age, spend, region, segment_order FROM given"
    )
    spec = node(shop(tmp_path, YML), "shoppers", Segmentation)
    clusters = replace(FIT.clusters, k=3, centers=CENTERS)
    segments = tuple(FittedSegment(i, "ABC"[i - 1], "ABC"[i - 1], 300) for i in (1, 2, 3))
    fit = replace(FIT, features=FEATURES, clusters=clusters, segments=segments)
    subject = fitted(read_subject(engine, shop(tmp_path, YML), spec), fit)
    (found,) = measure_usefulness(engine, subject, "shoppers")
    low, high = (math.inf if c is None else c for c in (found.low_cap, found.high_cap))
    frame["metric"] = frame["metric"].clip(-low if low == math.inf else low, high)
    assert found.explained and found.clusters and found.rival
    assert found.explained.value == pytest.approx(
        eta(frame["metric"], frame["segment_order"]), abs=1e-6
    )
    assert found.clusters.value == pytest.approx(eta(frame["metric"], nearest(frame)), abs=1e-6)
    assert found.random == pytest.approx(2 / (len(frame) - 1))
    shares = plain_shares(frame)
    parts = {"age": (5, 2), "spend": (5, 2), "region": (4, 4), "plan": (3, 3)}
    groups = {n: math.prod(parts[each][len(n) - 1] for each in n) for n in shares}
    best = max(shares, key=lambda n: adjusted(shares[n], groups[n], 900) - 0.01 * (len(n) - 1))
    told = (found.rival.name, found.rival.other) if found.rival.other else (found.rival.name,)
    assert (found.rival.kind, {*told}) == (kind, {*best})
    assert found.rival.explained.value == pytest.approx(shares[best], abs=1e-6)


def test_only_the_best_are_crossed_and_not_into_too_many_groups() -> None:
    singles = {
        Plain("category", f"c{n}", (f"c{n}",), groups, f"c{n}"): share
        for n, (groups, share) in enumerate([(7, 0.5), (7, 0.4), (8, 0.3), (2, 0.2), (2, 0.1)])
    }
    buckets = {Plain("buckets", "b.x", ("b0",)): 0.9}  # a person's own: left as they are
    found = [(plain.name, plain.other, plain.groups) for plain in crosses(buckets | singles)]
    # 7 x 8 groups are more than anybody would look at
    assert found == [("c0", "c1", 49), ("c0", "c3", 14), ("c1", "c3", 14), ("c2", "c3", 16)]


def test_a_cross_has_to_be_worth_its_second_column() -> None:
    one, cross = Plain("category", "a", ("a",)), Plain("cross", "a", ("a", "b"), other="b")
    assert best_of({one: 0.3, cross: 0.3099}) == one
    assert best_of({one: 0.3, cross: 0.3101}) == cross
    assert best_of({}) is None
