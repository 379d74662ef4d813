import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from segkit.engines.locks import Patience, exclusive_lock
from segkit.errors import PublishError

HOLD = """
import sys, time
from pathlib import Path
from segkit.engines.locks import Patience, exclusive_lock
with exclusive_lock(Path(sys.argv[1]), Patience(0, print)):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def hold(path: Path, seconds: float) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_one_waits_says_so_once_and_goes_on(tmp_path: Path) -> None:
    process = hold(tmp_path / "lock", 0.4)
    said: list[str] = []
    with exclusive_lock(tmp_path / "lock", Patience(10, said.append)):
        assert process.wait(5) == 0
    assert said == [f"waiting for the build of process {process.pid}"]
    assert not (tmp_path / "lock").exists()


def test_after_the_timeout_the_process_is_named(tmp_path: Path) -> None:
    process = hold(tmp_path / "lock", 30)
    try:
        with (
            pytest.raises(PublishError, match=rf"SK602.*process {process.pid}\b"),
            exclusive_lock(tmp_path / "lock", Patience(0.2)),
        ):
            pytest.fail("the lock is held by somebody else")
    finally:
        process.kill()
        process.wait()


def test_a_killed_holder_is_no_obstacle(tmp_path: Path) -> None:
    process = hold(tmp_path / "lock", 30)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert (tmp_path / "lock").exists()
    with exclusive_lock(tmp_path / "lock", Patience(0, pytest.fail)):
        assert (tmp_path / "lock").read_text().startswith(f"{os.getpid()} 20")


def test_one_at_a_time(tmp_path: Path) -> None:
    """Eight processes add to a number, read and written under the lock."""
    number = tmp_path / "number"
    number.write_text("0")
    code = """
import sys, time
from pathlib import Path
from segkit.engines.locks import Patience, exclusive_lock
folder = Path(sys.argv[1])
for _ in range(5):
    with exclusive_lock(folder / "lock", Patience(60)):
        n = int((folder / "number").read_text())
        time.sleep(0.002)
        (folder / "number").write_text(str(n + 1))
"""
    started = time.monotonic()
    processes = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)]) for _ in range(8)]
    assert [process.wait(60) for process in processes] == [0] * 8
    assert number.read_text() == "40"
    assert time.monotonic() - started < 60
