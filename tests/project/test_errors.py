"""What people read when a project is wrong: one folder a case, compared with expected.txt.

``SEGKIT_UPDATE_GOLDEN=1`` rewrites the files; read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from segkit.errors import CODES, ConfigError, render_problem
from segkit.project.load import load_project

CASES = Path(__file__).parent / "errors"
SECRET = "correct-horse-battery"


def rendered_problems(directory: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_project(directory)

    def read_lines(path: str) -> list[str] | None:
        try:
            return (directory / path).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return None

    texts = [render_problem(problem, read_lines) for problem in caught.value.problems]
    return "\n\n".join(texts) + "\n"


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir() if path.is_dir()))
def test_error_text(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))  # dbt's profiles lie there
    for name in ("DBT_PROFILES_DIR", "DBT_TARGET_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SEGKIT_TEST_SECRET", SECRET)
    monkeypatch.delenv("SEGKIT_TEST_NOT_SET", raising=False)
    text = rendered_problems(CASES / case)
    expected = CASES / case / "expected.txt"
    if os.environ.get("SEGKIT_UPDATE_GOLDEN") == "1":
        expected.write_text(text, encoding="utf-8")
    assert SECRET not in text
    assert text == expected.read_text(encoding="utf-8")


def test_every_code_of_parsing_has_a_case() -> None:
    shown = "".join(path.read_text(encoding="utf-8") for path in CASES.glob("*/expected.txt"))
    parsing = [code for code in CODES if code[:3] in ("SK0", "SK1", "SK2")]
    missing = {code for code in parsing if f"[{code}]" not in shown}
    need_data = {
        "SK104",
        "SK105",
        "SK108",
        "SK109",
        "SK207",
        "SK209",
        "SK210",
        "SK211",
        "SK212",
        "SK213",
        "SK219",
    }
    of_imports = {"SK214", "SK215", "SK216", "SK217", "SK218"}  # of an SQL file: tests/wrong/import
    assert missing == need_data | of_imports | {"SK208"}  # a warning


def test_there_are_many_cases() -> None:
    problems = sum(
        path.read_text(encoding="utf-8").count("error[SK") for path in CASES.glob("*/expected.txt")
    )
    assert len(list(CASES.glob("*/expected.txt"))) >= 25
    assert problems >= 120
