"""Each kind of degenerate data: an error that names column and count, or a warning."""

from __future__ import annotations

import re

import numpy as np
import pytest

from segkit.core.fact_english import assumption_sentences, warning_sentences
from segkit.errors import DataError, Problem
from tests.learn.conftest import KEY_PLACE, PLACE, MemoryEngine, blobs, feature, load, segmentation
from tests.learn.unweighted import learn


def problems(engine: MemoryEngine, spec: object) -> dict[str, Problem]:
    with pytest.raises(DataError) as caught:
        learn(spec, engine)
    assert all(p.help and p.place for p in caught.value.problems)
    return {problem.code: problem for problem in caught.value.problems}


def warnings(engine: MemoryEngine, *columns: object, k: int | None = 3) -> str:
    spec = segmentation(*columns, k=k)  # type: ignore[arg-type]
    found = learn(spec, engine)
    return " | ".join(warning_sentences(found))


def test_no_rows(engine: MemoryEngine) -> None:
    load(engine, blobs())
    engine.execute("DELETE FROM customers")
    found = problems(engine, segmentation("x", "y"))
    assert list(found) == ["SK301"]
    assert found["SK301"].place == PLACE
    assert list(problems(engine, segmentation())) == ["SK301"]


def test_fewer_rows_than_segments(engine: MemoryEngine) -> None:
    load(engine, blobs(3))
    found = problems(engine, segmentation("x", "y", k=4))
    assert list(found) == ["SK302"]
    assert "3 rows" in found["SK302"].message


@pytest.mark.parametrize("missing", ["median", "unassigned"])
def test_fewer_distinct_rows_than_segments(engine: MemoryEngine, missing: str) -> None:
    X = np.repeat(np.array([[1.0, 2.0], [3.0, 4.0]]), 20, axis=0)
    X[0, 0] = np.nan
    X[1, 0] = 3.0
    X[1, 1] = 4.0
    load(engine, X)
    found = problems(engine, segmentation("x", "y", k=4, missing=missing))
    assert list(found) == ["SK303"]
    assert "distinct rows" in found["SK303"].message


def test_null_and_duplicate_keys_are_both_said_and_no_key_is_shown(engine: MemoryEngine) -> None:
    load(engine, blobs())
    engine.execute("UPDATE customers SET id = NULL WHERE id IN ('c00001', 'c00002')")
    engine.execute("UPDATE customers SET id = 'c00009' WHERE id IN ('c00003', 'c00004', 'c00005')")
    found = problems(engine, segmentation("x", "y"))
    assert set(found) == {"SK304", "SK305"}
    assert "2 of 300 rows" in found["SK304"].message
    assert "3 of 300 rows" in found["SK305"].message
    assert all(p.place == KEY_PLACE and "c00009" not in p.message for p in found.values())


def test_problems_of_columns_point_at_them_and_come_at_once(engine: MemoryEngine) -> None:
    X = np.column_stack([blobs(), blobs(seed=4), blobs(seed=5)])
    X[:, 0] = np.nan
    X[3, 1] = 2e15
    X[:2, 2] = -0.5
    load(engine, X, tuple("abcdef"))
    engine.execute("UPDATE customers SET d = 'inf' WHERE id < 'c00004'")
    engine.execute("UPDATE customers SET d = 'nan' WHERE id = 'c00004'")
    engine.execute("ALTER TABLE customers ADD COLUMN born DATE")
    engine.execute("ALTER TABLE customers ADD COLUMN region VARCHAR")
    engine.execute("ALTER TABLE customers ADD COLUMN vip BOOLEAN")
    features = ["a", "b", feature("c", 9, scale="log"), "d", "born", "region", "vip", "nowhere"]
    with pytest.raises(DataError) as caught:
        learn(segmentation(*features), engine)
    said = {(p.code, p.place.line if p.place else 0): p for p in caught.value.problems}
    assert set(said) == {
        ("SK306", 7),
        ("SK307", 8),
        ("SK309", 9),
        ("SK308", 10),
        ("SK105", 11),
        ("SK105", 12),
        ("SK306", 13),  # a flag is a category without being asked
        ("SK104", 14),
    }
    assert "`b` is beyond 1e15 in 1 of 300 rows" in said["SK307", 8].message
    assert "`c` is negative in 2 of 300 rows" in said["SK309", 9].message
    assert "`d` is NaN or infinite in 5 of 300 rows" in said["SK308", 10].message
    assert "days since" in (said["SK105", 11].help or "")
    assert "kind: category" in (said["SK105", 12].help or "")


