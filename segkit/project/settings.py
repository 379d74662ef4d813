"""segkit.yml: variables, the target of this run, and the sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from segkit.errors import Label, Place, Problem
from segkit.project.files import check_inside
from segkit.project.jinja import Renderer
from segkit.project.nodes import Source, Target
from segkit.project.schema import ColumnSpec, ProjectFile, SourceSpec, SourceTableSpec
from segkit.project.validate import did_you_mean_text, validate
from segkit.project.yaml_marks import Document, KeyPath

FILE_SUFFIXES = (".csv", ".parquet")
_RESERVED_SCHEMAS = frozenset(
    {"main", "temp", "system", "information_schema", "pg_catalog", "_segkit"}
)


@dataclass(frozen=True)
class TableColumns:
    """Columns with tests that a source's table declares, and where."""

    node: str
    columns: tuple[ColumnSpec, ...]
    path: KeyPath


def render_document(
    document: Document, target: str | None, given: Mapping[str, Any]
) -> tuple[str | None, dict[str, Any], set[str], list[Problem]]:
    """Render the Jinja in segkit.yml's values, in place.

    Only the target of this run is rendered: the others may need secrets that
    this machine does not have.

    Returns
    -------
    target, vars, secrets, problems
    """
    data = document.data if isinstance(document.data, dict) else {}
    problems: list[Problem] = []
    first = Renderer(given)
    declared = data.get("vars")
    if isinstance(declared, dict):
        data["vars"] = declared = _render(first, declared, document, ("vars",), problems)
    variables = {**(declared if isinstance(declared, dict) else {}), **given}
    second = Renderer(variables)
    for key in data:
        if key not in ("vars", "targets"):
            data[key] = _render(second, data[key], document, (key,), problems)
    targets = data.get("targets")
    if target is None and isinstance(data.get("target"), str):
        target = data["target"]
    if isinstance(targets, dict):
        if target is None:
            target = "dev" if "dev" in targets or len(targets) != 1 else next(iter(targets))
        if target in targets:
            targets[target] = _render(
                second, targets[target], document, ("targets", target), problems
            )
    return target, variables, first.secrets | second.secrets, problems


def _render(
    renderer: Renderer, value: Any, document: Document, path: KeyPath, problems: list[Problem]
) -> Any:
    if isinstance(value, dict):
        return {
            key: _render(renderer, inner, document, (*path, key), problems)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [
            _render(renderer, inner, document, (*path, i), problems)
            for i, inner in enumerate(value)
        ]
    if isinstance(value, str) and ("{{" in value or "{%" in value):
        rendered, found = renderer.render_value(value, document.place(path))
        problems.extend(found)
        if found:  # said already: nothing more about this value
            document.trapped.add(path)
        return rendered
    return value


def choose_target(
    spec: ProjectFile, document: Document, directory: Path, name: str | None, *, is_option: bool
) -> tuple[Target | None, list[Problem]]:
    """Return the target of this run. ``is_option``: its name came from the command line."""
    if spec.targets is None:
        chosen, written, place = name or "dev", f"warehouse/{spec.name}.duckdb", None
        known = ["dev"]
    else:
        known = list(spec.targets)
        chosen = name or "dev"
        written = spec.targets[chosen].path if chosen in spec.targets else ""
        place = document.place(("targets", chosen, "path"))
    if chosen not in known:
        at = document.key_place(("targets",)) if spec.targets is not None else document.place(())
        label = Label(
            document.place(("target",)) if not is_option else at,
            did_you_mean_text(chosen, known),
        )
        return None, [
            Problem(
                "SK702" if is_option else "SK101",
                f"there is no target `{chosen}`",
                (label,) if spec.targets is not None or not is_option else (),
                help=f"targets in segkit.yml: {', '.join(known)}",
            )
        ]
    path, problems = check_inside(
        written, directory, place or Place(document.path), may_lead_out=True
    )
    if not problems and (path.is_dir() or path.suffix.lower() in FILE_SUFFIXES):
        what = "a folder" if path.is_dir() else "a file of data"
        problems = [
            Problem(
                "SK005",
                f"the path of target `{chosen}` is {what}, not a DuckDB file",
                (Label(place or Place(document.path)),),
                help=f"write `path: warehouse/{spec.name}.duckdb`",
            )
        ]
    if problems:
        return None, problems
    return Target(chosen, "duckdb", path), []


def default_target(spec: ProjectFile) -> str:
    """The name of the target of a run that names none."""
    targets = spec.targets or {}
    return spec.target or ("dev" if "dev" in targets or len(targets) != 1 else next(iter(targets)))


@dataclass
class Sources:
    """What segkit.yml says of sources. ``unknowable`` are those with a mistake in them."""

    nodes: list[Source] = field(default_factory=list)
    columns: list[TableColumns] = field(default_factory=list)
    unknowable: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


def read_sources(document: Document, directory: Path) -> Sources:
    """Return the sources; a mistake in one table does not hide those in the others."""
    found = Sources()
    data = document.data.get("sources") if isinstance(document.data, dict) else None
    for i, source in enumerate(data if isinstance(data, list) else ()):
        at: KeyPath = ("sources", i)
        tables = source.get("tables") if isinstance(source, dict) else None
        shallow = (
            {**source, "tables": [_PLACEHOLDER] * len(tables)}
            if isinstance(tables, list)
            else source
        )
        spec, problems = validate(SourceSpec, shallow, document, at)
        found.problems += problems
        name = spec.name if spec is not None else None
        if name is not None and name.lower() in _RESERVED_SCHEMAS:
            found.problems.append(
                Problem(
                    "SK005",
                    f"a source cannot be called `{name}`: it is a schema of the target",
                    (Label(document.place((*at, "name"))),),
                    help="give it another name",
                )
            )
        for j, table in enumerate(tables if isinstance(tables, list) else ()):
            _read_table(found, name, spec, table, document, directory, (*at, "tables", j))
            if isinstance(source, dict) and isinstance(table, dict):
                found.unknowable.add(f"{source.get('name')}.{table.get('name')}")
    return found


_PLACEHOLDER = {"name": "x", "path": "x"}


def _read_table(
    found: Sources,
    source: str | None,
    spec: SourceSpec | None,
    data: Any,
    document: Document,
    directory: Path,
    at: KeyPath,
) -> None:
    table, problems = validate(SourceTableSpec, data, document, at)
    found.problems += problems
    if table is None:
        return
    path = None
    if table.path is not None:
        place = document.place((*at, "path"))
        path, problems = check_inside(table.path, directory, place, may_lead_out=True)
        if not problems and path.suffix.lower() not in FILE_SUFFIXES:
            problems = [
                Problem(
                    "SK005",
                    "a source's file is CSV or Parquet",
                    (Label(place),),
                    help="its name ends in .csv or .parquet",
                )
            ]
        found.problems += [] if (*at, "path") in document.trapped else problems
    if source is None:
        return
    found.nodes.append(
        Source(
            name=f"{source}.{table.name}",
            schema=source,
            table=table.name,
            place=document.place((*at, "name")),
            path=path,
            relation=table.relation,
            description=table.description or (spec.description if spec else ""),
        )
    )
    if table.columns:
        found.columns.append(
            TableColumns(found.nodes[-1].name, tuple(table.columns), (*at, "columns"))
        )
