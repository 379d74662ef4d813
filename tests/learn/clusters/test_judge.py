from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from segkit.core.fit import SweepPoint, Verdict
from segkit.learn.clusters import judge as judging
from segkit.learn.clusters.gaps import Found
from segkit.learn.clusters.judge import Judgement, best_stable, is_tie, judge
from segkit.learn.clusters.panel import measure_panel
from segkit.learn.clusters.sweep import sweep
from segkit.learn.numbers import Floats
from segkit.learn.trees.ranks import Rows
from tests.learn.clusters.test_gaps import layout
from tests.learn.conftest import blobs

# 3 comes back and scores best; 2 comes back but cuts one group; 5 and 6 do not come back
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


def judged(X: Floats, k_max: int = 6) -> Judgement:
    rows = Rows.of_array(X)
    clusterings = sweep(X, k_max)
    return judge(rows, clusterings, measure_panel(rows, clusterings, 0, ()))


@pytest.mark.parametrize("apart", [4.0, 8.0])
def test_two_groups_are_two(apart: float) -> None:
    X = np.random.default_rng(6).normal(size=(300, 3))
    X[:130, 0] += apart
    assert judged(X).found == Found(2, "apart")


def test_three_groups_are_three() -> None:
    found = judged(blobs())
    assert found.found == Found(3, "apart")
    assert found.verdict(3) == "apart"
    assert found.verdict(4) == "degrees"
    assert found.order[:3] == (3, 2, 4)
    assert 3 in found.opened


def standard(X: Floats) -> Floats:
    return np.asarray((X - X.mean(axis=0)) / X.std(axis=0))


def test_who_uses_nothing_one_service_or_both_stand_out() -> None:
    """Such zeros of two blocks of three columns are groups: the columns go together."""
    rng = np.random.default_rng(0)
    uses = np.repeat(rng.random((900, 2)) < 0.45, 3, axis=1) & (rng.random((900, 6)) >= 0.02)
    found = judged(standard(np.where(uses, rng.normal(4, 0.5, (900, 6)), 0.0)))
    assert found.found == Found(4, "apart")
    assert found.telling == ()


def test_columns_by_which_groups_stand_out_are_named_where_others_are_cut() -> None:
    rng = np.random.default_rng(0)
    at = np.array([(0, 0), (6, 2), (2, 7)])[rng.choice(3, 1000, p=(0.8, 0.12, 0.08))]
    found = judged(standard(np.hstack([at + rng.normal(0, 0.5, (1000, 2)), rng.random((1000, 2))])))
    assert found.found == Found(3, "shape")
    assert found.telling == ("x0", "x1")


def test_a_long_cloud_is_not_cut_in_two() -> None:
    X = np.random.default_rng(7).normal(size=(300, 3)) * (2, 1, 1)
    found = judged(X)
    silhouettes = {p.k: p.silhouette for p in found.known if p.silhouette is not None}
    assert max(silhouettes, key=lambda k: silhouettes[k]) == 2  # the silhouette alone would
    assert found.found == Found(None, "degrees")


def test_customers_that_are_alike_within_their_clusters() -> None:
    X = np.repeat([[0.0], [3.0], [4.0], [9.0]], 30, axis=0)
    assert judged(X, 8).found == Found(4, "columns")


def test_the_best_score_among_those_that_come_back() -> None:
    assert best_stable(PANEL) == 3
    assert best_stable(CLOUD) is None


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
    assert best_stable(panel) == best


def test_a_tie_goes_to_the_smaller_k() -> None:
    tied = [replace(p, silhouette=0.4, calinski_harabasz=100.0) if p.k > 2 else p for p in PANEL]
    assert best_stable(tied) == 3


def test_two_come_back_where_two_groups_are_apart_or_the_knee_says_so() -> None:
    assert best_stable((CLOUD[0], replace(CLOUD[1], variance_left=0.2), *CLOUD[2:])) == 2
    early = tuple(replace(p, inertia=300.0 - p.k) if p.k > 1 else p for p in CLOUD)
    assert best_stable(early) == 2


def test_an_even_line_that_is_cut_in_two_is_one_group() -> None:
    """A quarter of the variance of an even spread stays within its halves, so 1/4 is one group."""
    even = np.arange(10_000.0)
    halves = [half.var() for half in np.split(even, 2)]
    assert np.mean(halves) / even.var() == pytest.approx(0.25, abs=1e-6)
    for left, best in ((0.25, None), (0.249, 2)):
        panel = (CLOUD[0], replace(CLOUD[1], variance_left=left), *CLOUD[2:])
        assert best_stable(panel) == best


def test_clusters_come_back_from_a_stability_of_nine_tenths_on() -> None:
    for stability, best in ((0.9, 4), (0.899, None)):
        panel = [replace(p, stability=stability) if p.k == 4 else p for p in CLOUD]
        assert best_stable(panel) == best


def test_useful_are_four_to_seven_that_come_back_and_are_large_enough() -> None:
    points = [SweepPoint(k, 100.0 / k, 0.3, 0.05, stability=0.8) for k in range(2, 10)]
    assert list(Judgement(tuple(points), Found(None, "degrees")).useful()) == [7, 6, 5, 4]
    points[5] = replace(points[5], stability=0.79)  # 7
    points[4] = replace(points[4], smallest_share=0.049)  # 6
    found = Judgement(tuple(points), Found(None, "degrees"))
    assert list(found.useful()) == [5, 4]
    assert found.alternatives(4) == (5,)


