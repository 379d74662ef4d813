"""Two groupings on a screen: narrow enough to read, whatever their number and their names."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.core.usefulness import Estimate
from segkit.errors import Place
from segkit.learn.matching import adjusted_mutual_information, adjusted_rand
from segkit.monitor.compare import Comparison, ExplainedByBoth, Group, counterparts, guess_columns
from segkit.project.nodes import Metric
from segkit.report.diff import comparison_entry, comparison_page
from segkit.report.render_markdown import render_markdown
from segkit.report.render_text import render_text
from segkit.report.text import text_width

SHARE, TWICE = Estimate(0.2, 0.15, 0.25), Estimate(0.4, 0.35, 0.45)
METRIC = Metric("spend", Place("a.yml"), "Spend", "$", True)


def comparison(counts: list[list[int]], rows: list[Group], columns: list[Group]) -> Comparison:
    table = np.array(counts, dtype=np.int64)
    return Comparison(
        "shoppers",
        "tiers.rfm",
        tuple(rows),
        tuple(columns),
        tuple(map(tuple, counts)),
        2,
        0,
        adjusted_rand(table),
        adjusted_mutual_information(table),
        guess_columns(table),
        guess_columns(table.T),
        counterparts(table),
        counterparts(table.T),
        (
            ExplainedByBoth(METRIC, 30, 1, SHARE, TWICE, SHARE, SHARE, (0.01, 0.02, 0.03)),
            ExplainedByBoth(Metric("none", Place("a.yml")), 0, 31),
        ),
    )


SMALL = comparison(
    [[20, 0], [1_000, 9]],
    [Group("A", "Lapsed, low spend"), Group("B", "Big")],
    [Group("champions"), Group("lost")],
)


def test_the_whole_comparison() -> None:
    assert render_text(comparison_page(SMALL, 80), width=80).split("\n") == [
        "shoppers against tiers.rfm: 1,029 customers in both, 2 in shoppers only (left",
        "  out)",
        "",
        "Customers (rows: shoppers, columns: tiers.rfm):",
        "                       champions  lost",
        "  A Lapsed, low spend         20     .",
        "  B Big                    1,000     9",
        "",
        "Share of the row:",
        "                       champions  lost",
        "  A Lapsed, low spend       100%     .",
        "  B Big                      99%    1%",
        "",
        "Closest counterparts:",
        "  shoppers:",
        "    A Lapsed, low spend  100%  in champions  (2% of it)",
        "    B Big                 99%  in champions  (98% of it)",
        "  tiers.rfm:",
        "    champions   98%  in B Big  (99% of it)",
        "    lost       100%  in B Big  (1% of it)",
        "",
        "Agreement: -0.01 by pairs of customers (adjusted Rand index), 0.00 by groups,",
        "  where small ones count (adjusted mutual information): 1 is the same groups, 0",
        "  what chance gives.",
        "Knowing the group of shoppers, you guess that of tiers.rfm right for 99% of the",
        "  customers, against 99% without.",
        "Knowing the group of tiers.rfm, you guess that of shoppers right for 98% of the",
        "  customers, against 98% without.",
        "",
        "Share of the variance that is explained (95% intervals):",
        "  Spend (of a later period):",
        "    shoppers      20% (15-25%)  random groups 1.0%",
        "    tiers.rfm     40% (35-45%)  random groups 2.0%",
        "    both crossed  20% (15-25%)  random groups 3.0%",
        "    tiers.rfm minus shoppers: +20 points (+15 to +25)",
        "  None (of the same period, so no test):",
        "    not measured  no values",
    ]


labels = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=40)


@settings(max_examples=40)
@given(st.data(), st.integers(1, 40), st.integers(1, 6), st.sampled_from([80, 100]))
def test_no_line_is_wider_than_the_screen(
    data: st.DataObject, columns: int, rows: int, width: int
) -> None:
    counts = [[data.draw(st.integers(0, 10**6)) for _ in range(columns)] for _ in range(rows)]
    counts = [
        [1 + count if i == j % rows else count for j, count in enumerate(row)]
        for i, row in enumerate(counts)
    ]
    counts = [[1 + row[0], *row[1:]] for row in counts]
    made = comparison(
        counts,
        [Group(data.draw(labels), data.draw(labels)) for _ in range(rows)],
        [Group(data.draw(labels)) for _ in range(columns)],
    )
    text = render_text(comparison_page(made, width), width=width)
    table = text[: text.index("Columns:")] if "Columns:" in text else text
    crosstab = table[: table.index("Closest counterparts:")] if "Closest" in table else table
    assert max(map(text_width, crosstab.split("\n"))) <= width
    shown = sum(line.count(f"{counts[0][0]:,}") for line in crosstab.split("\n"))
    assert shown >= 1


def test_labels_that_do_not_fit_are_numbered_and_told_below() -> None:
    groups = [Group(f"a rather long label {i}") for i in range(9)]
    made = comparison([list(range(1, 10))], [Group("A", "All")], groups)
    lines = render_text(comparison_page(made, 80), width=80).split("\n")
    assert [str(i) for i in range(1, 10)] in [line.split() for line in lines[:8]]
    assert any(line.startswith("Columns: 1 a rather long label 0; 2 a") for line in lines)


def test_json_has_all_of_it_and_md_is_tables() -> None:
    data = json.loads(json.dumps(comparison_entry(SMALL)))
    assert data["counts"] == [[20, 0], [1000, 9]]
    assert data["shared"] == 1029
    assert data["metrics"][0]["metric"] == {"name": "spend", "period": "later"}
    assert data["metrics"][0]["gain"] == {"value": 0.2, "low": 0.15, "high": 0.25}
    assert data["metrics"][1]["one"] is None
    text = render_markdown(comparison_page(SMALL))
    assert (
        "|  | champions | lost |\n| --- | ---: | ---: |\n| A Lapsed, low spend | 20 | . |" in text
    )
    assert "## Share of the row\n\n|  | champions | lost |" in text
    assert "| A Lapsed, low spend | 100% | . |" in text
    assert "| both crossed | 20% (15-25%) | random groups 3.0% |" in text
    assert "\n\ntiers.rfm minus shoppers: +20 points (+15 to +25)\n\n" in text


def test_md_has_every_column_beside_the_others_under_its_label() -> None:
    groups = [Group(f"a rather long label {i}", f"Title {i}") for i in range(9)]
    made = comparison([list(range(1, 10))], [Group("A", "All")], groups)
    text = render_markdown(comparison_page(made))
    assert f"|  | {' | '.join(group.label for group in groups)} |\n" in text
    assert "Columns: a rather long label 0 Title 0; a rather" in text
