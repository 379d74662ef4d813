from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from segkit.core.change_result import ChangeFlow, Changes
from segkit.core.drift_result import Check, Drift, learning
from segkit.report.moved_line import change_line

SINCE, UNTIL = datetime(2026, 1, 1), datetime(2026, 2, 1)


def said(*flows: tuple[str | None, str | None, str | None, int]) -> str:
    found = tuple(ChangeFlow(*flow) for flow in flows)
    return change_line(Changes(SINCE, UNTIL, "steps", found, {})).text


def test_movers_by_reason_and_who_came_and_went() -> None:
    assert (
        said(
            ("A", "A", None, 90),
            ("A", "B", "behaviour", 4),
            ("B", "A", "calendar", 3),
            ("B", "C", "calendar", 2),
            (None, "A", "joined", 12),
            ("B", None, "left", 1),
        )
        == "Changed? 9 (9%) moved since 2026-01-01: calendar 5, behaviour 4; 12 joined, 1 left."
    )


def test_nobody_moved() -> None:
    assert said(("A", "A", None, 5)) == "Changed? nobody moved since 2026-01-01."
    assert said((None, "A", "joined", 5)) == "Changed? nobody moved since 2026-01-01; 5 joined."


MOVED = Changes(SINCE, UNTIL, "steps", (ChangeFlow("A", "B", "calendar", 1),), {})


@pytest.mark.parametrize(
    ("then", "now", "words"),
    [
        (date(2025, 12, 31), date(2026, 1, 31), "moved since 2025-12-31:"),
        (
            date(2025, 12, 31),
            date(2025, 12, 31),
            "moved since the last build, of the same day's data (2025-12-31):",
        ),
        (None, date(2026, 1, 31), "moved since 2026-01-01:"),
    ],
)
def test_since_is_the_day_of_the_data(then: date | None, now: date, words: str) -> None:
    assert words in change_line(replace(MOVED, since_day=then, until_day=now)).text


def test_what_is_not_known_to_be_usual_is_not_ok() -> None:
    untested = (("flow", learning(2)), ("events", learning(1)), ("metrics", "no metric"))
    drift = Drift(date(2026, 2, 1), "ok", (), 0.01, untested=untested)
    said = change_line(MOVED, drift).text
    assert said.startswith(
        "Changed? too early to tell (2 more builds as far apart to go); 1 (100%)"
    )
    assert change_line(MOVED, replace(drift, untested=untested[2:])).text.startswith("Changed? ok;")
    alarm = Check(drift.as_of, "fit", "shares", None, "A", 0.1, level="watch")
    said = change_line(MOVED, replace(drift, verdict="watch", checks=(alarm,))).text
    assert said.startswith("Changed? watch: shares; ")
