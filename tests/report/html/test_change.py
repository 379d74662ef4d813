from __future__ import annotations

from dataclasses import replace

from segkit.core.drift_result import Drift
from segkit.report.html.change import WHY, change, change_finding
from tests.report.html.reports import CASES


def test_the_finding_has_the_verdict_first() -> None:
    said = change_finding(CASES["mixed"]())
    assert said.startswith("Watch: flow, features; 34 (6%) moved since 2026-04-01: ")
    assert said.endswith("calendar 21, behaviour 13; 40 joined, 5 left.")


def test_every_reason_alarm_and_part_is_said() -> None:
    drawn = str(change(CASES["mixed"]()))
    for words in (
        WHY["calendar"],
        WHY["joined"],
        "the calendar would have moved them",
        "<td>11</td>",
        "Is it unusual? watch: flow, features",
        "2.3 points fewer of the customers end in",
        "Spend a customer: 1,034.50 at the fit, 960.25 now",
        "-70.50",
    ):
        assert words in drawn, words
    assert WHY["edges"] not in drawn


def test_nothing_unusual_and_nothing_known() -> None:
    made = CASES["mixed"]()
    assert made.result.drift is not None
    quiet = Drift(made.result.drift.as_of, "ok", (), None)
    drawn = str(change(replace(made, result=replace(made.result, drift=quiet))))
    assert "Is it unusual? ok" in drawn and "<ul>" not in drawn
    unknown = str(change(replace(made, result=replace(made.result, drift=None))))
    assert "Is it unusual?" not in unknown
    assert change(CASES["plain"]()) == "" and change_finding(CASES["plain"]()) == ""
