"""Room for parsers that call themselves for every bracket."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_FRAMES = 10_000  # sqlglot makes up to 30 for a bracket, and MAX_NESTING of them are let in
_lock = Lock()
_inside: list[int] = []  # what the limit was, for each thread that is inside


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Let Python functions call themselves deeper than 1,000 levels.

    Who goes on without end meets a RecursionError all the same.
    """
    with _lock:
        _inside.append(sys.getrecursionlimit())
        sys.setrecursionlimit(max(_FRAMES, _inside[0]))
    try:
        yield
    finally:
        with _lock:
            before = _inside[0]
            _inside.pop()
            if not _inside:
                sys.setrecursionlimit(before)
