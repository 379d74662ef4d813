"""Cuts of three digits, for as many customers as may move and not one more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from segkit.core.fact_english import assumption_sentences
from segkit.core.tree import Below, splits
from segkit.learn.clusters.sweep import fit_clusters
from segkit.learn.trees.fit_surrogate import fit_path
from segkit.learn.trees.ranks import Rows
from segkit.learn.trees.short_cuts import DIGITS, digits_of, shorten_cuts
from segkit.learn.trees.surrogate import Surrogate, segments_cost
from segkit.project.nodes import RuleSpec
from tests.learn.conftest import MemoryEngine, load, segmentation
from tests.learn.test_learn import fit


def dense(rows: int = 4000) -> np.ndarray:
    """Amounts that lie so close that no short number parts two of them."""
    rng = np.random.default_rng(5)
    return np.round(rng.lognormal(6, 1, (rows, 2)), 2) + 1000


def learned(X: np.ndarray) -> tuple[Rows, Surrogate]:
    clustering = fit_clusters(X, k=5, seed=1)
    rows = Rows.of_array(
        X, columns=("x", "y"), labels=clustering.labels, centers=clustering.centers
    )
    path = fit_path(rows, 9, 10, 0)
    return rows, path[max(path)]


def long_cuts(surrogate: Surrogate) -> int:
    tests = [split.test for split in splits(surrogate.tree)]
    return sum(isinstance(test, Below) and digits_of(test.cut) > DIGITS for test in tests)


@pytest.mark.slow  # of many; its neighbours look at one
def test_nothing_moves_that_was_not_allowed_to() -> None:
    rows, surrogate = learned(dense())
    assert long_cuts(surrogate) >= 3
    assert shorten_cuts(surrogate, rows, 0) is surrogate
    before = surrogate.predict(rows.values)
    left = []
    for allowed in (0.001, 0.005, 0.05):
        short = shorten_cuts(surrogate, rows, allowed)
        moved = int((short.predict(rows.values) != before).sum())
        assert moved == short.moved <= allowed * len(rows.values)
        assert short.cost == segments_cost(rows, short.predict(rows.values))
        left.append(long_cuts(short))
    assert left == sorted(left, reverse=True) and left[-1] == 0


def test_no_segment_is_lost_to_a_round_number() -> None:
    X = np.array([[1001.0], [1001.0], [1002.0], [1002.0], [1003.0], [1003.0]] * 30)
    clustering = fit_clusters(X, k=3)
    rows = Rows.of_array(X, columns=("x",), labels=clustering.labels, centers=clustering.centers)
    path = fit_path(rows, 3, 1, 0)
    short = shorten_cuts(path[3], rows, 1.0)
    assert len(np.unique(short.predict(X))) == 3


@pytest.mark.slow
def test_the_fit_says_what_it_cost(engine: MemoryEngine) -> None:
    load(engine, dense())
    plain = fit(engine, segmentation("x", "y", rules=RuleSpec(8, 0.05, 0.01)))
    assert plain.quality.moved == 0 and not any("rounded" in s for s in assumption_sentences(plain))
    spec = segmentation("x", "y", rules=RuleSpec(8, 0.05, 0.01, 0.01))
    found = fit(engine, spec)
    tests = [split.test for split in splits(found.tree)]
    assert all(digits_of(t.cut) <= DIGITS for t in tests if isinstance(t, Below))
    assert 0 < found.quality.moved <= 40
    said = f"cuts were rounded, which puts {found.quality.moved} customers into another segment"
    assert said in assumption_sentences(found)
    line = next(point for point in found.quality.curve if point.leaves == found.quality.leaves)
    assert (line.loss, line.fidelity) == (found.quality.loss, found.quality.fidelity)
    assert found.definition["rules"]["max_moved"] == 0.01
    assert "max_moved" not in plain.definition["rules"]
    tight = fit(engine, replace(spec, rules=RuleSpec(8, 0.05, 0.01, 0.0005)))
    assert any(
        "digits would have moved more than max_moved" in s for s in assumption_sentences(tight)
    )


@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_a_share_is_a_share(share: float) -> None:
    from pydantic import ValidationError

    from segkit.project.schema.segments import RulesSpec

    with pytest.raises(ValidationError):
        RulesSpec(max_moved=share)
