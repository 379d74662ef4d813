"""Who moved since the last build, and why, in a line."""

from __future__ import annotations

from segkit.core.drift_result import Drift
from segkit.core.number_format import grouped
from segkit.report.page import Sentence
from segkit.report.text import percent
from segkit.results import Changes

REASONS = ("calendar", "behaviour", "own data", "edges", "rules")


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
    return Sentence(f"Changed? {verdict}{said} since {changes.since:%Y-%m-%d}{rest}.")


def verdict_words(drift: Drift) -> str:
    """``watch: flow, events``"""
    return f"{drift.verdict}: {', '.join(drift.alarms)}" if drift.alarms else drift.verdict
