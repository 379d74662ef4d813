"""Everything that a page draws, counted again row by row."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from segkit.core.evaluate import evaluate
from segkit.core.tree import Below, Leaf, Split, Tree, fold, leaves
from segkit.learn.numbers import squared_distances
from segkit.survey.results import SPREAD_AT, CutSurvey
from tests.survey.conftest import Surveyed


def test_spreads(surveyed: Surveyed) -> None:
    by_column = {each.feature.column: each for each in surveyed.survey.features}
    assert list(by_column) == ["age", "income", "region"]
    ids = {s.code: s.id for s in surveyed.subject.fit.segments}
    for column in ("age", "income"):
        scaled: Callable[[Any], Any] = np.log1p if column == "income" else np.asarray
        everyone = np.array([r[column] for r in surveyed.rows if r[column] is not None], float)
        for code, id_ in [*ids.items(), (None, None)]:
            mine = [r[column] for r in surveyed.rows if code in (None, r["segment_order"])]
            known = np.array([value for value in mine if value is not None], float)
            spread = by_column[column].everyone if id_ is None else by_column[column].segments[id_]
            assert (spread.known, spread.missing) == (len(known), len(mine) - len(known))
            assert spread.mean == pytest.approx(known.mean())
            assert spread.quantiles == pytest.approx(np.quantile(known, SPREAD_AT))
            place = (scaled(known).mean() - scaled(everyone).mean()) / scaled(everyone).std()
            assert spread.place == pytest.approx(place, abs=1e-9)
    assert by_column["income"].everyone.missing > 0
    for code, id_ in ids.items():
        levels = Counter(r["region"] for r in surveyed.rows if r["segment_order"] == code)
        assert by_column["region"].segments[id_].levels == dict(levels.most_common())


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


def test_customers_are_real_and_what_is_said_of_them_holds(surveyed: Surveyed) -> None:
    by_id = {row["customer_id"]: row for row in surveyed.rows}
    ids = {s.code: s.id for s in surveyed.subject.fit.segments}
    kinds = Counter()
    for id_, examples in surveyed.survey.examples.items():
        for example in examples:
            kinds[example.kind] += 1
            row = by_id[example.id]
            assert ids[row["segment_order"]] == id_
            assert example.values[:3] == (row["age"], row["income"], row["region"])
            if example.column and example.change is not None:
                value = float(row[example.column]) + float(example.change)
                code = evaluate(surveyed.subject.fit.tree, {**row, example.column: value})
                assert ids[code] == example.other
    assert kinds["typical"] == 8
    assert kinds["borderline"] == 8
    sizes = Counter(row["segment_order"] for row in surveyed.rows)
    roots = {code: math.sqrt(n) for code, n in sizes.items()}
    shown = {
        code: min(sizes[code], math.ceil(600 * root / sum(roots.values())))
        for code, root in roots.items()
    }
    assert Counter(dot.code for dot in surveyed.survey.dots) == shown


def coordinates(surveyed: Surveyed, row: dict[str, Any]) -> list[float]:
    return [c for f in surveyed.subject.fit.features for c in f.coordinates(row[f.column])]


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


def _numbered(tree: Tree) -> Tree:
    numbers = iter(range(1000))
    return fold(tree, lambda _: Leaf(next(numbers)), lambda s, yes, no: replace(s, yes=yes, no=no))
