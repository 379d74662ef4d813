"""The house: a module imports only from its left. Read from the source, by its imports."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# From left to right. "segkit" is the package's own __init__: the library's face.
LAYERS = (
    "errors",
    "core",
    "results",
    "dialects",
    "project",
    "engines",
    "learn",
    "publish",
    "monitor",
    "importing",
    "report",
    "pipeline",
    "segkit",
    "cli",
    "__main__",
)
STANDARD_LIBRARY_ONLY = frozenset({"errors", "core", "results"})
ONLY_IN = {
    "duckdb": frozenset({"engines"}),
    "numpy": frozenset({"learn", "publish", "monitor", "report"}),
    "scipy": frozenset({"learn", "publish", "monitor", "report"}),
    "sklearn": frozenset({"learn"}),
    # the library never prints
    "rich": frozenset({"cli"}),
    "typer": frozenset({"cli"}),
}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer_of(module: str) -> str:
    """``segkit.core.tree`` -> core; ``segkit`` -> segkit."""
    return module.split(".")[1] if "." in module else module


def imported_modules(source: str, package: str) -> Iterator[tuple[int, str]]:
    """Yield (line, module) of every import, wherever it stands; relative ones resolved.

    ``from segkit import errors`` counts as ``segkit.errors`` if that is a layer.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                parents = parents[: len(parents) - node.level + 1]
                base = ".".join([*parents, *([base] if base else [])])
            for alias in node.names:
                deeper = base == "segkit" and alias.name in LAYERS
                yield node.lineno, f"segkit.{alias.name}" if deeper else base


def wrong_imports(module: str, source: str, *, is_package: bool = False) -> list[str]:
    """Return one line for each import that ``module`` must not have."""
    layer = layer_of(module)
    package = module if is_package else module.rpartition(".")[0]
    wrong = []
    for line, imported in imported_modules(source, package):
        top = imported.split(".")[0]
        if top == "segkit":
            allowed = LAYERS.index(layer_of(imported)) <= LAYERS.index(layer)
        elif layer in STANDARD_LIBRARY_ONLY:
            allowed = top in sys.stdlib_module_names
        else:
            allowed = top not in ONLY_IN or layer in ONLY_IN[top]
        if not allowed:
            wrong.append(f"{module}:{line} imports {imported}")
    return wrong


def test_every_module_is_in_a_layer() -> None:
    paths = list((ROOT / "segkit").rglob("*.py"))
    assert len(paths) > 20
    assert {layer_of(module_name(path)) for path in paths} <= set(LAYERS)


def test_modules_import_only_from_their_left() -> None:
    wrong = []
    for path in sorted((ROOT / "segkit").rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        is_package = path.name == "__init__.py"
        wrong += wrong_imports(module_name(path), source, is_package=is_package)
    assert wrong == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("segkit.core.tree", "import duckdb"),
        ("segkit.core.tree", "import yaml"),
        ("segkit.core.tree", "from segkit.project import nodes"),
        ("segkit.core.tree", "from segkit import results"),
        ("segkit.core.tree", "from ..project.nodes import Model"),
        ("segkit.project.yaml", "def load():\n    import numpy.linalg"),
        ("segkit.publish.stored.fits", "from sklearn.cluster import KMeans"),
        ("segkit.publish.stored.fits", "if TYPE_CHECKING:\n    import segkit.pipeline"),
        ("segkit.learn.clusters.sweep", "import duckdb"),
        ("segkit.cli.main", "import duckdb"),
        ("segkit.pipeline", "import rich"),
        ("segkit.pipeline", "import segkit.cli.main"),
        ("segkit.pipeline", "import segkit"),
    ],
)
def test_a_wrong_import_is_found(module: str, source: str) -> None:
    assert len(wrong_imports(module, source)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("segkit.core.tree", "from segkit.errors import Place\nimport decimal"),
        ("segkit.core.tree", "from .rules import Rule\nfrom . import rules"),
        (
            "segkit.engines.duckdb.connection",
            "import duckdb\nfrom segkit.engines.base import Reader",
        ),
        ("segkit.learn.clusters.sweep", "import numpy as np\nfrom segkit import errors"),
        ("segkit.cli.main", "import typer\nfrom segkit import pipeline, results"),
    ],
)
def test_a_right_import_passes(module: str, source: str) -> None:
    assert wrong_imports(module, source) == []
