"""Wrong projects, one a file: the mistake in words, what was written, and what segkit says of it.

A case is laid over the project in ``base/``. Its sections are files, ``--- run:`` lines (what
comes before the last is done to get there), and at the end what the last one prints on stderr,
and the lines of stdout that begin with "Warning:". ``SEGKIT_UPDATE_GOLDEN=1`` rewrites that end;
read the diff.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from segkit.cli.main import main
from segkit.errors import CODES

HERE = Path(__file__).parent
CASES = sorted(path for path in HERE.glob("*/*.txt"))
SECTION = re.compile(r"^--- (.*)\n", re.MULTILINE)
PROBLEM = re.compile(r"^(?P<severity>error|warning)\[(?P<code>SK\d{3})\]: ", re.MULTILINE)

# a code that no case brings about, and why
UNREACHABLE = {
    "SK502": "a defect of segkit: parity failed",
    "SK901": "a defect of segkit: a crash",
    "SK801": "of the library only (tests/publish/test_compile_tree.py)",
    **dict.fromkeys(
        ("SK350", "SK351", "SK352", "SK353"),
        "of experiments (tests/pipeline/steps/test_experiment_builder.py)",
    ),
    "SK606": "the machine has to be too small (tests/pipeline/test_little_memory.py)",
    "SK610": "of a server (tests/engines/postgres/test_schema_change.py)",
    "SK530": "of data that changed from build to build (tests/pipeline/steps/test_watch_drift.py)",
    "SK609": "of a database that is lost (tests/pipeline/steps/test_keep_copies.py)",
    "SK608": "of `--backfill` alone (tests/pipeline/steps/test_backfill.py)",
    "SK602": "another build has to run at the same time (tests/pipeline/test_crash.py)",
}
# a code whose place is a file as a whole, and why
NO_LINE = {
    "SK102": "a name is that of a data file, and no line of it is shown",
    "SK108": "a data file as a whole: its columns are named",
    "SK109": "a data file as a whole: its columns are named",
    "SK106": "a data file as a whole: empty, or no Parquet",
    "SK312": "a fit is never edited by hand",
    "SK322": "a fit as a whole: what it lacks stands on no line",
    "SK325": "a fit as a whole: no line of it is wrong",
}
# a code without a place where it is not about what stands in the project, and why
NO_PLACE = {
    "SK002": "a folder cannot be made: the message has its path",
    "SK008": "there is no segkit.yml",
    "SK101": "the name was given on the command line",
    "SK104": "the key was given on the command line",
    "SK106": "a file to be tried, given on the command line",
    "SK305": "a file to be tried: nobody has written a project about it",
    "SK313": "a file to be tried: nobody has written a project about it",
    "SK319": "the change was given on the command line",
    "SK321": "a file to be tried: nobody has written a project about it",
    "SK311": "the version was given on the command line",
    "SK601": "the database as a whole: the message has its name",
    "SK603": "the database as a whole: the message has its name",
    "SK605": "the database is not there: the message has its name",
    "SK607": "a folder that is gone, or all of a database: the message has its name",
    "SK701": "an option of the command line",
    "SK702": "an option of the command line",
    "SK703": "an option of the command line",
    "SK802": "a name of the data, which no file of the project need have",
}


@dataclass(frozen=True)
class Case:
    """``steps`` are (path, text or None) and (command, ...) in order, ``expected`` the last's."""

    mistake: str
    steps: tuple[tuple[str, str | None], ...]
    expected: str
    exit_code: int


def read_case(path: Path) -> Case:
    mistake, *parts = SECTION.split(path.read_text(encoding="utf-8"))
    heads, texts = parts[::2], parts[1::2]
    exit_code = re.fullmatch(r"expected \(exit (\d+)\)", heads[-1])
    assert exit_code, f"{path.name}: the last section is not `--- expected (exit N)`"
    steps = []
    for head, text in zip(heads[:-1], texts[:-1], strict=True):
        is_gone = head.endswith(" (removed)")
        steps.append((head.removesuffix(" (removed)"), None if is_gone else text))
    return Case(mistake.strip(), tuple(steps), texts[-1], int(exit_code[1]))


Steps = tuple[tuple[str, str | None], ...]


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Steps], Path]:
    """The folder of a project after the steps that many cases begin with: those are done once."""
    kept: dict[Steps, Path] = {}

    def begin(steps: Steps) -> Path:
        if steps not in kept:
            kept[steps] = tmp_path_factory.mktemp("begun") / "shop"
            shutil.copytree(HERE / "base", kept[steps])
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(kept[steps])
                for step in steps:
                    do(step)
        return kept[steps]

    return begin


