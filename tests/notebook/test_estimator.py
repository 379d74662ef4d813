"""The estimator shows scikit-learn's diagram before ``fit``, and its segments after it."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

import segkit
from segkit.core.tree import leaves
from segkit.errors import ConfigError
from segkit.learn import segmenter
from tests.learn.conftest import blobs


def test_it_shows_its_segments() -> None:
    frame = pd.DataFrame(blobs(300), columns=["age <b>", "spend"])
    model = segkit.Segmenter(n_clusters=3).fit(frame)
    assert isinstance(model, segkit.Segmenter) and isinstance(model, segmenter.Segmenter)
    html = model._repr_html_()
    assert "Segmenter: 3 segments of 300 customers" in html and "<b>" not in html
    for n in np.bincount(model.labels_):
        assert f"<td>{n:,}</td>" in html
    assert model._repr_mimebundle_() == {"text/plain": repr(model), "text/html": html}
    assert repr(model) == "Segmenter(n_clusters=3)"
    assert pickle.loads(pickle.dumps(model))._repr_html_() == html


def test_before_fit_it_is_scikit_learns() -> None:
    model = segkit.Segmenter()
    assert "sk-estimator" in model._repr_html_() and type(clone(model)) is segkit.Segmenter
    assert model._repr_mimebundle_()["text/html"]
    with pytest.raises(NotFittedError):
        model.plot_tree()


def test_its_pictures() -> None:
    X = blobs(300)
    model = segkit.Segmenter().fit(X)
    found = model.plot_tree(), model.plot_k(), model.plot_profile()
    assert all("<svg" in picture._repr_html_() for picture in found)
    assert found[0].title == "Segmenter: How the rules decide"
    with pytest.raises(ConfigError, match="no numbers of them were compared") as refused:
        segkit.Segmenter(n_clusters=2).fit(X).plot_k()
    assert 'n_clusters="auto"' in (refused.value.problems[0].help or "")


def test_the_fit_is_what_was_learned() -> None:
    X = blobs(300)
    model = segkit.Segmenter(n_clusters=4, max_leaves=6).fit(X)
    fit = model.as_fit()
    assert fit.tree == model.tree_ and fit.quality.leaves == len(list(leaves(model.tree_)))
    assert [segment.id for segment in fit.segments] == ["0", "1", "2", "3"]
    assert [segment.n for segment in fit.segments] == np.bincount(model.labels_).tolist()
    assert sum(fit.clusters.sizes) == fit.rows == 300
    for place, feature in enumerate(fit.features):
        assert (feature.center, feature.spread) == pytest.approx(
            (X[:, place].mean(), X[:, place].std())
        )
    # a row lies nearest to the centre of its cluster; most are where the tree has them
    z = (X - X.mean(axis=0)) / X.std(axis=0)
    nearest = ((z[:, None] - np.array(fit.clusters.centers)) ** 2).sum(axis=2).argmin(axis=1)
    assert np.bincount(nearest).tolist() == list(fit.clusters.sizes)
    assert (nearest == model.labels_).mean() == pytest.approx(fit.quality.fidelity)
    shares = fit.quality.fidelity_by_segment
    assert shares["0"] == pytest.approx((nearest == model.labels_)[model.labels_ == 0].mean())
