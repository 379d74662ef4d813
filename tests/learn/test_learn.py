from __future__ import annotations

import re
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from segkit.core.fact_english import assumption_sentences, reason_sentence, warning_sentences
from segkit.core.fit import Fit
from segkit.core.k_criteria import picks_of
from segkit.core.rules import rules_of
from segkit.core.tree import Below, Known, Leaf, Split, Tree, splits
from segkit.errors import DataError
from segkit.learn.numbers import Floats, round_digits
from segkit.learn.trees.apply import codes_of
from segkit.learn.trees.surrogate import count_short_rules
from segkit.project.nodes import RuleSpec, TraitWords
from tests.learn.conftest import (
    MALL_COLUMNS,
    PLACE,
    MemoryEngine,
    blobs,
    feature,
    load,
    segmentation,
)
from tests.learn.unweighted import learn


def fit(engine: MemoryEngine, spec: Any, **given: Any) -> Fit:
    arguments = {"target": "dev", "version": 1, **given}
    return learn(spec, engine, **arguments)


@pytest.fixture(scope="module")
def three() -> Fit:
    """Of the three groups, learned once."""
    engine = MemoryEngine()
    load(engine, blobs())
    return fit(engine, segmentation("x", "y", k=3))


def test_the_article_on_its_own_data(engine: MemoryEngine, mall: Floats) -> None:
    load(engine, mall, MALL_COLUMNS)
    spec = segmentation(*(feature(c, scale="none") for c in MALL_COLUMNS), k=None, k_max=10)
    found = fit(engine, spec)
    assert found.clusters.k == 6
    assert reason_sentence(found.clusters.reason) == (
        "k = 6 of 2 to 10: groups that run into each other, without a sure gap at every border; "
        "as stable 5, 7"
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


def test_the_codes_are_those_of_the_tree(three: Fit) -> None:
    X, found = blobs(), three
    codes = codes_of(found.tree, ("x", "y"), X)
    assert np.bincount(codes)[1:].tolist() == [segment.n for segment in found.segments]
    # the centre of each code lies among its rows
    for segment, center in zip(found.segments, found.clusters.centers, strict=True):
        means = X[codes == segment.code].mean(axis=0)
        raw = [c * f.spread + f.center for c, f in zip(center, found.features, strict=True)]
        assert means == pytest.approx(raw, abs=1)


def test_numbers_in_a_fit_have_nine_digits(three: Fit) -> None:
    found = three
    assert found.baseline is not None
    numbers = [
        *(x for center in found.clusters.centers for x in center),
        *(x for p in found.clusters.sweep for x in list(asdict(p).values())[1:] if x is not None),
        *(x for f in found.features for x in (f.center, f.spread, f.median)),
        *(x for f in found.baseline.features for x in (f.mean, f.sd, *f.quantiles)),
        found.quality.loss,
        found.quality.fidelity,
        found.baseline.distance_quantile,
    ]
    assert all(type(x) is float and x == round_digits(x) for x in numbers)


def test_missing_values_count_as_the_median_and_it_is_said(engine: MemoryEngine) -> None:
    X = blobs()
    X[:12, 0] = np.nan
    load(engine, X)
    found = fit(engine, segmentation("x", "y", k=3))
    median = found.features[0].median
    assert f"12 missing x count as {median:g} (the median)" in assumption_sentences(found)
    filled = np.where(np.isnan(X), median, X)
    assert (codes_of(found.tree, ("x", "y"), X) == codes_of(found.tree, ("x", "y"), filled)).all()
    assert found.quality.moved == 0


def test_unassigned_asks_for_every_declared_feature(engine: MemoryEngine) -> None:
    X = np.column_stack([blobs(), np.full(300, 7.0)])
    X[:9, 0] = np.nan
    X[5:12, 2] = np.nan
    load(engine, X, ("x", "y", "z"))
    found = fit(engine, segmentation("x", "y", "z", k=3, missing="unassigned"))
    asked = []
    tree = found.tree
    while isinstance(tree, Split) and isinstance(tree.test, Known):
        asked.append(tree.column)
        tree = tree.yes
    assert asked == ["x", "y", "z"]
    assert not any(isinstance(split.test, Known) for split in splits(tree))
    assert sum(segment.n for segment in found.segments) == 288
    assert "12 customers with a missing feature are unassigned" in assumption_sentences(found)
    assert found.baseline is not None
    assert found.baseline.segments["unassigned"] == 12
    assert {rule.code for rule in rules_of(found.tree)} == {0, 1, 2, 3}


def test_a_constant_column_is_left_out(engine: MemoryEngine) -> None:
    X = np.column_stack([blobs(), np.full(300, 7.0)])
    load(engine, X, ("x", "y", "z"))
    found = fit(engine, segmentation("x", "y", "z", k=3))
    assert [f.column for f in found.features] == ["x", "y"]
    assert any("z hardly differs" in text for text in warning_sentences(found))
    assert {split.column for split in splits(found.tree)} <= {"x", "y"}


@pytest.mark.slow
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


def test_ids_and_names_stay_with_the_people(engine: MemoryEngine, three: Fit) -> None:
    X, first = blobs(), three
    spec = segmentation("x", "y", k=3)
    named = tuple(replace(s, name=f"kept {s.id}") for s in first.segments)
    moved = np.vstack([X, X[X[:, 1] > 30]])  # the smallest group grows
    load(engine, moved)
    again = fit(
        engine,
        replace(spec, clusters=replace(spec.clusters, seed=5)),
        version=2,
        previous=replace(first, segments=named),
    )
    assert [(s.id, s.name) for s in again.segments] == [(s.id, s.name) for s in named]
    before = codes_of(first.tree, ("x", "y"), moved)
    after = codes_of(again.tree, ("x", "y"), moved)
    assert (before == after).mean() > 0.98


def test_features_are_chosen_where_none_are_declared(engine: MemoryEngine) -> None:
    X = blobs()
    load(engine, X)
    engine.execute("""
        CREATE OR REPLACE TABLE customers AS
        SELECT *, row_number() OVER (ORDER BY id) AS row_no, 3 AS three, exp((x + y) / 5) AS spend,
               1000 AS zip, 'a' AS region, x + y AS revenue
        FROM customers""")
    spec = segmentation(k=3, metrics=(feature("revenue"),))
    found = fit(engine, spec)
    assert [(f.column, f.scale) for f in found.features] == [
        ("x", "standard"),
        ("y", "standard"),
        ("spend", "log"),
    ]
    said = " | ".join(assumption_sentences(found))
    assert "features: x, y, spend" in said
    assert "row_no (unique integers, as of an id)" in said
    assert "zip (a code by its name)" in said
    assert "three (constant)" in said
    assert "log scale for spend" in said
    assert found.definition["features"] == "auto"


def test_an_odd_key_and_odd_names(engine: MemoryEngine) -> None:
    load(engine, blobs(), ('we "quote"', "order"))
    found = fit(engine, segmentation('we "quote"', "order", k=3))
    assert found.clusters.k == 3


def test_words_name_segments_and_are_no_definition(engine: MemoryEngine, three: Fit) -> None:
    load(engine, blobs())
    words = TraitWords(high="far out", low="near")
    plain = segmentation("x", "y", k=3)
    spoken = segmentation(feature("x", words=words), "y", k=3)
    assert spoken.definition() == plain.definition()
    names = [segment.name for segment in fit(engine, spoken).segments]
    assert any(name.startswith("Far out") for name in names)
    assert any(name.startswith("Near") for name in names)
    again = fit(engine, spoken, previous=three, version=2)  # what was named keeps its name
    assert [s.name for s in again.segments] == [s.name for s in three.segments]


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


# missing: own -------------------------------------------------------------------------------------


def own(*columns: str) -> dict[str, Any]:
    return dict.fromkeys(columns, PLACE)


def lacking(X: Floats, x: slice, y: slice = slice(0)) -> Floats:
    X = X.copy()
    X[x, 0], X[y, 1] = np.nan, np.nan
    return X


def test_who_is_in_a_segment_of_its_own_is_not_learned_from(three: Fit) -> None:
    """Two hundred without x change no figure of the others, in whatever place they come."""
    engine = MemoryEngine()
    load(engine, np.concatenate([blobs(), np.full((200, 2), [np.nan, 500.0])]))
    found = fit(engine, segmentation("x", "y", k=3, own=own("x")))
    assert [s.n for s in found.learned] == [s.n for s in three.segments]
    assert found.features == three.features
    assert found.clusters.inertia == three.clusters.inertia
    assert sorted(found.clusters.centers) == sorted(three.clusters.centers)
    assert replace(found.quality, fidelity_by_segment={}, held_out_by_segment={}) == replace(
        three.quality, fidelity_by_segment={}, held_out_by_segment={}
    )
    # only a name that fits them, too, is another one: they have a y of 500
    names = {s.name for s in three.segments}
    assert {s.name for s in found.learned} == names - {"Y 20+"} | {"High x, y 20+"}
    (mine,) = found.own.values()
    assert (mine.n, mine.name) == (200, "No x")
    assert found.baseline and three.baseline
    assert found.baseline.distance_quantile == three.baseline.distance_quantile
    assert found.baseline.segments[mine.id] == 200
    assert mine.id not in found.quality.fidelity_by_segment
    assert not assumption_sentences(found)


def test_its_letter_is_by_size_and_its_test_comes_first() -> None:
    engine = MemoryEngine()
    load(engine, lacking(blobs(), slice(0, 300, 2)))
    found = fit(engine, segmentation("x", "y", k=3, own=own("x")))
    assert [s.n for s in found.segments] == sorted((s.n for s in found.segments), reverse=True)
    assert found.own["x"] == found.segments[0] and found.segments[0].n == 150
    assert isinstance(found.tree, Split)
    assert (found.tree.column, found.tree.test, found.tree.no) == ("x", Known(), Leaf(1))
    assert found.clusters.k == 3 and len(found.learned) == 3
    assert found.definition["own"] == ["x"]


def test_of_two_own_columns_the_first_feature_takes_the_row() -> None:
    engine = MemoryEngine()
    load(engine, lacking(blobs(), slice(0, 40), slice(20, 50)))
    found = fit(engine, segmentation("y", "x", k=3, own=own("y", "x")))
    assert {c: s.n for c, s in found.own.items()} == {"y": 30, "x": 20}
    assert {s.name for s in found.own.values()} == {"No x", "No y"}
    assert list(found.own) == ["y", "x"]


@pytest.mark.parametrize("missing", ["median", "unassigned"])
def test_the_default_is_of_the_other_columns(missing: Any) -> None:
    engine = MemoryEngine()
    load(engine, lacking(blobs(), slice(0, 40), slice(30, 50)))
    found = fit(engine, segmentation("x", "y", k=3, missing=missing, own=own("x")))
    assert found.own["x"].n == 40
    (said,) = assumption_sentences(found)
    counts = sum(s.n for s in found.segments)
    if missing == "unassigned":
        assert said == "10 customers with a missing feature are unassigned" and counts == 290
    else:
        assert said.startswith("10 missing y count as ") and counts == 300


def test_an_own_column_that_is_never_missing_is_said() -> None:
    engine = MemoryEngine()
    load(engine, lacking(blobs(), slice(0, 2)))
    found = fit(engine, segmentation("x", "y", k=3, own=own("x", "y")))
    assert list(found.own) == ["x"] and len(found.segments) == 4
    said = warning_sentences(found)
    assert any(text.startswith("y is own, and nobody is without it alone") for text in said)
    assert "D, of 2 customers without x, holds 0.667% of all, under min_share 1%" in said


def test_an_own_segment_keeps_its_letter_while_the_column_is_own() -> None:
    engine = MemoryEngine()
    load(engine, lacking(blobs(), slice(0, 20)))
    first = fit(engine, segmentation("x", "y", k=3, own=own("x")))
    assert first.own["x"].id == "D"
    load(engine, lacking(blobs(seed=8), slice(100, 300)))  # others, and now it is the largest
    again = fit(
        engine, segmentation("x", "y", k=2, own=own("x")), previous=first, version=2, taken=4
    )
    assert (again.own["x"].id, again.own["x"].n) == ("D", 200)
    gone = fit(engine, segmentation("x", "y", k=2), previous=again, version=3, taken=4)
    assert not gone.own and not any(s.name == "No x" for s in gone.segments)


def test_own_beside_given_labels() -> None:
    engine = MemoryEngine()
    X = blobs()
    team = 1 + (X[:, 0] > 20) + (X[:, 1] > 25)
    load(engine, np.column_stack([lacking(X, slice(0, 20)), team]), ("x", "y", "team"))
    engine.execute("ALTER TABLE customers ALTER team TYPE INTEGER")
    found = fit(engine, segmentation("x", "y", labels=feature("team"), own=own("x")))
    assert found.own["x"].n == 20 and found.clusters.k == len(found.clusters.labels) == 3


@pytest.mark.parametrize(
    ("x", "y", "code", "message"),
    [
        (
            slice(1, 300),
            slice(0),
            "SK302",
            "1 row with x, and 3 segments beside those that are own",
        ),
        (slice(0, 100), slice(100, 300), "SK306", "`y` has no value in any of the rows that are"),
    ],
)
def test_nobody_left_to_learn_from(x: slice, y: slice, code: str, message: str) -> None:
    engine = MemoryEngine()
    load(engine, lacking(blobs(), x, y))
    with pytest.raises(DataError, match=re.escape(message)) as caught:
        fit(engine, segmentation("x", "y", k=3, own=own("x")))
    assert [problem.code for problem in caught.value.problems] == [code]
