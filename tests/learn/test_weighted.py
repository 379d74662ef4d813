"""Rows of weight w are the same rows written down w times, for every statistic."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    adjusted_rand_score,
    calinski_harabasz_score,
    davies_bouldin_score,
    silhouette_score,
)

from segkit.core.columns import Column, parse_type
from segkit.core.fact_english import assumption_sentences, warning_sentences
from segkit.core.fit import Fit, FittedFeature
from segkit.learn import weighted
from segkit.learn.clusters import panel
from segkit.learn.clusters.gaps import Found
from segkit.learn.clusters.judge import judge
from segkit.learn.clusters.panel import measure_panel
from segkit.learn.clusters.sweep import Clustering, fit_clusters, sweep
from segkit.learn.data import read, summary
from segkit.learn.data.choose_features import Candidate, choose_features
from segkit.learn.data.data_warnings import find_warnings
from segkit.learn.data.deciding import deciding_column
from segkit.learn.data.prepare import fill_missing, fit_feature, transform
from segkit.learn.data.sentinels import ends_of
from segkit.learn.data.summary import Counts, Sample, summarise
from segkit.learn.matching import adjusted_rand, crosstab
from segkit.learn.names.identity import identify
from segkit.learn.names.name_counts import NameCounts
from segkit.learn.names.name_segments import name_segments
from segkit.learn.names.statements import People
from segkit.learn.numbers import Floats, Ints, round_digits, squared_distances
from segkit.learn.quality import far_distance, measure_quality
from segkit.learn.trees.apply import codes_of
from segkit.learn.trees.choose_tree import explain, fidelity
from segkit.learn.trees.fit_surrogate import fit_surrogate
from segkit.learn.trees.ranks import Rows
from segkit.learn.trees.short_cuts import shorten_cuts
from segkit.learn.trees.surrogate import cost_of
from segkit.project.nodes import RuleSpec
from tests.learn.conftest import MemoryEngine, blobs, feature, load, segmentation
from tests.learn.unweighted import learn

NUMBER = Column("x", parse_type("DOUBLE"))
SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.995, 1.0)


def drawn(seed: int, n: int = 60) -> tuple[Floats, Ints, Ints]:
    """Two columns in three groups, with ties and missing values; weights; and groups."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 3, n)
    group[:3] = range(3)
    X = np.round(rng.normal(size=(n, 2)) * 2 + group[:, None] * [7.0, 3.0], 1)
    return X, rng.integers(1, 5, n), group


def with_gaps(X: Floats, seed: int) -> Floats:
    return np.where(np.random.default_rng(seed).random(X.shape) < 0.1, np.nan, X)


seeds = pytest.mark.parametrize("seed", range(8))


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 5)), min_size=1, max_size=30))
def test_basic_statistics(pairs: list[tuple[int, int]]) -> None:
    x, w = (np.array(part, dtype=float) for part in zip(*pairs, strict=True))
    again, ones = np.repeat(x, w.astype(int)), np.ones(int(w.sum()))
    assert weighted.mean(x, w) == weighted.mean(again, ones)
    assert weighted.moments(x, w) == pytest.approx(weighted.moments(again, ones), rel=1e-12)
    assert weighted.quantiles(x, w, SHARES).tolist() == np.quantile(again, SHARES).tolist()
    assert weighted.median(x, w) == np.median(again)
    for part in (1, 2, 3, 4):
        assert weighted.middle(x, w, part, 5) == weighted.middle(again, ones, part, 5)
    assert weighted.share(x > 0, w) == (again > 0).mean()
    assert weighted.count(x > 0, w) == (again > 0).sum()
    y = np.sin(x)
    r = weighted.correlation(x, y, w)
    if r is not None:
        assert r == pytest.approx(np.corrcoef(again, np.sin(again))[0, 1])


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200), st.integers(2, 130))
def test_weights_of_1_change_no_bit_of_a_quantile(values: list[float], parts: int) -> None:
    x, shares = np.array(values), np.linspace(0, 1, parts)
    found = weighted.quantiles(x, np.ones(len(x)), shares.tolist())
    assert found.tolist() == np.quantile(x, shares).tolist()


