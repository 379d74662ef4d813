"""Where the command line writes: product to stdout, talk to stderr, nothing that can crash."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import islice
from typing import Any, Literal, TextIO

Style = Literal["good", "warn", "bad", "dim"]
_ANSI: Mapping[Style, str] = {"good": "32", "warn": "33", "bad": "1;31", "dim": "2"}
_NARROWEST, _WIDEST = 80, 120
_PAGE = 200
_LINES_AT_ONCE = 5_000


class Screen:
    """Lines for a person, or JSON objects for a program (``json_lines``).

    ``quiet``: the caller's wish; ``say`` and ``talk`` print nothing then.
    ``json_lines``: ``say`` and ``talk`` print nothing; ``emit`` prints one object a line.
    ``data_only``: stdout is for data: what ``say`` prints goes to stderr.
    ``no_color``: without it colour is used where the stream is a terminal and NO_COLOR is not set.
    """

    def __init__(
        self,
        *,
        quiet: bool = False,
        json_lines: bool = False,
        data_only: bool = False,
        no_color: bool = False,
    ) -> None:
        self.quiet = quiet
        self.json_lines = json_lines
        self.data_only = data_only
        self.no_color = no_color or bool(os.environ.get("NO_COLOR")) or _is_dumb()
        for stream in (sys.stdout, sys.stderr):
            _reconfigure(stream, errors="replace")  # "?" instead of an exception

    @property
    def width(self) -> int:
        """Columns of stdout: 80 in a pipe, else those of the terminal from 80 to 120."""
        if not _is_terminal(sys.stdout):
            return _NARROWEST
        return min(self.page_width, _WIDEST)

    @property
    def page_width(self) -> int:
        """Columns for text that should not be clipped: a pipe has room."""
        if not _is_terminal(sys.stdout):
            return _PAGE
        return max(shutil.get_terminal_size((_NARROWEST, 24)).columns, _NARROWEST)

    @property
    def is_live(self) -> bool:
        """True if stderr can show something that moves."""
        talks = not self.quiet and not self.json_lines
        return talks and _is_terminal(sys.stderr) and not _is_dumb()

    def say(self, text: str) -> None:
        """A line of the product of a run, on stdout."""
        if not self.quiet and not self.json_lines:
            _write(self._product, text)

    @property
    def _product(self) -> TextIO:
        return sys.stderr if self.data_only else sys.stdout

    def talk(self, text: str) -> None:
        """A remark beside the product, on stderr."""
        if self.json_lines:
            self.emit({"event": "info", "text": text}, sys.stderr)
        elif not self.quiet:
            _write(sys.stderr, text)

    def insist(self, text: str, *, error: bool = True) -> None:
        """A line that ``quiet`` does not silence: an error on stderr, a failure on stdout."""
        stream = sys.stderr if error else self._product
        if self.json_lines:
            self.emit({"event": "error", "text": text}, stream)
        else:
            _write(stream, text)

    def data(self, text: str) -> None:
        """Data or SQL on stdout, the same bytes wherever it goes: UTF-8 in a file or a pipe."""
        self.data_lines((text,))

    def data_lines(self, lines: Iterable[str]) -> None:
        """Data line by line; no more of them are asked for when the reader has gone."""
        if not _is_terminal(sys.stdout):
            _reconfigure(sys.stdout, encoding="utf-8", errors="replace", newline="\n")
        rest = iter(lines)
        while some := list(islice(rest, _LINES_AT_ONCE)):
            if not _write(sys.stdout, "\n".join(some)):
                return

    @property
    def is_terminal(self) -> bool:
        return _is_terminal(sys.stdout)

    def data_blocks(self, blocks: Iterable[bytes]) -> None:
        """A file on stdout; no more of it is asked for when the reader has gone."""
        sys.stdout.flush()
        for block in blocks:
            if not _written(sys.stdout, partial(sys.stdout.buffer.write, block)):
                return

    def emit(self, data: Mapping[str, Any], stream: TextIO | None = None) -> None:
        """One JSON object on a line of its own; plain ASCII, so that any encoding takes it."""
        _write(stream or self._product, json.dumps(data, default=str))

    def paint(self, text: str, style: Style, *, error: bool = False) -> str:
        """Return the text in colour, if the stream it is for shows colour."""
        stream = sys.stderr if error else self._product
        if self.no_color or self.json_lines or not _is_terminal(stream):
            return text
        return f"\x1b[{_ANSI[style]}m{text}\x1b[0m"


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def _is_dumb() -> bool:
    return os.environ.get("TERM") == "dumb"


def _reconfigure(stream: TextIO, **settings: str) -> None:
    reconfigure = getattr(stream, "reconfigure", None)  # a test's stream may have none
    if reconfigure is not None:
        reconfigure(**settings)


def _write(stream: TextIO, text: str) -> bool:
    """Write the text and a line end; False if nobody reads it."""
    return _written(stream, lambda: stream.write(f"{text}\n"))


def _written(stream: TextIO, write: Callable[[], int]) -> bool:
    try:
        write()
        stream.flush()
    except BrokenPipeError:
        # `segkit build | head`: the reader has what it wanted, and the build goes on to its end.
        # What is still in the buffer has to go somewhere, or Python complains when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return False
    return True
