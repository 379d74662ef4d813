"""What a fit says of itself, computed again from its JSON and the published view alone.

Nothing of ``segkit.learn`` is used: K-Means and trees are scikit-learn's, the rest is numpy.
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.tree import DecisionTreeClassifier

from segkit.core.usefulness import Usefulness
from segkit.learn import rule_stability
from tests.conftest import customers, write_project
from tests.pipeline.test_build import build, problems, query

pytestmark = pytest.mark.slow  # twelve fits of halves, and as many of scikit-learn's

FEATURES = ("age", "income", "spend")
SEGMENTS = """\
segments:
  - name: shopper_segments
    from: customer_features
    key: customer_id
    features: [age, income, {column: spend, scale: log}]
    clusters: {k: 5, k_max: 5, seed: 1}
    metrics: [{column: next_90d, period: later}]
"""
MODEL = """\
SELECT
  customer_id, age, income, spend,
  CASE age * 13 % 3 WHEN 0 THEN 'North' WHEN 1 THEN 'South' END AS city,
  CASE WHEN age % 11 <> 5 THEN
    round(spend * (.5 + age * 37 % 13 / 10.0) + CASE age * 13 % 3 WHEN 0 THEN 150 ELSE 0 END
          + CASE WHEN customer_id IN ('0011', '0012') THEN 30000 ELSE 0 END, 2)
  END AS next_90d
FROM {{ source('crm', 'customers') }}
"""
BUCKETS = """\
buckets:
  - {name: ages, from: customer_features, key: customer_id,
     columns: [{name: band, column: age, edges: [30, 45]}]}
