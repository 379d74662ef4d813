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
from segkit.learn.rule_stability import MOST, PAIRS, measure_stability, split
from segkit.learn.trees.choose_tree import Explained, explain
from segkit.learn.trees.ranks import Rows
from segkit.project.nodes import RuleSpec

TESTED = 4  # pairs: more than in other tests
RULES = RuleSpec(None, 0.05, 0.01)


@pytest.fixture(autouse=True)
def as_in_a_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_stability, "PAIRS", TESTED)


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


def test_halves_share_nobody_and_have_at_most_5000() -> None:
    for n, size in ((9, 4), (10_000, 5_000), (10_400, 5_000)):
        one, other = split(np.ones(n), [0, 1])
        assert len(one) == len(other) == size
        assert len({*one.tolist(), *other.tolist()}) == 2 * size
    assert MOST == 5_000 and 2 * PAIRS <= 20


def test_a_row_is_drawn_in_proportion_to_its_weight() -> None:
    """Half of the rows are worth nine times the others: so are nine tenths of those drawn."""
    weight = np.tile([9.0, 1.0], 1_500)
    one, other = split(weight, [0, 1])
    assert len(one) == len(other) == 1_500
    assert not {*one.tolist()} & {*other.tolist()}
    for half in (one, other):
        assert (half % 2 == 0).mean() == pytest.approx(0.9, abs=0.03)


@pytest.mark.slow
def test_groups_that_lie_apart_are_found_by_anyone_and_a_cloud_by_chance() -> None:
    apart, cloud = stability(blobs(12.0, 160), 4), stability(blobs(0.0, 160), 4)
    assert apart.mean > 0.97
    assert cloud.mean < 0.85
    assert cloud.low < cloud.mean < cloud.high <= 1
    assert cloud.customers == 80
    assert set(cloud.by_segment) == set("ABCD")
    assert stability(blobs(0.0, 160), 4) == cloud


@pytest.mark.slow
def test_it_is_what_an_independent_count_gives() -> None:
    """Halves of the same rows, learned by the public functions and paired by hand."""
    X, k = blobs(3.5, 160), 4
    rows, explained = learned(X, k)
    said = measure_stability(rows, explained, preparing(X), "ABCD", 0)
    assert said is not None
    published = explained.surrogate.predict(X)

    def by_rules_of(half: Ints, seed: int) -> Ints:
        center, spread = X[half].mean(axis=0), X[half].std(axis=0)
        centers = segkit.fit_clusters((X[half] - center) / spread, k=k, seed=seed).centers
        tree = segkit.fit_surrogate(
            (X[half] - center) / spread,
            centers,
            max_leaves=explained.surrogate.leaves,
            min_leaf=max(1, round(explained.min_leaf / 2)),
        )
        return tree.predict((X - center) / spread)

    shares, stays = [], np.zeros(len(X))
    for number in range(TESTED):
        order = np.random.default_rng([0, number]).permutation(160)
        one, other = (by_rules_of(half, number) for half in (order[:80], order[80:]))
        both = np.array([[np.sum((one == a) & (other == b)) for b in range(k)] for a in range(k)])
        pairs = optimize.linear_sum_assignment(-both)
        same = np.isin(one * k + other, pairs[0] * k + pairs[1])
        shares.append(same.mean())
        stays += same
    assert (said.resamples, said.customers) == (2 * TESTED, 80)
    # the search within a half is the quick one: now and then another tree, nearly as good
    assert said.mean == pytest.approx(np.mean(shares), abs=0.03)
    error = np.std(shares, ddof=1) * (1 + 1 / TESTED + 1 / 4) ** 0.5
    low, high = stats.t(TESTED - 1, np.mean(shares), error).interval(0.95)
    high += (1 - 3**0.5 / 2) * (1 - np.mean(shares))
    assert (said.low, said.high) == pytest.approx((low, min(1, high)), abs=0.08)
    for place, id_ in enumerate("ABCD"):
        assert said.by_segment[id_] == pytest.approx(
            stays[published == place].mean() / TESTED, abs=0.06
        )


@pytest.mark.parametrize(("most", "steadier"), [(5_000, 0.8660254), (10, 0.7416198)])
def test_the_interval_of_four_shares_by_hand(
    monkeypatch: pytest.MonkeyPatch, most: int, steadier: float
) -> None:
    """.72, .68, .72 and .68: s = .0230940, t of 3 degrees 3.182446; of 100, 50 or 10 a half."""
    X = blobs(0.0, 100)
    rows, explained = learned(X, 2)
    half, at = np.arange(100) % 2, np.arange(100)
    found = [np.where((half == 0) & (at < 2 * moved), 1, half) for moved in (0, 28, 0, 32) * 2]
    again = iter(found)
    monkeypatch.setattr(rule_stability, "_learned_again", lambda *_: next(again))
    monkeypatch.setattr(rule_stability, "MOST", most)
    said = measure_stability(rows, explained, preparing(X), "AB", 0)
    assert said is not None
    reach = 3.182446 * 0.0230940 * (1 + 1 / 4 + 0.25) ** 0.5
    assert (said.mean, said.customers) == (pytest.approx(0.7), min(50, most))
    assert said.low == pytest.approx(0.7 - reach)
    assert said.high == pytest.approx(1 - steadier * 0.3 + reach)


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


def test_halves_without_rules_are_not_counted() -> None:
    """Of four values one has two rows: two pairs of halves share them, in two one has both."""
    X = np.repeat(np.array([[0.0, 0.0], [1.0, 5.0], [9.0, 1.0], [7.0, 7.0]]), (10, 10, 10, 2), 0)
    rows, explained = learned(X, 4)
    seed = 1
    rare = [int((split(np.ones(32), [seed, n])[0] >= 30).sum()) for n in range(TESTED)]
    assert rare == [1, 0, 2, 1]
    found = measure_stability(rows, explained, preparing(X), "ABCD", seed)
    assert found is not None
    assert found.resamples == 2 * rare.count(1)


def test_none_for_fewer_rows_than_a_resample_needs() -> None:
    X = np.array([[0.0, 0.0], [1.0, 5.0], [9.0, 1.0], [7.0, 7.0]])
    rows, explained = learned(X, 4)
    assert measure_stability(rows, explained, preparing(X), "ABCD", 0) is None
