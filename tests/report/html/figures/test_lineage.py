"""Where a segmentation comes from."""

from __future__ import annotations

from dataclasses import replace

from segkit.report.html.figures.lineage import MOST, lineage
from tests.report.html.figures.drawn import parsed, shown
from tests.report.html.reports import CASES


def names(above: int, below: int) -> dict[str, float]:
    nodes = [
        tuple(f"{side}_{n}" for n in range(count))
        for side, count in (("up", above), ("down", below))
    ]
    drawn = parsed(lineage(replace(CASES["plain"](), above=nodes[0], below=nodes[1])))
    return {shown(text): float(text.attrib["x"]) for text in drawn.iter("text")}


def test_what_it_reads_is_left_and_who_reads_it_right() -> None:
    found = names(2, 1)
    middle = found["shopper_segments"]
    assert found["up_0"] == found["up_1"] < middle < found["down_0"]


def test_many_nodes_are_counted() -> None:
    found = names(40, 0)
    assert len(found) == MOST + 1 and f"and {40 - MOST + 1} more" in found
    assert len(names(MOST, 0)) == MOST + 1 and f"up_{MOST - 1}" in names(MOST, 0)


def test_a_name_with_a_part_on_the_page_leads_there() -> None:
    made = replace(CASES["plain"](), above=("up",), below=("price", "other"))
    drawn = parsed(lineage(made, {"price": "experiments", "elsewhere": "report-elsewhere"}))
    found = {shown(next(a.iter("text"))): a.attrib["href"] for a in drawn.iter("a")}
    assert found == {"price": "#experiments"}
    assert [each.attrib["role"] for each in drawn.iter("svg")] == ["group"]
    without = parsed(lineage(made))
    assert [each.attrib["role"] for each in without.iter("svg")] == ["img"]