"""


@dataclass(frozen=True)
class Published:
    """``X`` (n, 3) has NaN where nothing is known; ``ids`` (n,) the segment of each row.

    ``others``: the metric, the city and the band of the age; ``useful`` what the build says.
    """

    fit: Mapping[str, Any]
    X: np.ndarray
    ids: np.ndarray
    others: pd.DataFrame
    useful: Usefulness

    @property
    def scaled(self) -> np.ndarray:
        """The space of the fit, by the medians, centres and spreads that it names."""
        columns = []
        for feature, values in zip(self.fit["features"], self.X.T, strict=True):
            filled = np.where(np.isnan(values), feature["median"], values)
            on_scale = np.log1p(filled) if feature["scale"] == "log" else filled
            columns.append((on_scale - feature["center"]) / feature["spread"])
        return np.column_stack(columns)


def rows() -> list[tuple[Any, ...]]:
    """Five groups that run into each other; of those of a middle age most have no income."""
    draw = random.Random(3)
    found: list[tuple[Any, ...]] = []
    for key, age, income, spend in customers(360, seed=5):
        found.append((key, age + draw.choice([-5, 0, 6]), income, spend))
    for place in range(90):
        income = None if place % 4 else 62.5
        found.append((f"m{place:03d}", draw.randint(40, 46), income, 150 + draw.randint(0, 90)))
    return found


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    files = {
        "sql/segments.yml": SEGMENTS,
        "sql/buckets.yml": BUCKETS,
        "sql/features/customer_features.sql": MODEL,
    }
    project = write_project(tmp_path_factory.mktemp("again"), rows(), files)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rule_stability, "PAIRS", 6)  # as many as in a build of a person's
        result = build(project)
    assert result.ok, problems(result)
    path = project / "warehouse/fits/shopper_segments/v0001.json"
    listed = ", ".join(FEATURES)
    found = query(
        project,
        f"SELECT {listed}, segment_id, next_90d, city, band FROM shopper_segments AS s "
        "JOIN (SELECT customer_id, next_90d, city FROM customer_features) USING (customer_id) "
        "JOIN (SELECT customer_id, band FROM ages) USING (customer_id) ORDER BY customer_id",
    )
    X = np.array([[np.nan if cell is None else float(cell) for cell in row[:3]] for row in found])
    others = pd.DataFrame([row[4:] for row in found], columns=["metric", "city", "ages.band"])
    (useful,) = result.segmentations[0].usefulness
    fit = json.loads(path.read_text("utf-8"))
    return Published(fit, X, np.array([row[3] for row in found]), others, useful)


def test_scales_loss_and_fidelity(published: Published) -> None:
    fit, Z = published.fit, published.scaled
    known = np.where(np.isnan(published.X), np.nan, Z)  # scales are of the known values
    assert np.nanmean(known, axis=0) == pytest.approx(0, abs=1e-8)
    assert np.nanstd(known, axis=0) == pytest.approx(1, abs=1e-8)
    clusters, quality = fit["clusters"], fit["quality"]
    apart = ((Z[:, None, :] - np.array(clusters["centers"])) ** 2).sum(axis=2)
    nearest = apart.argmin(axis=1)
    assert clusters["inertia"] == pytest.approx(apart.min(axis=1).sum())
    assert clusters["inertia"] <= 1.001 * KMeans(5, n_init=50, random_state=0).fit(Z).inertia_
    assert clusters["sizes"] == np.bincount(nearest).tolist()
    ids = [segment["id"] for segment in fit["segments"]]
    groups = [Z[published.ids == id_] for id_ in ids]
    assert [segment["n"] for segment in fit["segments"]] == [len(group) for group in groups]
    cost = sum(((group - group.mean(axis=0)) ** 2).sum() for group in groups)
    assert quality["loss"] == pytest.approx(cost / clusters["inertia"] - 1, abs=1e-8)
    right = np.array(ids)[nearest] == published.ids
    assert 0.5 < quality["fidelity"] == pytest.approx(right.mean())
    by_segment = {id_: right[published.ids == id_].mean() for id_ in ids}
    assert quality["fidelity_by_segment"] == pytest.approx(by_segment)


def test_what_is_filled_in(published: Published) -> None:
    income = published.X[:, FEATURES.index("income")]
    unknown = np.isnan(income)
    said = {fact["code"]: fact for fact in published.fit["assumptions"]}
    assert said["filled_number"]["column"] == "income"
    assert said["filled_number"]["n"] == unknown.sum()
    assert said["filled_number"]["value"] == pytest.approx(np.median(income[~unknown]))
    mostly = {
        id_: share
        for id_ in np.unique(published.ids)
        if (share := unknown[published.ids == id_].mean()) > 0.5
    }
    assert len(mostly) == 1
    warned = [f["value"] for f in published.fit["warnings"] if f["code"] == "mostly_filled"]
    names = {segment["id"]: segment["name"] for segment in published.fit["segments"]}
    called = {id_ for id_ in mostly if "unknown" in names[id_]}
    assert dict(warned) == pytest.approx(
        {id_: share for id_, share in mostly.items() if id_ not in called}
    )


def explained(metric: pd.Series, *groups: Any) -> float:
    """The share of the variance between groups; an unknown value is a group as well."""
    known = pd.DataFrame({"y": metric.astype(float), **dict(enumerate(groups))}).dropna(subset="y")
    means = known.groupby([*range(len(groups))], dropna=False)["y"].transform("mean")
    return float(((means - known["y"].mean()) ** 2).sum() / known["y"].var(ddof=0) / len(known))


def test_the_variance_that_segments_and_clusters_explain(published: Published) -> None:
    useful, metric = published.useful, capped(published)
    assert (useful.known, useful.missing) == (metric.notna().sum(), metric.isna().sum())
    assert useful.missing > 0
    assert useful.explained is not None and useful.clusters is not None
    assert useful.explained.value == pytest.approx(explained(metric, published.ids), abs=1e-6)
    centers = np.array(published.fit["clusters"]["centers"])
    apart = ((published.scaled[:, None, :] - centers) ** 2).sum(axis=2)
    assert useful.clusters.value == pytest.approx(explained(metric, apart.argmin(axis=1)), abs=1e-6)
    assert 0.1 < useful.explained.value < 0.95
    # by chance (k - 1) / (n - 1), whatever the metric
    assert useful.random == pytest.approx((5 - 1) / (useful.known - 1))


def capped(published: Published) -> pd.Series:
    """The metric, up to the 99th percentile of what is not 0, outwards to three digits."""
    metric = published.others["metric"].astype(float)
    tail = float(metric[metric != 0].quantile(0.99))
    digit = 10.0 ** (np.floor(np.log10(tail)) - 2)
    most = float(np.ceil(tail / digit) * digit)
    assert published.useful.high_cap == pytest.approx(most)
    assert published.useful.low_cap is None
    return metric.clip(upper=most)


def test_the_rival_is_the_best_of_all_plain_groupings(published: Published) -> None:
    """Fifths of each feature, the city, the buckets; and crosses of two, of thirds and cities."""
    metric, others = capped(published), published.others
    fifths = {(name, ""): (bands(published, name, 5),) for name in FEATURES}
    thirds = {name: bands(published, name, 3) for name in FEATURES} | {"city": others["city"]}
    alone = {("city", ""): (others["city"],), ("ages.band", ""): (others["ages.band"],)}
    crosses = {
        (one, other): (thirds[one], thirds[other])
        for one, other in itertools.combinations(thirds, 2)
    }
    plain = fifths | alone | crosses  # a cross has to explain a point more
    ranks = {name: adjusted(metric, *plain[name]) - 0.01 * (name in crosses) for name in plain}
    best = max(ranks, key=lambda name: ranks[name])
    rival, share = published.useful.rival, explained(metric, *plain[best])
    assert rival is not None
    assert (rival.name, rival.other) == best
    assert rival.groups == len(pd.DataFrame(dict(enumerate(plain[best]))).drop_duplicates())
    assert rival.explained.value == pytest.approx(share, abs=1e-6)
    ours = explained(metric, published.ids)
    assert rival.ahead.value == pytest.approx(ours - share, abs=1e-6)


def bands(published: Published, name: str, parts: int) -> np.ndarray:
    """How many quantiles lie below the value; NaN where nothing is known."""
    values = published.X[:, FEATURES.index(name)]
    edges = np.unique(np.nanquantile(values, np.arange(1, parts) / parts))
    return np.where(np.isnan(values), np.nan, (values[:, None] > edges).sum(axis=1))


def adjusted(metric: pd.Series, *groups: Any) -> float:
    """The share less what so many groups explain by chance (adjusted R squared)."""
    rows = pd.DataFrame(dict(enumerate(groups)))[metric.notna()]
    count, n = len(rows.drop_duplicates()), len(rows)
    return 1 - (1 - explained(metric, *groups)) * (n - 1) / (n - count)


def test_stability(published: Published) -> None:
    """Halves of our own, with trees of scikit-learn's: as far apart as those of the fit are."""
    fit, said = published.fit, published.fit["stability"]
    n, k = len(published.X), 5
    rng, stays = np.random.default_rng(77), np.zeros((8, n))
    for pair in stays:
        order = rng.permutation(n)
        one, other = (
            by_rules_of(published.X, half, fit["quality"]["leaves"], k)
            for half in (order[: n // 2], order[n // 2 :])
        )
        both = np.array([[np.sum((one == a) & (other == b)) for b in range(k)] for a in range(k)])
        paired = linear_sum_assignment(-both)[1]
        pair[:] = paired[one] == other
    assert (said["customers"], said["resamples"]) == (n // 2, 12)
    assert said["mean"] == pytest.approx(stays.mean(), abs=0.03)
    assert said["low"] < said["mean"] < said["high"]
    assert said["low"] - 0.02 < np.median(stays.mean(axis=1)) < said["high"] + 0.02
    for id_, share in said["by_segment"].items():
        assert share == pytest.approx(stays[:, published.ids == id_].mean(), abs=0.04), id_


def by_rules_of(X: np.ndarray, half: np.ndarray, leaves: int, k: int) -> np.ndarray:
    """The segment of each row by a tree of the clusters of half of them."""
    filled = np.where(np.isnan(X), np.nanmedian(X[half], axis=0), X)
    filled[:, 2] = np.log1p(filled[:, 2])
    Z = (filled - filled[half].mean(axis=0)) / filled[half].std(axis=0)
    labels = KMeans(k, n_init=20, random_state=0).fit(Z[half]).labels_
    tree = DecisionTreeClassifier(max_leaf_nodes=2 * leaves, random_state=0)
    return np.asarray(tree.fit(Z[half], labels).predict(Z))