@seeds
def test_features_and_summaries(seed: int) -> None:
    X, w, group = drawn(seed)
    x = with_gaps(X, seed)[:, 0]
    again, ones = np.repeat(x, w), np.ones(w.sum())
    for scale in ("standard", "robust", "none", "log"):
        one, other = (
            fit_feature(feature("x", scale=scale), NUMBER, np.abs(values), weight)
            for values, weight in ((x, w.astype(float)), (again, ones))
        )
        assert one == other
    levels = ("a", "b", "c")
    category = feature("x", kind="category")
    kinds = group.astype(float)
    assert fit_feature(category, NUMBER, kinds, w.astype(float), levels) == fit_feature(
        category, NUMBER, np.repeat(kinds, w), ones, levels
    )
    counts = Counts("x", int(w.sum()), 0, 0, 9, 0.0, 9.0, 0, 1)
    one, other = summarise(counts, x, w.astype(float)), summarise(counts, again, ones)
    assert (one.mean, one.sd, one.skew) == pytest.approx((other.mean, other.sd, other.skew))
    assert ends_of(x, w.astype(float)) == ends_of(again, ones)


def test_what_a_weight_changes() -> None:
    """One row of five customers decides the median, the mode, and the word for a column."""
    x, w = np.array([1.0, 2.0, 9.0]), np.array([1.0, 1.0, 5.0])
    assert fit_feature(feature("x"), NUMBER, x, w).median == 9.0
    kinds = np.array([0.0, 0.0, 1.0])
    assert fit_feature(feature("x"), NUMBER, kinds, w, ("a", "b")).mode == "b"
    counts = Counts("x", 7, 0, 0, 3, 1.0, 9.0, 0, 0)
    assert summarise(counts, x, w).mean == 48 / 7


@seeds
def test_the_panel(seed: int) -> None:
    """Its figures are those of scikit-learn on the rows repeated."""
    X, w, _ = drawn(seed)
    weight = w.astype(float)
    clustering = fit_clusters(X, k=3, seed=1, sample_weight=weight)
    labels, again = clustering.labels, np.repeat(X, w, axis=0)
    repeated = np.repeat(labels, w)
    one = measure_panel(Rows.of_array(X, weight=weight), [clustering], 7, {3})
    same = Clustering(clustering.centers, clustering.inertia, repeated)
    (other,) = measure_panel(Rows.of_array(again), [same], 7, {3})
    assert one == (other,)
    assert other.silhouette == pytest.approx(silhouette_score(again, repeated))
    assert other.davies_bouldin == pytest.approx(davies_bouldin_score(again, repeated))
    assert other.calinski_harabasz == pytest.approx(calinski_harabasz_score(again, repeated))
    assert other.smallest_share == round_digits(np.bincount(repeated).min() / w.sum())
    two = Clustering(clustering.centers[:2], 1.0, np.minimum(labels, 1))
    line = again @ (two.centers[0] - two.centers[1])
    sides = [line[np.repeat(two.labels, w) == side] for side in (0, 1)]
    left = (
        sum(((side - side.mean()) ** 2).sum() for side in sides) / ((line - line.mean()) ** 2).sum()
    )
    assert panel.variance_left(X, weight, two) == pytest.approx(left)


