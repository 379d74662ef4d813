"""Who moves with a cut, and what the rules would be then: every edge, row by row."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from segkit.core.evaluate import evaluate
from segkit.core.tree import Below, Split, Tree, fold
from segkit.learn.numbers import squared_distances
from segkit.survey.page_data import CutSurvey
from tests.survey.conftest import Surveyed, coordinates


def test_cells_say_who_moves_with_a_cut_at_every_edge(surveyed: Surveyed) -> None:
    assert {cut.column for cut in surveyed.survey.cuts} == {"age", "income"}
    assert {cut.is_exact for cut in surveyed.survey.cuts} == {True, False}
    for cut in surveyed.survey.cuts:
        for place, edge in enumerate(cut.edges):
            tree = moved(surveyed, cut, edge)
            told = flows(cut, place)
            assert {key: n for key, (n, _) in told.items()} == Counter(
                (row["segment_order"], code)
                for row in surveyed.rows
                if (code := evaluate(tree, row)) != row["segment_order"]
            )
            for (before, after), (_, money) in told.items():
                profit = math.fsum(
                    row["profit"]
                    for row in surveyed.rows
                    if (row["segment_order"], evaluate(tree, row)) == (before, after)
                )
                assert money == pytest.approx(profit)


def test_states_are_what_the_rules_would_be(surveyed: Surveyed) -> None:
    fit = surveyed.subject.fit
    z = np.array([coordinates(surveyed, row) for row in surveyed.rows])
    distances = squared_distances(z, np.array(fit.clusters.centers))
    nearest, inertia = 1 + distances.argmin(axis=1), distances.min(axis=1).sum()
    for cut in surveyed.survey.cuts:
        for place in {0, cut.now, len(cut.edges) // 2, len(cut.edges) - 1}:
            tree = moved(surveyed, cut, cut.edges[place])
            codes = np.array([evaluate(tree, row) for row in surveyed.rows])
            state = cut.states[place]
            cost = sum(
                ((z[codes == c] - z[codes == c].mean(axis=0)) ** 2).sum() for c in np.unique(codes)
            )
            assert state.loss == pytest.approx(cost / inertia - 1, abs=1e-9)
            assert state.agreed == (codes == nearest).sum()
    today = surveyed.survey.cuts[0].states[surveyed.survey.cuts[0].now]
    assert today.loss == pytest.approx(fit.quality.loss, abs=1e-8)
    assert today.explained == pytest.approx(surveyed.explained, abs=1e-8)


def moved(surveyed: Surveyed, cut: CutSurvey, edge: Any) -> Tree:
    """The tree with the cut at the edge; a missing value goes where the median does."""
    median = next(f.median for f in surveyed.subject.fit.features if f.column == cut.column)
    old = Below(cut.edges[cut.now], cut.is_inclusive)

    def of_split(split: Split, yes: Tree, no: Tree) -> Tree:
        if (split.column, split.test) != (cut.column, old):
            return replace(split, yes=yes, no=no)
        test = Below(edge, cut.is_inclusive)
        side = "yes" if test.holds(median) else "no"
        return Split(split.column, test, yes, no, side)  # type: ignore[arg-type]

    return fold(surveyed.subject.fit.tree, lambda leaf: leaf, of_split)


def flows(cut: CutSurvey, place: int) -> dict[tuple[int, int], tuple[int, float]]:
    """As the page works them out: from, to -> customers, and the second metric."""
    found: dict[tuple[int, int], tuple[int, float]] = {}
    for cell in cut.cells:
        was, comes = cell.bin <= cut.now, cell.bin <= place
        if was != comes:
            key = (cell.below, cell.above) if was else (cell.above, cell.below)
            n, money = found.get(key, (0, 0.0))
            found[key] = n + cell.n, money + cell.gains[1] + cell.losses[1]
    return found
