from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, silhouette_score

from segkit.core.fit import SweepPoint
from segkit.learn.clusters.panel import measure_panel, tree_loss
from segkit.learn.clusters.sweep import Clustering, fit_clusters, sweep
from segkit.learn.numbers import Floats
from segkit.learn.trees.fit_surrogate import fit_surrogate
from segkit.learn.trees.ranks import Rows
from tests.learn.conftest import blobs
from tests.learn.unweighted import adjusted_rand, stability, variance_left


def panel_of(X: Floats, k_max: int, in_full: Sequence[int] | None = None) -> list[SweepPoint]:
    ks = range(1, k_max + 1) if in_full is None else in_full
    return list(measure_panel(Rows.of_array(X), sweep(X, k_max), 5, ks))


def test_three_groups_speak_for_three() -> None:
    X = blobs()
    one, two, three, four = panel_of(X, 4)
    assert (one.k, one.silhouette, one.calinski_harabasz, one.stability) == (1, None, None, None)
    assert three.silhouette is not None and three.calinski_harabasz is not None
    assert three.stability == 1.0
    assert three.tree_loss == pytest.approx(0, abs=1e-9)  # apart: three leaves say it exactly
    for other in (two, four):
        assert other.silhouette is not None and other.calinski_harabasz is not None
        assert other.silhouette < three.silhouette
        assert other.calinski_harabasz < three.calinski_harabasz
        assert other.davies_bouldin is not None and three.davies_bouldin is not None
        assert other.davies_bouldin > three.davies_bouldin
    assert four.stability is not None and four.stability < 0.95
    labels = sweep(X, 4)[2].labels
    assert three.silhouette == pytest.approx(float(silhouette_score(X, labels)), rel=1e-8)
    assert three.smallest_share == pytest.approx(np.bincount(labels).min() / len(X))


def test_the_dear_figure_is_measured_where_it_is_asked_for() -> None:
    points = panel_of(blobs(), 4, in_full=[3])
    assert [p.k for p in points if p.tree_loss is not None] == [3]
    assert [p.k for p in points if p.stability_error is not None] == [2, 3, 4]
    assert [p.k for p in points if p.calinski_harabasz is not None] == [2, 3, 4]


def test_a_cluster_for_every_row_has_no_figures() -> None:
    points = panel_of(np.array([[0.0], [1.0], [5.0]]), 3)
    assert [p.silhouette is None for p in points] == [True, False, True]
    assert points[2].stability is None


def test_a_cluster_that_the_first_rows_do_not_have() -> None:
    rng = np.random.default_rng(9)
    X = np.vstack([rng.normal(size=(5000, 2)), rng.normal(size=(8, 2)) + 300])
    _, two, three = panel_of(X, 3)
    assert two.calinski_harabasz is not None and two.variance_left is not None
    assert two.silhouette is two.stability is two.tree_loss is None
    assert three.silhouette is not None and three.stability is not None
    assert three.tree_loss is None


def test_customers_that_are_all_alike_divide_nothing_by_zero() -> None:
    X = np.repeat([[0.0], [3.0], [9.0]], 40, axis=0)
    point = panel_of(X, 3)[2]
    assert (point.inertia, point.silhouette, point.stability) == (0.0, 1.0, 1.0)
    assert point.calinski_harabasz is point.davies_bouldin is point.tree_loss is None


@pytest.mark.slow
def test_stability_falls_where_nothing_is_to_be_found() -> None:
    noise = np.random.default_rng(1).uniform(size=(400, 2))
    found, error = stability(noise, fit_clusters(noise, k=7))
    assert 0.3 < found < 0.9
    assert 0.01 < error < 0.05
    assert (found, error) == stability(noise, fit_clusters(noise, k=7))


@pytest.mark.slow
def test_stability_does_not_rise_with_the_number_of_customers() -> None:
    cloud = np.random.default_rng(8).normal(size=(4000, 2)) * (2, 1)
    few, many = (stability(X, fit_clusters(X, k=3))[0] for X in (cloud[:500], cloud))
    assert many < 0.9
    assert many == pytest.approx(few, abs=0.1)


def test_the_adjusted_rand_index_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(2)
    for k in (1, 2, 5):
        one, other = rng.integers(0, k, 200), rng.integers(0, 4, 200)
        assert adjusted_rand(one, other) == pytest.approx(adjusted_rand_score(one, other))
        assert adjusted_rand(one, (one + 1) % k) == 1.0


@pytest.mark.slow
def test_the_loss_is_that_of_as_many_leaves_as_clusters() -> None:
    rng = np.random.default_rng(3)
    around = np.vstack([rng.normal((x, y), 1.0, (100, 2)) for x, y in ((0, 0), (3, 3), (6, 0))])
    clustering = fit_clusters(around, k=3)
    loss = tree_loss(Rows.of_array(around), clustering, 0)
    assert loss is not None and 0.005 < loss < 0.5
    wider = fit_surrogate(around, clustering.centers, max_leaves=5)
    assert loss > wider.cost / clustering.inertia - 1 + 0.001
    assert tree_loss(
        Rows.of_array(around), Clustering(clustering.centers, 0.0, clustering.labels), 0
    )
    # no cut parts two clusters whose customers are all alike
    same = np.zeros((10, 1))
    labels = np.arange(10) % 2
    assert tree_loss(Rows.of_array(same), Clustering(np.zeros((2, 1)), 1.0, labels), 0) is None


def test_less_than_a_quarter_of_the_variance_is_left_between_two_groups_only() -> None:
    rng = np.random.default_rng(4)
    spread = {
        "normal": rng.normal(size=(4000, 2)) * (2, 1),
        "uniform": rng.uniform(size=(4000, 2)) * (2, 1),
        "two": rng.normal(size=(4000, 2)) + np.where(rng.random((4000, 1)) < 0.5, 2, -2),
    }
    left = {name: variance_left(X, fit_clusters(X, k=2)) for name, X in spread.items()}
    assert left["normal"] == pytest.approx(1 - 2 / np.pi, abs=0.02)
    assert left["uniform"] == pytest.approx(0.25, abs=0.02)
    assert left["two"] < 0.15
