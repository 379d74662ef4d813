"""Customer segments as SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["BuildResult", "ConfigError", "build"]

if TYPE_CHECKING:
    from segkit.errors import ConfigError
    from segkit.pipeline import build
    from segkit.results import BuildResult


def __getattr__(name: str) -> Any:
    """Import on first use: ``import segkit`` alone stays fast."""
    if name == "build":
        from segkit.pipeline import build

        return build
    if name == "ConfigError":
        from segkit.errors import ConfigError

        return ConfigError
    if name == "BuildResult":
        from segkit.results import BuildResult

        return BuildResult
    raise AttributeError(f"module 'segkit' has no attribute {name!r}")
