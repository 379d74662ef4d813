"""One call of a command: its options, its screen, and what becomes of an error."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, date, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from segkit import __version__, pipeline
from segkit.cli.lines import (
    done_line,
    problem_entry,
    problem_text,
    published_words,
    segmentation_entry,
    summary_entry,
)
from segkit.cli.listeners import JsonListener, TextListener
from segkit.cli.options import Globals, Output
from segkit.cli.screen import Screen
from segkit.cli.values import parse_time, parse_vars, split_words
from segkit.core.number_format import numbers_as
from segkit.errors import Problem, SegkitError, file_problem, is_memory_error, memory_problem
from segkit.project.safe_files import read_regular
from segkit.results import FAILED, BuildResult, Event, Listener, NodeResult, SegmentationResult

if TYPE_CHECKING:  # a page is made of a result, and most commands print lines
    from segkit.report.page import Page

FORMAT = 1  # of the object that `--output json` prints, whatever the verb
CRASHED, INTERRUPTED = 2, 130
_OF_PROBLEM = ("severity", "code", "message", "path", "line", "column", "help")
RUNS = ("seed", "run", "test", "build")  # their last line says whether something was published


class Session:
    """What was given, where it is said, and what is known of it, whatever its end."""

    def __init__(self, given: Globals) -> None:
        self.given = given
        self.asked: pipeline.Options | None = None
        self.published = False
        self.results: list[NodeResult] = []
        self.said: list[Problem] = []
        self.result: object = None  # figures
        self.screen = Screen(
            quiet=given.quiet,
            json_lines=given.log_format is Output.json,
            data_only=given.as_json,
            no_color=given.no_color,
        )

    def options(self, **more: Any) -> pipeline.Options:
        """The global options and ``more``, as the pipeline takes them."""
        given = self.given
        self.asked = pipeline.Options(
            project_dir=given.project_dir.resolve(),
            target=given.target,
            vars=parse_vars(given.vars),
            select=split_words(given.select),
            exclude=split_words(given.exclude),
            as_of=parse_time(given.as_of, "--as-of"),
            fail_fast=given.fail_fast,
            **more,
        )
        return self.asked

    def numbers(self) -> AbstractContextManager[None]:
        """In it numbers are written as the project asks for, by `format:`."""
        from segkit.pipeline.run_options import open_project

        try:
            return numbers_as(open_project(self.options()).numbers)
        except SegkitError:
            return nullcontext()  # the verb says what is wrong with it

    def listener(self) -> AbstractContextManager[Listener]:
        if self.screen.json_lines:
            return nullcontext(JsonListener(self.screen))
        return TextListener(self.screen)

    def run(
        self, verb: Callable[..., BuildResult], options: pipeline.Options, *, publishes: bool = True
    ) -> None:
        """Run the verb, print what came of it, and leave with 1 if something failed."""
        with self.listener() as listen:
            result = verb(options, partial(self._note, listen))
        self.published = result.published
        self.answer(result)
        self._finish(result, publishes)

    def answer(self, result: object) -> bool:
        """Whether the result is the answer as it is, by `-o json`; else it is to be shown."""
        self.result = result
        return self.given.as_json

    def close(self, *, ok: bool) -> None:
        """The answer as one object, whatever came of the call."""
        if self.given.as_json:
            entry = self._envelope(ok)
            self.screen.data(json.dumps(entry, indent=2, ensure_ascii=False, allow_nan=False))

    def _envelope(self, ok: bool) -> dict[str, Any]:
        """What was asked, whether it went well, the figures, all problems."""
        from segkit.report.render_json import plain

        target, as_of = self._target_and_time()
        return {
            "format": FORMAT,
            "segkit": __version__,
            "command": self.given.verb.rstrip("_") or None,  # those that are words of Python
            "target": target,
            "as_of": plain(as_of),
            "ok": ok,
            "published": self.published,
            "result": plain(self.result),
            "problems": [_row(problem) for problem in self.said],
        }

    def _target_and_time(self) -> tuple[str | None, Any]:
        """None where there is no project, or none was said."""
        if isinstance(self.result, BuildResult):
            return self.result.target, self.result.as_of
        if self.asked is None:
            return None, None
        from segkit.pipeline.run_options import data_day, open_project

        with suppress(SegkitError, OSError):
            project = open_project(self.asked)
            return project.target.name, self.asked.as_of or _beginning(data_day(project))
        return self.asked.target, self.asked.as_of

    def _note(self, listen: Listener, event: Event) -> None:
        if event.kind == "published":
            self.published = True
            return
        if event.result is not None:
            self.results.append(event.result)
        listen(event)

    def fail(self, problems: Iterable[Problem]) -> None:
        """Print the problems that nothing silences, and the last line."""
        self.problems(problems, force=True)
        self.stop()

    def stop(self) -> None:
        """The last line of a run that did not come to its end."""
        if self.given.verb not in RUNS:
            return
        if not self.screen.json_lines:
            self.screen.say(f"Stopped. {published_words(self.published)}")
        elif not self.screen.quiet:
            self.screen.emit(summary_entry(False, self.published, self.results))

    def _finish(self, result: BuildResult, publishes: bool) -> None:
        from segkit.report.first_screen import first_screen

        for node in result.nodes:
            self.problems(node.problems, force=node.status in FAILED)
        self.problems(result.warnings)
        if not self.screen.quiet:
            for each in result.segmentations if result.published else ():
                commands = (f"segkit explain {each.name}", f"segkit compile {each.name}")
                steps = commands if result.ok else ()
                page = first_screen(each, steps, "explain --stats", "segkit explain")
                self.segmentation(each, page)
            if self.screen.json_lines:
                self.screen.emit(summary_entry(result.ok, result.published, result.nodes))
        if publishes and not result.published:
            self.screen.say("Nothing is published; what was published before still is.")
        self.screen.say(done_line(result.nodes, result.published))
        if not result.ok:
            raise typer.Exit(1)

    def segmentation(self, result: SegmentationResult, page: Page) -> None:
        """Print what is said of a segmentation."""
        from segkit.report.render_text import render_text

        if self.screen.json_lines:
            self.screen.emit(segmentation_entry(result))
        else:
            self.screen.say(render_text(page, width=self.screen.page_width))

    def problems(self, problems: Iterable[Problem], *, force: bool = False) -> None:
        """Print problems on stderr; ``quiet`` keeps only errors, and all where ``force``."""
        for problem in problems:
            self.said.append(problem)
            if self.screen.quiet and not force and problem.severity != "error":
                continue
            if self.screen.json_lines:
                self.screen.emit(problem_entry(problem), sys.stderr)
            else:
                text = problem_text(
                    problem,
                    _reader(self.given.project_dir),
                    lambda words, style: self.screen.paint(words, style, error=True),
                )
                self.screen.insist(text + "\n")


def _row(problem: Problem) -> dict[str, Any]:
    """A problem as a line of a run has it, with its first place."""
    entry = problem_entry(problem)
    entry |= next(iter(entry["places"]), {})
    return {key: entry.get(key) for key in _OF_PROBLEM}


def _reader(directory: Path) -> Callable[[str], list[str] | None]:
    @lru_cache
    def read_lines(path: str) -> list[str] | None:
        if path.lower().endswith((".csv", ".parquet")):  # no customer's values on the screen
            return None
        try:
            return read_regular(directory / path).decode("utf-8", "replace").splitlines()
        except OSError:
            return None

    return read_lines


@contextmanager
def open_session(given: Globals) -> Iterator[Session]:
    """A session whose errors become lines on stderr and an exit code."""
    session = Session(given)
    try:
        with _errors_said(session):
            yield session
    except typer.Exit as ended:
        session.close(ok=ended.exit_code == 0)
        raise
    session.close(ok=True)


@contextmanager
def _errors_said(session: Session) -> Iterator[None]:
    try:
        yield
    except SegkitError as error:
        session.fail(error.problems)
        raise typer.Exit(1 if session.published else error.exit_code) from error
    except BrokenPipeError:
        raise
    except OSError as error:
        session.fail([file_problem(error)])
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        before = "this run was published before that"
        kept = "what was published before still is"
        session.screen.insist(f"interrupted: {before if session.published else kept}")
        session.stop()
        raise typer.Exit(INTERRUPTED) from error
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        if is_usage_error(error):
            raise
        session.fail([crash(error)])
        raise typer.Exit(1 if session.published else CRASHED) from error


def is_usage_error(error: BaseException) -> bool:
    """True for what typer raises at an option that it cannot read.

    Its class has moved between releases (click's own, then typer's), its shape has not.
    """
    return hasattr(error, "format_message") and hasattr(error, "exit_code")


def crash(error: BaseException) -> Problem:
    """The problem for an exception that nobody expected; prints its traceback if asked to."""
    if os.environ.get("SEGKIT_DEBUG"):
        traceback.print_exception(error)
    if is_memory_error(error):
        return memory_problem()
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if f"{os.sep}segkit{os.sep}" in frame.filename]
    where = f" ({Path(own[-1].filename).name}:{own[-1].lineno})" if own else ""
    if isinstance(error, RecursionError):  # the last net: what nests has its own before
        message = "something in the project, or its data, is nested too deep"
        help_ = "make it flatter or smaller; SEGKIT_DEBUG=1 shows where"
        return Problem("SK009", message, help=help_)
    said = " ".join(str(error).split())
    message = f"{type(error).__name__}{': ' if said else ''}{said}{where}"
    help_ = "this is a mistake in segkit, please report it; SEGKIT_DEBUG=1 shows the traceback"
    return Problem("SK901", message, help=help_)


def _beginning(day: date | None) -> datetime | None:
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)
