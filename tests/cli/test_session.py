"""One call: what it asks of the pipeline, and what it says of an error."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

from segkit.cli.options import Globals, Output
from segkit.cli.session import Session, crash, is_usage_error, open_session
from segkit.errors import ConfigError, Problem

WARNING = Problem("SK001", "odd", severity="warning")


def test_options_are_those_of_the_call(tmp_path: Path) -> None:
    given = Globals(tmp_path, "pg", ("a=1",), ("x y",), (), "2026-01-31")
    session = Session(given)
    made = session.options(locked=True)
    assert (made.target, made.vars, made.select, made.locked) == ("pg", {"a": 1}, ("x", "y"), True)
    assert made.as_of == datetime(2026, 1, 31, tzinfo=UTC)
    assert session.asked is made


def test_an_answer_is_kept_and_shown_only_without_json(capsys: pytest.CaptureFixture[str]) -> None:
    session = Session(Globals())
    assert session.answer({"a": 1}) is False
    session.close(ok=True)
    assert capsys.readouterr().out == ""
    session = Session(Globals(output=Output.json, verb="try_"))
    assert session.answer({"a": 1}) is True
    session.problems([WARNING])
    session.close(ok=True)
    found = json.loads(capsys.readouterr().out)
    assert (found["command"], found["result"], found["ok"]) == ("try", {"a": 1}, True)
    assert [each["severity"] for each in found["problems"]] == ["warning"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError(WARNING), 2),
        (OSError(28, "No space left on device"), 1),
        (KeyboardInterrupt(), 130),
        (RuntimeError("unexpected"), 2),
        (typer.Exit(1), 1),
    ],
)
def test_an_error_is_an_exit_code_and_the_object_says_so(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int
) -> None:
    with (
        pytest.raises(typer.Exit) as ended,
        open_session(Globals(output=Output.json, verb="explain")),
    ):
        raise error
    assert ended.value.exit_code == code
    assert json.loads(capsys.readouterr().out)["ok"] is False


def test_what_nobody_expected_asks_for_a_report() -> None:
    problem = crash(RuntimeError("two\nlines"))
    assert (problem.code, problem.message) == ("SK901", "RuntimeError: two lines")
    assert not is_usage_error(RuntimeError())
    assert is_usage_error(typer.BadParameter("x"))
