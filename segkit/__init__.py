"""Customer segments as SQL."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from segkit.errors import CompileError as CompileError
    from segkit.errors import ConfigError as ConfigError
    from segkit.learn.clusters.sweep import fit_clusters as fit_clusters
    from segkit.learn.trees.fit_surrogate import fit_surrogate as fit_surrogate
    from segkit.notebook.built import BuildResult as BuildResult
    from segkit.notebook.built import build as build
    from segkit.notebook.estimator import Segmenter as Segmenter
    from segkit.notebook.loaded import load_fit as load_fit
    from segkit.notebook.project_figure import figure as figure
    from segkit.publish.views.compile_tree import compile_tree as compile_tree

_HOMES = {
    "BuildResult": "segkit.notebook.built",
    "CompileError": "segkit.errors",
    "ConfigError": "segkit.errors",
    "Segmenter": "segkit.notebook.estimator",
    "build": "segkit.notebook.built",
    "compile_tree": "segkit.publish.views.compile_tree",
    "figure": "segkit.notebook.project_figure",
    "fit_clusters": "segkit.learn.clusters.sweep",
    "fit_surrogate": "segkit.learn.trees.fit_surrogate",
    "load_fit": "segkit.notebook.loaded",
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
