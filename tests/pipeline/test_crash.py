"""kill -9, two builds at once, readers all the time: the old state or the new one, no other."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from segkit.pipeline import Options, run_build
from tests.conftest import HEADER, MakeProject, build_first, customers, write_csv

# processes that wait for each other; locks and swaps by themselves are in tests/engines
pytestmark = pytest.mark.slow

SEGKIT = [sys.executable, "-m", "segkit"]
BEFORE, AFTER = 2000, 1500  # customers in the state that is published, and in the next one


def start(project: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*SEGKIT, "--project-dir", str(project), "build", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def state(project: Path) -> tuple[int, int, int]:
    """Customers by the view, the profile and the open history: one number, or a mixture."""
    with duckdb.connect(str(project / "warehouse/shop.duckdb"), read_only=True) as connection:
        found = connection.execute(
            "SELECT (SELECT count(*) FROM shopper_segments),"
            " (SELECT sum(n) FROM shopper_segments_profile),"
            " (SELECT count(*) FROM shopper_segments_history WHERE valid_to IS NULL)"
        ).fetchall()[0]
    return int(found[0]), int(found[1]), int(found[2])


@pytest.fixture
def built(make_project: MakeProject) -> Path:
    project = make_project(customers(BEFORE))
    assert build_first(project).ok
    return project


def test_killed_at_ten_moments_the_previous_views_answer(built: Path) -> None:
    write_csv(built / "data/customers.csv", customers(AFTER), HEADER)
    began = time.monotonic()
    full = start(built, "--as-of", "2026-02-01", "--select", "nothing_of_that_name")
    full.communicate()
    startup = time.monotonic() - began  # until the project is parsed
    killed = 0
    for moment in range(10):
        build = start(built, "--as-of", "2026-02-01")
        time.sleep(startup * 0.6 + moment * 0.06)
        if build.poll() is None:
            os.kill(build.pid, signal.SIGKILL)
            killed += 1
        build.communicate()
        found = state(built)
        assert found in {(BEFORE,) * 3, (AFTER,) * 3}
    assert killed >= 5, "the builds were too fast to be killed"
    result = run_build(Options(built, as_of=datetime(2026, 2, 1)))
    assert result.ok, result
    assert state(built) == (AFTER,) * 3
    left = [p.name for p in (built / "warehouse").iterdir() if ".building-" in p.name]
    assert left == []


def test_the_second_of_two_builds_waits_for_the_first(built: Path) -> None:
    builds = [start(built, "--as-of", "2026-02-01"), start(built, "--as-of", "2026-02-01")]
    outputs = [build.communicate() for build in builds]
    assert [build.returncode for build in builds] == [0, 0], outputs
    assert any("waiting for the build of process" in "".join(output) for output in outputs)
    assert state(built) == (BEFORE,) * 3


def test_a_reader_never_sees_an_error_or_a_mixture(built: Path) -> None:
    write_csv(built / "data/customers.csv", customers(AFTER), HEADER)
    build = start(built, "--as-of", "2026-02-01")
    seen = set()
    while build.poll() is None:
        seen.add(state(built))
    output = build.communicate()
    assert build.returncode == 0, output
    seen.add(state(built))
    assert seen == {(BEFORE,) * 3, (AFTER,) * 3}


@pytest.mark.long
def test_sixty_kills_at_random_moments(built: Path) -> None:
    """Also while a fit is learned and written: every other build is a full refresh."""
    draw = random.Random(11)
    write_csv(built / "data/customers.csv", customers(AFTER), HEADER)
    for round_ in range(60):
        learn = ["--full-refresh"] if round_ % 2 else []
        build = start(built, "--as-of", "2026-02-01", *learn)
        time.sleep(draw.uniform(0.2, 4.0 if round_ % 2 else 1.2))
        build.kill()
        build.communicate()
        assert state(built) in {(BEFORE,) * 3, (AFTER,) * 3}
    assert run_build(Options(built, as_of=datetime(2026, 2, 1))).ok
    assert state(built) == (AFTER,) * 3
