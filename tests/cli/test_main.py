"""What the command line forwards, prints and returns. Builds of real projects are elsewhere."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import segkit
from segkit import pipeline
from segkit.cli.arguments import arrange
from segkit.cli.main import COMMANDS, app, main
from segkit.core.customer_path import CustomerPath
from segkit.errors import ConfigError, DataError, Label, Place, Problem
from segkit.pipeline.fit import Learned
from segkit.project.nodes import Model, Seed
from segkit.results import BuildResult, Check, Event, Explanation, NodeResult, Table
from tests.report.samples import FIT, build_result

ROOT = Path(__file__).resolve().parents[2]
PLACE = Place("sql/a.yml", 2, 3, 4)
OK = NodeResult("v", "model", "ok", "created view v", seconds=0.01)
FAIL = NodeResult(
    "t",
    "test",
    "fail",
    "unique v.id",
    failures=3,
    problems=(Problem("SK501", "v.id: 3 values occur more than once", (Label(PLACE),)),),
)
WARN = NodeResult(
    "w",
    "test",
    "warn",
    "small v",
    failures=1,
    problems=(Problem("SK501", "v is small", severity="warning"),),
)
# what `show` gives to the pipeline if nothing but --all is said
SHOWN = {
    "limit": None,
    "where": None,
    "file": None,
    "entered_since": None,
    "left_since": None,
    "changed_since": None,
}
Calls = list[tuple[tuple[Any, ...], dict[str, Any]]]


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("SEGKIT_"):
            monkeypatch.delenv(name)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Calls]:
    """Put a function in the pipeline's place that keeps its arguments and answers ``result``."""

    def install(name: str, result: Any = None) -> Calls:
        calls: Calls = []

        def called(*args: Any, **kwargs: Any) -> Any:
            calls.append((args, kwargs))
            if isinstance(result, BaseException):
                raise result
            return result(*args, **kwargs) if callable(result) else result

        monkeypatch.setattr(pipeline, name, called)
        return calls

    return install


def a_run(*nodes: NodeResult, **more: Any) -> Callable[..., BuildResult]:
    """A verb of the pipeline that says its lines and returns what came of them."""

    def verb(options: Any, listen: Callable[[Event], None]) -> BuildResult:
        listen(Event("info", "segkit 0.1.0 | duckdb 2.0.0 | target dev"))
        for index, node in enumerate(nodes, start=1):
            listen(Event("start", node.text, index, len(nodes)))
            listen(Event("result", "", index, len(nodes), node))
        return build_result(*nodes, **more)

    return verb


# Options


def test_globals_reach_the_pipeline_from_either_side(
    fake: Callable[..., Calls], tmp_path: Path
) -> None:
    calls = fake("run_build", a_run(OK))
    given = [
        "--project-dir",
        str(tmp_path),
        "-t",
        "prod",
        "--vars",
        "a=1",
        "-s",
        "x +y",
        "--exclude",
        "z",
        "--as-of",
        "2026-01-31",
        "--fail-fast",
        "--no-color",
    ]
    assert main([*given, "build", "--full-refresh"]) == 0
    assert main(["build", *given, "--full-refresh"]) == 0
    expected = pipeline.Options(
        project_dir=tmp_path.resolve(),
        target="prod",
        vars={"a": 1},
        select=("x", "+y"),
        exclude=("z",),
        as_of=datetime(2026, 1, 31, tzinfo=UTC),
        full_refresh=True,
        fail_fast=True,
    )
    assert [args[0] for args, _ in calls] == [expected, expected]


