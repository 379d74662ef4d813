"""CASE statements as found in the wild, each with what segkit makes of it, and says of it.

The first line of ``NAME.sql`` is the command. ``NAME.txt`` is what it prints:
the YAML, then what goes to stderr. ``SEGKIT_UPDATE_GOLDEN=1`` rewrites it; read
the diff.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from segkit.cli.main import main

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*.sql"))


def run(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    words = shlex.split(path.read_text(encoding="utf-8").splitlines()[0].removeprefix("-- "))
    assert words[:3] == ["segkit", "import", path.name]
    code = main(words[1:])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_made_and_said(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(HERE)
    code, out, err = run(path, capsys)
    printed = f"{out}--- stderr (exit {code})\n{err.rstrip()}\n"
    golden = path.with_suffix(".txt")
    if os.environ.get("SEGKIT_UPDATE_GOLDEN") == "1":
        golden.write_text(printed, encoding="utf-8")
        return
    assert printed == golden.read_text(encoding="utf-8")
    assert code == (2 if path.stem.startswith("refused") else 0)
