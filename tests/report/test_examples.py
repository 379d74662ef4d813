from __future__ import annotations

from decimal import Decimal

import pytest

from segkit.report.examples import examples_page, why
from segkit.report.render_text import render_text
from segkit.survey.page_data import Example, Examples

WORDS = {"spend": ("Spend", "$"), "region": ("Region", "")}


def test_a_table_a_segment() -> None:
    examples = {
        "A": (
            Example("typical", "C1", (319.59, "north")),
            Example("borderline", "C22", (1200.0, None), "spend", Decimal("-2.5"), "B"),
        ),
        "B": (),
    }
    found = Examples("s", ("spend", "region"), WORDS, {"A": "High spend", "B": "Low"}, examples)
    assert render_text(examples_page(found)) == (
        "A  High spend\n"
        "              Customer    Spend   Region  Why\n"
        "  typical     C1        $319.59    north  in the middle, far from every cut\n"
        "  borderline  C22        $1,200  unknown  spend: $2.50 less makes it B"
    )
    nobody = Examples("s", (), {}, {}, {"A": ()})
    assert render_text(examples_page(nobody)) == "s has no customers"


@pytest.mark.parametrize(
    ("example", "says"),
    [
        (Example("odd", "1", (), other="C"), "K-Means has them in C"),
        (Example("typical", "1", (), "spend"), "spend unknown: a segment of its own"),
        (Example("odd", "1", ()), "farthest from the others"),
        (Example("borderline", "1", (), "spend", Decimal(3)), "spend: $3 more makes it unassigned"),
    ],
)
def test_why(example: Example, says: str) -> None:
    assert why(example, WORDS) == says
