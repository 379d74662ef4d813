from __future__ import annotations

from datetime import datetime

from segkit.report.moved_line import change_line
from segkit.results import ChangeFlow, Changes

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
