"""The house: a module imports only from its left. Read from the source, by its imports."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# From left to right. "segkit" is the package's own __init__: the library's face.
LAYERS = (
    "errors",
    "core",
    "results",
    "files",
    "dialects",
    "project",
    "engines",
    "learn",
    "publish",
    "monitor",
    "survey",
    "experiments",
    "importing",
    "report",
    "pipeline",
    "notebook",
    "segkit",
    "cli",
    "__main__",
)
# results are figures, left of both: who computes them knows no sentence that is made of them
STRANGERS = frozenset({("pipeline", "report")})
DRAWS = "segkit.pipeline.page_file"  # after a build; it passes results on
# a capability that stands upright: nobody but these reads its results, or does its work
UPRIGHT = {"experiments": frozenset({"experiments", "report", "pipeline"})}
STANDARD_LIBRARY_ONLY = frozenset({"errors", "core", "results"})
FRAMES = ("results", "pandas")  # imported where a person asks for a DataFrame
ONLY_IN = {
    "duckdb": frozenset({"engines"}),
    "numpy": frozenset({"learn", "publish", "monitor", "survey", "experiments", "report"}),
    "scipy": frozenset({"learn", "publish", "monitor", "survey", "experiments", "report"}),
    "sklearn": frozenset({"learn"}),
    # the library never prints
    "rich": frozenset({"cli"}),
    "typer": frozenset({"cli"}),
}


@cache
def parse(source: str) -> ast.Module:
    return ast.parse(source)


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
    for node in ast.walk(parse(source)):
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
            other = layer_of(imported)
            is_left = LAYERS.index(other) <= LAYERS.index(layer)
            is_left = is_left and layer in UPRIGHT.get(other, LAYERS)
            allowed = is_left and ((layer, other) not in STRANGERS or module == DRAWS)
        elif layer in STANDARD_LIBRARY_ONLY:
            allowed = top in sys.stdlib_module_names or (layer, top) == FRAMES
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
        ("segkit.importing.notes", "from segkit.experiments import power"),
        ("segkit.cli.main", "from segkit.experiments.readout import Readout"),
        ("segkit.pipeline.explain", "from segkit.report.text import count_of"),
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


# --- one door to the database -----------------------------------------------------------------

DATABASE_ROOMS = ("engines/", "dialects/")
# Modules that still know DuckDB or read the path of a target. This list may only get shorter.
KNOW_DUCKDB: frozenset[str] = frozenset()


def package_sources() -> Iterator[tuple[str, str]]:
    """Yield (path within the package, source) of every module."""
    for path in sorted((ROOT / "segkit").rglob("*.py")):
        yield path.relative_to(ROOT / "segkit").as_posix(), path.read_text(encoding="utf-8")


def default_dialects(source: str) -> list[int]:
    """Return the lines of parameters that are a ``Dialect`` and may be left out."""
    found = []
    for node in ast.walk(parse(source)):
        if isinstance(node, ast.arguments):
            positional = [*node.posonlyargs, *node.args]
            given = [*zip(reversed(positional), reversed(node.defaults), strict=False)]
            given += zip(node.kwonlyargs, node.kw_defaults, strict=True)
            found += [
                parameter.lineno
                for parameter, default in given
                if default is not None and "Dialect" in names_in(parameter.annotation)
            ]
    return sorted(found)


def default_dialect_fields(source: str) -> list[int]:
    """Return the lines of fields of a class that are a ``Dialect`` unless something is said."""
    return [
        field.lineno
        for node in ast.walk(parse(source))
        if isinstance(node, ast.ClassDef)
        for field in node.body
        if isinstance(field, ast.AnnAssign)
        and field.value is not None
        and "Dialect" in names_in(field.annotation)
    ]


def names_in(node: ast.AST | None) -> set[str]:
    """Return the names in an expression or a module: ``a``, the ``b`` of ``a.b``, imported ones."""
    found: set[str] = set()
    for each in ast.walk(node) if node is not None else ():
        if isinstance(each, ast.Name):
            found.add(each.id)
        elif isinstance(each, ast.Attribute):
            found.add(each.attr)
        elif isinstance(each, ast.alias):
            found |= {each.name.split(".")[-1], each.asname or each.name}
    return found


def engine_classes() -> frozenset[str]:
    """Return the classes of ``engines`` that are DuckDB's own."""
    return frozenset(
        node.name
        for path, source in package_sources()
        if path.startswith("engines/")
        for node in ast.walk(parse(source))
        if isinstance(node, ast.ClassDef) and node.name.startswith("DuckDB")
    )


