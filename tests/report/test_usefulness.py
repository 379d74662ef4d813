"""What is said of usefulness, for every verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segkit.core.usefulness import Estimate, Rival, Usefulness
from segkit.report.page import Section
from segkit.report.render_text import render_text
from segkit.report.usefulness import rival_words, usefulness_blocks, worth_sentence

WORDS = {
    "spend_next_90d": ("Spend next 90d", "$"),
    "total_spend": ("Total spend", "$"),
    "orders": ("Orders", ""),
}
RIVAL = Rival("quantiles", "total_spend", 5, Estimate(0.33, 0.29, 0.37), Estimate(0.08, 0.04, 0.12))
BETTER = Usefulness(
    "spend_next_90d", True, 4128, 0, 6, Estimate(0.41, 0.36, 0.46), RIVAL, 0.0012, 0.0027
)
BEHIND = replace(
    BETTER,
    rival=replace(RIVAL, explained=Estimate(0.43, 0.4, 0.46), ahead=Estimate(-0.02, -0.05, 0.01)),
)
NOTHING = replace(BETTER, explained=Estimate(0.001, 0.0, 0.003))
DESCRIBES = replace(BETTER, metric="total_spend", declared_later=False)
REPEATS = replace(DESCRIBES, declared_later=True, same_as="orders")


def said(*measured: Usefulness) -> str:
    return worth_sentence(measured, WORDS).text


def lines_of(measured: list[Usefulness], at_fit: list[Usefulness]) -> list[str]:
    return render_text((Section(usefulness_blocks(measured, WORDS, at_fit)),)).split("\n")


@pytest.mark.parametrize(
    ("measured", "sentence"),
    [
        (BETTER, "41% of variance in spend next 90d; total spend quintiles 33%."),
        (
            replace(BETTER, high_cap=2680.0, clusters=Estimate(0.437, 0.4, 0.5)),
            "41% of variance in spend next 90d (counted up to $2,680); K-Means 44%, total spend "
            "quintiles 33%.",
        ),
        (
            replace(DESCRIBES, low_cap=-20.0, high_cap=8070.0),
            "Describes 41% of variance in total spend (counted down to -$20 and up to $8,070); "
            "no test without a later period.",
        ),
        (
            BEHIND,
            "No better than total spend quintiles (43%): 41% of variance in spend next 90d.",
        ),
        (NOTHING, "No: 0.1% of variance in spend next 90d; random groups up to 0.3%."),
        (replace(BETTER, rival=None), "41% of variance in spend next 90d; random groups <1%."),
        (DESCRIBES, "Describes 41% of variance in total spend; no test without a later period."),
        (
            REPEATS,
            "Describes 41% of variance in total spend, which orders tells already: no test.",
        ),
        (
            Usefulness("spend_next_90d", True, 0, 9, 0),
            "Not measured: spend next 90d has no value for any customer.",
        ),
        (
            Usefulness("spend_next_90d", True, 4, 9, 4),
            "Not measured: spend next 90d is known of 4 customers only.",
        ),
        (
            Usefulness("spend_next_90d", True, 90, 0, 6),
            "Not measured: spend next 90d is the same for every customer.",
        ),
    ],
)
def test_the_first_screen_says_it_in_a_sentence(measured: Usefulness, sentence: str) -> None:
    assert said(measured) == f"Worth? {sentence}"


def test_without_metrics_it_says_what_would_be_a_test() -> None:
    assert said() == "Worth? Not measured: declare `metrics:`, best from a later period."


def test_what_tests_the_segments_comes_before_what_describes_them() -> None:
    more = " (1 more metric: explain)."
    assert said(DESCRIBES, BETTER) == f"{said(BETTER).removesuffix('.')}{more}"
    assert said(DESCRIBES, REPEATS) == f"{said(DESCRIBES).removesuffix('.')}{more}"


@pytest.mark.parametrize(
    ("groups", "word"), [(6, "sixths"), (7, "sevenths"), (8, "eighths"), (9, "ninths")]
)
def test_parts_have_a_word(groups: int, word: str) -> None:
    assert rival_words(replace(RIVAL, groups=groups), WORDS) == f"total spend {word}"
    assert rival_words(replace(RIVAL, groups=11), WORDS) == "total spend in 11 groups"


def test_explain_says_all_of_it() -> None:
    seen = replace(BETTER, missing=12, low_cap=-5.0, high_cap=2680.0)
    before = replace(BETTER, explained=Estimate(0.4, 0.35, 0.45))
    unknown = Usefulness("orders", True, 90, 0, 6)
    lines = lines_of([seen, unknown], [before])
    assert lines == [
        "  Spend next 90d:",
        "    the segments           41% (36-46%)",
        "    total spend quintiles  33% (29-37%)       segments ahead by +8 points (+4 to +12)",
        "    random groups          0.1% (up to 0.3%)",
        "    Of a later period; better than any plain rival; counted down to -$5 and up",
        "      to $2,680 (the outermost 1% of those not 0), so that a few customers do",
        "      not decide it; 12 of 4,140 customers left out, without a value; 40%",
        "      (35-45%) at the fit.",
        "  Orders:",
        "    Not measured: it is the same for every customer.",
    ]


def test_two_columns_crossed_are_named() -> None:
    share = Estimate(0.3, 0.2, 0.4)
    cross = Rival("cross", "total_spend", 9, share, share, "region")
    words = {"region": ("Sales region", "")}
    assert rival_words(cross, words) == "total spend x sales region in 9 groups"


def test_k_means_stands_beside_its_rules() -> None:
    lines = lines_of([replace(BETTER, clusters=Estimate(0.437, 0.4, 0.5))], [])
    assert lines[2] == "    K-Means itself         44% (40-50%)"
