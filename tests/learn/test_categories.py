"""Categories beside numbers: how far levels lie apart, and trees that group them."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.core.columns import Column, parse_type
from segkit.core.evaluate import evaluate
from segkit.core.fact_english import assumption_sentences, warning_sentences
from segkit.core.fit import FittedFeature
from segkit.core.tree import OneOf, leaves, splits
from segkit.errors import DataError
from segkit.learn.clusters.sweep import fit_clusters
from segkit.learn.data.levels import MAX_LEVELS, summarise_levels
from segkit.learn.data.prepare import fill_missing, transform
from segkit.learn.names.name_segments import name_segments
from segkit.learn.numbers import Floats
from segkit.learn.trees.apply import codes_of
from segkit.learn.trees.fit_surrogate import fit_path
from segkit.learn.trees.ranks import Cut, Ranks, Rows, leaf_of_rows, number_leaves, to_tree
from tests.conftest import insert_rows
from tests.learn.conftest import MemoryEngine, feature, segmentation
from tests.learn.test_learn import fit
from tests.learn.unweighted import best_levels, counts_of, fit_feature, refine

LEVELS = ("east", "north", "south", "west")
TEXT = Column("region", parse_type("VARCHAR"))
NUMBER = Column("x", parse_type("DOUBLE"))


def category(codes: Floats, weight: float = 1.0) -> FittedFeature:
    return fit_feature(
        feature("region", label="Region", kind="category", weight=weight), TEXT, codes, LEVELS
    )


@pytest.mark.parametrize("weight", [1.0, 3.0])
def test_two_levels_lie_as_far_apart_as_two_rows_of_a_number(weight: float) -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(50, 7, 4000)
    number = fit_feature(feature("x", weight=weight), NUMBER, x)
    z = transform(x[:, None], [number])[:, 0]
    apart = ((z[:2000] - z[2000:]) ** 2).mean()
    codes = np.arange(4.0)
    points = transform(codes[:, None], [category(codes, weight)])
    distances = {
        round(float(((a - b) ** 2).sum()), 9) for a in points for b in points if (a != b).any()
    }
    assert distances == {2 * weight}
    assert apart == pytest.approx(2 * weight, rel=0.1)


def test_weight_two_is_the_column_twice() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 400))
    heavy = fit_feature(feature("x", weight=2), NUMBER, x)
    plain = [fit_feature(feature(name), NUMBER, values) for name, values in (("x", x), ("y", y))]
    weighted = transform(np.column_stack([x, y]), [heavy, plain[1]])
    twice = transform(np.column_stack([x, x, y]), [plain[0], *plain])
    found = fit_clusters(weighted, k=3, seed=1), fit_clusters(twice, k=3, seed=1)
    assert found[0].inertia == pytest.approx(found[1].inertia, rel=1e-6)


def test_missing_and_unseen_levels_count_as_the_most_frequent() -> None:
    codes = np.array([2.0, 2.0, 1.0, np.nan, 4.0])  # 4 is none of the levels
    fitted = category(codes)
    assert fitted.mode == "south"
    assert fill_missing(codes[:, None], [fitted])[:, 0].tolist() == [2, 2, 1, 2, 2]
    assert fitted.coordinates(None) == fitted.coordinates("atlantis") == (0, 0, 1, 0)
    assert transform(np.array([[1.0]]), [fitted])[0].tolist() == list(fitted.coordinates("north"))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-5, 5)), min_size=2, max_size=12))
def test_the_best_set_of_levels_is_the_best_of_all(rows: list[tuple[int, int]]) -> None:
    codes = np.array([code for code, _ in rows])
    gain = np.array([float(value) for _, value in rows])
    levels, change = best_levels(codes, gain, 4, 1)
    every = [
        sum(g for c, g in rows if c in chosen)
        for chosen in (
            {level for level, taken in enumerate(mask) if taken}
            for mask in product((False, True), repeat=4)
        )
        if 0 < sum(c in chosen for c, _ in rows) < len(rows)
    ]
    if levels:
        assert change == sum(g for c, g in rows if c in levels) == min(every)
    else:  # all gain, or none does
        sums = np.bincount(codes, gain, minlength=4)[np.unique(codes)]
        assert (sums < 0).all() or not (sums < 0).any()


def test_refining_keeps_a_cut_by_levels_that_is_the_best() -> None:
    """Once it lost its levels there, and became a cut of a text at a number."""
    rows = rows_of(5)
    ranks = Ranks.of(rows)
    low = ranks.of_row[:, 1] < 2
    distance = np.column_stack([np.where(low, 0.0, 1.0), np.where(low, 1.0, 0.0)])
    best = Cut(1, 0, 0, 1, frozenset({0, 1}))
    assert refine(best, ranks, distance, 1) == best
    worse = Cut(1, 0, 0, 1, frozenset({0}))
    assert refine(worse, ranks, distance, 1) == best


@lru_cache
def rows_of(seed: int, n: int = 300) -> Rows:
    """One number and one category that both matter."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, n).astype(float)
    x = np.round(rng.normal(size=n) + 3 * (codes >= 2), 1)
    features = [fit_feature(feature("x"), NUMBER, x), category(codes)]
    values = np.column_stack([x, codes])
    scaled = transform(values, features)
    clustering = fit_clusters(scaled, k=4, seed=1)
    return Rows(
        ("x", "region"),
        values,
        scaled,
        clustering.labels,
        clustering.centers,
        np.ones(n),
        np.array([features[0].median, float(LEVELS.index(features[1].mode))]),
        {"region": LEVELS},
    )


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 9), st.frozensets(st.integers(0, 3), min_size=1, max_size=3))
def test_a_cut_by_levels_means_the_same_as_ours(seed: int, levels: frozenset[int]) -> None:
    rows = rows_of(seed, 60)
    ranks = Ranks.of(rows)
    rank = len(ranks.distinct[0]) // 2
    tree, _ = number_leaves(Cut(1, 0, Cut(0, rank, 0, 0), Cut(1, 0, 0, 0, levels), levels))
    ours = to_tree(tree, rows, ranks)
    reached = codes_of(ours, rows.columns, rows.values, rows.levels)
    assert (reached == leaf_of_rows(tree, ranks.of_row)).all()
    mode = LEVELS[int(rows.medians[1])]
    for split in splits(ours):
        if isinstance(split.test, OneOf) and split.test.levels:
            assert mode not in split.test.levels or split.missing == "no"
    for value in (None, "atlantis"):
        asked = {"x": 0.0, "region": value}
        assert evaluate(ours, asked) == evaluate(ours, {**asked, "region": mode})


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5, 9))
def test_a_tree_groups_levels(seed: int) -> None:
    rows = rows_of(seed)
    path = fit_path(rows, 8, 3, 0)
    for surrogate in path.values():
        for split in splits(surrogate.tree):
            assert isinstance(split.test, OneOf) == (split.column == "region")
    best = path[max(path)]
    assert sorted({leaf.code for leaf in leaves(best.tree)}) == [1, 2, 3, 4]
    assert any(isinstance(split.test, OneOf) for split in splits(best.tree))
    told = best.predict(rows.values)
    assert [
        evaluate(best.tree, {"x": x, "region": LEVELS[int(code)]}) - 1 for x, code in rows.values
    ] == told.tolist()


