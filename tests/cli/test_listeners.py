from __future__ import annotations

import json
import sys
import time

import duckdb
import pytest

import segkit
from segkit.cli import listeners
from segkit.cli.listeners import JsonListener, TextListener
from segkit.cli.screen import Screen
from segkit.errors import Problem
from segkit.results import Event, NodeResult

OK = Event("result", "", 1, 2, NodeResult("v", "model", "ok", "created view v"))
FAILED = Event(
    "result",
    "",
    2,
    2,
    NodeResult("t", "test", "fail", "t", failures=1, problems=(Problem("SK501", "m"),)),
)
START = Event("start", "shopper_segments", 1, 2)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_lines_go_to_stdout_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    with TextListener(Screen()) as listen:
        for event in (Event("info", "segkit 0.1.0"), START, OK, FAILED):
            listen(event)
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0] == "segkit 0.1.0"
    assert [line.split()[3] for line in lines[1:]] == ["OK", "FAIL"]
    assert err == ""


def test_what_was_found_comes_with_versions_and_target(capsys: pytest.CaptureFixture[str]) -> None:
    data = {"target": "dev", "path": "warehouse/shop.duckdb", "project": "shop"}
    with TextListener(Screen()) as listen:
        listen(Event("info", "Found 2 seeds", data=data))
    assert capsys.readouterr().out.splitlines() == [
        f"segkit {segkit.__version__} | duckdb {duckdb.__version__} | "
        "target dev (warehouse/shop.duckdb)",
        "Found 2 seeds",
    ]


def test_quiet_prints_failures_only(capsys: pytest.CaptureFixture[str]) -> None:
    with TextListener(Screen(quiet=True)) as listen:
        for event in (Event("info", "segkit 0.1.0"), START, Event("progress", "x"), OK, FAILED):
            listen(event)
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 1
    assert " FAIL 1 t " in out
    assert err == ""


def test_a_slow_step_in_a_pipe_gives_a_sign_every_ten_seconds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    with TextListener(Screen(), clock=clock) as listen:
        listen(START)
        for second in range(30):
            clock.now = float(second)
            listen(Event("progress", f"clusters: k = {second} of 30"))
        listen(OK)
        clock.now = 100.0
        listen(Event("progress", "between two steps"))
    err = capsys.readouterr().err
    assert err.splitlines() == [
        f"still learning shopper_segments: clusters: k = {k} of 30" for k in (1, 11, 21)
    ]


def test_a_warning_before_a_long_step_says_of_what_on_stderr(
    capsys: pytest.CaptureFixture[str],
) -> None:
    warning = Event("warning", "60 customers are few")
    for screen in (Screen(), Screen(quiet=True)):
        with TextListener(screen) as listen:
            listen(START)
            listen(warning)
    out, err = capsys.readouterr()
    assert (out, err) == ("", "Warning: shopper_segments: 60 customers are few\n")
    with TextListener(Screen()) as listen:  # a backfill learns before the first step
        listen(Event("warning", "60 customers are few", data={"node": "shoppers"}))
    assert capsys.readouterr().err == "Warning: shoppers: 60 customers are few\n"
    JsonListener(Screen(json_lines=True))(warning)
    entry = json.loads(capsys.readouterr().out)
    assert (entry["event"], entry["text"]) == ("warning", "60 customers are few")


def test_json_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    listen = JsonListener(Screen(json_lines=True))
    for event in (Event("info", "Zürich\n", data={"n": 1}), START, OK, FAILED):
        listen(event)
    out, err = capsys.readouterr()
    entries = [json.loads(line) for line in out.splitlines()]
    assert [entry["event"] for entry in entries] == ["info", "start", "result", "result"]
    assert (entries[0]["text"], entries[0]["data"]) == ("Zürich\n", {"n": 1})
    assert (entries[1]["index"], entries[1]["total"]) == (1, 2)
    assert (entries[3]["name"], entries[3]["status"], entries[3]["failures"]) == ("t", "fail", 1)
    assert (out.isascii(), err) == (True, "")


def test_json_and_quiet_is_what_failed(capsys: pytest.CaptureFixture[str]) -> None:
    listen = JsonListener(Screen(json_lines=True, quiet=True))
    for event in (START, OK, FAILED):
        listen(event)
    assert [json.loads(line)["name"] for line in capsys.readouterr().out.splitlines()] == ["t"]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.mark.usefixtures("terminal")
def test_a_slow_step_on_a_terminal_moves_and_a_fast_one_does_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(listeners, "PATIENCE_SECONDS", 0.05)
    with TextListener(Screen()) as listen:
        listen(START)
        listen(OK)
        time.sleep(0.2)
        assert capsys.readouterr().err == ""
        listen(START)
        listen(Event("progress", "[id] \x1b[2J k = 7 of 10"))
        deadline = time.monotonic() + 10
        seen = ""
        while "k = 7 of 10" not in seen and time.monotonic() < deadline:
            time.sleep(0.02)
            seen += capsys.readouterr().err
        assert "shopper_segments: [id] \\x1b[2J k = 7 of 10" in seen
    capsys.readouterr()
    time.sleep(0.2)
    assert capsys.readouterr().err == ""  # nothing moves after the end
