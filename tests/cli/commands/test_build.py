from __future__ import annotations

import pytest

from segkit.cli.main import main
from tests.cli.test_envelope import fake
from tests.report.samples import build_result


@pytest.mark.parametrize("other", ["--full-refresh", "--refresh-edges"])
def test_locked_learns_nothing(capsys: pytest.CaptureFixture[str], other: str) -> None:
    assert main(["build", "--locked", other]) == 2
    assert f"--locked and {other} exclude each other" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("verb", "name"), [("seed", "run_seeds"), ("run", "run_models"), ("test", "run_tests")]
)
def test_each_verb_runs_its_own(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, verb: str, name: str
) -> None:
    fake(monkeypatch, name, build_result(ok=False))
    assert main([verb]) == 1
    said = "Nothing is published; what was published before still is."
    assert (said in capsys.readouterr().out) == (verb != "test")
