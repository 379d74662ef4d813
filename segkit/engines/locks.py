"""One build at a time: a lock that the kernel releases, whatever happens to the process."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from segkit.errors import Problem, PublishError
from segkit.project.safe_files import OwnFolder

_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Patience:
    """How long to wait for what another process holds (None: for ever), and whom to tell, once."""

    timeout: float | None = None
    on_wait: Callable[[str], None] = lambda text: None


class Waiting:
    """A wait that begins now: who has what is waited for is told of once."""

    def __init__(self, patience: Patience, pause: float) -> None:
        self._patience, self._pause = patience, pause
        self._began, self._is_told = time.monotonic(), False

    def is_over(self, holder: str) -> bool:
        """Whether the patience is at its end; if not, it is time to try again."""
        if not self._is_told:
            self._is_told = True
            self._patience.on_wait(f"waiting for {holder}")
        timeout = self._patience.timeout
        if timeout is not None and time.monotonic() - self._began >= timeout:
            return True
        time.sleep(self._pause)
        return False


@contextmanager
def exclusive_lock(path: Path, patience: Patience, root: Path | None = None) -> Iterator[None]:
    """Hold the lock file ``path`` until the block ends.

    The lock is ``flock``'s, so a process that was killed leaves no obstacle,
    only a file that the next build takes over. It is not re-entrant: a second
    ``with`` in the same process waits as another process would.

    ``path``: holds the process id and the start of whoever has the lock.
    ``root``: no folder from here to ``path`` may be a link; the file's own folder by default.

    Raises PublishError: SK602, naming the process, when the time is over.
    Raises ConfigError: SK007 if the path or a folder above it is a link.
    """
    with OwnFolder(path.parent, root or path.parent) as folder:
        handle = _acquire(folder, path.name, patience)
        try:
            yield
        finally:
            # Removed while the lock is held: who waits on this inode sees that it is gone and
            # opens the path anew (``_is_current``).
            try:
                folder.remove(path.name)
            finally:
                os.close(handle)


def _acquire(folder: OwnFolder, name: str, patience: Patience) -> int:
    waiting = Waiting(patience, _POLL_SECONDS)
    while True:
        handle = folder.open(name, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_current(handle, folder, name):
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
        if waiting.is_over(f"the build of {holder}"):
            message = f"the build of {holder} is still running after {patience.timeout:g} seconds"
            hint = "wait until it has finished, or end that process"
            raise PublishError(Problem("SK602", message, help=hint))


def _is_current(handle: int, folder: OwnFolder, name: str) -> bool:
    found = folder.stat(name)
    return found is not None and os.path.samestat(os.fstat(handle), found)


def _sign(handle: int) -> None:
    started = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()} {started}\n".encode(), 0)


def _holder(handle: int) -> str:
    words = os.pread(handle, 100, 0).decode("ascii", "replace").split()
    return f"process {words[0]}" if words else "another process"
