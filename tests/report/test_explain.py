from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from segkit.core.customer_path import CustomerPath, NearestCenters, NearestChange, Step
from segkit.core.facts import Fact
from segkit.core.fit import Lineage, Stability
from segkit.report.explain import customer_page, explanation_page
from segkit.report.render_text import render_text
from segkit.results import Explanation, SegmentText
from tests.report.samples import FIT, ROWS


def render_customer(path: CustomerPath) -> str:
    return render_text(customer_page(path))


def render_explanation(explanation: Explanation, width: int = 80) -> str:
    return render_text(explanation_page(explanation, stats=True), width=width)


STEPS = (
    Step("Spending score 47", "is under 61", True),
    Step("Annual income $40k", "is under $71k", True),
    Step("Age 27", "is under 42", True),
    Step("Annual income $40k", "is $40k or more", True),
)
NEAREST = NearestChange(
    "Annual income", "k$", Decimal("-1"), "E", "Low income, low spend", is_near=True, step=3
)
SAID = "$1k less would make it E Low income, low spend"


def test_a_customer_as_in_the_draft() -> None:
    path = CustomerPath(
        "0048",
        "D",
        "Young, mid spend",
        STEPS,
        NEAREST,
        NearestCenters(True, "D", 0.667, "F", 1.294),
    )
    assert repr(path) == "<CustomerPath: 0048 in D Young, mid spend>"
    assert render_customer(path).split("\n") == [
        "Customer 0048 is in D Young, mid spend",
        "  Spending score 47   is under 61      yes",
        "  Annual income $40k  is under $71k    yes",
        "  Age 27              is under 42      yes",
        f"  Annual income $40k  is $40k or more  yes, near the line: {SAID}",
        "K-Means agrees (distance 0.67 to D, next F at 1.29).",
    ]


def test_the_nearest_line_stands_alone_where_it_belongs_to_no_step() -> None:
    nearest = replace(NEAREST, step=None, is_near=False, change=Decimal(2))
    path = CustomerPath("1", "D", "Young", STEPS[:1], nearest)
    assert render_customer(path).split("\n")[1:] == [
        "  Spending score 47  is under 61  yes",
        "Annual income: $2k more would make it E Low income, low spend",
    ]


def test_a_change_that_leads_into_no_segment() -> None:
    nearest = replace(NEAREST, segment_id="unassigned", segment_name="Unassigned")
    text = render_customer(CustomerPath("1", "D", "Young", STEPS, nearest))
    assert text.endswith("yes, near the line: $1k less would make it unassigned")


def test_kmeans_would_say_another() -> None:
    centers = NearestCenters(False, "E", 0.5, "D", 0.75)
    text = render_customer(CustomerPath("1", "D", "Young", (), None, centers))
    assert text.endswith("\nK-Means would say E (distance 0.50 to E, next D at 0.75).")


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
        FIT,
        4128,
        (
            SegmentText(ROWS[0], ("spend $90 or more",), "invite to the club", "CRM"),
            SegmentText(ROWS[1], ("last order 180+ days ago", "spend under $90")),
        ),
    )
    assert render_explanation(explanation).split("\n") == [
        "shopper_segments: 2 segments, 4,128 customers (fit v0001)",
        "",
        "  A  Big          2,924  71%",
        "     spend $90 or more",
        "     -> invite to the club (CRM)",
        "",
        "  B  Lapsed, low  1,204  29%",
        "     last order 180+ days ago",
        "     or spend under $90",
        "",
        "How sure?",
        "The rules cost 3.1% more than K-Means itself (inertia 1), and agree with it on",
        "  95.0% of the 4,128 customers of the fit, 94.0% held out.",
        "",
        "How they came about:",
        "two.",
        "2 leaves, the smallest with 1,204 customers; at most 1 test for a customer.",
    ]


def test_long_rules_are_wrapped_under_themselves() -> None:
    rule = ", ".join(f"feature {i} under {i}00" for i in range(9))
    explanation = Explanation("s", FIT, 1, (SegmentText(ROWS[0], (rule,)),))
    lines = render_explanation(explanation, width=70).split("\n")
    assert max(map(len, lines)) <= 70
    lines = lines[: lines.index("How sure?") - 1]
    first = next(place for place, line in enumerate(lines) if rule[:9] in line)
    assert " ".join(line.strip() for line in lines[first:]) == rule
    assert all(line.startswith("       ") for line in lines[first + 1 :])


def test_who_would_be_elsewhere_is_said_by_segment() -> None:
    stable = Stability(0.88, 0.8, 0.95, customers=2000, by_segment={"A": 0.93, "B": 0.71})
    explanation = Explanation("s", replace(FIT, stability=stable), 1, (), near_a_line=31)
    lines = render_explanation(explanation, 120).split("\n")
    assert lines[3:5] == [
        "88% (80-95%) would stay in their segment with rules from 2,000 other customers: "
        "B 71%, A 93%.",
        "31 customers sit within 2% of a line, in one feature.",
    ]
    assert repr(explanation) == "<Explanation: s v0001, 0 segments, 1 rows>"
    one = render_explanation(replace(explanation, near_a_line=1))
    assert "\n1 customer sits within 2% of a line, in one feature.\n" in one


def test_figures_of_the_fit_are_said() -> None:
    quality = replace(
        FIT.quality, held_out_by_segment={"A": 0.97, "B": 0.9}, short_rules=1, fidelity_held_out=0.0
    )
    by_hand, odd = Lineage(1, ("age < 42 -> 40",)), Fact("text", value="odd")
    fit = replace(FIT, quality=quality, lineage=by_hand, warnings=(odd,))
    text = render_explanation(Explanation("s", fit, 1, ()), width=200)
    assert text.split("\n")[2:] == [
        "How sure?",
        "The rules cost 3.1% more than K-Means itself (inertia 1), and agree with it on 95.0% of "
        "the 4,128 customers of the fit.",
        "Held out: B 90.0%, A 97.0%.",
        "",
        "How they came about:",
        "two.",
        "By hand: age < 42 -> 40.",
        "2 leaves, the smallest with 1,204 customers; at most 1 test for a customer; 1 of 2 "
        "segments are each one rule of at most three conditions.",
        "Warning: odd.",
    ]
    given = replace(FIT, clusters=replace(FIT.clusters, labels="tier"))
    said = render_explanation(Explanation("s", given, 1, ()), width=200)
    assert "\nThe rules put 95.0% of the 4,128 customers of the fit into the cluster that" in said
