from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from segkit.report.about import about_section
from segkit.report.render_text import render_text
from segkit.results import NameTruth
from tests.report.samples import ROWS

TRUTH = NameTruth("spend $90 or more", 0.973, 0.034)


def test_a_block_to_paste() -> None:
    rows = (replace(ROWS[0], name='11+ "big" orders', truth=TRUTH), ROWS[1])
    text = render_text(about_section(rows))
    assert text.split("\n") == [
        "Names, to paste into the segmentation and change as you like:",
        "about:",
        "  # true of 9 in 10 members, 3% of others: spend $90 or more",
        '  A: {name: "11+ \\"big\\" orders"}',
    ]
    pasted = yaml.safe_load(text.partition("\n")[2])
    assert pasted == {"about": {"A": {"name": '11+ "big" orders'}}}


@pytest.mark.parametrize(
    ("members", "said"),
    [(1.0, "all members"), (0.999, "9 in 10"), (0.9, "9 in 10"), (0.899, "8 in")],
)
def test_as_many_as_are_sure(members: float, said: str) -> None:
    rows = (replace(ROWS[0], truth=replace(TRUTH, members=members)),)
    assert f"true of {said}" in render_text(about_section(rows))


def test_who_has_named_all_is_not_told() -> None:
    assert about_section(ROWS) == ()


def test_a_name_of_cuts_says_itself_what_it_means() -> None:
    rows = (replace(ROWS[0], truth=replace(TRUTH, says="")),)
    assert "  # true of 9 in 10 members, 3% of others\n" in render_text(about_section(rows))
