from __future__ import annotations

from segkit.errors import Problem
from segkit.report.checks import checks_page
from segkit.report.render_text import render_text
from segkit.results import Check


def test_a_line_a_check_with_its_verdict() -> None:
    checks = [
        Check("versions", True, "segkit 0.1.0"),
        Check("source a\nb", False, "x\x1b[31m", (Problem("SK106", "no"),)),
    ]
    assert render_text(checks_page(checks)).splitlines() == [
        "OK     versions     segkit 0.1.0",
        "ERROR  source a\\nb  x\\x1b[31m",
    ]