@seeds
def test_the_index_of_two_labelings(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, other, w = rng.integers(0, 3, 40), rng.integers(0, 4, 40), rng.integers(1, 6, 40)
    expected = adjusted_rand_score(np.repeat(one, w), np.repeat(other, w))
    assert adjusted_rand(crosstab(one, other, w.astype(float))) == pytest.approx(expected)


@seeds
def test_k_means_finds_groups_of_the_same_cost(seed: int) -> None:
    """Its starts are drawn by row, so they differ; where they lead to does not."""
    X, w, _ = drawn(seed)
    one = fit_clusters(X, k=3, seed=seed, sample_weight=w.astype(float))
    other = fit_clusters(np.repeat(X, w, axis=0), k=3, seed=seed)
    assert one.inertia == pytest.approx(other.inertia, rel=1e-9)
    assert one.centers.tolist() == other.centers.tolist()
    assert np.repeat(one.labels, w).tolist() == other.labels.tolist()


@pytest.mark.parametrize(
    "seed", [pytest.param(n, marks=pytest.mark.slow) if n > 2 else n for n in range(8)]
)
def test_the_tree(seed: int) -> None:
    """The same cuts with a leaf for each segment, whatever a leaf has to hold.

    With more leaves the search has to choose among trees that cost the same but for the
    last bit of a sum, and scikit-learn's random trees, of which some start it, count rows:
    there the cost is about the same.
    """
    X, w, group = drawn(seed)
    weight, again = w.astype(float), np.repeat(X, w, axis=0)
    centers = np.stack([np.average(X[group == g], axis=0, weights=w[group == g]) for g in range(3)])
    for least in (1, 4, 12):
        one = fit_surrogate(X, centers, max_leaves=3, min_leaf=least, sample_weight=weight)
        other = fit_surrogate(again, centers, max_leaves=3, min_leaf=least)
        assert one.tree == other.tree
        assert one.cost == pytest.approx(other.cost)
        assert np.bincount(one.predict(X), weight).min() >= least
        one = fit_surrogate(X, centers, max_leaves=5, min_leaf=least, sample_weight=weight)
        other = fit_surrogate(again, centers, max_leaves=5, min_leaf=least)
        assert one.cost == pytest.approx(other.cost, rel=0.005)


def explained(X: Floats, weight: Floats, clustering: Clustering, spec: RuleSpec):  # type: ignore[no-untyped-def]
    rows = Rows.of_array(X, weight=weight)
    return explain(rows, clustering, spec, 3)


@seeds
def test_the_explanation_of_clusters(seed: int) -> None:
    """Its losses, curve, warnings and shares; ``max_moved`` and ``min_share`` are of customers."""
    X, w, _ = drawn(seed)
    X = X + np.random.default_rng(seed).integers(0, 1000, X.shape) / 10_000  # cuts worth rounding
    weight = w.astype(float)
    clustering = fit_clusters(X, k=3, seed=1, sample_weight=weight)
    again = Clustering(clustering.centers, clustering.inertia, np.repeat(clustering.labels, w))
    spec = RuleSpec(None, 0.0, 0.12, 0.05)
    one = explained(X, weight, clustering, spec)
    other = explained(np.repeat(X, w, axis=0), np.ones(w.sum()), again, spec)
    assert (one.surrogate.tree, one.surrogate.moved) == (
        other.surrogate.tree,
        other.surrogate.moved,
    )
    assert (one.curve, one.warnings, one.min_leaf) == (other.curve, other.warnings, other.min_leaf)
    assert one.loss == pytest.approx(other.loss, abs=1e-12)
    assert one.smallest_share == other.smallest_share


@seeds
def test_quality_and_distances(seed: int) -> None:
    X, w, group = drawn(seed)
    weight, ones, again = w.astype(float), np.ones(w.sum()), np.repeat(X, w, axis=0)
    clustering = fit_clusters(X, k=3, seed=1, sample_weight=weight)
    tree = fit_surrogate(X, clustering.centers, max_leaves=3, sample_weight=weight).tree
    ids = {1: "A", 2: "B", 3: "C"}

    def measured(X: Floats, labels: Ints, weight: Floats) -> object:
        return measure_quality(
            tree,
            Sample((), ("x0", "x1"), X, weight, round(weight.sum())),
            np.arange(len(X)),
            labels + 1,
            ids,
            loss=0.0,
            held_out=None,
            curve=(),
            moved=0,
        )

    assert measured(X, group, weight) == measured(again, np.repeat(group, w), ones)
    far = far_distance(X, clustering.centers, weight)
    assert far == far_distance(again, clustering.centers, ones)
    segments = clustering.labels
    rows = Rows.of_array(X, labels=group, weight=weight)
    one = fidelity(rows, group, clustering)
    same = Clustering(clustering.centers, 1.0, np.repeat(segments, w))
    assert one == fidelity(Rows.of_array(again), np.repeat(group, w), same)
    assert cost_of(X, group, weight) == pytest.approx(cost_of(again, np.repeat(group, w), ones))


@seeds
def test_names_and_identity(seed: int) -> None:
    X, w, group = drawn(seed)
    x = with_gaps(X, seed)
    features = [
        FittedFeature(name, name.title(), "", "standard", "DOUBLE", 0.0, 1.0, 0.0)
        for name in ("orders", "spend")
    ]
    weight, ones, again = w.astype(float), np.ones(w.sum()), np.repeat(w * 0 + group, w)
    both = (
        People(group + 1, x, weight, features, ()),
        People(again + 1, np.repeat(x, w, axis=0), ones, features, ()),
    )
    one, other = (name_segments(NameCounts.of(people, {}), (), {}, {}) for people in both)
    assert one == other
    sizes = np.bincount(again).tolist()
    centers = np.zeros((3, 2))
    assert identify(group, centers, weight, sizes, None, None) == (
        identify(again, centers, ones, sizes, None, None)
    )


def test_an_identity_is_kept_by_customers_not_by_rows() -> None:
    """Two of three rows are still in A, but nine of its eleven customers are in the new group."""
    from tests.learn.names.test_identity import A, B, previous

    before, now = np.array([1, 1, 1, 2]), np.array([0, 0, 1, 1])
    weight = np.array([1.0, 1.0, 9.0, 1.0])
    found = identify(now, np.zeros((2, 2)), weight, [2, 10], previous(A, B), before)
    assert found[1].id == "A"
    rows = identify(now, np.zeros((2, 2)), np.ones(4), [2, 2], previous(A, B), before)
    assert rows[0].id == "A"


@seeds
def test_warnings_and_the_choice_of_features(seed: int) -> None:
    X, w, group = drawn(seed)
    X = np.column_stack([X, X[:, 0] * 2 + 1, np.where(np.arange(60) < 1, 0.0, 7.0)])
    names = ("a", "b", "twin", "same")
    weight, ones, again = w.astype(float), np.ones(w.sum()), np.repeat(X, w, axis=0)

    def found(X: Floats, weight: Floats) -> object:
        n = int(w.sum())
        counts = [Counts(c, n, 0, 0, 9, x.min(), x.max(), 0, 1) for c, x in zip(names, X.T)]  # noqa: B905
        summaries = [summarise(c, x, weight) for c, x in zip(counts, X.T, strict=True)]
        type_ = parse_type("DOUBLE")
        columns = [Column(name, type_) for name in names]
        node = segmentation(*names)
        sample = Sample((), names, X, weight, n)
        candidates = [Candidate(*parts) for parts in zip(columns, summaries, X.T, strict=True)]
        chosen = choose_features(candidates, weight, {}, node.place)
        return chosen, find_warnings(node.features, columns, summaries, sample, node)

    assert found(X, weight) == found(again, ones)
    labels = np.repeat(group, w)
    one = deciding_column(Rows.of_array(X[:, :2], weight=weight), group)
    assert one == deciding_column(Rows.of_array(again[:, :2]), labels)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_rounder_cuts_move_customers_not_rows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X, w = rng.uniform(100, 999, (40, 1)), rng.integers(1, 9, 40)
    centers = np.array([[300.0], [700.0]])
    labels = (X[:, 0] > 500).astype(np.int64)
    one = fit_surrogate(X, centers, max_leaves=2, sample_weight=w.astype(float))
    plain = Rows.of_array(X, labels=labels, centers=centers, weight=w.astype(float))
    again = np.repeat(np.arange(40), w)
    many = Rows.of_array(X[again], labels=labels[again], centers=centers)
    found, other = (shorten_cuts(one, rows, 0.02) for rows in (plain, many))
    assert found.tree == other.tree and found.moved == other.moved


def learned(
    monkeypatch: pytest.MonkeyPatch, everyone: Floats, X: Floats, w: Ints, **spec: Any
) -> Fit:
    """The fit of all rows, learned from a sample X of weights w, in that order."""
    engine = MemoryEngine()
    load(engine, everyone)
    keys = tuple(f"k{place}" for place in range(len(X)))
    sample = Sample(keys, ("x", "y"), X, w.astype(float), len(everyone))
    monkeypatch.setattr(read, "read_sample", lambda *a, **k: sample)
    return learn(segmentation("x", "y", **spec), engine)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "missing", "k"), [(0, "median", 3), (1, "unassigned", 3), (2, "median", None)]
)
def test_a_fit_of_weighted_rows_is_that_of_the_rows_repeated(
    monkeypatch: pytest.MonkeyPatch, seed: int, missing: str, k: int | None
) -> None:
    """All but what is said of the sample, and what trees do to rows that were held out.

    The folds of cross-validation are made of rows: of rows repeated one copy can be
    learned from and the other held out, of weighted ones not. And where there are no
    groups to find, K-Means from starts that are drawn by row may end elsewhere. How sure a gap
    is differs as well: see the test of ``judge`` below.
    """
    rng = np.random.default_rng(seed)
    distinct, w = with_gaps(blobs(120, seed), seed), rng.integers(1, 5, 120)
    X = np.repeat(distinct, w, axis=0)
    one = learned(monkeypatch, X, distinct, w, missing=missing, k=k)
    other = learned(monkeypatch, X, X, np.ones(len(X)), missing=missing, k=k)
    assert (one.sample, other.sample, one.rows) == (120, w.sum(), other.rows)
    assert [(s.id, s.name, s.n) for s in one.segments] == (
        [(s.id, s.name, s.n) for s in other.segments]
    )
    assert one.features == other.features
    assert one.tree == other.tree
    for mine, its in zip(one.clusters.sweep, other.clusters.sweep, strict=True):
        assert mine.inertia == pytest.approx(its.inertia, rel=0.005)
        assert mine.k > 3 or replace(mine, tree_loss=None) == replace(its, tree_loss=None)
    for name in ("k", "centers", "sizes", "inertia", "verdict", "reason", "alternatives"):
        assert getattr(one.clusters, name) == getattr(other.clusters, name), name
    apart: dict[str, Any] = {"fidelity_held_out": None, "held_out_by_segment": {}, "curve": ()}
    apart["loss"] = 0.0  # of trees that cost what K-Means does, it is noise
    assert one.quality.loss == pytest.approx(other.quality.loss, abs=1e-12)
    assert replace(one.quality, **apart) == replace(other.quality, **apart)
    assert one.fingerprint == other.fingerprint
    assert one.baseline is not None and other.baseline is not None
    held: dict[str, Any] = {"fidelity_held_out": None}
    assert replace(one.baseline, **held) == replace(other.baseline, **held)
    assert tuple(f for f in one.assumptions if f.code != "sampled") == other.assumptions
    assert one.warnings == other.warnings


