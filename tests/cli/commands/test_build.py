from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from segkit.cli.main import main
from segkit.monitor.movers import Adjustment
from segkit.pipeline.fit import Learned
from segkit.results import Table
from tests.cli.test_envelope import fake
from tests.report.samples import FIT, build_result
from tests.report.test_adjust import adjustment


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


def test_a_fit_and_what_to_do_with_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(monkeypatch, "fit_challengers", (Learned(FIT, False, stays="v0000"),))
    assert main(["fit"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "shopper_segments v0001: k=2, loss 3.1%, 2 leaves",
        "v0000 stays; to publish v0001 instead:",
        "Next: segkit fit shopper_segments --use v0001",
    ]
    assert main(["fit", "-o", "json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["result"]
    assert (found["fit"]["version"], found["is_current"], found["stays"]) == (
        "v0001",
        False,
        "v0000",
    )


def test_an_adjustment_as_page_rows_and_figures(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def adjust_rules(*_: object, take: Callable[[Table], None] | None, **__: object) -> Adjustment:
        found = adjustment()
        if take is not None:
            take(Table(found.moves.columns, found.moves.movers))
        return found

    monkeypatch.setattr("segkit.pipeline.adjust_rules", adjust_rules)
    assert main(["adjust", "spend < 90 -> 95"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("shopper_segments v0001 with spend 90 -> 95\n")
    assert err.splitlines()[-1] == 'Next: segkit adjust shopper_segments "spend < 90 -> 95" --save'
    assert main(["adjust", "spend < 90 -> 95", "-o", "csv"]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == ["customer_id,before,after", "c0,A,B"]
    assert main(["adjust", "spend < 90 -> 95", "-o", "json"]) == 0
    moves = json.loads(capsys.readouterr().out)["result"]["moves"]
    assert len(moves["movers"]) == 20 and moves["flows"][1]["n"] == 20
