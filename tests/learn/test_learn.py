from __future__ import annotations

from dataclasses import asdict, replace
from decimal import Decimal

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from segkit.core.fact_english import reason_sentence, warning_sentences
from segkit.core.fit import Fit
from segkit.core.k_criteria import picks_of
from segkit.core.tree import Below, Leaf, Split, Tree
from segkit.learn.numbers import Floats, round_digits
from segkit.learn.trees.apply import codes_of
from segkit.learn.trees.surrogate import count_short_rules
from segkit.project.nodes import RuleSpec
from tests.learn.conftest import (
    MALL_COLUMNS,
    MemoryEngine,
    blobs,
    feature,
    load,
    segmentation,
)
from tests.learn.unweighted import fit


def test_the_article_on_its_own_data(engine: MemoryEngine, mall: Floats) -> None:
    load(engine, mall, MALL_COLUMNS)
    spec = segmentation(*(feature(c, scale="none") for c in MALL_COLUMNS), k=None, k_max=10)
    found = fit(engine, spec)
    assert found.clusters.k == 6
    assert reason_sentence(found.clusters.reason) == (
        "k = 6 of 2 to 10: groups that run into each other, without a sure gap at every border; "
        "5, 7 may be as stable"
    )
    # the article's elbow sees 4, and the panel says so
    assert picks_of(found.clusters.sweep) == {
        "inertia": 4,
        "log_inertia": 6,
        "silhouette": 6,
        "calinski_harabasz": 6,
        "stability": 6,
        "davies_bouldin": 6,
        "tree_loss": 5,
    }
    assert sorted(found.clusters.sizes, reverse=True) == [45, 39, 38, 35, 22, 21]
    assert found.quality.loss < 0.05
    assert found.quality.leaves <= 12
    assert found.quality.moved == 0
    assert 0.9 < (found.quality.fidelity_held_out or 0) < found.quality.fidelity
    assert [s.id for s in found.segments] == list("ABCDEF")
    assert [s.n for s in found.segments] == sorted((s.n for s in found.segments), reverse=True)
    assert sum(s.n for s in found.segments) == 200
    assert len({s.name for s in found.segments}) == 6
    assert found.definition == spec.definition()
    assert len(found.clusters.sweep) == 10


@pytest.mark.slow  # test_the_article_on_its_own_data goes the same way
def test_the_article_standardised(engine: MemoryEngine, mall: Floats) -> None:
    load(engine, mall, MALL_COLUMNS)
    found = fit(engine, segmentation(*map(feature, MALL_COLUMNS), k=None, k_max=10))
    assert found.clusters.k == 6
    assert picks_of(found.clusters.sweep)["inertia"] == 4


def test_a_declared_k_keeps_the_sweep_and_what_costs_little(engine: MemoryEngine) -> None:
    load(engine, blobs())
    found = fit(engine, segmentation("x", "y", k=3, k_max=5))
    assert reason_sentence(found.clusters.reason) == (
        "k = 3 as declared; 3 stand out, a gap at every border"
    )
    assert (found.clusters.verdict, found.clusters.alternatives) == ("apart", (2, 4))
    assert [point.k for point in found.clusters.sweep] == [1, 2, 3, 4, 5]
    assert all(point.davies_bouldin for point in found.clusters.sweep[1:])
    assert [p.k for p in found.clusters.sweep if p.stability is not None] == [2, 3, 4, 5]
    assert [p.k for p in found.clusters.sweep if p.tree_loss is not None] == [3]


@pytest.mark.parametrize("missing", [pytest.param(False, marks=pytest.mark.slow), True])
def test_the_same_bytes_for_any_order_and_any_threads(missing: bool) -> None:
    X = blobs(400)
    if missing:
        X[5:20, 0] = np.nan
    spec = segmentation("x", "y", k=None, k_max=4)
    found = []
    for threads in (1, 2):
        engine = MemoryEngine(threads)
        load(engine, X, order=np.random.default_rng(threads).permutation(400).tolist())
        with threadpool_limits(limits=threads):
            found.append(fit(engine, spec))
    assert repr(found[0]) == repr(found[1])


@pytest.mark.slow
@pytest.mark.parametrize("apart", [pytest.param(2.0, marks=pytest.mark.long), 0.0])
def test_one_answer_for_any_seed(engine: MemoryEngine, apart: float) -> None:
    """Of groups that overlap, and of a cloud: see ``benchmarks.one_answer`` for real customers."""
    rng = np.random.default_rng(11)
    X = np.round(rng.normal(size=(500, 3)) + apart * rng.integers(0, 2, (500, 3)), 2)
    load(engine, X, ("x", "y", "z"))
    base = segmentation("x", "y", "z", k=None, k_max=6)
    fits = [
        fit(engine, replace(base, clusters=replace(base.clusters, seed=seed))) for seed in (1, 2, 3)
    ]
    first, *others = fits
    for other in others:
        assert (other.clusters.k, other.clusters.verdict) == (
            first.clusters.k,
            first.clusters.verdict,
        )
        assert [s.name for s in other.segments] == [s.name for s in first.segments]
        cost, again = (f.clusters.inertia * (1 + f.quality.loss) for f in (first, other))
        assert again == pytest.approx(cost, rel=0.001)
        same = codes_of(first.tree, ("x", "y", "z"), X) == codes_of(other.tree, ("x", "y", "z"), X)
        assert same.mean() >= 0.99