def knows_duckdb(source: str, classes: frozenset[str]) -> list[str]:
    """Return what a module has that only an engine may: duckdb, its classes, a target's path."""
    tree = parse(source)
    found = [
        f"{line}: imports {module}"
        for line, module in imported_modules(source, "segkit")
        if module.split(".")[0] == "duckdb"
    ]
    found += [f"names {name}" for name in sorted(names_in(tree) & classes)]
    return found + [
        f"{node.lineno}: reads the path of a target"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "path" and is_target(node.value)
    ]


def is_target(node: ast.expr) -> bool:
    """``target`` and ``project.target``."""
    return (isinstance(node, ast.Name) and node.id == "target") or (
        isinstance(node, ast.Attribute) and node.attr == "target"
    )


def test_no_dialect_is_a_default() -> None:
    """An engine hands out its own; nobody else has one unless he is given it."""
    found = []
    for path, source in package_sources():
        fields = [] if path.startswith("engines/") else default_dialect_fields(source)
        found += [f"{path}:{line}" for line in [*default_dialects(source), *fields]]
    assert found == []


def test_duckdb_is_known_to_its_engine_alone() -> None:
    classes = engine_classes()
    assert classes, "no engine for DuckDB: this test would find nothing"
    know = {
        path: what
        for path, source in package_sources()
        if not path.startswith(DATABASE_ROOMS) and (what := knows_duckdb(source, classes))
    }
    assert {path: know[path] for path in know.keys() - KNOW_DUCKDB} == {}
    assert KNOW_DUCKDB - know.keys() == set(), "no longer so: take them off the list"


@pytest.mark.parametrize(
    "source",
    [
        "def f(dialect: Dialect = DUCKDB): ...",
        "def f(a, b: int = 1, /, dialect: Dialect = DUCKDB, *, c: int = 2): ...",
        "def f(*, dialect: Dialect = DUCKDB, c): ...",
        "def f(dialect: Dialect | None = None): ...",
        "class A:\n    async def f(self, dialect: table.Dialect = table.DUCKDB): ...",
    ],
)
def test_a_default_dialect_is_found(source: str) -> None:
    assert default_dialects(source) == [source.count("\n") + 1]
    assert default_dialect_fields(source) == []


def test_a_dialect_that_is_given_is_none() -> None:
    source = "def f(a: int, dialect: Dialect, b: int = 1, *, c: Dialect, d: str = 'duckdb'): ..."
    assert default_dialects(source) == []


def test_a_field_with_a_dialect_is_found() -> None:
    source = "class A:\n    a: Dialect\n    b: Dialect = DUCKDB\n    c: str = 'duckdb'"
    assert default_dialect_fields(source) == [3]


@pytest.mark.parametrize(
    "source",
    [
        "import duckdb",
        "def f():\n    from duckdb import connect",
        "from segkit.engines.duckdb import DuckDBEngine",
        "from segkit.engines.duckdb import DuckDBEngine as Engine",
        "def f(engine: duckdb.DuckDBEngine) -> None: ...",
        "open_published(project.target.path)",
        "def f(target): return target.path",
    ],
)
def test_what_only_an_engine_may_know_is_found(source: str) -> None:
    assert len(knows_duckdb(source, frozenset({"DuckDBEngine"}))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "from segkit.engines.open import open_target",
        "type: str = 'duckdb'",
        "from segkit.project.nodes import DuckDBSource",
        "source.path, project.target.name, target.engine",
    ],
)
def test_what_everybody_may_know_is_not(source: str) -> None:
    assert knows_duckdb(source, frozenset({"DuckDBEngine"})) == []


# --- one room for an idea ---------------------------------------------------------------------

# The same verb, parsed, done and told; what is written, and what it means; the parts of an engine.
ONE_IDEA = (
    frozenset({"engines/duckdb", "engines/postgres"}),
    frozenset({"cli/commands", "pipeline", "report"}),
    frozenset({"project/schema", "project/nodes"}),
)
# Names that still stand in rooms which are not one of these. This list may only get shorter.
TWO_ROOMS = frozenset(
    {
        "fit",
        "usefulness",
    }
)


def in_two_rooms(paths: Iterable[str]) -> frozenset[str]:
    """Return the names of modules that stand in rooms without an idea in common."""
    rooms: dict[str, set[str]] = {}
    for path in paths:
        room, _, name = path.rpartition("/")
        if name != "__init__.py":
            rooms.setdefault(name.removesuffix(".py"), set()).add(room)
    return frozenset(
        name
        for name, found in rooms.items()
        if len(found) > 1 and not any(found <= idea for idea in ONE_IDEA)
    )


def test_a_name_stands_in_one_room() -> None:
    found = in_two_rooms(path for path, _ in package_sources())
    assert found - TWO_ROOMS == set()
    assert TWO_ROOMS - found == set(), "no longer so: take them off the list"


