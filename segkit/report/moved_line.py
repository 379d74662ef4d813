"""Who moved since the last build, and why, in a line."""

from __future__ import annotations

from segkit.core.change_result import Changes
from segkit.core.drift_result import Drift
from segkit.core.number_format import grouped
from segkit.report.page import Sentence
from segkit.report.text import count_of, percent

REASONS = ("calendar", "behaviour", "own data", "edges", "rules", "others")


def change_line(changes: Changes, drift: Drift | None = None) -> Sentence:
    """``Changed? ok; 397 (10%) moved since 2026-01-01: calendar 320, behaviour 77; 12 joined.``"""
    by_reason = changes.by_reason
    said = f"{grouped(changes.moved)} ({percent(changes.moved / max(changes.customers, 1))}) moved"
    why = ", ".join(
        f"{reason} {grouped(by_reason[reason])}" for reason in REASONS if reason in by_reason
    )
    others = ", ".join(f"{grouped(by_reason[r])} {r}" for r in ("joined", "left") if r in by_reason)
    rest = f"{f': {why}' if why else ''}{f'; {others}' if others else ''}"
    said = said if changes.moved else "nobody moved"
    verdict = "" if drift is None else f"{verdict_words(drift)}; "
    return Sentence(f"Changed? {verdict}{said} {since_words(changes)}{rest}.")


def since_words(changes: Changes) -> str:
    """Since which day: that of the data, and not that of the build."""
    day, now = changes.days
    if changes.since_day and day == now:
        return f"since the last build, of the same day's data ({day})"
    return f"since {day}"


def verdict_words(drift: Drift) -> str:
    """``watch: flow, events``; as long as it is not known what is usual, nothing is ok."""
    if drift.alarms:
        return f"{drift.verdict}: {', '.join(drift.alarms)}"
    if learning := drift.learning:
        builds = count_of(max(learning.values()), "more build")
        return f"too early to tell ({builds} as far apart to go)"
    return drift.verdict
