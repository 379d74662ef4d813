"""Servers of our own: started in a temporary directory, ended by their own process id."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from tests.warehouses.base import Missing

T = TypeVar("T")
START_SECONDS = 240  # Spark beside another worker, on a machine that others use


def program(name: str, install: str, *patterns: str) -> str:
    """Return the path of a program: on the PATH, or the last that a pattern finds under /."""
    found = shutil.which(name) or max(
        (str(path) for pattern in patterns for path in Path("/").glob(pattern)), default=None
    )
    if found is None:
        raise Missing(f"no program {name}: {install}")
    return found


def server_user(*names: str) -> str | None:
    """Return who runs the server: database servers refuse to run as root.

    None means whoever runs the tests.
    """
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in (*names, "nobody") if name in known)


@contextmanager
def server_directory(user: str | None) -> Iterator[Path]:
    """Give an empty directory that only ``user`` may enter.

    Not pytest's own: that one is root's alone, and its paths are too long for a socket.
    """
    directory = Path(tempfile.mkdtemp(prefix="segkit-"))
    try:
        if user:
            shutil.chown(directory, user)
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def run_as(user: str | None, command: Sequence[str], directory: Path) -> None:
    """Run a command to its end; the error holds what it printed."""
    done = subprocess.run(
        command,
        cwd=directory,
        user=user,
        group=_group(user),
        extra_groups=[] if user else None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}")


class Server:
    """A process that runs until ``stop``; what it prints goes to ``log``."""

    def __init__(
        self,
        command: Sequence[str],
        directory: Path,
        user: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.log = directory / f"{Path(command[0]).name}-{time.monotonic_ns()}.log"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=directory,
                user=user,
                group=_group(user),
                extra_groups=[] if user else None,
                env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for pytest, which stops the server in order
            )

    def wait_for(self, attempt: Callable[[], T | None], refusals: type[Exception]) -> T:
        """Return what ``attempt`` returns, once that is not None and nothing is raised."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                result = attempt()
                refusal: object = "not ready"
            except refusals as error:
                result, refusal = None, error
            if result is not None:
                return result
            if self._process.poll() is not None or time.monotonic() > deadline:
                tail = self.log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"the server did not start: {refusal}\n{tail}")
            time.sleep(0.1)

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def running(
    command: Sequence[str],
    directory: Path,
    user: str | None = None,
    env: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    server = Server(command, directory, user, env)
    try:
        yield server
    finally:
        server.stop()


def _group(user: str | None) -> int | None:
    return pwd.getpwnam(user).pw_gid if user else None
