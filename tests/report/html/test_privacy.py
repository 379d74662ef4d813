from __future__ import annotations

from collections import Counter

import pytest

from segkit.report.html.privacy import LEAST, masked, without_rows
from segkit.survey.page_data import CutSurvey
from tests.report.html.reports import CASES


def flows(cut: CutSurvey, place: int) -> Counter[tuple[int, int]]:
    found: Counter[tuple[int, int]] = Counter()
    for cell in cut.cells:
        was, comes = cell.bin <= cut.now, cell.bin <= place
        if was != comes:
            found[(cell.below, cell.above) if was else (cell.above, cell.below)] += cell.n
    return found


@pytest.mark.parametrize("case", list(CASES))
def test_without_rows_nobody_can_be_told(case: str) -> None:
    made = CASES[case]()
    coarse = without_rows(made)
    assert (coarse.survey.dots, coarse.survey.examples) == ((), {})
    for before, cut in zip(made.survey.cuts, coarse.survey.cuts, strict=True):
        assert cut.edges[cut.now] == before.edges[before.now]
        assert set(cut.edges) <= set(before.edges)
        assert min((cell.n for cell in cut.cells), default=LEAST) >= LEAST
        for place, edge in enumerate(cut.edges):  # what is left says the same
            there = before.edges.index(edge)
            assert flows(cut, place) == flows(before, there)
            assert cut.states[place] == before.states[there]


@pytest.mark.parametrize(
    ("id_", "shown"), [("C00944", "…44"), ("12345", "…45"), ("1234", "…"), ("", "…")]
)
def test_masked(id_: str, shown: str) -> None:
    assert masked(id_) == shown
