"""The screen of drift, as a person reads it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from segkit.core.change_result import ChangeFlow, Changes
from segkit.core.drift_result import (
    Check,
    Condition,
    Drift,
    Group,
    MixAndRate,
    Part,
    Unseen,
    learning,
)
from segkit.report.drift_page import LEARNING, drift_page
from segkit.report.render_text import render_text
from segkit.results import SegmentationResult
from tests.report.samples import SEGMENTATION as RESULT

DAY = date(2026, 3, 1)
CHECKS = (
    Check(DAY, "fit", "shares", None, "A", 0.031, 0.02, 0.04, 0.0001, "watch"),
    Check(DAY, "previous", "flow", None, "B", -0.012, -0.02, -0.01, 0.0001, "act"),
    Check(DAY, "previous", "events", None, None, -0.22, -0.3, -0.1, 0.0001, "watch"),
    Check(DAY, "fit", "features", "age", None, 0.31, 0.2, 0.4, 0.0001, "watch"),
    Check(DAY, "fit", "features", "income IS NULL", None, 0.2, 0.1, 0.3, 0.0001, "watch"),
    Check(DAY, "fit", "metrics", "spend", "A", -0.2, -0.3, -0.1, 0.0001, "watch"),
    Check(DAY, "previous", "joiners", "age", None, -0.4, -0.5, -0.3, 0.0001, "watch"),
    Check(DAY, "fit", "new group", None, None, 0.03, 0.02, 0.04, 0.0001, "watch"),
    Check(DAY, "fit", "fidelity", None, None, -0.025, -0.03, -0.02, 0.0001, "watch"),
    Check(DAY, "fit", "psi", "age", None, 0.012, 0.004, 0.009),
)
DRIFT = Drift(
    DAY,
    "act",
    CHECKS,
    0.0028,
    (MixAndRate("spend", 100.0, 96.0, (Part("A", -3.0, 0.5), Part("B", -2.0, 0.5))),),
    (Unseen("flow", None, "A", 0.004), Unseen("flow", None, "B", 0.018)),
    (("shares", "calendar"),),
    (Group((Condition("spend", True, 20.0), Condition("age", False)), 0.02, 0.09),),
)
CHANGES = Changes(
    datetime(2026, 2, 1), datetime(2026, 3, 1), "steps", (ChangeFlow("A", "A", None, 9),), {}
)


def screen(result: SegmentationResult) -> str:
    return render_text(drift_page(result), width=80)


def test_every_kind_of_alarm_is_said() -> None:
    said = screen(replace(RESULT, drift=DRIFT, changes=CHANGES))
    for words in (
        "3.1 points more of the customers",
        "1.2 points fewer of the customers end in",
        "22% fewer customers did anything than usual between builds",
        "Age is 0.31 standard deviations higher than at the fit",
        "Income is null is 0.20 standard deviations higher",
        "is 0.20 standard deviations lower than at the fit",
        "Age of who joined is 0.40 standard deviations lower",
        "3.0 points more of the customers lie far from every segment",
        "the rules name the cluster of 2.5 points fewer customers",
        "spend under 20 and age known: 2% then, 9% now",
        "Spend a customer, 100.00 at the fit and 96.00 now:",
        "flow: 0.4 to 1.8 points",
        "shares: shares move by the calendar alone",
        "0.012",
        "Changed? nobody moved since 2026-02-01.",
    ):
        assert " ".join(words.split()) in " ".join(said.split()), words
    assert said.splitlines()[0].startswith(f"{RESULT.name}: act: shares, flow, events, joiners")
    assert max(map(len, said.splitlines())) <= 80


def test_mix_and_rate_add_up_on_the_screen() -> None:
    said = screen(replace(RESULT, drift=DRIFT))
    (total,) = [line.split() for line in said.splitlines() if line.strip().startswith("all ")]
    assert float(total[1]) + float(total[2]) == -4.0


def test_nothing_changed() -> None:
    said = screen(replace(RESULT, drift=Drift(DAY, "ok", (), 0.0028)))
    assert said.splitlines()[0].startswith(f"{RESULT.name}: ok (nothing that chance,")
    assert "What changed" not in said


def test_what_is_learned_says_how_long() -> None:
    untested = (("flow", learning(1)), ("shares", "accumulates"))
    said = screen(replace(RESULT, drift=Drift(DAY, "ok", (), 0.0028, untested=untested)))
    assert f"too early to tell (1 more build as far apart to go) ({LEARNING})" in " ".join(
        said.split()
    )
    assert "flow: what is usual is not known yet; 1 more build as far apart to go." in said


def test_the_first_build() -> None:
    assert screen(RESULT).startswith(f"{RESULT.name}: this build is what later ones")
