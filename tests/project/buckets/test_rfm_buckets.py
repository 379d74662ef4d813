"""RFM as written: what is built, and every mistake with its place."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.core.rfm import FULL, GRID, REPEAT, cells_of
from segkit.project.buckets.rfm_buckets import RfmColumn
from segkit.project.load import load_project
from segkit.project.nodes import BucketSet, ScoredGroup
from tests.project.buckets.bucket_columns import check_wrong, facts, score_column
from tests.project.projects import codes, problems_of, write_project

RFM = "rfm: {recency: days, frequency: orders, monetary: spend}"
THREE = "rfm: {recency: days, frequency: orders, monetary: spend, quantiles: 3}"


def test_rfm() -> None:
    built, problems = score_column(f"{RFM}, names: full")
    assert problems == []
    assert isinstance(built, RfmColumn)
    assert [facts(score) for score in built.scores] == [
        ("s_r", "days", 5, True),  # few days are good
        ("s_f", "orders", 5, False),
        ("s_m", "spend", 5, False),
    ]
    assert built.width == 3
    assert [name for name, _ in built.names] == list(FULL)
    assert [name for name, _ in built.outputs] == ["s", "s_order", "s_r", "s_f", "s_m"]
    assert built.not_scored is None


def test_rfm_is_named_by_the_grid_if_nothing_is_said() -> None:
    built, problems = score_column(RFM)
    assert problems == []
    assert built.width == 2
    assert [name for name, _ in built.names] == list(GRID)


@pytest.mark.parametrize(
    ("names", "cells"),
    [
        ("{good: '[2-3][1-3]', bad: '1[1-3]'}", {"good": 6, "bad": 3}),
        ("{good: ['[2-3]3', '[2-3]2'], bad: '1[1-3] [2-3]1'}", {"good": 4, "bad": 5}),
        ("{good: 33, bad: ['[1-2][1-3]', '3[1-2]']}", {"good": 1, "bad": 8}),
        ("{all: '[1-3][1-3][1-3]'}", {"all": 27}),
    ],
)
def test_names_of_ones_own(names: str, cells: dict[str, int]) -> None:
    built, problems = score_column(f"{THREE}, names: {names}")
    assert problems == []
    assert {name: len(found) for name, found in built.names} == cells
    every = [cell for _, found in built.names for cell in found]
    assert sorted(every) == list(product((1, 2, 3), repeat=built.width))


def test_scores_alone_and_their_sum() -> None:
    built, problems = score_column(f"{RFM}, names: none, total: true")
    assert (problems, built.is_named) == ([], False)
    assert [name for name, _ in built.outputs] == ["s_r", "s_f", "s_m", "s_total"]
    assert {type_ for _, type_ in built.outputs} == {"INTEGER"}
    built, _ = score_column(f"{RFM}, total: true, names: full")
    assert [name for name, _ in built.outputs] == ["s", "s_order", "s_r", "s_f", "s_m", "s_total"]
    assert score_column(f"{RFM}, names: none, missing: not_scored")[1] == []


@pytest.mark.parametrize("parts", range(2, 11))
def test_another_number_of_bins(parts: int) -> None:
    ten = THREE.replace("3}", f"{parts}, bins: nested}}")
    built, problems = score_column(f"{ten}, names: none")
    assert problems == []
    assert [score.definition for score in built.scores] == [
        {"column": "days", "quantiles": parts},
        {"column": "orders", "quantiles": parts, "within": ["s_r"]},
        {"column": "spend", "quantiles": parts, "within": ["s_r", "s_f"]},
    ]
    assert [len(list(score.cells)) for score in built.scores] == [0, parts, parts + parts**2]
    assert [p.code for p in score_column(f"{ten}, names: full")[1]] == ["SK203"] * (parts != 5)


def groups(*found: tuple[str, tuple[int, ...], int, int]) -> list[ScoredGroup]:
    return [ScoredGroup(*each) for each in found]


def test_a_name_that_nobody_can_get_is_said() -> None:
    """By the scores that there are: of frequency 1, 4 and 5."""
    built, _ = score_column(RFM)
    rows = [("x", (r, f, 1), 10, 0) for r in range(1, 6) for f in (1, 4, 5)]
    (problem,) = built.name_warnings(groups(*rows))
    assert (problem.code, problem.severity) == ("SK219", "warning")
    assert problem.message == (
        "nobody can be `need_attention`, `potential_loyalists`: no customer has `s_f` of 2, 3"
    )
    every = [("x", (r, f, 1), 1, 0) for r in range(1, 6) for f in range(1, 6)]
    assert list(built.name_warnings(groups(*every))) == []  # money is not in the grid
    full, _ = score_column(f"{RFM}, names: full")
    (problem,) = full.name_warnings(groups(*every))
    assert problem.message.endswith("no customer has `s_m` of 2, 3, 4, 5")


@pytest.mark.parametrize(("once", "is_said"), [(50, False), (51, True), (100, True)])
def test_a_name_of_returning_customers_that_one_time_buyers_fill(once: int, is_said: bool) -> None:
    built, _ = score_column(f"{RFM}, names: full")
    every = [("x", cell, 1, 0) for cell in product(range(1, 6), repeat=3)]
    rows = [*every, ("cannot_lose_them", (1, 1, 5), 60, 50), ("cannot_lose_them", (1, 5, 5), 40, 0)]
    rows[-1] = (*rows[-1][:3], once - 50)
    rows.append(("lost", (1, 1, 1), 500, 500))  # of whom nobody would say that they came back
    said = [problem.message for problem in built.name_warnings(groups(*rows))]
    expected = f"{once} of 100 `cannot_lose_them` bought once at most (`orders` <= 1)"
    assert said == [expected] * is_said


def test_who_comes_back_by_name_is_a_name_of_a_table() -> None:
    assert {*REPEAT} < {*GRID, *FULL}


TWO = "recency: days, frequency: orders, monetary"


@pytest.mark.parametrize(
    ("text", "code", "under", "said"),
    [
        (f"rfm: {{{TWO}: days}}", "SK102", "days, ", "`days` stands twice"),
        (f"rfm: {{{TWO}: orders}}", "SK102", "orders, ", "`orders` stands twice"),
        (f"rfm: {{{TWO}: spend, quantiles: 4}}", "SK203", "4}", "of 1 to 5, and there are 4"),
        (f"rfm: {{{TWO}: spend, quantiles: 10}}, names: {{a: '11'}}", "SK203", "10}", "one digit"),
        (f"{RFM}, names: {{a: '[1-5][1-4]'}}", "SK202", "names", "15, 25, 35, 45, 55 of 25 cells"),
        (f"{RFM}, names: {{a: '[1-5][1-4]', b: '[1-5]4 [1-5]5'}}", "SK201", "a: '", "14, 24, 34"),
        (f"{THREE}, names: {{a: '[1-3][1-3]', b: 33}}", "SK201", "a: '", "cell 33 has more than"),
        (f"{THREE}, names: {{a: '[1-3][1-2] 13 23'}}", "SK202", "names", "33 of 9 cells has none"),
        (f"{RFM}, names: {{a: '[1-5][1-5]', b: '111'}}", "SK203", "names", "all of 2 scores (RF)"),
        (f"{RFM}, names: {{a: '[1-5]'}}", "SK203", "names", "all of 2 scores (RF)"),
        (f"{RFM}, names: {{a: '[1-5][1-5][1-5][1-5]'}}", "SK203", "names", "all of 3 (RFM)"),
        (f"{RFM}, names: {{a: '[1-5][1-6]'}}", "SK203", "'[1-5]", "`[1-6]` is not within 1 to 5"),
        (f"{RFM}, names: {{a: '5*'}}", "SK203", "'5*", "`*` is not a digit"),
        (f"{RFM}, names: {{Unknown: '[1-5][1-5]'}}", "SK205", "{Unknown", "missing values"),
    ],
)
def test_what_is_wrong(text: str, code: str, under: str, said: str) -> None:
    check_wrong(text, code, under, said)


def test_a_gate_has_a_name_of_its_own() -> None:
    gated = RFM.replace("}", ", not_scored: orders < 2}")
    built, problems = score_column(gated)
    assert problems == []
    assert built.not_scored.predicate.text == "orders < 2"
    assert [p.code for p in score_column(f"{gated}, missing: not_scored")[1]] == ["SK205"]
    names = "{not_scored: '[1-5][1-5]'}"
    assert [p.code for p in score_column(f"{gated}, names: {names}")[1]] == ["SK205"]
    assert score_column(f"{RFM}, names: {names}")[1] == []
    _, problems = score_column(RFM.replace("}", ", not_scored: sum(orders) < 2}"))
    assert [(p.code, p.place and p.place.length) for p in problems] == [("SK206", 15)]


@given(st.integers(2, 4), st.sampled_from([2, 3]), st.data())
def test_names_are_refused_exactly_where_a_cell_has_not_one(
    highest: int, width: int, data: st.DataObject
) -> None:
    """Against a count of the names of each cell."""
    cells = ["".join(map(str, cell)) for cell in product(range(1, highest + 1), repeat=width)]
    held: dict[str, list[str]] = {"a": [], "b": []}
    for cell in cells:
        for name in data.draw(st.sampled_from([("a",), ("b",), ("a",), ("b",), (), ("a", "b")])):
            held[name].append(cell)
    if not (held["a"] and held["b"]):
        return
    table = ", ".join(f"{name}: {found!r}" for name, found in held.items())
    spec = f"rfm: {{recency: days, frequency: orders, monetary: spend, quantiles: {highest}}}"
    _, problems = score_column(f"{spec}, names: {{{table}}}")
    counts = [sum(cell in found for found in held.values()) for cell in cells]
    expected = ["SK201"] * (2 in counts) + ["SK202"] * (0 in counts)
    assert [p.code for p in problems] == expected


def test_both_tables_pass_for_every_pattern() -> None:
    for table, width in ((GRID, 2), (FULL, 3)):
        named: dict[Sequence[int], str] = {
            cell: name for name, found in table.items() for p in found for cell in cells_of(p, 5)
        }
        built, problems = score_column(f"{RFM}, names: {'grid' if width == 2 else 'full'}")
        assert problems == []
        assert {cell: name for name, found in built.names for cell in found} == named


# in a set ----------------------------------------------------------------------------------------

SET = """\
buckets:
  - name: b
    from: customer_features
    key: customer_id
    where: "age > 17"
    columns:
      - {{name: q, column: age, quantiles: 4}}
      - {{name: rfm, rfm: {{recency: age, frequency: income, monetary: spend{gate}}}}}
      - {{name: {last}, column: age, edges: [40]}}
