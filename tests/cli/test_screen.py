from __future__ import annotations

import io
import subprocess
import sys
from typing import Any

import pytest

from segkit.cli.screen import Screen


class Terminal(io.TextIOWrapper):
    """A terminal with an encoding of its own."""

    def __init__(
        self, encoding: str = "utf-8", *, is_terminal: bool = True, newline: str = ""
    ) -> None:
        self.bytes = io.BytesIO()
        self._is_terminal = is_terminal
        super().__init__(self.bytes, encoding=encoding, newline=newline)

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


def test_data_in_a_pipe_ends_its_lines_alike_on_every_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = stdout(monkeypatch, is_terminal=False, newline="\r\n")
    Screen().data_lines(["a,b", '1,"x\r\ny"'])
    assert terminal.written() == b'a,b\n1,"x\r\ny"\n'


def test_lines_come_out_in_order_however_many(capsys: pytest.CaptureFixture[str]) -> None:
    Screen().data_lines(str(n) for n in range(12_345))
    assert capsys.readouterr().out == "".join(f"{n}\n" for n in range(12_345))
    Screen().data_lines(())
    assert capsys.readouterr().out == ""


def test_lines_without_an_end_stop_when_the_reader_has_gone() -> None:
    code = (
        "from itertools import count; from segkit.cli.screen import Screen;"
        "Screen().data_lines(map(str, count()))"
    )
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", '"$0" -c "$1" | head -2', sys.executable, code],
        capture_output=True,
        timeout=60,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "0\n1\n", "")


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
