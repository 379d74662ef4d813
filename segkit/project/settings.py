"""segkit.yml: variables, the target of this run, and the sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segkit.errors import Label, Place, Problem
from segkit.project.files import check_inside
from segkit.project.jinja import Renderer
from segkit.project.nodes import Source, Target
from segkit.project.schema import ColumnSpec, ProjectFile, SourceSpec
from segkit.project.validate import did_you_mean_text
from segkit.project.yaml_marks import Document, KeyPath

FILE_SUFFIXES = (".csv", ".parquet")
_RESERVED_SCHEMAS = frozenset({"main", "temp", "system", "information_schema", "pg_catalog",
                               "_segkit"})


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
                second, targets[target], document, ("targets", target), problems)
    return target, variables, first.secrets | second.secrets, problems


def _render(
    renderer: Renderer, value: Any, document: Document, path: KeyPath, problems: list[Problem]
) -> Any:
    if isinstance(value, dict):
        return {key: _render(renderer, inner, document, (*path, key), problems)
                for key, inner in value.items()}
    if isinstance(value, list):
        return [_render(renderer, inner, document, (*path, i), problems)
                for i, inner in enumerate(value)]
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
        label = Label(document.place(("target",)) if not is_option else Place(document.path),
                      did_you_mean_text(chosen, known))
        return None, [Problem(
            "SK702" if is_option else "SK101", f"there is no target `{chosen}`", (label,),
            help=f"targets in segkit.yml: {', '.join(known)}")]
    path, problems = check_inside(written, directory, place or Place(document.path),
                                  may_lead_out=True)
    if problems:
        return None, problems
    return Target(chosen, "duckdb", path), []


def source_nodes(
    specs: list[SourceSpec], document: Document, directory: Path
) -> tuple[list[Source], list[TableColumns], list[Problem]]:
    nodes: list[Source] = []
    columns: list[TableColumns] = []
    problems: list[Problem] = []
    for i, source in enumerate(specs):
        if source.name.lower() in _RESERVED_SCHEMAS:
            problems.append(Problem(
                "SK005", f"a source cannot be called `{source.name}`: it is a schema of the target",
                (Label(document.place(("sources", i, "name"))),), help="give it another name"))
        for j, table in enumerate(source.tables):
            at: KeyPath = ("sources", i, "tables", j)
            path = None
            if table.path is not None:
                place = document.place((*at, "path"))
                path, found = check_inside(table.path, directory, place, may_lead_out=True)
                if not found and path.suffix.lower() not in FILE_SUFFIXES:
                    found = [Problem("SK005", "a source's file is CSV or Parquet", (Label(place),),
                                     help="its name ends in .csv or .parquet")]
                problems.extend(found)
            nodes.append(Source(
                name=f"{source.name}.{table.name}", schema=source.name, table=table.name,
                place=document.place((*at, "name")), path=path, relation=table.relation,
                description=table.description or source.description))
            if table.columns:
                columns.append(TableColumns(nodes[-1].name, tuple(table.columns), (*at, "columns")))
    return nodes, columns, problems
