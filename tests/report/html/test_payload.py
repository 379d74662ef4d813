"""What the script of a page knows: small, and nothing of it can end the element it is in."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser

import pytest

from segkit.core.tree import Below, Known, Leaf, OneOf, Split
from segkit.report.html.payload import amount, flat_tree, payload, payload_script
from segkit.survey.page_data import Cell, CutSurvey, ProjectReport, State
from tests.report.html.reports import CASES, EVIL


class Scripts(HTMLParser):
    """The texts of script elements, and the names of all tags."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("case", CASES)
def test_nothing_in_the_data_ends_the_element(case: str) -> None:
    made = CASES[case]()
    made = replace(made, result=replace(made.result, words={"m": (f"<!-- {EVIL}", "$")}))
    read = Scripts()
    read.feed(str(payload_script(made)))
    assert read.tags == ["script"]
    assert json.loads("".join(read.texts)) == json.loads(json.dumps(payload(made)))


def test_the_example_is_at_most_45_kilobytes(example: ProjectReport) -> None:
    assert len(payload_script(example.segmentations[0]).encode()) <= 45_000


def test_a_tree_is_its_nodes_in_preorder() -> None:
    tree = Split(
        "a",
        Known(),
        Split("b", Below(Decimal("1.50E+3"), inclusive=True), Leaf(1), Leaf(2), missing="yes"),
        Split("c", OneOf(("x", "y")), Leaf(3), Leaf(0)),
    )
    assert flat_tree(tree, {"a": 0, "b": 1, "c": 2}) == [
        [0, ["known"], 4, 4],
        [1, ["<=", "1500"], 1, 2],
        1,
        2,
        [2, ["in", "x", "y"], 2, 2],
        3,
        0,
    ]


def test_money_goes_to_the_cent_and_all_else_to_seven_digits() -> None:
    assert amount(1234567.891, "$") == 1234567.89
    assert amount(0.0123456789, "k$") == 0.01234568
    assert amount(40.0, "$") == 40 and isinstance(amount(40.0, "$"), int)


def test_cells_and_figures_are_steps_in_a_row(example: ProjectReport) -> None:
    report = example.segmentations[0]
    cut = CutSurvey(
        column="orders",
        said="orders < 7",
        edges=(Decimal("0.5"), Decimal("7"), Decimal("1.2E+2")),
        now=1,
        is_exact=False,
        is_inclusive=False,
        cells=(Cell(1, 2, 3, 12, (10.004,), (-0.5,)), Cell(2, 3, 2, 1, (0.0,), (0.0,))),
        states=(State(0.1234567, 9, (0.5,)), State(None, None, (None,)), State(0.2, 8, (0.25,))),
    )
    changed = replace(report, survey=replace(report.survey, cuts=(cut,)))
    (sent,) = payload(changed)["cuts"]
    assert sent["cells"] == [1, 0, 12, [10, -0.5], 1, 1, 1, 0]
    assert sent["ways"] == [2, 3, 3, 2]
    assert sent["edges"] == [0.5, 7, 120]
    assert sent["loss"] == [1235, None, 765]
    assert sent["agreed"] == [9, None, -1]
    assert sent["explained"] == [[5000, None, -2500]]


def test_a_value_is_compared_as_its_column_is_stored(example: ProjectReport) -> None:
    sent = payload(example.segmentations[0])
    kinds = {each["label"]: each["kind"] for each in sent["features"]}
    assert kinds == {
        "Days since last order": "integer",
        "Orders": "integer",
        "Total spend": "decimal",
    }


def test_missing_values_come_to_a_cut_unless_they_are_a_segment_of_their_own() -> None:
    own, missing = payload(CASES["own"]()), payload(CASES["missing"]())
    first = CASES["own"]().result.fit.own
    column = next(iter(first))
    places = [f.feature.column for f in CASES["own"]().survey.features]
    for cut in own["cuts"]:
        if places[cut["feature"]] == column:
            assert cut["filled"] is None
    assert any(cut["filled"] is not None for cut in missing["cuts"])


def test_no_digits_are_sent_that_nobody_sees(example: ProjectReport) -> None:
    text = str(payload_script(example.segmentations[0]))
    assert not re.search(r"\d\.\d{5}", text)
