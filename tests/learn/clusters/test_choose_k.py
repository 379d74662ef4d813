from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from segkit.core.fact_english import reason_sentence, sentences
from segkit.core.fit import SweepPoint
from segkit.learn.clusters.choose_k import choose_k, rank
from segkit.learn.clusters.panel import measure_panel
from segkit.learn.clusters.sweep import sweep
from segkit.learn.numbers import Floats
from segkit.learn.trees.ranks import Rows
from tests.learn.conftest import blobs

# 3 stands out before 4; 2 comes back but cuts one group; 5 and 6 do not come back
PANEL = (
    SweepPoint(1, 1000.0),
    SweepPoint(2, 600.0, 0.40, 0.4, 90.0, 1.0, 0.97, 0.01, variance_left=0.36),
    SweepPoint(3, 300.0, 0.45, 0.3, 120.0, 0.8, 0.95, 0.02),
    SweepPoint(4, 150.0, 0.42, 0.2, 110.0, 0.8, 0.93, 0.02),
    SweepPoint(5, 140.0, 0.50, 0.1, 130.0, 0.7, 0.80, 0.02),
    SweepPoint(6, 130.0, 0.30, 0.1, 80.0, 0.9, 0.60, 0.02),
)
# nothing comes back, as on a cloud without groups
CLOUD = tuple(replace(p, stability=0.7) if p.k > 2 else p for p in PANEL)


def auto_of(X: Floats, k_max: int = 6) -> int:
    panel = measure_panel(Rows.of_array(X), sweep(X, k_max), 0, range(2, k_max + 1))
    choice = choose_k(None, panel, 0.01, lambda k: 0.2)
    assert choice is not None
    return choice.k


def test_the_best_score_among_those_that_come_back() -> None:
    choice = choose_k(None, PANEL, 0.01, lambda k: 0.2)
    assert choice is not None
    assert choice.k == 3
    assert reason_sentence(choice.reason) == (
        "k = 3 stands out of 2 to 6: its clusters come back on resamples (stability 0.95) "
        "and score best of those that do (silhouette 0.450, Calinski-Harabasz 120); "
        "5 scores higher and does not come back (0.800)"
    )


def test_those_that_stand_out_come_first_then_the_others_by_the_knee() -> None:
    assert rank(PANEL).stand_out == {3, 4}
    assert rank(PANEL).order == (3, 4, 5, 2, 6)


@pytest.mark.parametrize(
    ("three", "four", "best"),
    [
        ((0.35, 100.0), (0.50, 80.0), 3),  # 2 x 1 + 0.25 against 2 x 0.6 + 1
        ((0.40, 100.0), (0.50, 70.0), 3),  # 2 x 1 + 0.5 against 2 x 0.4 + 1
        ((0.30, 100.0), (0.50, 90.0), 4),  # 2 x 1 + 0 against 2 x 0.8 + 1
    ],
)
def test_calinski_harabasz_counts_twice(
    three: tuple[float, float], four: tuple[float, float], best: int
) -> None:
    panel = [
        SweepPoint(1, 1000.0),
        SweepPoint(2, 600.0, 0.30, 0.4, 50.0, stability=0.5),
        SweepPoint(3, 300.0, three[0], 0.3, three[1], stability=1.0),
        SweepPoint(4, 150.0, four[0], 0.2, four[1], stability=1.0),
    ]
    assert rank(panel).order[0] == best


def test_a_tie_goes_to_the_smaller_k() -> None:
    tied = [replace(p, silhouette=0.4, calinski_harabasz=100.0) if p.k > 2 else p for p in PANEL]
    assert rank(tied).order[:2] == (3, 4)


def test_where_no_k_stands_out_the_knee_decides_and_it_is_said() -> None:
    choice = choose_k(None, CLOUD, 0.01, lambda k: 0.2)
    assert choice is not None
    assert choice.k == 4
    assert reason_sentence(choice.reason) == (
        "no k of 2 to 6 stands out (2 would cut one group in two): "
        "k = 4 is the knee of the log-inertia"
    )


def test_two_stands_out_where_two_groups_are_apart_or_the_knee_says_so() -> None:
    apart = (CLOUD[0], replace(CLOUD[1], variance_left=0.2), *CLOUD[2:])
    assert rank(apart).order[0] == 2
    early = tuple(replace(p, inertia=300.0 - p.k) if p.k > 1 else p for p in CLOUD)
    assert rank(early).order[0] == 2
    assert rank(early).stand_out == {2}
    assert rank(CLOUD).stand_out == frozenset()


