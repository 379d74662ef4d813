"""What ``segkit debug`` found, one line a check."""

from __future__ import annotations

from collections.abc import Sequence

from segkit.report.text import align_rows, visible
from segkit.results import Check


def render_checks(checks: Sequence[Check]) -> str:
    """Return one line a check: verdict, name, detail. Problems are for the caller to render."""
    rows = [
        ["OK" if check.ok else "ERROR", visible(check.name), visible(check.detail)]
        for check in checks
    ]
    return "\n".join(align_rows(rows, ("left", "left", "left")))
