from __future__ import annotations

import json

import pytest

from segkit.cli.main import main
from tests.cli.test_envelope import fake
from tests.report.test_experiment import FINAL


def test_read_on_the_screen_as_markdown_and_as_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(monkeypatch, "read_out", FINAL)
    assert main(["experiment", "read", "price"]) == 0
    assert capsys.readouterr().out.startswith("price: final, read at its end.")
    assert main(["experiment", "read", "-o", "md"]) == 0
    assert "| A | offer |" in capsys.readouterr().out
    assert main(["experiment", "read", "price", "-o", "json"]) == 0
    result = json.loads(capsys.readouterr().out)["result"]
    assert result["metrics"][0]["groups"][0]["arms"][1]["q"] == 0.002
    assert result["policy"]["arms"] == {"A": "offer", "B": "control"}


def test_what_else_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["experiment", "rede", "price"]) == 2
    assert "plan" in capsys.readouterr().err