def test_small_segments_are_passed_over_and_it_is_said() -> None:
    shares = {2: 0.3, 3: None, 4: 0.005, 5: 0.02, 6: 0.001}
    choice = choose_k(None, PANEL, 0.01, shares.get)
    assert choice is not None
    assert choice.k == 5
    assert reason_sentence(choice.reason) == (
        "k = 5 comes next by the knee of the log-inertia, "
        "of those whose segments all hold 1% of the customers (not so: 4); "
        "no tree of so few leaves has a rule for each segment of k = 3"
    )
    two = choose_k(None, CLOUD, 0.01, {2: 0.3, 3: 0.0, 4: 0.005, 5: 0.0, 6: 0.001}.get)
    assert two is not None
    assert reason_sentence(two.reason).startswith(
        "no k of 2 to 6 stands out: k = 2 comes next by the knee"
    )
    assert choice.warnings == ()


def test_if_all_are_small_the_first_is_taken_with_a_warning() -> None:
    choice = choose_k(None, PANEL, 0.1, {2: 0.01, 3: None, 4: 0.02, 5: 0.02}.get)
    assert choice is not None
    assert choice.k == 4
    assert reason_sentence(choice.reason).endswith(", but a small segment")
    assert "smallest segment holds 2%" in sentences(choice.warnings)[0]


def test_no_tree_at_all() -> None:
    assert choose_k(None, PANEL, 0.01, lambda k: None) is None
    assert choose_k(3, PANEL, 0.01, lambda k: None) is None


def test_a_declared_k_is_kept_and_warns_if_small() -> None:
    choice = choose_k(4, PANEL, 0.01, lambda k: 0.2)
    assert choice is not None
    assert (choice.k, reason_sentence(choice.reason), choice.warnings) == (
        4,
        "k = 4 as declared",
        (),
    )
    small = choose_k(4, PANEL, 0.01, lambda k: 0.001)
    assert small is not None and small.warnings


def test_a_sweep_without_the_newer_figures_is_ranked_by_the_knee() -> None:
    old = [SweepPoint(p.k, p.inertia, p.silhouette, p.smallest_share) for p in PANEL]
    assert rank(old).order[0] == 4


def test_nothing_to_compare() -> None:
    none = [SweepPoint(1, 1.0), SweepPoint(2, 0.0)]  # a cluster for each row
    choice = choose_k(None, none, 0.01, lambda k: 0.5)
    assert choice is not None
    assert (choice.k, reason_sentence(choice.reason)) == (
        2,
        "k = 2: too few customers to compare others",
    )
    only = choose_k(None, PANEL[:2], 0.01, lambda k: 0.5)
    assert only is not None
    assert (only.k, reason_sentence(only.reason)) == (
        2,
        "k = 2: there is no other to compare it with",
    )


def test_customers_that_are_alike_within_their_clusters() -> None:
    X = np.repeat([[0.0], [3.0], [4.0], [9.0]], 30, axis=0)
    panel = measure_panel(Rows.of_array(X), sweep(X, 8), 0, range(2, 9))
    choice = choose_k(None, panel, 0.01, lambda k: 0.2)
    assert choice is not None
    assert (
        reason_sentence(choice.reason)
        == "k = 4 of 2 to 4: within these clusters customers do not differ"
    )


@pytest.mark.parametrize("apart", [3.0, 8.0])
def test_two_groups_are_two(apart: float) -> None:
    rng = np.random.default_rng(6)
    X = rng.normal(size=(300, 3))
    X[:130, 0] += apart
    assert auto_of(X) == 2


def test_three_groups_are_three() -> None:
    assert auto_of(blobs()) == 3


def test_a_long_cloud_is_not_cut_in_two() -> None:
    X = np.random.default_rng(7).normal(size=(300, 3)) * (2, 1, 1)
    points = measure_panel(Rows.of_array(X), sweep(X, 6), 0, range(2, 7))
    silhouettes = {p.k: p.silhouette for p in points if p.silhouette is not None}
    assert max(silhouettes, key=lambda k: silhouettes[k]) == 2  # the silhouette alone would
    assert auto_of(X) > 2


def test_an_even_line_that_is_cut_in_two_is_one_group() -> None:
    """A quarter of the variance of an even spread stays within its halves, so 1/4 is one group."""
    even = np.arange(10_000.0)
    halves = [half.var() for half in np.split(even, 2)]
    assert np.mean(halves) / even.var() == pytest.approx(0.25, abs=1e-6)
    one, two = (
        (CLOUD[0], replace(CLOUD[1], variance_left=left), *CLOUD[2:]) for left in (0.25, 0.249)
    )
    assert rank(one).stand_out == frozenset()
    assert rank(two).stand_out == {2}


def test_clusters_come_back_from_a_stability_of_nine_tenths_on() -> None:
    for stability, stand_out in ((0.9, {3, 4}), (0.899, {3})):
        panel = [replace(p, stability=stability) if p.k == 4 else p for p in PANEL]
        assert rank(panel).stand_out == stand_out
