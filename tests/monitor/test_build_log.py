from __future__ import annotations

from dataclasses import replace
from datetime import date

from segkit.engines.duckdb.publisher import DuckDBWorkspace
from segkit.monitor.build_log import LoggedBuild, build_before, log_build, logged_builds
from tests.publish.histories import N1, N2, N3


def test_builds_are_read_back_in_the_order_of_time(workspace: DuckDBWorkspace) -> None:
    first = LoggedBuild(N1, 1)
    second = LoggedBuild(N2, 2, date(2026, 1, 31), {"rfm": 3, "bands": 1})
    for build in (first, second):
        log_build(workspace, "S", build)
    assert logged_builds(workspace, "S") == (first, second)
    assert build_before(workspace, "S", N1) is None
    assert build_before(workspace, "S", N2) == first
    assert build_before(workspace, "S", N3) == second


def test_a_build_forgets_those_from_its_moment_on(workspace: DuckDBWorkspace) -> None:
    for moment in (N1, N2, N3):
        log_build(workspace, "S", LoggedBuild(moment, 1))
    again = replace(LoggedBuild(N2, 1), fit_version=7)
    log_build(workspace, "S", again)
    assert logged_builds(workspace, "S") == (LoggedBuild(N1, 1), again)


def test_nothing_on_record(workspace: DuckDBWorkspace) -> None:
    assert build_before(workspace, "S", N1) is None
