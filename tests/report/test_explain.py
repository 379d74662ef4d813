from __future__ import annotations

from segkit.report.checks import Check, render_checks
from segkit.report.explain import (
    CustomerPath,
    Explanation,
    SegmentText,
    Step,
    render_customer,
    render_explanation,
)
from tests.report.samples import ROWS

STEPS = (
    Step("Spending score 47", "is under 61", True),
    Step("Annual income $40k", "is under $71k", True),
    Step("Age 27", "is under 42", True),
    Step("Annual income $40k", "is $40k or more", True),
)
NEAREST = "on the line: $1k less would make it E Low income, low spend"


def test_a_customer_as_in_the_draft() -> None:
    path = CustomerPath(
        "0048",
        "D",
        "Young, mid spend",
        STEPS,
        NEAREST,
        "K-Means agrees (distance 0.67 to D, next F at 1.29).",
        nearest_step=3,
    )
    assert render_customer(path).split("\n") == [
        "Customer 0048 is in D Young, mid spend",
        "  Spending score 47   is under 61      yes",
        "  Annual income $40k  is under $71k    yes",
        "  Age 27              is under 42      yes",
        f"  Annual income $40k  is $40k or more  yes, {NEAREST}",
        "K-Means agrees (distance 0.67 to D, next F at 1.29).",
    ]


def test_the_nearest_line_stands_alone_where_it_belongs_to_no_step() -> None:
    lines = render_customer(CustomerPath("1", "D", "Young", STEPS[:1], NEAREST)).split("\n")
    assert lines[1:] == ["  Spending score 47  is under 61  yes", NEAREST]


def test_a_missing_value_is_said() -> None:
    step = Step("Annual income unknown", "is under $71k", False, is_missing=True)
    text = render_customer(CustomerPath("1", "D", "Young", (step,)))
    assert text.endswith("is under $71k  unknown, taken as no")


def test_an_unassigned_customer() -> None:
    text = render_customer(CustomerPath("1", "unassigned", "Unassigned", ()))
    assert text == "Customer 1 is in no segment: unassigned"


def test_rules_of_each_segment() -> None:
    explanation = Explanation(
        "shopper_segments",
        "v0001",
        4128,
        ("Loss 3.1% against K-Means, 7 leaves.",),
        (
            SegmentText(ROWS[0], ("spend $90 or more",), "invite to the club", "CRM"),
            SegmentText(ROWS[1], ("last order 180+ days ago", "spend under $90")),
        ),
    )
    assert render_explanation(explanation).split("\n") == [
        "shopper_segments: 2 segments, 4,128 customers (fit v0001)",
        "Loss 3.1% against K-Means, 7 leaves.",
        "",
        "  A  Big          2,924  71%",
        "     spend $90 or more",
        "     -> invite to the club (CRM)",
        "",
        "  B  Lapsed, low  1,204  29%",
        "     last order 180+ days ago",
        "     or spend under $90",
    ]


def test_long_rules_are_wrapped_under_themselves() -> None:
    rule = ", ".join(f"feature {i} under {i}00" for i in range(9))
    lines = render_explanation(
        Explanation("s", "v0001", 1, (), (SegmentText(ROWS[0], (rule,)),)), width=70
    ).split("\n")
    assert max(map(len, lines)) <= 70
    assert " ".join(line.strip() for line in lines[3:]) == rule
    assert all(line.startswith("       ") for line in lines[4:])


def test_checks_line_up() -> None:
    checks = (Check("duckdb", True, "2.0.0"), Check("target dev", False, "cannot be opened"))
    assert render_checks(checks) == (
        "OK     duckdb      2.0.0\nERROR  target dev  cannot be opened"
    )