@pytest.mark.slow
def test_the_codes_are_those_of_the_tree(three: Fit) -> None:
    X, found = blobs(), three
    codes = codes_of(found.tree, ("x", "y"), X)
    assert np.bincount(codes)[1:].tolist() == [segment.n for segment in found.segments]
    # the centre of each code lies among its rows
    for segment, center in zip(found.segments, found.clusters.centers, strict=True):
        means = X[codes == segment.code].mean(axis=0)
        raw = [c * f.spread + f.center for c, f in zip(center, found.features, strict=True)]
        assert means == pytest.approx(raw, abs=1)


def is_number(value: object) -> bool:
    return isinstance(value, int | float)


def test_numbers_in_a_fit_have_nine_digits(three: Fit) -> None:
    found = three
    assert found.baseline is not None
    numbers = [
        *(x for center in found.clusters.centers for x in center),
        *(x for p in found.clusters.sweep for x in list(asdict(p).values())[1:] if is_number(x)),
        *(x for p in found.clusters.sweep for center in p.centers for x in center),
        *(x for f in found.features for x in (f.center, f.spread, f.median)),
        *(x for f in found.baseline.features for x in (f.mean, f.sd, *f.quantiles)),
        found.quality.loss,
        found.quality.fidelity,
        found.baseline.distance_quantile,
    ]
    assert all(type(x) is float and x == round_digits(x) for x in numbers)


@pytest.mark.slow
@pytest.mark.long
def test_auto_leaves_are_the_fewest_that_hold_the_loss(engine: MemoryEngine, mall: Floats) -> None:
    load(engine, mall, MALL_COLUMNS)
    spec = segmentation(*(feature(c, scale="none") for c in MALL_COLUMNS), k=6, k_max=6)
    loose = fit(engine, spec)
    tight = fit(engine, replace(spec, rules=RuleSpec(None, 0.008, 0.01)))
    scaled = segmentation(*map(feature, MALL_COLUMNS), k=6, k_max=6)
    never = fit(engine, replace(scaled, rules=RuleSpec(None, 0.0, 0.01)))
    assert loose.quality.leaves < tight.quality.leaves
    assert tight.quality.loss <= 0.008 < loose.quality.loss
    assert any("more than max_loss" in text for text in warning_sentences(never))
    fixed = fit(engine, replace(spec, rules=RuleSpec(7, 0.05, 0.01)))
    assert fixed.quality.leaves <= 7


def test_a_fit_says_how_good_it_is(engine: MemoryEngine, mall: Floats) -> None:
    load(engine, mall, MALL_COLUMNS)
    found = fit(engine, segmentation(*map(feature, MALL_COLUMNS), k=6, k_max=6)).quality
    chosen = next(point for point in found.curve if point.leaves == found.leaves)
    assert (chosen.loss, chosen.fidelity) == (found.loss, found.fidelity)
    assert chosen.short_rules == found.short_rules
    losses = [point.loss for point in found.curve]
    assert losses == sorted(set(losses), reverse=True)
    assert next(p.leaves for p in found.curve if p.loss <= 0.05) == found.leaves
    # what each segment holds of its cluster, and all together
    assert set(found.held_out_by_segment) == {"A", "B", "C", "D", "E", "F"}
    assert found.fidelity_held_out is not None
    shares = found.held_out_by_segment.values()
    assert min(shares) < found.fidelity_held_out < max(shares)
    assert 0.85 < found.fidelity_held_out < found.fidelity


def test_short_rules_are_one_rule_of_three_conditions() -> None:
    def cut(column: str, yes: Tree, no: Tree) -> Split:
        return Split(column, Below(Decimal(1)), yes, no, "no")

    deep = cut("a", Leaf(1), cut("b", Leaf(2), cut("c", Leaf(3), cut("d", Leaf(4), Leaf(5)))))
    assert count_short_rules(deep) == 3  # the rules of 4 and 5 look at four columns
    assert count_short_rules(cut("a", Leaf(1), cut("b", Leaf(2), Leaf(1)))) == 1


def test_a_fixed_k_below_min_share_warns(engine: MemoryEngine) -> None:
    X = np.vstack([blobs(300), [[500.0, 500.0]]])
    load(engine, X)
    found = fit(engine, segmentation("x", "y", k=4))
    smallest = min(segment.n for segment in found.segments)
    assert smallest < 3
    assert any(
        f"segment holds {100 * smallest / 301:.3g}%" in text for text in warning_sentences(found)
    )
    assert any("a rule may hold as few as" in text for text in warning_sentences(found))


@pytest.mark.slow
def test_auto_passes_over_a_k_with_a_tiny_segment(engine: MemoryEngine) -> None:
    X = np.vstack([blobs(300), [[5000.0, 5000.0]]])
    load(engine, X)
    spec = segmentation("x", "y", k=None, rules=RuleSpec(None, 0.05, 0.0))
    assert fit(engine, spec).clusters.k == 4  # three groups and the outlier
    wary = fit(engine, replace(spec, rules=RuleSpec(None, 0.05, 0.01)))
    assert any("the smallest segment holds" in text for text in warning_sentences(wary))


@pytest.mark.slow
def test_min_share_is_given_up_for_a_loss_that_is_far_less(engine: MemoryEngine) -> None:
    """No tree of so few leaves holds max_loss; the far cluster has its leaf all the same."""
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(996, 2)) * 3, rng.normal(size=(4, 2)) + 200])
    load(engine, X)
    found = fit(engine, segmentation("x", "y", k=6, rules=RuleSpec(6, 0.01, 0.01)))
    assert found.quality.smallest_leaf == 4
    assert found.quality.loss < 0.3
    said = [
        text for text in warning_sentences(found) if "a rule may hold as few as 4 customers" in text
    ]
    assert len(said) == 1 and "otherwise the rules would lose" in said[0]
