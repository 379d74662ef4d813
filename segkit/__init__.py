"""Customer segments as SQL."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from segkit.errors import CompileError as CompileError
    from segkit.errors import ConfigError as ConfigError
    from segkit.learn.clusters.sweep import fit_clusters as fit_clusters
    from segkit.learn.segmenter import Segmenter as Segmenter
    from segkit.learn.trees.fit_surrogate import fit_surrogate as fit_surrogate
    from segkit.pipeline.build import build as build
    from segkit.publish.views.compile_tree import compile_tree as compile_tree
    from segkit.publish.views.loaded_fit import load_fit as load_fit
    from segkit.results import BuildResult as BuildResult

_HOMES = {
    "BuildResult": "segkit.results",
    "CompileError": "segkit.errors",
    "ConfigError": "segkit.errors",
    "Segmenter": "segkit.learn.segmenter",
    "build": "segkit.pipeline.build",
    "compile_tree": "segkit.publish.views.compile_tree",
    "fit_clusters": "segkit.learn.clusters.sweep",
    "fit_surrogate": "segkit.learn.trees.fit_surrogate",
    "load_fit": "segkit.publish.views.loaded_fit",
}
__all__ = [*_HOMES]


def __getattr__(name: str) -> Any:
    """Import on first use: ``import segkit`` alone stays fast."""
    if name not in _HOMES:
        raise AttributeError(f"module 'segkit' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """The public names, imported or not."""
    return sorted({*globals(), *__all__})
