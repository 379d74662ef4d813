"""What became of everybody: flows add up to movers, reasons and those who were there."""

from __future__ import annotations

from datetime import date, datetime

from segkit.core.change_result import ChangeFlow, Changes

SINCE, UNTIL = datetime(2026, 1, 1), datetime(2026, 2, 1)
FLOWS = (
    ChangeFlow("A", "A", None, 100),
    ChangeFlow("A", "B", "calendar", 7),
    ChangeFlow("B", "A", "behaviour", 5),
    ChangeFlow("B", "A", "calendar", 2),
    ChangeFlow(None, "A", "joined", 11),
    ChangeFlow("B", None, "left", 3),
)


def test_who_joined_or_left_has_not_moved() -> None:
    changes = Changes(SINCE, UNTIL, "steps", FLOWS, {})
    assert changes.by_reason == {"calendar": 9, "behaviour": 5, "joined": 11, "left": 3}
    assert changes.moved == 14
    assert changes.customers == 117  # all but those who joined
    assert repr(changes) == "<Changes since 2026-01-01: 14 of 117 moved>"


def test_the_days_are_those_of_the_data_where_both_are_known() -> None:
    day, later = date(2025, 12, 31), date(2026, 1, 31)
    assert Changes(SINCE, UNTIL, "steps", (), {}, day, later).days == (day, later)
    assert Changes(SINCE, UNTIL, "steps", (), {}, day).days == (SINCE.date(), UNTIL.date())
