"""What ``segkit debug`` found, one line a check."""

from __future__ import annotations

from collections.abc import Sequence

from segkit.report.page import Page, Rows, Section
from segkit.results import Check


def checks_page(checks: Sequence[Check]) -> Page:
    """One row a check: verdict, name, detail. Problems are for the caller to render."""
    rows = [("OK" if check.ok else "ERROR", check.name, check.detail) for check in checks]
    return (Section((Rows(tuple(rows), "lll"),)),)
