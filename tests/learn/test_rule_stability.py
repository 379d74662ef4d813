from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize, stats

import segkit
from segkit.core.fit import Stability
from segkit.errors import DataError, Problem
from segkit.learn import rule_stability
from segkit.learn.clusters.sweep import fit_clusters
from segkit.learn.numbers import Floats, Ints
from segkit.learn.rule_stability import measure_stability, resample_sizes
from segkit.learn.trees.choose_tree import Explained, explain
from segkit.learn.trees.ranks import Rows
from segkit.project.nodes import RuleSpec

RESAMPLES = 5  # more than those of other tests
RULES = RuleSpec(None, 0.05, 0.01)


@pytest.fixture(autouse=True)
def as_in_a_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_stability, "RESAMPLES", RESAMPLES)


def scaled(X: Floats) -> Floats:
    if not X.std(axis=0).all():
        raise DataError([Problem("SK305", "too few distinct rows")])
    return (X - X.mean(axis=0)) / X.std(axis=0)


def preparing(X: Floats) -> Callable[[Ints], Rows]:
    def prepare(places: Ints) -> Rows:
        return Rows.of_array(X[places], scaled=scaled(X[places]))

    return prepare


def learned(X: Floats, k: int) -> tuple[Rows, Explained]:
    rows = preparing(X)(np.arange(len(X)))
    found = explain(rows, fit_clusters(rows.scaled, k=k), RULES, 0)
    assert found is not None
    return rows, found


def stability(X: Floats, k: int) -> Stability:
    rows, explained = learned(X, k)
    found = measure_stability(rows, explained, preparing(X), "ABCDEFGH"[:k], 0)
    assert found is not None
    return found


def blobs(sep: float, n: int = 300) -> Floats:
    rng = np.random.default_rng(3)
    return sep * rng.integers(0, 2, (n, 2)) + rng.normal(size=(n, 2))


def test_a_resample_differs_as_much_as_two_samples_do() -> None:
    for n in (60, 5_000, 45_000):
        size, new = resample_sizes(n)
        assert new == min(n, 5_000)
        assert 1 / size == pytest.approx(1 / n + 1 / new, rel=0.01)


def test_groups_that_lie_apart_are_found_by_anyone_and_a_cloud_by_chance() -> None:
    apart, cloud = stability(blobs(12.0, 160), 4), stability(blobs(0.0, 160), 4)
    assert apart.mean > 0.97
    assert cloud.mean < 0.85
    assert cloud.low < cloud.mean < cloud.high <= 1
    assert cloud.customers == 160
    assert set(cloud.by_segment) == set("ABCD")
    assert stability(blobs(0.0, 160), 4) == cloud


@pytest.mark.slow
def test_it_is_what_an_independent_count_gives() -> None:
    """Resamples of the same rows, learned by the public functions and paired by hand."""
    X, k = blobs(3.5, 160), 4
    rows, explained = learned(X, k)
    said = measure_stability(rows, explained, preparing(X), "ABCD", 0)
    assert said is not None
    published = explained.surrogate.predict(X)
    shares, stays = [], np.zeros(len(X))
    for number in range(RESAMPLES):
        drawn = np.random.default_rng([0, number]).integers(0, len(X), 80)
        center, spread = X[drawn].mean(axis=0), X[drawn].std(axis=0)
        centers = segkit.fit_clusters((X[drawn] - center) / spread, k=k, seed=number).centers
        tree = segkit.fit_surrogate(
            (X[drawn] - center) / spread,
            centers,
            max_leaves=explained.surrogate.leaves,
            min_leaf=max(1, round(explained.min_leaf / 2)),
        )
        other = tree.predict((X - center) / spread)
        both = np.array(
            [[np.sum((published == a) & (other == b)) for b in range(k)] for a in range(k)]
        )
        pairs = optimize.linear_sum_assignment(-both)
        same = np.isin(published * k + other, pairs[0] * k + pairs[1])
        shares.append(same.mean())
        stays += same
    # the search within a resample is the quick one: now and then another tree, nearly as good
    assert said.mean == pytest.approx(np.mean(shares), abs=0.02)
    low, high = stats.t(RESAMPLES - 1, np.mean(shares), np.std(shares, ddof=1)).interval(0.95)
    assert (said.low, said.high) == pytest.approx((low, min(1, high)), abs=0.06)
    for place, id_ in enumerate("ABCD"):
        assert said.by_segment[id_] == pytest.approx(
            stays[published == place].mean() / RESAMPLES, abs=0.05
        )


def test_given_clusters_are_kept_and_only_their_rules_learned_again() -> None:
    X = blobs(12.0)
    _, explained = learned(X, 4)
    centers = explained.clustering.centers
    given = Rows.of_array(X, labels=explained.clustering.labels, centers=centers)
    given = replace(given, counts_mistakes=True)
    found = explain(given, explained.clustering, RULES, 0)
    assert found is not None

    def prepare(places: Ints) -> Rows:
        return Rows.of_array(X[places])

    said = measure_stability(given, found, prepare, "ABCD", 0)
    assert said is not None
    assert said.mean > 0.98


def test_none_for_fewer_rows_than_a_resample_needs() -> None:
    X = np.array([[0.0, 0.0], [1.0, 5.0], [9.0, 1.0], [7.0, 7.0]])
    rows, explained = learned(X, 4)
    assert measure_stability(rows, explained, preparing(X), "ABCD", 0) is None
