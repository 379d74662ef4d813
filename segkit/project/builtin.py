"""Where segkit's own macros and the starter project lie: in a checkout, and in the wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def builtin_macros_directory() -> Path:
    """The folder of the macros that every project has."""
    inside = _PACKAGE / "macros"
    return inside if inside.is_dir() else _PACKAGE.parent / "macros"


def starter_directory() -> Path:
    """The folder of the project that ``segkit init`` copies."""
    inside = _PACKAGE / "starter"
    return inside if inside.is_dir() else _PACKAGE.parent
