"""The options that every command has: where they come from, and what they are without a word."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from segkit.cli.options import BY_FLAG, Globals, Output, with_globals

SEEN: list[Globals] = []


@contextmanager
def session(given: Globals) -> Iterator[str]:
    SEEN.append(given)
    yield "a session"


def verb(session: str, own: int = 3) -> None:
    """A verb."""
    print(session, own)


@pytest.fixture
def app() -> typer.Typer:
    SEEN.clear()
    app = typer.Typer()
    app.command()(with_globals(verb, session))
    return app


def run(app: typer.Typer, *words: str, **environment: str) -> Globals:
    result = CliRunner().invoke(app, list(words), env=environment)
    assert result.exit_code == 0, result.output
    assert "a session" in result.output
    return SEEN.pop()


def test_without_a_word(app: typer.Typer) -> None:
    assert run(app) == Globals(Path(), verb="verb")


def test_as_they_are_given(app: typer.Typer) -> None:
    words = ("--own", "4", "-s", "a", "--select", "b", "-t", "prod", "-q", "--log-format", "json")
    found = run(app, *words, "--vars", "{a: 1}", "--exclude", "c", "--fail-fast")
    assert found == Globals(
        Path(),
        target="prod",
        vars=("{a: 1}",),
        select=("a", "b"),
        exclude=("c",),
        quiet=True,
        log_format=Output.json,
        fail_fast=True,
        verb="verb",
    )


def test_from_the_environment_but_for_vars(app: typer.Typer) -> None:
    """YAML has spaces, so SEGKIT_VARS is not split by typer."""
    found = run(app, SEGKIT_TARGET="prod", SEGKIT_QUIET="1", SEGKIT_VARS="a b")
    assert (found.target, found.quiet, found.vars) == ("prod", True, ())


def test_which_flags_take_a_value() -> None:
    alone = {flag for flag, option in BY_FLAG.items() if not option.takes_value}
    assert alone == {"--quiet", "-q", "--no-color", "--fail-fast"}
    assert BY_FLAG["-t"] is BY_FLAG["--target"]
