from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.core.facts import Fact
from segkit.core.fit import Stability
from segkit.core.usefulness import Estimate, Rival, Usefulness
from segkit.report.first_screen import first_screen, stable_share
from segkit.report.render_text import render_text
from segkit.report.text import text_width
from tests.report.samples import FIT, ROWS, segmentation


def lines_of(
    width: int = 80, next_steps: tuple[str, ...] = (), rest: str = "", **changes: object
) -> list[str]:
    page = first_screen(segmentation(**changes), next_steps, rest=rest)
    return render_text(page, width=width).split("\n")


def test_the_whole_screen() -> None:
    steps = ("segkit explain shopper_segments", "segkit compile shopper_segments")
    assert lines_of(100, steps) == [
        "2 segments, 4,128 customers: every one in exactly one",
        "     Segment      Customers  Total spend  Rule",
        "  A  Big          2,924 71%          94%  spend $90 or more",
        "  B  Lapsed, low  1,204 29%           6%  last order 180+ days ago, spend under $90",
        "SQL checked on 4,128 rows and 312 edge cases: 0 differ.",
        "Worth? Describes 62% of variance in total spend; no test without a later period.",
        "Weakest: B, whose rules fit its cluster least.",
        "Assumed: log scale for spend (skew 8); 12 missing incomes = $52k.",
        "Next: segkit explain shopper_segments",
        "      segkit compile shopper_segments",
    ]


def test_how_many_is_a_line_with_what_shows_another_number() -> None:
    reason = (Fact("apart", n=2, value=(2, 10)), Fact("next", n=3))
    fit = replace(FIT, clusters=replace(FIT.clusters, verdict="apart", reason=reason))
    page = first_screen(segmentation(fit=fit), (), "segkit explain s --stats")
    lines = render_text(page, width=100).split("\n")
    assert lines[4] == (
        "How many? 2 stand out, a gap at every border; next best 3 (segkit explain s --stats)."
    )


def test_without_metrics_there_is_no_column_for_them() -> None:
    lines = lines_of(
        segments=tuple(replace(row, metrics={}) for row in ROWS), usefulness=(), words={}
    )
    assert lines[1] == "     Segment      Customers  Rule"
    assert lines[2] == "  A  Big          2,924 71%  spend $90 or more"
    assert "Worth? Not measured: declare `metrics:`, best from a later period." in lines


def test_a_metric_that_is_unknown_for_a_segment_stays_empty() -> None:
    first = replace(ROWS[0], metrics={"total_spend": None})
    assert lines_of(100, segments=(first, ROWS[1]))[2].split() == [
        "A",
        "Big",
        "2,924",
        "71%",
        "spend",
        "$90",
        "or",
        "more",
    ]


def test_unassigned_customers_are_said() -> None:
    assert lines_of(unassigned=28)[0] == (
        "2 segments, 4,128 customers: 4,100 in exactly one, 28 unassigned"
    )


def test_stability_says_which_segment_has_least() -> None:
    found = Stability(0.88, 0.804, 0.9512, customers=2000, by_segment={"A": 0.93, "B": 0.71})
    lines = lines_of(fit=replace(FIT, stability=found))
    said = "Stable? 88% (80-95%) would stay with rules from other customers; least B, 71%."
    assert said in lines and "Weakest" not in "".join(lines)
    always = Stability(1.0, 1.0, 1.0, customers=2000, by_segment={"A": 1.0, "B": 1.0})
    assert "Stable? 100% would stay with rules from other customers." in lines_of(
        fit=replace(FIT, stability=always)
    )


CAPPED = Usefulness(
    "spend_next_90d",
    True,
    4128,
    0,
    6,
    explained=Estimate(0.51, 0.49, 0.54),
    rival=Rival("quantiles", "total_spend", 6, Estimate(0.44, 0.4, 0.5), Estimate(0.1, 0.1, 0.1)),
    high_cap=2680.0,
    clusters=Estimate(0.51, 0.48, 0.54),
)


def six_segments(assumed: int, warned: int, *measured: Usefulness) -> list[str]:
    """With all that may stand on the screen, and rules and names as long as they come."""
    rule = ", ".join(["(days since last order 42 to 360", "orders under 7", "spend $9+)"] * 3)
    rows = tuple(replace(ROWS[0], id=id_, name="Long " * 9, rule=rule) for id_ in "ABCDEF")
    reason = (Fact("apart", n=6, value=(2, 10)), Fact("as_stable", n=5))
    fit = replace(
        FIT,
        clusters=replace(FIT.clusters, k=6, verdict="apart", reason=reason),
        stability=Stability(0.9, 0.8, 0.99, 3000, dict.fromkeys("ABCDEF", 0.9)),
    )
    result = segmentation(
        fit=fit,
        segments=rows,
        weakest="A",
        usefulness=measured,
        assumptions=("something assumed",) * assumed,
        warnings=("a warning of some sixty letters, which is as long as many are",) * warned,
    )
    steps = ("segkit explain s", "segkit compile s")
    page = first_screen(result, steps, "explain --stats", "segkit explain")
    return render_text(page).split("\n")


