from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from segkit.learn.clusters.borders import (
    CHANCE,
    DEPTH,
    DUST,
    PERHAPS,
    SHARED,
    Border,
    Layout,
    across,
    layout_of,
    valley,
)
from segkit.learn.clusters.sweep import fit_clusters
from segkit.learn.clusters.ties import spread_ties
from segkit.learn.numbers import Floats


def layout(X: Floats, k: int, weight: Floats | None = None) -> Layout:
    weight = np.ones(len(X)) if weight is None else weight
    return layout_of(spread_ties(X, weight), fit_clusters(X, k=k, sample_weight=weight).centers)


def two_blobs(rng: np.random.Generator, apart: float, rows: int = 600, d: int = 3) -> Floats:
    X = rng.normal(size=(rows, d))
    X[: rows // 2, 0] += apart
    return X


def test_a_gap_between_two_groups_and_none_in_halves_of_one() -> None:
    rng = np.random.default_rng(1)
    apart = layout(two_blobs(rng, 7.0), 2)
    assert (apart.groups, apart.is_open, apart.is_cut) == (2, True, False)
    one = layout(rng.normal(size=(600, 3)) * (3, 1, 1), 2)
    assert (one.groups, one.is_open, one.is_cut) == (1, False, True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind",
    [
        "exponential",
        pytest.param("normal", marks=pytest.mark.long),
        pytest.param("uniform", marks=pytest.mark.long),
        pytest.param("correlated", marks=pytest.mark.long),
    ],
)
def test_a_cloud_with_one_peak_has_hardly_ever_a_gap(kind: str) -> None:
    """Of 24 clouds cut into 2 to 4 at most 1 in 20 borders may show a gap by chance."""
    gaps = total = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        X = {
            "normal": rng.normal(size=(400, 3)),
            "uniform": rng.uniform(size=(400, 3)),
            "exponential": rng.exponential(size=(400, 3)),
            "correlated": rng.normal(size=(400, 3))
            @ np.array([[1, 0.9, 0], [0, 0.3, 0], [0, 0, 1]]),
        }[kind]
        for k in (2, 3, 4):
            found = layout(X, k).borders
            gaps, total = gaps + sum(border.is_gap for border in found), total + len(found)
    assert gaps <= CHANCE * total


def test_the_probability_is_the_binomial_one_over_twenty_places() -> None:
    at = np.concatenate([np.full(20, -0.3), np.full(3, 0.0), np.full(20, 0.3)])
    chance, depth = valley(at, np.ones(len(at)))
    assert depth == pytest.approx(3 / 20)
    assert chance == pytest.approx(20 * binom.cdf(3, 23, 0.5))
    assert valley(np.full(30, 0.0), np.ones(30)) == (1.0, 1.0)  # nothing beside the middle


def test_half_the_rows_of_half_the_weight_say_half_as_much() -> None:
    at = np.concatenate([np.full(20, -0.3), np.full(4, 0.0), np.full(20, 0.3)])
    whole, half = valley(at, np.ones(len(at)))[0], valley(at, np.full(len(at), 0.5))[0]
    assert half == pytest.approx(20 * binom.cdf(2, 12, 0.5))
    assert whole < half


def test_weights_are_no_evidence() -> None:
    """Ten customers by one row are one observation, and rows that hardly count are few."""
    rng = np.random.default_rng(2)
    X = two_blobs(rng, 4.5, 200)
    one, ten = layout(X, 2), layout(X, 2, np.full(200, 10.0))
    assert [b.chance for b in ten.borders] == pytest.approx([b.chance for b in one.borders])
    assert ten.sizes == pytest.approx(one.sizes)
    uneven = layout(X, 2, np.where(np.arange(200) % 2, 0.01, 1.0))
    assert sum(uneven.sizes.values()) == pytest.approx(100, rel=0.05)


def test_a_long_group_beside_another_is_parted_across() -> None:
    """Two long clouds side by side: the step between the centres does not part them."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(400, 2)) * (4, 0.4)
    X[:200] += (3.0, 2.5)
    sides = (np.arange(400) < 200, np.arange(400) >= 200)
    line = across(spread_ties(X, np.ones(400)), sides, np.array([3.0, 2.5]))
    at = X @ (line / np.linalg.norm(line))
    assert at[sides[0]].min() > at[sides[1]].max() or at[sides[0]].max() < at[sides[1]].min()


def test_a_direction_of_few_rows_is_that_of_the_step() -> None:
    rows = spread_ties(np.random.default_rng(4).normal(size=(12, 12)), np.ones(12))
    step = np.eye(12)[0]
    line = across(rows, (np.arange(12) < 6, np.arange(12) >= 6), step)
    assert line / np.linalg.norm(line) == pytest.approx(step, abs=1e-6)


def test_a_gap_is_rare_by_chance_deep_and_not_of_a_few() -> None:
    assert Border(0, 1, 50, CHANCE, DEPTH).is_gap
    for border in (
        Border(0, 1, 50, 0.051, 0.1),
        Border(0, 1, 50, 0.0, 0.61),
        Border(0, 1, 3.9, 0.0, 0.0),
    ):
        assert not border.is_gap
    assert Border(0, 1, 5, 0.7, PERHAPS).may_be_gap
    assert not Border(0, 1, 5, 0.7, 0.26).may_be_gap


def test_neighbours_without_a_gap_are_joined() -> None:
    sizes = {0: 100.0, 1: 100.0, 2: 100.0}
    far = Border(0, 2, 50, 0.0, 0.0)
    assert Layout(3, sizes, (far, Border(0, 1, SHARED * 100, 1.0, 1.0))).groups == 2
    # a few rows at a border make nobody a neighbour
    apart = Layout(3, sizes, (far, Border(0, 1, 10, 1.0, 1.0)))
    assert (apart.groups, apart.bare) == (3, ())
    # without any gap a cluster goes to its main neighbour
    alone = Layout(3, sizes, (far, Border(0, 1, 20, 1.0, 1.0), Border(1, 2, 15, 1.0, 1.0)))
    assert (alone.bare, alone.groups) == ((1,), 2)


def test_few_customers_all_over_the_place_are_outliers() -> None:
    """Fifteen of a thousand: a group where they are alike, none where they lie anywhere."""
    rng = np.random.default_rng(7)
    some = rng.normal(size=(15, 2))
    for wide, groups in ((0.5, 2), (6.0, 1)):
        assert layout(np.vstack([rng.normal(size=(985, 2)), some * wide + 60]), 2).count == groups
    many = np.vstack([rng.normal(size=(970, 2)), rng.normal(size=(30, 2)) * 6 + 60])
    assert layout(many, 2).count == 2  # from 2 % on they are a group all the same


def test_a_group_is_half_a_percent_at_least() -> None:
    rng = np.random.default_rng(8)
    for few, groups in ((19, 1), (20, 2)):
        X = np.vstack([rng.normal(size=(4000 - few, 2)), rng.normal(size=(few, 2)) * 0.3 + 20])
        assert layout(X, 2).count == groups


def test_few_customers_far_away_are_dust() -> None:
    rng = np.random.default_rng(6)
    X = np.vstack([rng.normal(size=(200, 2)), rng.normal(size=(int(DUST) - 1, 2)) + 50])
    found = layout(X, 2)
    assert (found.count, found.is_open) == (1, False)


def test_joined_clusters_without_a_gap_join_their_neighbour() -> None:
    """A cloud in four: two and two have much in common, and a fifth of both lies between them."""
    flat = [Border(0, 1, 50.0, 1.0, 1.0), Border(2, 3, 50.0, 1.0, 1.0)]
    between = [Border(1, 2, 24.0, 1.0, 1.0), Border(0, 3, 20.0, 1.0, 1.0)]
    sizes = dict.fromkeys(range(4), 100.0)
    assert Layout(4, sizes, (*flat, *between)).groups == 1
    assert Layout(4, sizes, (*flat, between[0])).groups == 2  # 24 of 200 are no neighbourhood
    perhaps = Border(0, 3, 20.0, 0.2, PERHAPS)
    assert Layout(4, sizes, (*flat, between[0], perhaps)).groups == 2
