from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from segkit.cli.screen import Screen


class Terminal(io.TextIOWrapper):
    """A terminal with an encoding of its own."""

    def __init__(self, encoding: str = "utf-8", *, is_terminal: bool = True) -> None:
        self.bytes = io.BytesIO()
        self._is_terminal = is_terminal
        super().__init__(self.bytes, encoding=encoding, newline="")

    def isatty(self) -> bool:
        return self._is_terminal

    def written(self) -> bytes:
        self.flush()
        return self.bytes.getvalue()


def stdout(monkeypatch: pytest.MonkeyPatch, *args: Any, **more: Any) -> Terminal:
    terminal = Terminal(*args, **more)
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return terminal


def test_colour_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    stdout(monkeypatch)
    assert Screen().paint("OK", "good") == "\x1b[32mOK\x1b[0m"
    assert Screen(no_color=True).paint("OK", "good") == "OK"
    assert Screen(json_lines=True).paint("OK", "good") == "OK"
    monkeypatch.setenv("NO_COLOR", "1")
    assert Screen().paint("OK", "good") == "OK"
    monkeypatch.setenv("NO_COLOR", "")  # empty is not set
    assert Screen().paint("OK", "good") != "OK"
    monkeypatch.setenv("TERM", "dumb")
    assert Screen().paint("OK", "good") == "OK"
    monkeypatch.setenv("TERM", "xterm")
    stdout(monkeypatch, is_terminal=False)
    assert Screen().paint("OK", "good") == "OK"


@pytest.mark.parametrize(("columns", "width"), [(40, 80), (100, 100), (300, 120)])
def test_the_width_of_a_terminal(monkeypatch: pytest.MonkeyPatch, columns: int, width: int) -> None:
    stdout(monkeypatch)
    monkeypatch.setenv("COLUMNS", str(columns))
    assert Screen().width == width


def test_the_width_of_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    stdout(monkeypatch, is_terminal=False)
    monkeypatch.setenv("COLUMNS", "200")
    assert Screen().width == 80


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_no_encoding_refuses_a_line(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    terminal = stdout(monkeypatch, encoding)
    Screen().say("a ✓ tick")
    Screen().data("a ✓ tick")
    assert terminal.written() == b"a ? tick\na ? tick\n"


def test_data_in_a_pipe_is_utf8_whatever_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = stdout(monkeypatch, "ascii", is_terminal=False)
    Screen().data("'Zürich ✓'")
    assert terminal.written() == "'Zürich ✓'\n".encode()


def test_quiet_silences_talk_and_not_data(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(quiet=True)
    screen.say("said")
    screen.talk("talked")
    screen.data("data")
    screen.insist("error")
    assert capsys.readouterr() == ("data\n", "error\n")


def test_json_has_no_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(json_lines=True)
    screen.say("said")
    screen.talk("talked")
    screen.insist("error")
    assert capsys.readouterr() == (
        "",
        '{"event": "info", "text": "talked"}\n{"event": "error", "text": "error"}\n',
    )
