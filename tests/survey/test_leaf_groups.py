"""Leaves and totals, counted again row by row."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from segkit.core.evaluate import evaluate
from segkit.core.tree import Leaf, Tree, fold, leaves
from segkit.learn.numbers import squared_distances
from segkit.survey.leaf_groups import Groups
from tests.survey.conftest import Surveyed, coordinates


def test_leaves_and_totals(surveyed: Surveyed) -> None:
    fit = surveyed.subject.fit
    z = np.array([coordinates(surveyed, row) for row in surveyed.rows])
    nearest = 1 + squared_distances(z, np.array(fit.clusters.centers)).argmin(axis=1)
    numbered = _numbered(fit.tree)
    reached = [evaluate(numbered, row) for row in surveyed.rows]
    codes = [leaf.code for leaf in leaves(fit.tree)]
    for place, found in enumerate(surveyed.survey.leaves):
        here = Counter(
            n for n, leaf in zip(nearest.tolist(), reached, strict=True) if leaf == place
        )
        assert (found.code, found.n, found.clusters) == (codes[place], here.total(), dict(here))
    for metric in ("spend", "profit"):
        for segment in fit.segments:
            mine = [r[metric] for r in surveyed.rows if r["segment_order"] == segment.code]
            total = surveyed.survey.totals[metric][segment.id]
            assert (total.known, total.sum) == (len(mine), pytest.approx(math.fsum(mine)))


def _numbered(tree: Tree) -> Tree:
    numbers = iter(range(1000))
    return fold(tree, lambda _: Leaf(next(numbers)), lambda s, yes, no: replace(s, yes=yes, no=no))


def test_who_moves_stands_for_as_many_as_before() -> None:
    """Of a small segment fewer are drawn: its customers stand for more, and those who come not."""
    stand_for, all_of_b = np.array([0.0, 125.0, 100.0]), 5
    today = np.array([[0.0, 0, 0], [8, 8 * 125, 0], [10, 10 * 100, 0]])
    groups = Groups((), (), today, (1, 2), 100.0, 100.0, np.zeros(0), stand_for)
    of_a, of_b = groups.vectors(2, [all_of_b, all_of_b, 0, 0.0])
    assert of_a.tolist() == [5, 500, 0] and of_b.tolist() == [5, 0, 0]
    moved = groups.today.copy()
    moved[1] += of_a
    moved[2] -= groups.vectors(2, [all_of_b, all_of_b, all_of_b, 0.0])[1]
    agreed = groups.state(moved).agreed
    assert agreed is not None and agreed <= 8 * 125 + 10 * 100
