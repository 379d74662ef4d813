"""What is there before anything is imported: names, types, a program; and what stays away."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import segkit
from segkit import pipeline

ROOT = Path(__file__).resolve().parent.parent
# of what `ls` needs none, each costs as much as the rest of it
HEAVY = ("duckdb", "numpy", "pandas", "rich", "scipy", "sklearn", "sqlglot")


def python(*words: str, directory: Path = ROOT) -> str:
    done = subprocess.run(
        [sys.executable, *words], cwd=directory, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_names_are_listed_before_they_are_imported() -> None:
    listed = python("-c", "import segkit; print(*dir(segkit))").split()
    assert {*segkit.__all__, "__version__"} <= set(listed)
    assert all(getattr(segkit, name) is not None for name in segkit.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = segkit.nonsense


def test_verbs_of_the_pipeline_are_no_modules() -> None:
    """Else it would hang on earlier imports which of the two a name is."""
    modules = {path.stem for path in (ROOT / "segkit" / "pipeline").iterdir()}
    assert modules & set(pipeline.__all__) == set()
    assert all(callable(getattr(pipeline, name)) for name in pipeline.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = pipeline.nonsense


def test_types_are_for_others_too() -> None:
    assert (ROOT / "segkit" / "py.typed").read_text(encoding="utf-8") == ""


def test_it_runs_as_a_module() -> None:
    assert python("-m", "segkit", "--version") == f"segkit {segkit.__version__}\n"


@pytest.mark.slow
def test_ls_imports_nothing_heavy(tmp_path: Path) -> None:
    """The example has rules, features and metrics: it would import what a project can need."""
    for part in ("segkit.yml", "sql", "macros", "warehouse/seeds"):
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copyfile
        (tmp_path / part).parent.mkdir(exist_ok=True)
        copy(ROOT / part, tmp_path / part)
    code = "import sys; from segkit.cli.main import main; code = main(['ls']);"
    code += f"print(*sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr); sys.exit(code)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "shopper_segments" in done.stdout
    assert done.stderr.split() == []
