"""The door test: what it says where nobody stays, and where everybody does."""

from __future__ import annotations

import numpy as np
import pytest

from segkit.monitor.drift.moments import Change, change, of_level, of_missing, of_segment
from tests.monitor.drift.made import evidence, snapshot

DRAW = np.random.default_rng(3)
X0, X1 = DRAW.normal(5, 2, 400), DRAW.normal(5.5, 2, 300)


def change_of_x(ids0: object, ids1: object, x0: object, x1: object) -> Change:
    zeros = [np.zeros(len(x), int) for x in (x0, x1)]  # type: ignore[arg-type]
    found = evidence(snapshot(ids0, zeros[0], x=x0), snapshot(ids1, zeros[1], x=x1))
    changed = change(found.values["x"], found.cells.were_there, found.cells.are_there)
    assert changed is not None
    return changed


def test_it_is_the_two_sample_test_where_nobody_stays() -> None:
    found = change_of_x(np.arange(400), np.arange(1000, 1300), X0, X1)
    assert found.difference == pytest.approx(X1.mean() - X0.mean())
    assert found.error == pytest.approx(np.sqrt(X0.var() / 400 + X1.var() / 300))
    assert found.fresh == pytest.approx(X1.std() / np.sqrt(300))


def test_it_is_the_paired_test_where_everybody_does() -> None:
    found = change_of_x(np.arange(300), np.arange(300), X0[:300], X1)
    assert found.error == pytest.approx((X1 - X0[:300]).std() / np.sqrt(300))


def test_the_overlap_is_counted_as_with_rows() -> None:
    ids0, ids1 = np.arange(400), np.arange(200, 500)
    found = change_of_x(ids0, ids1, X0, X1)
    c = np.zeros(500)
    c[ids0] -= (X0 - X0.mean()) / 400
    c[ids1] += (X1 - X1.mean()) / 300
    assert found.error == pytest.approx(np.sqrt((c**2).sum()))
    assert found.standardised == pytest.approx(
        (X1.mean() - X0.mean()) / np.sqrt((X0.var() + X1.var()) / 2)
    )


def test_a_share_is_the_mean_of_a_flag() -> None:
    z0, z1 = DRAW.integers(0, 3, 400), DRAW.integers(0, 3, 300)
    found = evidence(snapshot(np.arange(400), z0), snapshot(np.arange(200, 500), z1))
    is_b = change_of_x(np.arange(400), np.arange(200, 500), z0 == 1, z1 == 1)
    cells = found.cells
    of_b = change(of_segment(cells, "B"), cells.were_there, cells.are_there)
    assert of_b is not None
    assert (of_b.difference, of_b.error) == pytest.approx((is_b.difference, is_b.error))


def test_missing_values_and_levels_are_flags_too() -> None:
    x0, x1 = X0.copy(), X1.copy()
    x0[DRAW.random(400) < 0.1], x1[DRAW.random(300) < 0.3] = np.nan, np.nan
    ids0, ids1 = np.arange(400), np.arange(200, 500)
    z0, z1 = DRAW.integers(0, 2, 400), DRAW.integers(0, 2, 300)
    found = evidence(snapshot(ids0, z0, x=x0), snapshot(ids1, z1, x=x1))
    cells = found.cells
    expected = change_of_x(ids0, ids1, np.isnan(x0), np.isnan(x1))
    flags = evidence(snapshot(ids0, z0, x=np.isnan(x0)), snapshot(ids1, z1, x=np.isnan(x1)))
    sums = flags.values["x"]
    centered = [
        sums.sum0 + sums.center * sums.known0,
        sums.sum1 + sums.center * sums.known1,
        sums.product + sums.center * (sums.both0 + sums.both1) + sums.center**2 * sums.both,
    ]
    for moments in (of_missing(cells, found.values["x"]), of_level(cells, centered)):
        got = change(moments, cells.were_there, cells.are_there)
        assert got is not None
        assert (got.mean0, got.mean1) == pytest.approx((expected.mean0, expected.mean1))
        assert got.error == pytest.approx(expected.error)


def test_nothing_is_said_of_a_segment_that_nobody_was_in() -> None:
    found = evidence(snapshot([1, 2], [0, 0], x=[1, 2]), snapshot([1, 2], [1, 1], x=[1, 2]))
    cells = found.cells
    assert change(found.values["x"], cells.were_in("B"), cells.are_in("B")) is None