def test_a_name_in_two_rooms_is_found() -> None:
    one_idea = ["cli/commands/diff.py", "pipeline/diff.py", "report/diff.py"]
    one_idea += ["project/schema/buckets.py", "project/nodes/buckets.py"]
    assert in_two_rooms([*one_idea, "core/__init__.py", "learn/__init__.py"]) == set()
    assert in_two_rooms([*one_idea, "core/diff.py"]) == {"diff"}
    assert in_two_rooms(["segments.py", "project/nodes/segments.py"]) == {"segments"}


# --- functions that fit in the head -----------------------------------------------------------

MOST = 20  # decisions in a function, those inside expressions counted as well
# Functions with more than 15 and with more than 20, by their names: they may move. Both lists may
# only get shorter; the second is to be emptied.
MANY = [
    "Run.step",
    "_Writer._wrong",
    "_checked",
    "_phrase",
    "_probe_rows",
    "_ranges",
    "_raw_column",
    "_split",
    "build_segmentation",
    "check_project",
    "choose_edges",
    "choose_target",
    "count_moved",
    "find_grouping",
    "gaps",
    "key_column",
    "may_meet",
    "null_among_values",
    "read_statement",
    "read_sums",
    "relation_name",
    "render_problem",
    "steps_and_last",
]
TOO_MANY: list[str] = []


def decisions(function: ast.AST) -> int:
    """Return 1 and the number of ways to go on in a function, with those in its expressions.

    Ruff's C901 counts statements alone: an ``if`` inside a comprehension costs a reader the same.
    """
    return 1 + sum(map(_ways, ast.walk(function)))


def _ways(node: ast.AST) -> int:
    match node:
        case ast.If() | ast.IfExp() | ast.ExceptHandler() | ast.Assert():
            return 1
        case ast.For() | ast.AsyncFor() | ast.While():
            return 1 + bool(node.orelse)
        case ast.Try():
            return int(bool(node.orelse))
        case ast.comprehension():
            return 1 + len(node.ifs)
        case ast.BoolOp():
            return len(node.values) - 1
        case ast.match_case():
            is_rest = isinstance(node.pattern, ast.MatchAs) and node.pattern.pattern is None
            return int(not is_rest or node.guard is not None)
    return 0


def functions(source: str) -> Iterator[tuple[str, ast.AST]]:
    """Yield (``name`` or ``Class.name``, function) of a module's functions and methods."""
    for node in parse(source).body:
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        for each in inside:
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{node.name}." * isinstance(node, ast.ClassDef) + each.name, each


def test_no_function_decides_too_much() -> None:
    counts = [
        (name, decisions(function), path)
        for path, source in package_sources()
        for name, function in functions(source)
    ]
    many = sorted(each for each in counts if 15 < each[1] <= MOST)
    too_many = sorted(each for each in counts if each[1] > MOST)
    assert [name for name, _, _ in many] == MANY, many
    assert [name for name, _, _ in too_many] == TOO_MANY, too_many


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("pass", 1),
        ("if a: pass\n elif b: pass\n else: pass", 3),
        ("for a in b: pass\n else: pass", 3),
        ("while a or b or c: pass", 4),
        ("return [a for a in b if a if c for d in a]", 5),
        ("return a if b and c else d", 3),
        ("try: pass\n except A: pass\n except B: pass\n else: pass\n finally: pass", 4),
        ("match a:\n  case 1: pass\n  case B(c): pass\n  case _: pass", 3),
        ("match a:\n  case b if b > 1: pass", 2),
        ("assert a\n def g():\n  return b or c", 3),
        ("with a as b: return {c: d for c, d in b}", 2),
    ],
)
def test_decisions_are_counted(body: str, count: int) -> None:
    (function,) = ast.parse(f"def f():\n {body}").body
    assert decisions(function) == count


def test_what_ruff_passes_over_is_still_above_ten() -> None:
    """A line of pyproject.toml that nothing needs any more would let the next one in."""
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]["lint"]
    assert "C901" in ruff["select"]
    assert ruff["mccabe"] == {"max-complexity": 10}
    excused = {path for path, rules in ruff["per-file-ignores"].items() if "C901" in rules}
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "segkit"]
    command += ["--select=C901", "--config=lint.mccabe.max-complexity=10", "--output-format=json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    found = {
        Path(each["filename"]).relative_to(ROOT).as_posix() for each in json.loads(done.stdout)
    }
    assert excused == found


def test_the_targets_own_relations_go_by_their_bare_names() -> None:
    """On a server there is no schema `main`: what that means is the engine's."""
    written = re.compile(r"""relation\([^()]*(?:\([^()]*\)[^()]*)*,\s*["']main["']""")
    found = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "segkit").rglob("*.py")
        if "engines" not in path.parts and written.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