def test_an_unknown_key(engine: MemoryEngine) -> None:
    load(engine, blobs())
    assert problems(engine, segmentation("x", key="nobody"))["SK104"].place == KEY_PLACE


def test_all_columns_constant(engine: MemoryEngine) -> None:
    load(engine, np.ones((50, 2)))
    assert list(problems(engine, segmentation("x", "y", k=1))) == ["SK313"]
    assert list(problems(engine, segmentation("x", "y"))) == ["SK303"]
    assert list(problems(engine, segmentation(k=None))) == ["SK313"]


def test_a_few_values_that_are_not_finite_are_missing(engine: MemoryEngine) -> None:
    X = blobs()
    load(engine, X)
    engine.execute("UPDATE customers SET x = 'nan' WHERE id = 'c00001'")
    engine.execute("UPDATE customers SET x = '-inf' WHERE id = 'c00002'")
    engine.execute("UPDATE customers SET x = NULL WHERE id = 'c00003'")
    spec = segmentation("x", "y", k=3)
    found = learn(spec, engine)
    assert any("x is NaN or infinite in 2 of 300 rows" in text for text in warning_sentences(found))
    assert any(text.startswith("3 missing x count as") for text in assumption_sentences(found))
    assert found.baseline is not None
    counts = found.baseline.features[0]
    assert (counts.count, counts.nulls, counts.non_finite) == (297, 1, 2)


def test_warnings(engine: MemoryEngine) -> None:
    X = blobs(150)
    rng = np.random.default_rng(1)
    spend = rng.lognormal(0, 1.5, 150)
    rare = np.where(np.arange(150) < 100, np.nan, rng.normal(0, 1, 150))
    names = ("x", "y", "twice", "spend", "rare")
    load(engine, np.column_stack([X, 2 * X[:, 0], spend, rare]), names)
    said = warnings(engine, *names)
    assert "x and twice say nearly the same (r = 1.00)" in said
    assert "spend is very skewed (skew 6.5): with scale: log it would be 1.6" in said
    assert "rare is NULL in 100 of 150 rows" in said
    assert "150 customers are few" in said


def test_a_far_value_warns(engine: MemoryEngine) -> None:
    X = np.vstack([blobs(1000), [[4000.0, 10.0]]])
    load(engine, X)
    assert "x has a value 32 standard deviations from its mean" in warnings(engine, "x", "y", k=2)


@pytest.mark.slow
def test_a_log_scale_is_proposed_where_it_helps(engine: MemoryEngine) -> None:
    spend = np.random.default_rng(1).lognormal(0, 1.5, 300)
    lone = np.array([5.0] * 297 + [6.0, 7.0, 7.0])
    load(engine, np.column_stack([blobs(), spend, -spend, lone]), ("x", "y", "spend", "debt", "z"))
    said = warnings(engine, "x", "y", "spend", "debt", "z")
    assert "spend is very skewed" in said and "with scale: log" in said
    assert re.search(r"debt is very skewed \(skew -\d.*winsorize\('debt'\)", said)
    assert "winsorize('debt'); likewise z |" in said
    assert said.count("with scale: log") == 1
    assert "skewed" not in warnings(engine, "x", "y", feature("spend", 9, scale="log"))


@pytest.mark.slow
def test_a_time_is_no_number_that_can_be_read(engine: MemoryEngine) -> None:
    day = np.arange(300.0)
    times = np.column_stack([1.7e9 + 86400 * day, 1.7e12 + 86400e3 * day, 20260101 + day % 28])
    load(engine, np.column_stack([blobs(), times]), ("x", "y", "s", "ms", "ymd"))
    said = warnings(engine, "x", "y", "s", "ms", "ymd")
    assert "s is learned from as a number, and looks like seconds since 1970" in said
    assert "ms is learned from as a number, and looks like milliseconds since 1970" in said
    assert "ymd is learned from as a number, and looks like dates written as numbers" in said
    spec = segmentation()
    found = learn(spec, engine)
    assert assumption_sentences(found)[0] == "features: x, y"
    assert "s (seconds since 1970)" in assumption_sentences(found)[1]


def test_good_data_says_nothing(engine: MemoryEngine) -> None:
    load(engine, blobs(400))
    assert warnings(engine, "x", "y") == ""
