"""One build at a time: a lock that the kernel releases, whatever happens to the process."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from segkit.errors import Problem, PublishError

_POLL_SECONDS = 0.05


@contextmanager
def exclusive_lock(
    path: Path, *, timeout: float | None, on_wait: Callable[[str], None]
) -> Iterator[None]:
    """Hold the lock file ``path`` until the block ends.

    The lock is ``flock``'s, so a process that was killed leaves no obstacle,
    only a file that the next build takes over. It is not re-entrant: a second
    ``with`` in the same process waits as another process would.

    Parameters
    ----------
    path : Path
        Holds the process id and the start of whoever has the lock.
    timeout : float or None
        Seconds to wait; None waits for ever.
    on_wait : callable
        Called once with a sentence if somebody else has the lock.

    Raises
    ------
    PublishError
        SK602, naming the process, when the time is over.
    """
    handle = _acquire(path, timeout, on_wait)
    try:
        yield
    finally:
        # Removed while the lock is held: who waits on this inode sees that it is gone and
        # opens the path anew (``_is_current``).
        path.unlink(missing_ok=True)
        os.close(handle)


def _acquire(path: Path, timeout: float | None, on_wait: Callable[[str], None]) -> int:
    deadline = None if timeout is None else time.monotonic() + timeout
    told = False
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_current(handle, path):
                _sign(handle)
                return handle
            os.close(handle)
            continue
        except BlockingIOError:
            holder = _holder(handle)
            os.close(handle)
        except BaseException:
            os.close(handle)
            raise
        if not told:
            told = True
            on_wait(f"waiting for the build of {holder}")
        if deadline is not None and time.monotonic() >= deadline:
            raise PublishError(
                Problem(
                    "SK602",
                    f"the build of {holder} is still running after {timeout:g} seconds",
                    help="wait until it has finished, or end that process",
                )
            )
        time.sleep(_POLL_SECONDS)


def _is_current(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _sign(handle: int) -> None:
    started = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()} {started}\n".encode(), 0)


def _holder(handle: int) -> str:
    words = os.pread(handle, 100, 0).decode("ascii", "replace").split()
    return f"process {words[0]}" if words else "another process"