def test_without_options_it_is_the_folder_where_one_is(
    fake: Callable[..., Calls], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    calls = fake("run_models", a_run(OK))
    assert main(["run"]) == 0
    assert calls[0][0][0] == pipeline.Options(project_dir=tmp_path.resolve())


def test_variables_stand_in_for_options_and_options_win(
    fake: Callable[..., Calls],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in {
        "PROJECT_DIR": str(tmp_path),
        "TARGET": "env",
        "VARS": "{a: b c}",
        "SELECT": "x y",
        "EXCLUDE": "z",
        "AS_OF": "2026-01-31",
        "FAIL_FAST": "1",
        "QUIET": "true",
        "LOG_FORMAT": "json",
    }.items():
        monkeypatch.setenv(f"SEGKIT_{name}", value)
    calls = fake("run_seeds", a_run(OK))
    assert main(["seed"]) == 0
    assert main(["seed", "-t", "given", "-s", "q"]) == 0
    first, second = (args[0] for args, _ in calls)
    assert first == pipeline.Options(
        project_dir=tmp_path.resolve(),
        target="env",
        vars={"a": "b c"},
        select=("x", "y"),
        exclude=("z",),
        as_of=datetime(2026, 1, 31, tzinfo=UTC),
        fail_fast=True,
    )
    assert (second.target, second.select) == ("given", ("q",))
    assert capsys.readouterr() == ("", "")  # quiet, and in JSON


@pytest.mark.parametrize(
    ("words", "name", "options", "args", "kwargs"),
    [
        (["build", "--locked"], "run_build", {"locked": True}, None, {}),
        (["build", "--rewrite-history"], "run_build", {"rewrite_history": True}, None, {}),
        (["test"], "run_tests", {}, None, {}),
        (["fit"], "fit_challengers", {}, ((), False, None), {}),
        (["fit", "a", "b", "--promote"], "fit_challengers", {}, (("a", "b"), True, None), {}),
        (["fit", "a", "--k", "7"], "fit_challengers", {}, (("a",), False, 7), {}),
        (["fit", "--k", "auto"], "fit_challengers", {}, ((), False, "auto"), {}),
        (["fit", "a", "--use", "v0002"], "use_version", {}, ("a", 2), {}),
        (["fit", "a", "--use", "2"], "use_version", {}, ("a", 2), {}),
        (
            ["compile"],
            "compile_node",
            {},
            (None,),
            {
                "dialect": None,
                "from_relation": None,
                "as_relation": None,
                "expression": False,
                "bare": False,
                "names": False,
                "check": False,
                "sample": 0,
            },
        ),
        (
            [
                "compile",
                "a",
                *["--dialect", "x", "--from", "r", "--as", "s", "--check", "--sample", "9"],
            ],
            "compile_node",
            {},
            ("a",),
            {
                "dialect": "x",
                "from_relation": "r",
                "as_relation": "s",
                "expression": False,
                "bare": False,
                "names": False,
                "check": True,
                "sample": 9,
            },
        ),
        (["show", "a"], "show_rows", {}, ("a",), SHOWN | {"limit": 11}),
        (
            ["show", "a", "--limit", "3", "--where", "x > 1"],
            "show_rows",
            {},
            ("a",),
            SHOWN | {"limit": 4, "where": "x > 1"},
        ),
        (["show", "a", "--all"], "show_rows", {}, ("a",), SHOWN),
        (
            ["show", "a", "--all", "--entered-since", "2026-01-31"],
            "show_rows",
            {},
            ("a",),
            SHOWN | {"entered_since": datetime(2026, 1, 31, tzinfo=UTC)},
        ),
        (
            ["show", "a", "--all", "--left-since", "2026-01-31T08:00+02:00"],
            "show_rows",
            {},
            ("a",),
            SHOWN | {"left_since": datetime(2026, 1, 31, 6, tzinfo=UTC)},
        ),
        (
            ["show", "a", "--all", "--changed-since", "2026-01-31"],
            "show_rows",
            {},
            ("a",),
            SHOWN | {"changed_since": datetime(2026, 1, 31, tzinfo=UTC)},
        ),
        (["explain"], "explain_segmentation", {}, (None,), {}),
        (["explain", "s"], "explain_segmentation", {}, ("s",), {}),
        (
            ["explain", "s", "--id", "=1", "--set", "age=40", "--set", "name=a=b", "--set", "x="],
            "explain_customer",
            {},
            ("s", "=1", {"age": "40", "name": "a=b", "x": ""}),
            {},
        ),
        (["ls"], "list_nodes", {}, (), {}),
        (["debug"], "debug_project", {}, (), {}),
        (["clean"], "clean_project", {}, (), {"copies": False}),
        (["clean", "--copies"], "clean_project", {}, (), {"copies": True}),
    ],
)
def test_each_verb_calls_one_function(
    fake: Callable[..., Calls],
    words: list[str],
    name: str,
    options: dict[str, Any],
    args: tuple[Any, ...] | None,
    kwargs: dict[str, Any],
) -> None:
    answers: dict[str, Any] = {
        "run_build": a_run(OK),
        "run_tests": a_run(OK),
        "fit_challengers": (Learned(FIT, is_current=False),),
        "compile_node": "SELECT 1",
        "show_rows": nullcontext(Table(("a",), ())),
        "list_nodes": (),
        "debug_project": (),
        "clean_project": (),
        "explain_segmentation": Explanation("s", FIT, 1, ()),
        "explain_customer": CustomerPath("1", "A", "Big", ()),
    }
    calls = fake(name, answers.get(name))
    assert main(words) == 0
    ((called, called_with),) = calls
    for callback in ("warn", "talk"):  # where warnings and remarks go
        called_with.pop(callback, None)
    assert called[0] == pipeline.Options(project_dir=Path.cwd().resolve(), **options)
    if args is not None:
        # of a fit the listener stands between what is asked and the number of segments
        rest = (*called[1:3], called[-1]) if name == "fit_challengers" else called[1:]
        assert rest == args
    assert called_with == kwargs


def test_init_takes_a_folder_or_the_one_where_one_is(
    fake: Callable[..., Calls], capsys: pytest.CaptureFixture[str]
) -> None:
    calls = fake("init_project", (Path("shop/segkit.yml"),))
    assert main(["init", "shop"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"created {Path('shop/segkit.yml')}",
        "Next: cd shop && segkit build",
    ]
    assert main(["init"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Next: segkit build"
    assert [args for args, _ in calls] == [(Path("shop"),), (Path(),)]


# What is printed, and where


def test_a_build_prints_lines_first_screen_and_done(
    fake: Callable[..., Calls], capsys: pytest.CaptureFixture[str]
) -> None:
    fake("run_build", a_run(OK, WARN))
    assert main(["build"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0] == "segkit 0.1.0 | duckdb 2.0.0 | target dev"
    assert lines[1].startswith(" 1 of 2 OK created view v ..")
    assert lines[2].startswith(" 2 of 2 WARN 1 small v ..")
    assert "2 segments, 4,128 customers: every one in exactly one" in lines
    assert lines[-3:] == [
        "Next: segkit explain shopper_segments",
        "      segkit compile shopper_segments",
        "Done. PASS=1 WARN=1 ERROR=0 SKIP=0 TOTAL=2 published: true",
    ]
    assert err.startswith("warning[SK501]: v is small")
    assert "\x1b" not in out + err


def test_every_command_of_the_next_steps_exists(
    fake: Callable[..., Calls], capsys: pytest.CaptureFixture[str]
) -> None:
    fake("run_build", a_run(OK))
    main(["build"])
    out = capsys.readouterr().out
    lines = out.splitlines()
    steps = lines[next(i for i, line in enumerate(lines) if line.startswith("Next: ")) : -1]
    verbs = [step.removeprefix("Next:").split()[1] for step in steps]
    assert len(verbs) == 2
    assert set(verbs) <= set(COMMANDS)


def test_a_failure_shows_its_place_and_returns_1(
    fake: Callable[..., Calls], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql/a.yml").write_text("models:\n  - name: v\n", encoding="utf-8")
    fake("run_build", a_run(OK, FAIL, ok=False))
    assert main(["build", "--project-dir", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert err.splitlines()[:5] == [
        "error[SK501]: v.id: 3 values occur more than once",
        "  --> sql/a.yml:2:3",
        "  |",
        "2 |   - name: v",
        "  |   ^^^^",
    ]
    assert out.splitlines()[-2:] == [
        "Nothing is published; what was published before still is.",
        "Done. PASS=1 WARN=0 ERROR=1 SKIP=0 TOTAL=2 published: false",
    ]
    assert "every one in exactly one" not in out  # nothing of it is published


def test_failed_tests_of_what_is_published_do_not_say_that_nothing_is(
    fake: Callable[..., Calls], capsys: pytest.CaptureFixture[str]
) -> None:
    fake("run_tests", a_run(FAIL, ok=False))
    assert main(["test"]) == 1
    assert "Nothing is published" not in capsys.readouterr().out


def test_quiet_prints_errors_and_failures(
    fake: Callable[..., Calls], capsys: pytest.CaptureFixture[str]
) -> None:
    fake("run_build", a_run(OK, WARN, FAIL, ok=False))
    assert main(["build", "-q"]) == 1
    out, err = capsys.readouterr()
    assert [line.split()[3] for line in out.splitlines()] == ["FAIL"]
    assert err.startswith("error[SK501]")
    assert "warning" not in err


def test_json_is_objects_on_both_streams(
    fake: Callable[..., Calls], capsys: pytest.CaptureFixture[str]
) -> None:
    fake("run_build", a_run(OK, FAIL))
    assert main(["build", "--log-format", "json"]) == 0
    out, err = capsys.readouterr()
    events = [json.loads(line) for line in out.splitlines()]
    assert [event["event"] for event in events] == [
        "info",
        "start",
        "result",
        "start",
        "result",
        "segmentation",
        "summary",
    ]
    assert events[-1] == {
        "event": "summary",
        "ok": True,
        "published": True,
        "pass": 1,
        "warn": 0,
        "error": 1,
        "skip": 0,
        "total": 2,
    }
    assert [json.loads(line)["code"] for line in err.splitlines()] == ["SK501"]


def test_compile_prints_sql_and_nothing_else(
    fake: Callable[..., Calls], capsys: pytest.CaptureFixture[str]
) -> None:
    fake("compile_node", "SELECT '[id] é'\n")
    assert main(["compile"]) == 0
    assert capsys.readouterr() == ("SELECT '[id] é'\n", "")


def test_show_says_when_there_are_more_rows(
    fake: Callable[..., Calls], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = tuple((n,) for n in range(20))
    fake("show_rows", lambda *_, limit, **__: nullcontext(Table(("n",), rows[:limit])))
    assert main(["show", "v", "--limit", "2", "--output", "csv"]) == 0
    assert capsys.readouterr() == ("n\n0\n1\n", "the first 2 rows; --all shows every one\n")
    assert main(["show", "v", "--limit", "20", "--output", "json"]) == 0
    out, err = capsys.readouterr()
    assert (len(json.loads(out)), err) == (20, "")
    assert main(["show", "v", "--limit", "0"]) == 0
    assert capsys.readouterr().out == "n\n"
    assert main(["show", "v"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 11


def test_ls_shows_kind_name_and_path(
    fake: Callable[..., Calls], capsys: pytest.CaptureFixture[str]
) -> None:
    nodes = (
        Seed("customers", ROOT / "warehouse/seeds/customers.csv", Place("x/customers.csv")),
        Model("features", PLACE, "SELECT 1", "SELECT 1", "view", ("customers",), ("daily",)),
    )
    fake("list_nodes", nodes)
    assert main(["ls"]) == 0
    assert capsys.readouterr().out == (
        "seed   customers  x/customers.csv\nmodel  features   sql/a.yml\n"
    )
    assert main(["ls", "--output", "json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(e["resource_type"], e["name"]) for e in lines] == [
        ("seed", "customers"),
        ("model", "features"),
    ]
    assert lines[1]["depends_on"] == ["customers"]


def test_debug_fails_with_its_problems(
    fake: Callable[..., Calls], capsys: pytest.CaptureFixture[str]
) -> None:
    problem = Problem("SK601", "warehouse/shop.duckdb cannot be opened")
    fake(
        "debug_project",
        (Check("a\nb", True, "2.0.0"), Check("target", False, "x\x1b[31m", (problem,))),
    )
    assert main(["debug"]) == 1
    out, err = capsys.readouterr()
    assert out == "OK     a\\nb    2.0.0\nERROR  target  x\\x1b[31m\n"
    assert err.startswith("error[SK601]: warehouse/shop.duckdb cannot be opened")


def test_fit_says_what_to_do_with_the_challenger(
    fake: Callable[..., Calls], capsys: pytest.CaptureFixture[str]
) -> None:
    for is_current, step in (
        (False, "segkit fit shopper_segments --use v0001"),
        (True, "segkit build"),
    ):
        fake("fit_challengers", (Learned(FIT, is_current),))
        assert main(["fit"]) == 0
        assert capsys.readouterr().out == (
            f"shopper_segments v0001: k=2, loss 3.1%, 2 leaves\nNext: {step}\n"
        )


# Exit codes


@pytest.mark.parametrize(("error", "code"), [(ConfigError, 2), (DataError, 1)])
def test_all_problems_of_an_error_are_printed(
    fake: Callable[..., Calls], capsys: pytest.CaptureFixture[str], error: Any, code: int
) -> None:
    fake("run_build", error([Problem("SK104", "one"), Problem("SK105", "two")]))
    assert main(["build", "-q"]) == code
    out, err = capsys.readouterr()
    assert [line for line in err.splitlines() if line] == ["error[SK104]: one", "error[SK105]: two"]
    assert out == ""


def test_an_exception_is_one_line_and_2(
    fake: Callable[..., Calls], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake("run_build", ZeroDivisionError("by\nzero"))
    assert main(["build"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error[SK901]: ZeroDivisionError: by zero (")
    assert "Traceback" not in err
    monkeypatch.setenv("SEGKIT_DEBUG", "1")
    assert main(["build"]) == 2
    err = capsys.readouterr().err
    assert "Traceback (most recent call last)" in err
    assert "error[SK901]" in err


def test_ctrl_c_is_130(fake: Callable[..., Calls], capsys: pytest.CaptureFixture[str]) -> None:
    fake("run_build", KeyboardInterrupt())
    assert main(["build"]) == 130
    assert capsys.readouterr().err == "interrupted: what was published before still is\n"


@pytest.mark.parametrize(
    ("words", "message", "help_"),
    [
        (["bulid"], "no such command 'bulid'", "did you mean `build`?"),
        (["build", "--targt", "x"], "no such option: --targt", "did you mean `--target`?"),
        (["--targt", "x", "build"], "no such option: --targt", "did you mean `--target`?"),
        (["build", "--zzz"], "no such option: --zzz", "segkit build --help lists what there is"),
        (["show"], "missing argument 'NAME'", "segkit show --help lists what there is"),
        (["show", "a", "b"], "got unexpected extra argument", "segkit show --help"),
        (["build", "extra"], "segkit build takes no names: extra", "-s extra"),
        (["build", "-t"], "option '-t' requires an argument", "--help lists what there is"),
        (["show", "a", "--limit", "-1"], "invalid value for '--limit'", "segkit show --help"),
        (["show", "a", "--limit", "x"], "invalid value for '--limit'", "segkit show --help"),
        (
            ["show", "a", "--output", "xml"],
            "invalid value for '--output' / '-o': 'xml' is not one of",
            "segkit show --help",
        ),
        (["build", "--as-of", "soon"], "--as-of 'soon' is not a date", "write 2026-01-31"),
        (["build", "--vars", "x"], "--vars: 'x' is not key=value", "--vars '{as_of:"),
        (
            ["build", "--locked", "--full-refresh"],
            "--locked and --full-refresh exclude",
            "leave out --locked or --full-refresh",
        ),
        (["show", "a", "--all", "--limit", "1"], "--all and --limit exclude", "leave out"),
        (
            ["drift", "--accept", "--fail-on", "act"],
            "--accept and --fail-on exclude",
            "leave out --accept or --fail-on",
        ),
        (
            ["show", "a", "--entered-since", "2026-01-01", "--left-since", "2026-01-01"],
            "--entered-since and --left-since exclude each other",
            "leave out",
        ),
        (
            ["show", "a", "--left-since", "soon"],
            "--left-since 'soon' is not a date or a time",
            "write 2026-01-31",
        ),
        (["fit", "--use", "v1"], "--use needs exactly one", "segkit fit NAME --use v1"),
        (["fit", "a", "b", "--use", "v1"], "--use needs exactly one", "segkit fit NAME --use v1"),
        (["fit", "a", "--use", "v1", "--promote"], "--promote and --use exclude", "leave out"),
        (["fit", "a", "--use", "latest"], "--use 'latest' is not the version", "write it as v0001"),
        (["compile", "--from", "r"], "--from needs the name of a node", "segkit compile NAME"),
        (["compile", "--expression"], "--expression needs the name", "segkit compile NAME"),
        (["explain", "--set", "a=1"], "--set needs --id", "segkit explain --id ID --set a=1"),
        (["explain", "--id", "1", "--set", "a"], "--set 'a' is not column=value", "--set age=40"),
        (["explain", "--id", "1", "--set", "=1"], "--set '=1' is not column=value", "--set age=40"),
    ],
)
def test_what_cannot_be_meant_is_2_with_the_next_step(
    capsys: pytest.CaptureFixture[str], words: list[str], message: str, help_: str
) -> None:
    assert main(words) == 2
    out, err = capsys.readouterr()
    said, advice = err.splitlines()[:2]
    assert said.startswith("error[SK702]: ")
    assert message.lower() in said.lower()
    assert help_ in advice
    assert out == ("Stopped. published: false\n" if {"build", "run"} & set(words) else "")


def test_a_usage_error_is_json_where_json_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--log-format", "json", "bulid"]) == 2
    assert json.loads(capsys.readouterr().err)["message"] == "no such command 'bulid'"


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["build", "--help"], ["-q", "--help"]])
def test_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Usage: segkit")
    assert err == ""


@pytest.mark.parametrize(
    ("verb", "usage"),
    [("explain", "[S]"), ("fit", "[S]..."), ("adjust", "[S] [CHANGE]..."), ("init", "[DIR]")],
)
def test_arguments_that_may_be_left_out_stand_in_one_pair_of_brackets(
    verb: str, usage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([verb, "--help"]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first == f"Usage: segkit {verb} [OPTIONS] {usage}"


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"segkit {segkit.__version__}\n"


def test_the_app_itself_exits_with_the_same_codes(fake: Callable[..., Calls]) -> None:
    fake("run_build", a_run(FAIL, ok=False))
    fake("run_models", ConfigError(Problem("SK104", "one")))
    runner = CliRunner()
    assert runner.invoke(app, ["build"]).exit_code == 1
    assert runner.invoke(app, ["run"]).exit_code == 2
    assert runner.invoke(app, ["nope"]).exit_code == 2
    assert runner.invoke(app, ["--help"]).exit_code == 0


# In a process of its own


def python(code: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=False,
        cwd=ROOT,
        timeout=60,
        env={**os.environ, **environment},
    )


LOADED = """
import sys
from segkit.cli.main import main
code = main({words!r})
heavy = {{"sklearn", "scipy", "numpy", "pandas", "duckdb", "sqlglot", "jinja2", "rich", "yaml"}}
print("loaded:", *sorted(heavy & set(sys.modules)), file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.parametrize("words", [["--help"], ["build", "--help"], ["--version"], ["bulid"]])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    done = python(LOADED.format(words=words))
    assert done.stderr.decode().splitlines()[-1] == "loaded:"


def test_ls_does_not_load_scikit_learn() -> None:
    done = python(LOADED.format(words=["ls"]))
    assert done.returncode == 0, done.stderr.decode()
    assert b"customer_features" in done.stdout
    loaded = done.stderr.decode().splitlines()[-1].split()
    assert not {"sklearn", "scipy", "pandas"} & set(loaded)


SAY = """
import sys
from segkit import pipeline
from segkit.cli.main import main
from segkit.results import Event, NodeResult
from tests.report.samples import build_result
def verb(options, listen):
    for i in range(2000):
        listen(Event("result", "", i, 2000, NodeResult("v", "model", "ok", "created \\u2713")))
    print("to the end", file=sys.stderr)
    return build_result()
pipeline.run_build = verb
sys.exit(main(["build"]))
"""


# a child inherits that SIGINT is ignored, as nohup and a job in the background have it
WAIT = """
import signal, sys, time
from segkit import pipeline
from segkit.cli.main import main
signal.signal(signal.SIGINT, signal.default_int_handler)
def verb(options, listen):
    print("ready", flush=True)
    time.sleep(60)
pipeline.run_build = verb
sys.exit(main(["build"]))
"""


@pytest.mark.skipif(os.name == "nt", reason="signals are another matter on Windows")
def test_a_real_ctrl_c_is_130() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WAIT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, b"interrupted: what was published before still is\n")


def test_a_reader_that_leaves_does_not_break_the_build() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SAY], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read().decode()
    process.stderr.close()
    assert (process.wait(60), err) == (0, "to the end\n")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_tick_does_not_break_a_narrow_encoding(encoding: str) -> None:
    done = python(SAY, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert done.returncode == 0
    assert b"created ? ." in done.stdout
    assert b"\x1b" not in done.stdout


@pytest.mark.parametrize("words", [["build", "--selct", "x"], ["--selct", "x", "build"]])
def test_a_misspelt_global_option_is_recognised(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert "did you mean `--select`?" in capsys.readouterr().err


def test_help_stands_in_panels(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    panels = {
        part.partition(":\n")[0]: [line.split()[0] for line in part.splitlines()[1:]]
        for part in text.split("\n\n")
        if ":\n" in part
    }
    del panels["Options"]
    assert panels == {
        "The first hour": ["try", "init", "build", "explain", "adjust", "compile", "show"],
        "Later": ["fit", "diff", "drift", "experiment", "report"],
        "More": ["seed", "run", "test", "ls", "debug", "clean", "schema", "import"],
    }
    assert max(map(len, text.splitlines())) <= 80


def test_a_shell_completes_verbs_and_options() -> None:
    for words, found in {"segkit expl": "explain", "segkit show --whe": "--where"}.items():
        asked = {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
        done = subprocess.run(
            [sys.executable, "-m", "segkit"],
            env={**os.environ, **asked, "_SEGKIT_COMPLETE": "complete_bash"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split() == [found]


@pytest.mark.parametrize("flag", ["--install-completion", "--show-completion"])
def test_options_of_completion_stay_in_front(flag: str) -> None:
    assert arrange([flag, "bash"], COMMANDS, ()) == [flag, "bash"]