@pytest.mark.parametrize("assumed", [0, 1, 20])
@pytest.mark.parametrize("warned", [0, 1, 2, 3, 9])
def test_six_segments_are_a_screen_of_24_lines(assumed: int, warned: int) -> None:
    for measured in ((), (CAPPED,)):  # "Worth?" is one line, or two
        lines = six_segments(assumed, warned, *measured)
        assert len(lines) <= 23  # and the line of the run
        assert max(map(len, lines)) <= 80


def test_what_has_no_room_is_counted() -> None:
    lines = six_segments(20, 9)
    assert [
        line for line in lines if line.startswith(("Assumed", "Warning")) or "more" in line
    ] == [
        "Assumed: something assumed; something assumed; 18 more: segkit explain.",
        "Warning: a warning of some sixty letters, which is as long as many are",
        "8 more warnings: segkit explain",
    ]
    assert "Assumed: 1 thing: segkit explain." in lines_of(
        assumptions=("x" * 900,), rest="segkit explain"
    )


def test_where_nothing_else_says_it_all_is_said() -> None:
    many = tuple(f"assumption {i}, which is of some forty letters" for i in range(20))
    warnings = tuple(f"warning {i}, which is of some forty letters" for i in range(20))
    whole = " ".join(" ".join(lines_of(assumptions=many, warnings=warnings)).split())
    assert all(each in whole for each in (*many, *warnings))


def test_one_is_singular() -> None:
    only = replace(ROWS[0], n=1, share=1.0)
    lines = lines_of(segments=(only,), rows=1, parity_rows=1, parity_cases=1)
    assert lines[0] == "1 segment, 1 customer: every one in exactly one"
    assert "SQL checked on 1 row and 1 edge case: 0 differ." in lines


def test_what_is_not_known_is_not_said() -> None:
    text = "\n".join(lines_of(weakest=None, assumptions=()))
    assert "Weakest" not in text
    assert "Assumed" not in text
    assert "Next" not in text


def test_warnings_are_said_and_long_sentences_are_wrapped() -> None:
    lines = lines_of(warnings=("the leaf budget ended before the loss was under 5 %, " * 4,))
    start = next(i for i, line in enumerate(lines) if line.startswith("Warning: "))
    assert all(line.startswith("  ") for line in lines[start + 1 :])
    assert max(map(len, lines)) <= 80


def test_control_characters_of_a_name_do_not_reach_the_terminal() -> None:
    hostile = replace(ROWS[0], name="\x1b[2Jgone\n[red]")
    text = "\n".join(lines_of(segments=(hostile, ROWS[1])))
    assert "\x1b" not in text
    assert "\\x1b[2Jgone\\n[red]" in text


@given(
    width=st.integers(20, 200),
    name=st.text(max_size=60),
    rule=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200),
)
def test_the_table_keeps_its_columns_at_any_width(width: int, name: str, rule: str) -> None:
    lines = lines_of(width, segments=(replace(ROWS[0], name=name, rule=rule), ROWS[1]))
    table = lines[1 : next(i for i, line in enumerate(lines) if line.startswith("SQL checked"))]
    used = text_width(table[0].removesuffix("  Rule"))
    assert all(text_width(line) <= max(width, 60, used) for line in table)
    if "Rule" in table[0]:  # it begins under its heading
        assert len(table) == 3
    else:
        assert width - used - 2 < 50
        assert table[-1].startswith("     last order")


@pytest.mark.parametrize("width", [80, 110])
def test_a_clipped_rule_shows_that_it_is(width: int) -> None:
    long = replace(
        ROWS[1], rule=f"{ROWS[1].rule}, 3 orders or more, age 42 or more, region is north"
    )
    row = next(line for line in lines_of(width, segments=(ROWS[0], long)) if "last order" in line)
    assert row.endswith("...")
    assert width - 14 < text_width(row) <= width


def test_where_rules_have_no_room_each_has_a_line_below_its_row() -> None:
    assert lines_of(80)[1:6] == [
        "     Segment      Customers  Total spend",
        "  A  Big          2,924 71%          94%",
        "     spend $90 or more",
        "  B  Lapsed, low  1,204 29%           6%",
        "     last order 180+ days ago, spend under $90",
    ]


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.8, 0.95, "99% (80-95%) would stay"),
        (0.9931, 0.9942, "99% would stay"),
        (0.94, 0.998, "99% (94% to >99%) would stay"),
    ],
)
def test_an_interval_of_one_figure_is_not_written(low: float, high: float, text: str) -> None:
    """`>99% (>99->99%)` told nobody anything."""
    assert stable_share(Stability(0.9936, low, high, 3000, {})) == text
