"""What is read of an experiment."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from segkit.core.experiment_result import (
    ArmFigures,
    Balance,
    Caution,
    Differs,
    Group,
    MetricReadout,
    Needed,
    Overlap,
    Planned,
    PlannedSegment,
    Readout,
    Replays,
)
from segkit.core.number_format import NumberFormat, numbers_as
from segkit.report.experiment import plan_page, readout_page
from segkit.report.render_markdown import render_markdown
from segkit.report.render_text import render_text
from tests.experiments.test_frozen import POLICY

OFFER = ArmFigures("offer", 510, 12.5, 2.5, 1.0, 4.0, 0.001, 0.002, 0.25, 0.1, 0.4, 2.1, 0.9, 3.3)
ARMS = (ArmFigures("control", 490, 10.0), OFFER)
REVENUE = MetricReadout(
    "revenue",
    "primary",
    (Group(None, 1000, ARMS), Group("A", 1000, ARMS)),
    (Differs("offer", 9.1, 0.003, 0.8, 1.2),),
    cap=99.0,
    left_out=3,
)
REFUNDS = MetricReadout(
    "refunds", "guardrail", (Group(None, 1000, ARMS),), margin=0.02, verdicts={"offer": "open"}
)
FINAL = Readout(
    "price",
    datetime(2026, 3, 10),
    "final",
    "fixed",
    "control",
    1000,
    1000,
    None,
    date(2026, 3, 10),
    (Balance("all", "", 0.53, 0.001, {"control": 490, "offer": 510}),),
    (REVENUE, REFUNDS),
    POLICY,
)


def text_of(found: Readout) -> str:
    return render_text(readout_page(found), width=100)


def test_a_final_readout() -> None:
    text = text_of(FINAL)
    assert "price: final, read at its end. 1,000 of 1,000 customers have their time over." in text
    assert "Revenue, capped at 99.00:" in text
    assert "+25.0%  +10.0%  +40.0%  0.002    +2.10" in text
    assert "offer: differs by segment (Q 9.1, p 0.003, I2 80%, tau 1.20)" in text
    assert "3 customers are left out" in text
    assert "offer: worse in refunds by more than the 2.0% allowed (margin)? Open" in text
    assert "Worth +1.50 of revenue a customer, +0.50 to +2.50, over control for all." in text
    assert "| A | offer |" in render_markdown(readout_page(FINAL))


def test_one_arm_for_all_says_what_is_not_shown() -> None:
    one = replace(POLICY, by_segment=False, low=-0.5)
    text = text_of(replace(FINAL, policy=one))
    assert (
        "One arm for all: control. Choosing by segment is worth +1.50 of revenue a customer" in text
    )


def test_a_mismatch_shows_nothing_else() -> None:
    lost = Balance("segment", "A", 0.00002, 0.0005, {"control": 490, "offer": 390})
    text = text_of(replace(FINAL, status="mismatch", balance=(lost,)))
    assert "customers by arm in segment A: control 490, offer 390 (p <0.001)" in text
    assert "Revenue" not in text and "Which arm" not in text


def test_interim_has_no_interval() -> None:
    hidden = replace(OFFER, low=None, high=None, p=None, q=None, shrunk=None)
    arms = (ARMS[0], replace(hidden, lift_low=None, lift_high=None))
    metric = replace(REVENUE, groups=(Group(None, 1000, arms),), differs=())
    text = text_of(replace(FINAL, status="interim", metrics=(metric,), policy=None, planned_n=8000))
    assert "interim. 1,000 of 1,000 customers have their time over, 8,000 are planned" in text
    assert "believe" not in text and " q" not in text


def test_a_plan() -> None:
    segment = PlannedSegment("A", 1200, 1.0, 60.0, 5.0, 0.013)
    planned = Planned(
        "price",
        datetime(2026, 2, 1),
        "revenue",
        60.0,
        5.0,
        1200,
        3.5,
        1200,
        0.0134,
        (0.02, 0.03),
        (Needed(0.05, 80, 28), Needed(0.02, 900_000, None)),
        (segment,),
        Replays(200, 0.945, 0.055),
        0.49,
        (Overlap("other", 0.5, 0.7),),
        (Caution("small", "B", 12.0), Caution("proxy", "age", 0.8)),
    )
    text = render_text(plan_page(planned), width=100)
    assert "1,200 customers would take part now, 3.5 come a day" in text
    assert "not at these arrivals" in text
    assert "A difference between two segments: from 2% to 3% of the mean." in text
    assert "200 A/A tests: the interval held 0 in 94.5%" in text
    assert "takes off 49% of the variance" in text
    assert "50% are in other too" in text
    assert "segment B: 12 customers in the smallest arm" in text
    assert "segments stand for age, which is sensitive (Cramer's V 0.80)" in text


def test_small_figures_have_their_digits_and_numbers_their_signs() -> None:
    planned = Planned(
        "price",
        datetime(2026, 2, 1),
        "conversion",
        0.0000123,
        0.00351,
        1200,
        0.021,
        1200,
        None,
        None,
        (),
        (PlannedSegment("A", 1200, 1.0, 0.0000123, 0.00351, None),),
        Replays(2000, 0.945, 0.055),
        None,
        (),
        (),
    )
    text = " ".join(render_text(plan_page(planned), width=100).split())
    assert "0.021 come a day. Conversion 0.0000123 a customer, standard deviation 0.00351" in text
    assert "A 1,200 0.0000123" in text
    with numbers_as(NumberFormat(".", ",")):
        text = " ".join(render_text(plan_page(planned), width=100).split())
    assert "0,021 come a day. Conversion 0,0000123 a customer, standard deviation 0,00351" in text
    assert "2.000 A/A tests: the interval held 0 in 94,5%, p was under 5% in 5,5%." in text