def test_a_weight_is_no_evidence_of_a_gap() -> None:
    """The one thing that is not of customers: ten who were met are ten, one drawn for ten is one.

    A weight comes from how a row was drawn (a coreset), so nobody has seen the other nine: they
    may lie in the gap. Sizes, centres and stability are the same, the verdict is weaker.
    """
    rng = np.random.default_rng(3)
    X = np.vstack([rng.normal(size=(8, 2)), rng.normal(size=(8, 2)) + 9.0])
    again, tens = np.repeat(X, 10, axis=0), np.full(16, 10.0)
    found = []
    for rows in (Rows.of_array(X, weight=tens), Rows.of_array(again), Rows.of_array(X)):
        clusterings = sweep(rows.scaled, 4, sample_weight=rows.weight)
        panel = measure_panel(rows, clusterings, 0, ())
        found.append(judge(rows, clusterings, panel).found)
    drawn, met, few = found
    assert met == Found(2, "apart")
    assert drawn == few and drawn.verdict != "apart"


@pytest.mark.parametrize("missing", ["median", "unassigned"])
def test_n_counts_all_rows_not_the_sample(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """Of 900 customers 150 are learned from; the rules are run over all of them by hand."""
    engine = MemoryEngine()
    X = with_gaps(blobs(900, 4), 4)
    load(engine, X)
    small = partial(summary.read_sample, all_up_to=150, drawn=150)
    monkeypatch.setattr(read, "read_sample", small)
    found = learn(segmentation("x", "y", k=3, missing=missing), engine)
    assert found.rows == 900 and 100 < found.sample < 200
    codes = codes_of(found.tree, ("x", "y"), X)
    counts = np.bincount(codes, minlength=4)
    assert [segment.n for segment in found.segments] == counts[1:].tolist()
    assert found.baseline is not None
    unassigned = {"unassigned": counts[0]} if missing == "unassigned" else {}
    by_id = {segment.id: segment.n for segment in found.segments}
    assert found.baseline.segments == by_id | unassigned
    assert sorted(by_id.values(), reverse=True) == list(by_id.values())  # A is the largest of all
    assert sum(found.clusters.sizes) == pytest.approx(900 - counts[0], abs=60)
    for place, feature_ in enumerate(found.baseline.features):
        known = X[:, place][np.isfinite(X[:, place])]
        expected = np.histogram(known, [-np.inf, *feature_.edges, np.inf])[0]
        assert feature_.histogram == tuple(expected.tolist())


def test_rules_of_given_clusters_are_measured_on_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 900 customers about 150 are learned from; 90 have no team, or one of their own."""
    engine = MemoryEngine()
    X = blobs(900, 4)
    load(engine, X)
    engine.execute("ALTER TABLE customers ADD COLUMN team VARCHAR")
    engine.execute(
        "UPDATE customers SET team = CASE WHEN id < 'c00040' THEN NULL WHEN id < 'c00090' THEN id "
        "WHEN x + y < 38 THEN 'low' ELSE 'high' END"
    )
    small = partial(summary.read_sample, all_up_to=150, drawn=150)
    monkeypatch.setattr(read, "read_sample", small)
    rules = RuleSpec(2, 0.001, 0.01)
    found = learn(segmentation("x", "y", labels=feature("team"), rules=rules), engine)
    teams = [row[0] for row in engine.query("SELECT team FROM customers ORDER BY id")]
    labels, codes = found.clusters.labels, codes_of(found.tree, ("x", "y"), X)
    has_one = np.array([team in labels for team in teams])
    cluster = np.array([labels.index(t) if t in labels else -1 for t in teams])[has_one]
    codes, scaled = codes[has_one], transform(X, found.features)[has_one]
    assert has_one.sum() == 810
    wrong = (codes - 1 != cluster).mean()
    assert wrong > 0.001
    assert found.quality.loss == pytest.approx(wrong)
    assert found.quality.fidelity == pytest.approx(1 - wrong)
    assert found.clusters.sizes == tuple(np.bincount(cluster).tolist())
    means = [scaled[cluster == place].mean(axis=0) for place in range(2)]
    assert np.array(found.clusters.centers) == pytest.approx(np.array(means), abs=1e-8)
    assert found.clusters.inertia == pytest.approx(cost_of(scaled, cluster, np.ones(810)))
    said = (*warning_sentences(found), *assumption_sentences(found))
    for text in (f"2 leaves put {wrong:.1%} of", "own for 50 of 900", "40 customers without team"):
        assert any(text in sentence for sentence in said), text


def test_clusters_and_quality_are_those_of_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 900 customers about 150 are learned from; centres, costs and shares are of all."""
    engine = MemoryEngine()
    X = with_gaps(blobs(900, 4), 4)
    load(engine, X)
    small = partial(summary.read_sample, all_up_to=150, drawn=150)
    monkeypatch.setattr(read, "read_sample", small)
    found = learn(segmentation("x", "y", k=3), engine)
    scaled = transform(fill_missing(X, found.features), found.features)
    distances = squared_distances(scaled, np.array(found.clusters.centers))
    nearest, codes = distances.argmin(axis=1), codes_of(found.tree, ("x", "y"), X)
    # one step has settled: each centre is the mean of its customers
    means = [scaled[nearest == place].mean(axis=0).tolist() for place in range(3)]
    assert np.array(found.clusters.centers) == pytest.approx(np.array(means), abs=1e-8)
    assert found.clusters.inertia == pytest.approx(distances.min(axis=1).sum())
    assert found.clusters.sizes == tuple(np.bincount(nearest).tolist())
    cost = cost_of(scaled, codes, np.ones(900))
    assert found.quality.loss == pytest.approx(cost / found.clusters.inertia - 1)
    assert found.quality.fidelity == pytest.approx((codes == nearest + 1).mean())
    held = {s.id: (nearest[codes == s.code] + 1 == s.code).mean() for s in found.segments}
    assert found.quality.fidelity_by_segment == pytest.approx(held)


def test_most_pairs_are_plainly_not_correlated_and_none_that_is_is_missed() -> None:
    rng = np.random.default_rng(0)
    base, weight = rng.normal(size=2000), rng.integers(1, 9, 2000).astype(float)
    reached = []
    for noise in np.geomspace(0.01, 3, 60):
        one, other = 1e6 + base, np.exp(base + noise * rng.normal(size=2000))
        r = weighted.correlation(one, other, weight)
        a, b = (weighted.standardised(each, weight) for each in (one, other))
        assert a is not None and b is not None and r is not None
        assert float(a @ b) == pytest.approx(r, abs=1e-9)
        assert weighted.may_reach(a, b, abs(r))
        reached.append(weighted.may_reach(a, b, 0.5))
    assert {*reached} == {True, False}
    assert weighted.standardised(np.array([1.0, np.nan]), np.ones(2)) is None
    assert weighted.standardised(np.ones(5), np.ones(5)) is None
    assert weighted.may_reach(None, a, 0.9)


def test_values_lie_in_order_with_the_weight_up_to_each() -> None:
    """Where all weigh the same, as where they do not."""
    values = np.array([3.0, 1.0, 2.0, 1.0])
    for weight, upto in (
        (np.full(4, 2.0), [2, 4, 6, 8]),
        (np.array([4.0, 1, 2, 3]), [1, 4, 6, 10]),
    ):
        found = weighted.in_order(values, weight)
        assert [part.tolist() for part in found] == [[1, 1, 2, 3], upto]
    assert [len(part) for part in weighted.in_order(np.empty(0), np.empty(0))] == [0, 0]
