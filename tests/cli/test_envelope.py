"""The object of ``-o json``: alone on stdout, whatever comes of the call."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import segkit
from segkit import pipeline
from segkit.cli.main import COMMANDS, main
from segkit.cli.options import OWN_OUTPUT
from segkit.core.customer_path import CustomerPath
from segkit.errors import ConfigError, DataError, Label, Place, Problem
from segkit.results import Check, Explanation
from tests.report.samples import FIT, build_result

KEYS = ["format", "segkit", "command", "target", "as_of", "ok", "published", "result", "problems"]
PROBLEM = Problem("SK501", "3 rows", (Label(Place("sql/a.yml", 2, 3)),), help="look")
ROW = {
    "severity": "error",
    "code": "SK501",
    "message": "3 rows",
    "path": "sql/a.yml",
    "line": 2,
    "column": 3,
    "help": "look",
}
Answer = Callable[..., dict[str, Any]]


@pytest.fixture
def answer(capsys: pytest.CaptureFixture[str]) -> Answer:
    def run(*words: str, code: int = 0) -> dict[str, Any]:
        assert main([*words]) == code
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert list(found) == KEYS
        assert (found["format"], found["segkit"]) == (1, segkit.__version__)
        assert found["ok"] == (code == 0)
        return found

    return run


def fake(monkeypatch: pytest.MonkeyPatch, name: str, result: Any) -> None:
    def called(*_: Any, **__: Any) -> Any:
        if isinstance(result, BaseException):
            raise result
        return result

    monkeypatch.setattr(pipeline, name, called)


def test_a_build_is_one_object(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(monkeypatch, "run_build", build_result())
    found = answer("build", "--output", "json")
    assert (found["command"], found["target"], found["published"]) == ("build", "dev", True)
    assert found["as_of"] == "2026-01-01T00:00:00+00:00"
    assert found["problems"] == [] and list(found["result"]) == [
        "nodes",
        "segmentations",
        "experiments",
    ]
    (shown,) = found["result"]["segmentations"]
    assert [row["n"] for row in shown["segments"]] == [2924, 1204]
    assert shown["fit"]["version"] == "v0001" and "tree" not in shown["fit"]


def test_talk_and_lines_of_the_log_go_to_stderr(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake(monkeypatch, "run_build", build_result())
    for log in ("text", "json"):
        assert main(["build", "-o", "json", "--log-format", log]) == 0
        out, err = capsys.readouterr()
        assert json.loads(out)["ok"] and err


def test_a_build_that_fails_has_its_problems_once(
    answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = replace(build_result(ok=False), warnings=(PROBLEM,))
    fake(monkeypatch, "run_build", failed)
    found = answer("-o", "json", "build", "-q", code=1)
    assert (found["published"], found["problems"]) == (False, [ROW])


@pytest.mark.parametrize(("error", "code"), [(ConfigError, 2), (DataError, 1)])
def test_an_error_ends_in_the_object_too(
    answer: Answer, monkeypatch: pytest.MonkeyPatch, error: type[Exception], code: int
) -> None:
    fake(monkeypatch, "explain_segmentation", error(PROBLEM))
    found = answer("explain", "-o", "json", "-t", "pg", code=code)
    assert (found["command"], found["target"], found["result"]) == ("explain", "pg", None)
    assert found["problems"] == [ROW]


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (("explian", "-o", "json"), None),
        (("build", "--nonsense", "--output=json"), "build"),
        (("--nonsense", "-ojson"), None),
    ],
)
def test_what_cannot_be_read_is_answered_too(
    answer: Answer, words: tuple[str, ...], command: str | None
) -> None:
    found = answer(*words, code=2)
    assert (found["command"], found["problems"][0]["code"]) == (command, "SK702")


def test_other_results(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(monkeypatch, "explain_segmentation", Explanation("s", FIT, 1, ()))
    assert answer("explain", "-o", "json")["result"]["rows"] == 1
    fake(monkeypatch, "explain_customer", CustomerPath("1", "A", "Big", ()))
    assert answer("explain", "--id", "1", "-o", "json")["result"]["segment_id"] == "A"
    fake(monkeypatch, "compile_node", "SELECT 1\n")
    assert answer("compile", "s", "-o", "json")["result"] == {"sql": "SELECT 1\n"}
    fake(monkeypatch, "clean_project", (Path("/shop/target"),))
    assert answer("clean", "-o", "json")["result"] == {"removed": ["/shop/target"]}
    fake(monkeypatch, "debug_project", (Check("target", False, "dev", (PROBLEM,)),))
    found = answer("debug", "-o", "json", code=1)
    assert found["result"] == {"checks": [{"name": "target", "ok": False, "detail": "dev"}]}
    assert found["problems"] == [ROW]


def test_the_target_is_the_projects(answer: Answer, tmp_path: Path) -> None:
    (tmp_path / "segkit.yml").write_text(
        "name: shop\ntargets: {dev: {type: duckdb, path: warehouse/shop.duckdb}}\n"
    )
    found = answer("debug", "-o", "json", "--project-dir", str(tmp_path), "--as-of", "2026-01-31")
    assert (found["target"], found["as_of"]) == ("dev", "2026-01-31T00:00:00+00:00")
    assert answer("debug", "-o", "json", "--project-dir", str(tmp_path))["as_of"] is None
    with (tmp_path / "segkit.yml").open("a") as file:  # the day that the data are of
        file.write('vars: {as_of: "2026-02-28"}\n')
    found = answer("debug", "-o", "json", "--project-dir", str(tmp_path))
    assert found["as_of"] == "2026-02-28T00:00:00+00:00"


def test_every_verb_takes_it(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in COMMANDS:
        assert main([verb, "--help"]) == 0
        assert "-o, --output" in " ".join(capsys.readouterr().out.split()), verb
    assert OWN_OUTPUT == ("show", "ls")
