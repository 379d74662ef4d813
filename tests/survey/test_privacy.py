from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.core.change_result import ChangeFlow, Changes
from segkit.report.html.figures.figure_table import FIGURES
from segkit.report.html.whole_page import render_page
from segkit.report.markdown_page import markdown_page
from segkit.report.render_json import plain
from segkit.report.render_markdown import render_markdown
from segkit.survey.page_data import CutSurvey, ProjectReport, Spread, Total
from segkit.survey.privacy import LEAST, OTHERS, Rows, masked, shown_with, without_rows
from tests.report.html.reports import CASES, project


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


def test_without_rows_one_who_stands_for_many_is_few() -> None:
    made = CASES["plain"]()
    sampled = replace(made, survey=replace(made.survey, sampled=made.result.rows // 3))
    cuts = without_rows(sampled).survey.cuts
    assert any(not cut.is_exact for cut in cuts)
    for cut in cuts:
        least = LEAST if cut.is_exact else 3 * LEAST
        assert min((cell.n for cell in cut.cells), default=least) >= least
    first = replace(sampled.survey.features[0], segments={"A": Spread(29, 0, 4.0, QUANTILES)})
    sampled = replace(sampled, survey=replace(sampled.survey, features=(first,)))
    assert without_rows(sampled).survey.features[0].segments == {"A": Spread(0, 0)}


@pytest.mark.parametrize(
    ("known", "none", "told"),
    [(50, 9, None), (50, 10, 10), (50, 0, 0), (50, 41, None), (50, 40, 40), (50, 50, 50)],
)
def test_without_rows_few_who_have_nothing_are_not_counted(
    known: int, none: int, told: int | None
) -> None:
    made = CASES["plain"]()
    totals = {"spend_next": {"A": Total(known, 900.0, none)}}
    coarse = without_rows(replace(made, survey=replace(made.survey, totals=totals)))
    assert coarse.survey.totals == {"spend_next": {"A": Total(known, 900.0, told)}}


@pytest.mark.parametrize(
    ("id_", "shown"), [("C00944", "…44"), ("12345", "…45"), ("1234", "…"), ("", "…")]
)
def test_masked(id_: str, shown: str) -> None:
    assert masked(id_) == shown


def test_masks_that_are_alike_are_numbered() -> None:
    """One customer has one label, and no more of an id is told for it."""
    made = CASES["plain"]()
    first, second = list(made.survey.examples)[:2]
    kind = made.survey.examples[first][0]
    ids = {first: ("C00903", "C00944", "C00903", "7"), second: ("C01703", "8")}
    examples = {s: tuple(replace(kind, id=id_) for id_ in some) for s, some in ids.items()}
    made = replace(made, survey=replace(made.survey, examples=examples))
    (found,) = shown_with(project(made), Rows.sample).segmentations
    assert {s: [each.id for each in some] for s, some in found.survey.examples.items()} == {
        first: ["…03 (1)", "…44", "…03 (1)", "… (1)"],
        second: ["…03 (2)", "… (2)"],
    }


def outputs(report: ProjectReport) -> Iterator[str]:
    """All that anybody makes of a report."""
    yield unescape(render_page(report))
    yield render_markdown(markdown_page(report))
    yield json.dumps(plain(report), ensure_ascii=False)
    for figure in FIGURES.values():
        yield unescape(figure.draw(report.segmentations[0]))


QUANTILES = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0)
IDS = st.one_of(
    st.integers(98765 * 10**6, 98766 * 10**6).map(str),  # no rounding of a double
    st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=3).map("Ω".__add__),
)


@settings(max_examples=6)
@given(st.lists(IDS, min_size=8, max_size=8, unique=True), st.sampled_from(["plain", "own"]))
def test_no_id_is_in_what_anybody_makes_of_a_report(ids: list[str], case: str) -> None:
    made, given_ids = CASES[case](), iter(ids)
    examples = {
        segment: tuple(replace(each, id=next(given_ids, ids[0])) for each in some)
        for segment, some in made.survey.examples.items()
    }
    made = replace(made, survey=replace(made.survey, examples=examples))
    for rows in (Rows.sample, Rows.none):
        for text in outputs(shown_with(project(made), rows)):
            assert [id_ for id_ in ids if id_ in text] == []
    assert ids[0] in render_page(shown_with(project(made), Rows.full)) or not ids[0].isdigit()


@pytest.mark.parametrize(
    ("spread", "kept"),
    [
        (Spread(9, 0, 4.0, QUANTILES), Spread(0, 0)),
        (Spread(10, 0, 4.0, QUANTILES), Spread(10, 0, 4.0, (4, 4, 4, 4, 4, 4, 4))),
        (Spread(40, 3, 4.0, QUANTILES), Spread(40, 3, 4.0, (3, 3, 3, 4, 5, 5, 5))),
        (Spread(200, 0, 4.0, QUANTILES), Spread(200, 0, 4.0, (2, 2, 3, 4, 5, 6, 6))),
        (Spread(1000, 0, 4.0, QUANTILES), Spread(1000, 0, 4.0, QUANTILES)),
        (Spread(30, 0, levels={"a": 20, "b": 10}), Spread(30, 0, levels={"a": 20, "b": 10})),
        (Spread(30, 0, levels={"a": 21, "b": 9}), Spread(30, 0, levels={"a": 21})),
        (Spread(12, 0, levels={"a": 6, "b": 6}), Spread(0, 0)),
    ],
)
def test_no_value_of_few_is_told(spread: Spread, kept: Spread) -> None:
    made = CASES["plain"]()
    first = replace(made.survey.features[0], segments={"A": spread})
    made = replace(made, survey=replace(made.survey, features=(first,)))
    assert without_rows(made).survey.features[0].segments == {"A": kept}


def test_without_rows_json_has_what_html_has() -> None:
    found = plain(shown_with(project(CASES["plain"]()), Rows.none))["segmentations"][0]["survey"]
    assert (found["dots"], found["examples"]) == ([], {})
    assert min(cell["n"] for cut in found["cuts"] for cell in cut["cells"]) >= LEAST


def test_few_who_went_one_way_are_told_together() -> None:
    """Five left B: with the thirteen who moved from there, as 5 are what else B lacks."""
    made = CASES["mixed"]()
    changes = made.result.changes
    assert changes is not None and min(flow.n for flow in changes.flows) < LEAST
    told = without_rows(made).result.changes
    assert told is not None and min(flow.n for flow in told.flows) >= LEAST
    assert told.by_reason == {"calendar": 21, "joined": 40, "others": 18}
    assert sum(flow.n for flow in told.flows) == sum(flow.n for flow in changes.flows)
    for side in ("from_id", "to_id"):
        for id_ in {getattr(flow, side) for flow in told.flows} - {OTHERS}:
            lacks = sum(f.n for f in changes.flows if getattr(f, side) == id_)
            lacks -= sum(f.n for f in told.flows if getattr(f, side) == id_)
            assert lacks == 0 or lacks >= LEAST


def test_fewer_than_ten_in_all_are_not_told() -> None:
    made = CASES["mixed"]()
    few = Changes(
        datetime(2026, 4, 1),
        datetime(2026, 5, 1),
        "steps",
        (ChangeFlow("A", "A", None, 90), ChangeFlow("A", "B", "calendar", 3)),
        {"A": 4},
    )

    def told(found: Changes) -> Changes | None:
        made_so = replace(made, result=replace(made.result, changes=found))
        return without_rows(made_so).result.changes

    assert told(few) is None
    calm = replace(few, flows=few.flows[:1])
    assert told(calm) == replace(calm, kept={})