def play(
    case: Case,
    project: Path,
    begin: Callable[[Steps], Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[int, str]:
    """Exit code of the last command, and what it says is wrong."""
    runs = [place for place, (head, _) in enumerate(case.steps) if head.startswith("run: ")]
    first = runs[0] + 1 if len(runs) > 1 else 0
    shutil.copytree(begin(case.steps[:first]) if first else HERE / "base", project)
    monkeypatch.chdir(project)
    code, printed = 0, ""
    for head, text in case.steps[first:]:
        if not head.startswith("run: "):
            do((head, text))
            continue
        capsys.readouterr()
        code = do((head, text))
        out, err = capsys.readouterr()
        # a sign of life comes on a slow machine only
        lines = [line for line in err.splitlines() if not line.startswith("still learning")]
        lines += [line for line in out.splitlines() if line.startswith("Warning:")]
        printed = "\n".join(lines)
    return code, printed.replace(str(project), "PROJECT").rstrip() + "\n"


def do(step: tuple[str, str | None]) -> int:
    """Run a command and return its exit code, or write or remove a file of the project."""
    head, text = step
    path = Path(head)
    if head.startswith("run: "):
        words = shlex.split(head.removeprefix("run: "))
        assert words[0] == "segkit"
        return main(words[1:])
    if text is None:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        # what an editor cannot show is written as an escape
        path.write_bytes(text.encode("utf-8").replace(b"\\xff", b"\xff"))
    return 0


def marks_of(path: Path) -> list[pytest.MarkDecorator]:
    """Slow is to learn only to be warned: tests/learn/data/test_data_warnings.py is quicker."""
    learns = path.parent.name == "data" and "k_max: 2}" in path.read_text(encoding="utf-8")
    return [pytest.mark.slow] if learns else []


@pytest.mark.parametrize(
    "path",
    [pytest.param(p, id=f"{p.parent.name}/{p.stem}", marks=marks_of(p)) for p in CASES],
)
def test_what_is_said(
    path: Path,
    tmp_path: Path,
    begun: Callable[[Steps], Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    is_update = os.environ.get("SEGKIT_UPDATE_GOLDEN") == "1"
    for name in os.environ:
        if name.startswith("SEGKIT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    monkeypatch.delenv("DBT_PROFILES_DIR", raising=False)
    monkeypatch.delenv("DBT_TARGET_PATH", raising=False)
    case = read_case(path)
    code, printed = play(case, tmp_path / "shop", begun, capsys, monkeypatch)
    if is_update:
        text = path.read_text(encoding="utf-8")
        head = text[: text.rindex("--- expected")]
        path.write_text(f"{head}--- expected (exit {code})\n{printed}", encoding="utf-8")
        return
    assert printed == case.expected
    assert code == case.exit_code


def test_there_are_many() -> None:
    assert len(CASES) >= 100
    mistakes = [read_case(path).mistake for path in CASES]
    assert all(mistakes)
    assert len(set(mistakes)) == len(mistakes)


def problems_of(path: Path) -> list[tuple[str, str, str]]:
    """(severity, code, text) of each problem that the case expects."""
    text = read_case(path).expected
    found = list(PROBLEM.finditer(text))
    starts = [match.start() for match in found] + [len(text)]
    return [
        (match["severity"], match["code"], text[match.start() : starts[i + 1]])
        for i, match in enumerate(found)
    ]


def where(text: str) -> str:
    """``line``, ``file`` or ``nowhere``: what the arrow of a problem points at."""
    found = re.search(r"^ +--> ([^\n]+)$", text, re.MULTILINE)
    if not found:
        return "nowhere"
    return "line" if re.fullmatch(r"[^:]+:\d+:\d+", found[1]) else "file"


@pytest.mark.parametrize("folder", sorted({path.parent.name for path in CASES}))
def test_every_problem_has_a_place_and_a_next_step(folder: str) -> None:
    for path in CASES:
        if path.parent.name != folder:
            continue
        problems = problems_of(path)
        assert problems or "\nWarning: " in f"\n{read_case(path).expected}", path.name
        for _, code, text in problems:
            assert code != "SK901", path.name
            assert "= help: " in text, (path.name, text)
            if folder == "options":  # what is wrong stands on the command line
                continue
            excepted = NO_LINE if where(text) == "file" else NO_PLACE
            assert where(text) == "line" or code in excepted, (path.name, text)


def test_every_exception_is_met() -> None:
    met = {(where(text), code) for path in CASES for _, code, text in problems_of(path)}
    assert {code for place, code in met if place == "file"} >= set(NO_LINE)
    assert {code for place, code in met if place == "nowhere"} == set(NO_PLACE)


def test_every_code_is_met() -> None:
    met = {code for path in CASES for _, code, _ in problems_of(path)}
    assert set(CODES) - met == set(UNREACHABLE)
