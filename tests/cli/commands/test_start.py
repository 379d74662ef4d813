from __future__ import annotations

import json
from pathlib import Path

import pytest

from segkit.cli.main import main
from segkit.pipeline.try_ import Trial
from tests.cli.test_envelope import fake
from tests.report.samples import segmentation


def test_a_trial_says_how_to_keep_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(monkeypatch, "try_data", Trial(segmentation(), None))
    assert main(["try", "my data.csv", "--k", "3"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "Next: segkit try 'my data.csv' --k 3 --save my_segments"
    fake(monkeypatch, "try_data", Trial(segmentation(), Path("a b")))
    assert main(["try", "my data.csv", "-o", "json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["result"]["saved"] == "a b"
    assert "cd 'a b' && segkit explain" in err


def test_a_new_project_lists_its_files(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init", "shop", "-o", "json"]) == 0
    out, err = capsys.readouterr()
    written = json.loads(out)["result"]["written"]
    assert str(tmp_path / "shop/segkit.yml") in written
    assert "created shop/segkit.yml" in err and err.endswith("Next: cd shop && segkit build\n")


def test_a_schema_is_itself_or_the_result(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "project"]) == 0
    itself = json.loads(capsys.readouterr().out)
    assert main(["schema", "project", "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["result"] == itself