"""


def bucket_set(directory: Path, gate: str = "") -> BucketSet:
    yml = SET.format(gate=gate, last="a")
    node: Any = load_project(write_project(directory, {"sql/b.yml": yml})).nodes["b"]
    return node


def test_what_stored_edges_depend_on(tmp_path: Path) -> None:
    found = bucket_set(tmp_path, gate=', not_scored: "income < 1"').definitions()
    every = {"from": "customer_features", "where": "age > 17"}
    gated = {"quantiles": 5, "not_scored": "income < 1"}
    assert found == {
        "q": {**every, "column": "age", "quantiles": 4},
        "rfm_r": {**every, "column": "age", **gated},
        "rfm_f": {**every, "column": "income", **gated},
        "rfm_m": {**every, "column": "spend", **gated},
    }


def test_scores_of_a_set(tmp_path: Path) -> None:
    node = bucket_set(tmp_path)
    assert [score.name for score in node.scores] == ["q", "rfm_r", "rfm_f", "rfm_m"]
    assert node.where is not None and str(node.where.at(0)) == "sql/b.yml:5:13"


@pytest.mark.parametrize("last", ["q", "Q_order", "rfm_m", "customer_id", "RFM"])
def test_two_columns_of_one_name(tmp_path: Path, last: str) -> None:
    yml = SET.format(gate="", last=last)
    problems = problems_of(write_project(tmp_path, {"sql/b.yml": yml}))
    assert codes(problems) == ["SK102"]
    assert str(problems[0].labels[-1].place) == "sql/b.yml:9:16"


def test_a_gate_decides_too_what_the_buckets_are_made_of() -> None:
    """Of a metric that decides who has a score the buckets would explain themselves."""
    gated, _ = score_column(RFM.replace("}", ", not_scored: Returns < 2}"))
    assert gated.source_columns == {"days", "orders", "spend", "returns"}
