from __future__ import annotations

from pathlib import Path

import pytest

from segkit.project import builtin
from segkit.project.builtin import builtin_macros_directory, starter_directory

ROOT = Path(__file__).resolve().parents[2]


def test_in_a_checkout_both_lie_at_its_root() -> None:
    assert builtin_macros_directory() == ROOT / "macros"
    assert starter_directory() == ROOT
    assert "numbers.sql" in {path.name for path in builtin_macros_directory().rglob("*.sql")}


def test_in_the_wheel_they_lie_in_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("macros", "starter"):
        (tmp_path / "segkit" / name).mkdir(parents=True)
    monkeypatch.setattr(builtin, "_PACKAGE", tmp_path / "segkit")
    assert builtin_macros_directory() == tmp_path / "segkit" / "macros"
    assert starter_directory() == tmp_path / "segkit" / "starter"
