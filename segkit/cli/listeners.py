"""What becomes of a run's events: lines for a person, objects for a program."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

from segkit.cli.lines import node_line, result_entry
from segkit.cli.screen import Screen
from segkit.report.text import visible
from segkit.results import FAILED, Event, Listener

PATIENCE_SECONDS = 0.8  # a step that passes it is shown to be alive, within a second
REPEAT_SECONDS = 10.0  # in a pipe, at most one sign of life in this time


class TextListener(AbstractContextManager[Listener]):
    """Prints a line a node; use as a context manager, so that nothing moves afterwards."""

    def __init__(self, screen: Screen, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._screen = screen
        self._clock = clock
        self._step = ""
        self._next_sign = float("inf")
        self._spinner = Spinner(no_color=screen.no_color) if screen.is_live else None

    def __exit__(self, *error: object) -> None:
        if self._spinner:
            self._spinner.stop()

    def __call__(self, event: Event) -> None:
        if event.kind == "progress":
            self._progress(event)
            return
        if self._spinner:
            self._spinner.stop()
        if event.kind == "start":
            self._step = event.text
            self._next_sign = self._clock() + PATIENCE_SECONDS
            if self._spinner:
                self._spinner.start(event.text)
        elif event.kind == "warning":
            # a backfill learns before the first step begins
            name = self._step or event.data.get("node", "")
            self._screen.talk(visible(f"Warning: {name}: {event.text}"))
            if self._spinner:
                self._spinner.start(self._step)
        elif event.kind == "info":
            if {"target", "path"} <= event.data.keys():
                self._screen.say(visible(_header(event.data)))
            self._screen.say(visible(event.text))
        elif event.result is not None:
            self._result(event)

    def _result(self, event: Event) -> None:
        result, screen = event.result, self._screen
        assert result is not None
        self._step, self._next_sign = "", float("inf")
        line = node_line(result, event.index, event.total, width=screen.width, paint=screen.paint)
        if result.status in FAILED:
            screen.insist(line, error=False)
        else:
            screen.say(line)

    def _progress(self, event: Event) -> None:
        text = f"{self._step}: {event.text}" if self._step else event.text
        if self._spinner:
            self._spinner.update(text)
        elif self._clock() >= self._next_sign:
            self._next_sign = self._clock() + REPEAT_SECONDS
            self._screen.talk(visible(f"still learning {text}"))


def _header(data: Mapping[str, Any]) -> str:
    """``segkit 0.1.0 | duckdb 2.0.0 | target dev (warehouse/shop.duckdb)``"""
    from importlib.metadata import version

    from segkit import __version__

    return (
        f"segkit {__version__} | duckdb {version('duckdb')} | "
        f"target {data['target']} ({data['path']})"
    )


class JsonListener:
    """Prints one object a line; with ``quiet`` only what failed."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def __call__(self, event: Event) -> None:
        failed = event.result is not None and event.result.status in FAILED
        if self._screen.quiet and not failed:
            return
        entry: dict[str, Any] = {"event": event.kind, "time": datetime.now(UTC).isoformat()}
        entry |= {"text": event.text} if event.text else {}
        entry |= {"index": event.index, "total": event.total} if event.total else {}
        entry |= result_entry(event.result) if event.result else {}
        entry |= {"data": dict(event.data)} if event.data else {}
        self._screen.emit(entry)


class Spinner:
    """A line on stderr that moves while a step takes longer than one's patience."""

    def __init__(self, *, no_color: bool = False) -> None:
        self._no_color = no_color
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._status: Any = None
        self._text = ""

    def start(self, text: str) -> None:
        with self._lock:
            self._text = text
            self._timer = threading.Timer(PATIENCE_SECONDS, self._show)
            self._timer.daemon = True
            self._timer.start()

    def update(self, text: str) -> None:
        with self._lock:
            self._text = text
            if self._status is not None:
                self._status.update(self._words())

    def stop(self) -> None:
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            if self._status is not None:
                self._status.stop()
            self._timer = self._status = None

    def _show(self) -> None:
        from rich.console import Console  # only a slow step pays for the import
        from rich.status import Status

        with self._lock:
            if self._timer is None or threading.current_thread() is not self._timer:
                return  # the step ended, or another began, while this thread was waking up
            console = Console(stderr=True, highlight=False, no_color=self._no_color)
            # "line" is plain ASCII: it can be shown in any encoding
            self._status = Status(self._words(), console=console, spinner="line")
            self._status.start()

    def _words(self) -> Any:
        from rich.text import Text

        return Text(visible(self._text))  # never as markup: [id] is data
