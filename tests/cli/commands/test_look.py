from __future__ import annotations

import json

import pytest

from segkit.cli.main import main
from segkit.core.customer_path import CustomerPath, Step
from segkit.results import Explanation
from tests.cli.test_envelope import fake
from tests.report.samples import FIT
from tests.report.test_diff import SMALL


def test_explain_as_markdown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(monkeypatch, "explain_segmentation", Explanation("s", FIT, 1, ()))
    assert main(["explain", "-o", "md"]) == 0
    head = "s: 0 segments, 1 customer (fit v0001)\n\n## How sure?\n\nThe rules"
    assert capsys.readouterr().out.startswith(head)
    path = CustomerPath("7", "A", "Big", (Step("Age 27", "is under 42", True),))
    fake(monkeypatch, "explain_customer", path)
    assert main(["explain", "--id", "7", "-o", "md"]) == 0
    assert "| Age 27 | is under 42 | yes |" in capsys.readouterr().out


def test_diff_in_the_object(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(monkeypatch, "compare_segmentations", SMALL)
    assert main(["diff", "a", "b", "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["result"]["shared"] == 1029