def test_what_comes_next() -> None:
    degrees = Judgement(CLOUD, Found(None, "degrees"))
    assert degrees.order == (4, 3, 5, 2, 6)  # by the knee
    assert degrees.alternatives(4) == (3, 5)
    found = Judgement(PANEL, Found(3, "apart"), frozenset({2, 3, 6}))
    assert found.alternatives(3) == (2, 6)
    assert found.alternatives(5) == (3, 6)  # what was found, and what has gaps


def test_a_tie_is_within_two_errors() -> None:
    one = SweepPoint(4, 1.0, stability=0.9, stability_error=0.03)
    for stability, tied in ((0.81, True), (0.79, False), (0.99, True)):
        other = SweepPoint(5, 1.0, stability=stability, stability_error=0.04)
        assert is_tie(one, other) == tied
    assert not is_tie(one, SweepPoint(5, 1.0))


def test_a_category_that_says_nothing_makes_no_groups_and_hides_none() -> None:
    """Three groups by two numbers; K-Means beyond them parts the regions of a group."""
    rng = np.random.default_rng(9)
    X = blobs(500)
    scaled, region = (X - X.mean(axis=0)) / X.std(axis=0), rng.integers(0, 3, 500)
    rows = replace(
        Rows.of_array(np.column_stack([X, region]), scaled=np.hstack([scaled, np.eye(3)[region]])),
        levels={"x2": ("north", "south", "west")},
    )
    clusterings = sweep(rows.scaled, 7)
    assert judge(rows, clusterings, measure_panel(rows, clusterings, 0, ())).found.k == 3


def test_fewer_clusters_that_come_back_do_not_hide_a_small_group() -> None:
    """With three clusters K-Means halves the largest group, with more it finds the small one."""
    rng = np.random.default_rng(10)
    X = np.vstack(
        [
            rng.normal(size=(2400, 5)),
            rng.normal(size=(1600, 5)) + 4,
            rng.normal(size=(30, 5)) * 0.6 + (-7.5, 0, 0, 0, 0),
        ]
    )
    assert judged(X, 6).found == Found(3, "shape")


@pytest.mark.parametrize(("two", "k"), [(0.999, 3), (0.951, 3), (1.0, 2)])
def test_without_a_plateau_one_less_is_taken_only_if_it_comes_back_more_often(
    monkeypatch: pytest.MonkeyPatch, two: float, k: int
) -> None:
    """Three score best, there is a gap at two only: .95 is less than 1 by just 2 * .025 or more."""
    given = {at: layout(at, groups) for at, groups in enumerate((2, 1, 1, 3, 3), start=2)}
    monkeypatch.setattr(judging, "layout_of", lambda _, centers: given[len(centers)])
    panel = [replace(p, stability_error=0.0) for p in PANEL]
    panel[1] = replace(panel[1], stability=two)
    panel[2] = replace(panel[2], stability_error=0.0249)
    X = blobs()
    assert judge(Rows.of_array(X), sweep(X, 6), panel).found == Found(k, "overlap")


def test_what_does_not_come_back_does_not_stand_out() -> None:
    """Gaps at every border, of groups that K-Means does not find again on other customers."""
    X = blobs()
    rows, clusterings = Rows.of_array(X), sweep(X, 6)
    panel = measure_panel(rows, clusterings, 0, ())
    cases: tuple[tuple[float, Verdict], ...] = ((0.9, "apart"), (0.89, "overlap"))
    for stability, verdict in cases:
        shaky = [replace(p, stability=stability) if p.k == 3 else p for p in panel]
        assert judge(rows, clusterings, shaky).found == Found(3, verdict)


def test_two_levels_of_a_category_do_not_stand_out() -> None:
    """Between levels there is always a gap, whatever the customers are like."""
    rng = np.random.default_rng(8)
    level = rng.integers(0, 2, 400)
    numbers = rng.normal(size=(400, 2)) * 0.3
    X = np.column_stack([numbers, np.eye(2)[level]])
    rows = replace(
        Rows.of_array(np.column_stack([numbers, level.astype(float)]), scaled=X),
        levels={"x2": ("no", "yes")},
    )
    clusterings = sweep(X, 5)
    found = judge(rows, clusterings, measure_panel(rows, clusterings, 0, ())).found
    assert found.verdict != "apart"
    as_numbers = Rows.of_array(X)
    said = judge(as_numbers, clusterings, measure_panel(as_numbers, clusterings, 0, ())).found
    assert said == Found(2, "apart")


def test_whole_numbers_are_not_cut_to_single_values() -> None:
    """Who never ordered, who ordered once to thrice, and who orders often: three, and not six."""
    rng = np.random.default_rng(3)
    kind = rng.choice(3, 900, p=(0.5, 0.3, 0.2))
    orders = np.where(kind == 0, 0, 1 + rng.poisson(np.array([0.0, 0.8, 24.0])[kind]))
    spend = orders * rng.lognormal(2.6, 0.5, 900)
    X = np.log1p(np.column_stack([orders, spend]))
    found = judged((X - X.mean(axis=0)) / X.std(axis=0), 8).found
    assert found.k == 3
