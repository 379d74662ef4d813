"""The n-th file operation of a build fails, or is its last: for ``test_fail_nth.py``.

As a program it reads lines ``HOW N OUTPUT ARGUMENTS...`` and runs the command line once for
each, in a fork of its own; it answers with the exit code and the number of operations seen.
"""

from __future__ import annotations

import errno
import os
import shlex
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

OPERATIONS = ("fsync", "replace", "unlink", "mkdir", "open")
ERRORS = (errno.EIO, errno.ENOSPC)


class Faults:
    """Counts the operations; the one numbered ``at`` (from 1) does not happen.

    ``how`` is error (EIO and ENOSPC in turn), kill (-9), or interrupt (Ctrl-C *after* it).
    """

    def __init__(self, how: str, at: int) -> None:
        self.how, self.at, self.count, self.what = how, at, 0, ""

    def wrap(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **named: Any) -> Any:
            if name == "open" and not arguments[1] & (os.O_WRONLY | os.O_RDWR):
                return real(*arguments, **named)
            self.count += 1
            if self.count != self.at:
                return real(*arguments, **named)
            self.what = f"{name} {arguments[0]}"
            if self.how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            if self.how == "interrupt":
                real(*arguments, **named)
                raise KeyboardInterrupt
            code = ERRORS[self.at % 2]
            raise OSError(code, os.strerror(code))

        return run


@contextmanager
def faults(how: str, at: int, operations: tuple[str, ...] = OPERATIONS) -> Iterator[Faults]:
    """Within the block the operations of ``os`` count, and the n-th fails."""
    found = Faults(how, at)
    real = {name: getattr(os, name) for name in operations}
    for name, function in real.items():
        setattr(os, name, found.wrap(name, function))
    try:
        yield found
    finally:
        for name, function in real.items():
            setattr(os, name, function)


def _serve() -> None:
    from segkit.cli.main import main

    tempfile.gettempdir()  # looked for once, with files of its own
    for line in sys.stdin:
        how, at, output, *arguments = shlex.split(line)
        child = os.fork()
        if child == 0:
            handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            os.dup2(handle, 1)
            os.dup2(handle, 2)
            with faults(how, int(at)) as found:
                code = main(arguments)
            sys.stdout.flush()
            Path(f"{output}.count").write_text(f"{found.count} {found.what}")
            os._exit(code)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    _serve()
