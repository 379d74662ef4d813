from __future__ import annotations

from dataclasses import replace

from segkit.report.html.experiment_panels import experiment_panels, experiments_finding
from segkit.report.markdown_page import markdown_page
from segkit.report.page_findings import findings
from segkit.report.render_markdown import render_markdown
from segkit.survey.page_data import SegmentationReport
from segkit.survey.privacy import without_rows
from tests.report.html.reports import (
    CASES,
    mismatched,
    project,
    readout,
    with_experiments,
)

PLAIN, IDS = CASES["plain"](), ["A", "B", "C", "D"]
FINAL = readout(IDS)


def told(made: SegmentationReport, *words: str, not_: tuple[str, ...] = ()) -> None:
    drawn = str(experiment_panels(made))
    assert [each for each in words if each not in drawn] == []
    assert [each for each in not_ if each in drawn] == []


def test_the_policy_comes_first_and_every_effect_after_it() -> None:
    made = with_experiments(PLAIN, FINAL)
    assert experiments_finding(made) == "price: A, B, C, D: offer."
    told(
        made,
        "price: offer against control",
        "1,210 customers with control, 1,211 customers with offer: 1 checks of the arms hold",
        "<b>A, B, C, D: offer</b>. Worth +1.50 of revenue a customer, +0.50 to +2.25, over control",
        "Revenue +4.0% (-6.0% to +14.0%) with offer: 20.80 a customer, 20.00 with control.",
        "an effect is shown in A, B, C, D of 4 segments, looked at together (q under 5%)",
        "Guardrail: Refunds +4.0%",
        "worse in refunds by more than the 2.0% allowed (margin)? Open",
        "All figures",
    )
    (found,) = (each for each in findings(made) if "offer" in each.head)
    assert found.holds and found.text.startswith("in price: worth +1.50 of revenue a customer")


def test_a_mismatch_is_said_loudly_and_nothing_else_is() -> None:
    made = with_experiments(PLAIN, mismatched(FINAL))
    assert experiments_finding(made).startswith("price: broken, customers are not in the arms")
    loud = '<p class="warn">Customers are not in the arms as they should be.'
    told(
        made,
        loud,
        "control 1,210, offer 1,010 (p &lt;0.001)",
        not_=("<svg", "Worth", "a customer,"),
    )
    (found,) = (each for each in findings(made) if "price" in each.head)
    assert not found.holds and "offer 1,010" in found.text


def test_before_the_end_there_is_no_interval() -> None:
    made = CASES["given"]()
    assert experiments_finding(made) == "price: not decided yet."
    told(made, "no interval yet", "Interim. 2,421 of 2,430", not_=(" q ", "Worth", "(-6.0%"))


def test_a_plan_says_what_is_needed_and_until_when() -> None:
    made = with_experiments(PLAIN, plan=True)
    assert experiments_finding(made) == "mail: it starts on 2026-06-01."
    told(
        made,
        "mail: letter against control",
        "Customers are taken from 2026-06-01.",
        "Needed to find it in 80% of experiments",
        '<td class="n">812</td><td class="n">28</td>',
        "not at these arrivals",
        "Be careful",
    )


def test_what_cannot_be_read_says_why() -> None:
    made = with_experiments(PLAIN, trouble="price has started, and `end` was 1 and is 2")
    told(made, "Nothing is shown: price has started, and `end` was 1 and is 2.")
    assert [each.head for each in findings(made) if not each.holds][-1] == "old cannot be told:"


def test_no_experiment_no_section() -> None:
    assert experiment_panels(PLAIN) == ""


def test_one_arm_for_all() -> None:
    assert FINAL.policy is not None
    one = replace(FINAL, policy=replace(FINAL.policy, by_segment=False, low=-0.5))
    made = with_experiments(PLAIN, one)
    told(made, "<b>control for all</b>", "not shown to be more than nothing")
    assert not [each for each in findings(made) if "offer" in each.head]


def test_in_markdown_as_on_a_screen() -> None:
    text = render_markdown(markdown_page(project(with_experiments(PLAIN, FINAL, plan=True))))
    assert "| A | offer |" in text and "| +5% | 812 | 28 |" in text


def test_no_mean_of_few_customers_where_none_shall_be_told() -> None:
    def small(at: int) -> SegmentationReport:
        groups = list(FINAL.metrics[0].groups)
        groups[at] = replace(groups[at], arms=tuple(replace(a, n=9) for a in groups[at].arms))
        metrics = (replace(FINAL.metrics[0], groups=tuple(groups)), *FINAL.metrics[1:])
        return without_rows(with_experiments(PLAIN, replace(FINAL, metrics=metrics), plan=True))

    read, planned = small(2).experiments
    assert read.readout is not None and planned.planned is not None
    assert [g.segment_id for g in read.readout.metrics[0].groups] == [None]
    assert planned.planned.segments == ()
    all_small = small(0).experiments[0].readout
    assert all_small is not None and [m.metric for m in all_small.metrics] == ["refunds"]
    assert without_rows(with_experiments(PLAIN, FINAL)).experiments[0].readout == FINAL
