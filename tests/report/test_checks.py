from __future__ import annotations

from segkit.errors import Problem
from segkit.report.checks import render_checks
from segkit.results import Check


def test_a_line_a_check_with_its_verdict() -> None:
    checks = [
        Check("versions", True, "segkit 0.1.0"),
        Check("source a\nb", False, "x\x1b[31m", (Problem("SK106", "no"),)),
    ]
    assert render_checks(checks).splitlines() == [
        "OK     versions     segkit 0.1.0",
        "ERROR  source a\\nb  x\\x1b[31m",
    ]
