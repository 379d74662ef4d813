from __future__ import annotations

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from segkit.learn.clusters.sweep import fit_clusters, sweep
from segkit.learn.numbers import Floats, squared_distances
from tests.learn.conftest import blobs

# The lowest inertia known for each k on the article's data.
BEST = (
    308812.78,
    212840.17,
    143342.75,
    104366.15,
    75350.78,
    58300.44,
    51082.54,
    44307.87,
    40573.70,
    37071.81,
)


@pytest.mark.slow
def test_no_k_of_the_article_is_missed(mall: Floats) -> None:
    found = sweep(mall, 10, 111)
    assert [c.k for c in found] == list(range(1, 11))
    for clustering, best in zip(found, BEST, strict=True):
        assert clustering.inertia <= best * 1.001
    assert np.bincount(found[5].labels).tolist() == [45, 39, 38, 35, 22, 21]
    assert fit_clusters(mall, k=6, seed=111).inertia <= BEST[5] * 1.001


def test_labels_and_inertia_are_those_of_the_centers() -> None:
    X = blobs()
    clustering = fit_clusters(X, k=3)
    distances = squared_distances(X, clustering.centers)
    assert (clustering.labels == distances.argmin(axis=1)).all()
    assert clustering.inertia == pytest.approx(distances.min(axis=1).sum())
    sizes = np.bincount(clustering.labels)
    assert sizes.tolist() == sorted(sizes.tolist(), reverse=True)


def test_one_cluster_is_the_mean() -> None:
    X = blobs()
    clustering = fit_clusters(X, k=1)
    assert clustering.centers[0] == pytest.approx(X.mean(axis=0))
    assert clustering.inertia == pytest.approx(((X - X.mean(axis=0)) ** 2).sum())


def test_a_cluster_for_each_row() -> None:
    X = blobs(6)
    assert fit_clusters(X, k=6).inertia == pytest.approx(0, abs=1e-9)


def test_duplicate_rows_limit_k() -> None:
    X = np.repeat(np.array([[1.0, 2.0], [3.0, 4.0], [9.0, 9.0]]), 5, axis=0)
    assert [c.k for c in sweep(X, 10)] == [1, 2, 3]
    assert fit_clusters(X, k=3).inertia == 0
    with pytest.raises(ValueError, match="between 1 and 3 distinct rows"):
        fit_clusters(X, k=4)


def test_a_weight_is_as_good_as_a_copy() -> None:
    X = blobs(60)
    copies = np.arange(60) % 3 + 1
    weighted = fit_clusters(X, k=3, sample_weight=copies.astype(float))
    repeated = fit_clusters(np.repeat(X, copies, axis=0), k=3)
    assert weighted.centers == pytest.approx(repeated.centers)
    assert weighted.inertia == pytest.approx(repeated.inertia)


@pytest.mark.parametrize("threads", [1, 2])
def test_any_number_of_threads_gives_the_same_bytes(threads: int) -> None:
    X = blobs(3000)
    once = sweep(X, 4, 7)
    with threadpool_limits(limits=threads):
        again = sweep(X, 4, 7)
    assert [c.centers.tobytes() for c in again] == [c.centers.tobytes() for c in once]


def test_a_few_far_rows_among_many_are_searched() -> None:
    """The first 20,000 rows have none of them."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30_000, 2)) + 6 * rng.integers(0, 4, (30_000, 1))
    X[-3:] = 900
    found = fit_clusters(X, k=5)
    assert np.bincount(found.labels)[-1] == 3
    groups = np.round(X[:-3].mean(axis=1) / 6)
    assert found.inertia < 1.05 * sum(
        ((X[:-3][groups == group] - X[:-3][groups == group].mean(axis=0)) ** 2).sum()
        for group in np.unique(groups)
    )