# through a whole fit --------------------------------------------------------------------------

REGIONS = tuple(f"r{i:02}" for i in range(12))


def load_mixed(engine: MemoryEngine, n: int = 1200, seed: int = 3, shuffle: int = 0) -> None:
    """Numbers, a category with 12 levels, a flag; NULL in each."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 4, n)
    rows: list[tuple[Any, ...]] = []
    for i, g in enumerate(group):
        near = REGIONS[int(g) * 3 : int(g) * 3 + 3]
        region = rng.choice(near) if rng.random() < 0.7 else rng.choice(REGIONS)
        rows.append(
            (
                f"c{i:05}",
                None if rng.random() < 0.03 else round(float(rng.normal(30 + 15 * (g % 2), 6))),
                round(float(np.exp(rng.normal(4 + (g // 2), 0.5))), 2),
                None if rng.random() < 0.03 else str(region),
                None if rng.random() < 0.03 else bool(rng.random() < 0.2 + 0.5 * (g % 2)),
            )
        )
    if shuffle:
        rows = [rows[i] for i in np.random.default_rng(shuffle).permutation(n)]
    engine.execute(
        "CREATE OR REPLACE TABLE customers "
        "(id VARCHAR, age INTEGER, spend DOUBLE, region VARCHAR, is_member BOOLEAN)"
    )
    insert_rows(engine.connection, "customers", rows)


MIXED = ("age", feature("spend", 8, scale="log"), feature("region", 9, kind="category"))


@pytest.mark.slow
@pytest.mark.parametrize("k", [4, pytest.param(6, marks=pytest.mark.long)])
def test_no_single_column_decides(engine: MemoryEngine, k: int) -> None:
    load_mixed(engine)
    found = fit(engine, segmentation(*MIXED, feature("is_member", 10), k=k, k_max=k))
    assert len({split.column for split in splits(found.tree)}) >= 2
    assert not any("alone makes" in warning for warning in warning_sentences(found))
    assert {f.column: f.scale for f in found.features} == {
        "age": "standard",
        "spend": "log",
        "region": "category",
        "is_member": "category",
    }
    assert "is_member counts as a category" in assumption_sentences(found)


@pytest.mark.slow  # test_learn.py has it of numbers
def test_the_same_bytes_for_any_order(engine: MemoryEngine) -> None:
    spec = segmentation(*MIXED, k=4, k_max=4)
    found = []
    for shuffle in (0, 1):
        load_mixed(engine, 600, shuffle=shuffle)
        found.append(repr(fit(engine, spec)))
    assert found[0] == found[1]


def test_levels_and_their_counts(engine: MemoryEngine) -> None:
    engine.execute("CREATE TABLE t AS SELECT unnest(['b', 'a', 'b', NULL, 'a', 'only']) AS region")
    found = summarise_levels(engine, "t", "region")
    assert dict(found.counts) == {"a": 2, "b": 2}
    assert (found.rows, found.missing, found.rare, found.distinct) == (6, 1, 1, 3)


def test_what_forbids_a_category(engine: MemoryEngine) -> None:
    engine.execute(
        "CREATE TABLE customers AS SELECT 'c' || i AS id, i * 1.5 AS x, "
        f"'l' || (i % {MAX_LEVELS + 1}) AS many, NULL::VARCHAR AS none, i / 2.0 AS real, "
        "DATE '2020-01-01' AS day FROM range(200) t(i)"
    )
    kinds = [feature(c, i, kind="category") for i, c in enumerate(("many", "none"), 8)]
    with pytest.raises(DataError) as caught:
        fit(engine, segmentation("x", *kinds))
    said = {(p.code, p.place.line if p.place else 0) for p in caught.value.problems}
    assert said == {("SK315", 8), ("SK306", 9)}
    assert "ELSE 'other' END" in (caught.value.problems[0].help or "")
    kinds = [feature(c, i, kind="category") for i, c in enumerate(("real", "day"), 8)]
    with pytest.raises(DataError) as caught:
        fit(engine, segmentation("x", *kinds))
    assert [p.code for p in caught.value.problems] == ["SK105", "SK105"]
    assert "days since" in (caught.value.problems[1].help or "")


def test_names_say_what_nearly_all_members_have() -> None:
    codes = np.repeat([1, 2], 100)
    region = np.concatenate([np.repeat([0.0, 1.0], [90, 10]), np.repeat([1.0, 2.0], [50, 50])])
    member = np.repeat([1.0, 0.0], 100)
    features = [
        category(region),
        FittedFeature(
            "is_member",
            "Is member",
            "",
            "category",
            "BOOLEAN",
            0,
            1,
            0,
            levels=("false", "true"),
            mode="false",
        ),
    ]
    counts = counts_of(codes, np.column_stack([region, member]), features)
    names = name_segments(counts, (), {}, {})
    assert {code: named.text for code, named in names.items()} == {
        1: "Region east",
        2: "Not member",
    }
