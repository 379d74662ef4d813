from __future__ import annotations

import json
from contextlib import nullcontext

import pytest

from segkit.cli.main import main
from segkit.core.customer_path import CustomerPath, Step
from segkit.results import Explanation, RowsFile
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


@pytest.mark.parametrize(
    ("words", "written"),
    [
        (["--all", "-o", "csv"], b"id,'=n\n1,x\n"),
        (["-o", "parquet"], b"1,x\n"),  # no head
    ],
)
def test_a_file_that_the_engine_writes_comes_as_it_is(
    capfdbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    written: bytes,
) -> None:
    asked: dict[str, object] = {}

    def show_rows(*_: object, **given: object) -> nullcontext[RowsFile]:
        asked.update(given)
        return nullcontext(RowsFile(("id", "=n"), (), (b"1,", b"x\n")))

    monkeypatch.setattr("segkit.pipeline.show_rows", show_rows)
    assert main(["show", "s", *words]) == 0
    assert capfdbinary.readouterr().out == written
    assert (asked["file"], asked["limit"]) == (words[-1], None if "--all" in words else 10)


def test_parquet_is_nothing_for_a_screen(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segkit.cli.screen._is_terminal", lambda stream: True)
    assert main(["show", "s", "-o", "parquet"]) == 2
    assert "a Parquet file is no text" in capsys.readouterr().err
