"""segkit.yml: variables, and the target of this run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from segkit.errors import Label, Place, Problem
from segkit.files.file_kinds import SUFFIXES
from segkit.project.jinja.render import Renderer
from segkit.project.nodes import Target
from segkit.project.project_files import check_inside, is_address
from segkit.project.schema.documents import ProjectFile
from segkit.project.yaml.marks import Document, KeyPath
from segkit.project.yaml.near_names import did_you_mean_text

_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_PASSWORD = re.compile(r"://[^/@\s]*:([^/\s]+)@|password\s*=\s*([^\s&]+)", re.IGNORECASE)


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
            path = ("targets", target)
            targets[target] = _render(second, targets[target], document, path, problems)
    secrets = first.secrets | second.secrets
    problems += _literal_passwords(targets, document, secrets)
    return target, variables, secrets, problems


def _literal_passwords(targets: Any, document: Document, secrets: set[str]) -> Iterator[Problem]:
    """Passwords that do not come from the environment; each is a secret from here on.

    No line of the file is shown: it would be in the error.
    """
    for name, target in targets.items() if isinstance(targets, dict) else ():
        url = target.get("url") if isinstance(target, dict) else None
        known = tuple(secrets)
        found = _passwords(url) if isinstance(url, str) else []
        secrets.update(found)
        if any(not any(password in secret for secret in known) for password in found):
            variable = f"{re.sub(r'[^A-Z0-9]+', '_', str(name).upper())}_URL"
            yield Problem(
                "SK005",
                f"the `url` of target `{name}` has a password in it",
                (Label(Place(document.path)),),
                help=f"keep it in the environment: url: \"{{{{ env_var('{variable}') }}}}\"; "
                "and give the login another password if the file was ever shared",
            )
            document.trapped.add(("targets", name, "url"))


def _passwords(url: str) -> list[str]:
    """The passwords in a url, in the texts inside of its Jinja as well."""
    inside = (
        text for part in _JINJA.findall(url) for pair in _QUOTED.findall(part) for text in pair
    )
    texts = [_JINJA.sub("", url), *inside]
    return [found[1] or found[2] for text in texts for found in _PASSWORD.finditer(text)]


def _render(
    renderer: Renderer, value: Any, document: Document, path: KeyPath, problems: list[Problem]
) -> Any:
    if isinstance(value, dict):
        each = value.items()
        return {k: _render(renderer, v, document, (*path, k), problems) for k, v in each}
    if isinstance(value, list):
        items = enumerate(value)
        return [_render(renderer, item, document, (*path, i), problems) for i, item in items]
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
    chosen = name or "dev"
    known = ["dev"] if spec.targets is None else list(spec.targets)
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
    declared = spec.targets[chosen] if spec.targets is not None else None
    if declared is not None and declared.type == "postgres":
        schema = declared.schema_ or "public"
        return Target(chosen, "postgres", url=declared.url or "", schema=schema), []
    written = f"warehouse/{spec.name}.duckdb" if declared is None else declared.path or ""
    place = (
        Place(document.path) if declared is None else document.place(("targets", chosen, "path"))
    )
    return _file_target(spec, chosen, written, directory, place)


def _file_target(
    spec: ProjectFile, chosen: str, written: str, directory: Path, place: Place
) -> tuple[Target | None, list[Problem]]:
    path, problems = check_inside(written, directory, place, may_lead_out=True)
    if is_address(written):
        hint = f"write `path: warehouse/{spec.name}.duckdb`; it can be copied to where it is read"
        problems = [replace(problem, help=hint) for problem in problems]
    if not problems and (path.is_dir() or path.suffix.lower() in SUFFIXES):
        what = "a folder" if path.is_dir() else "a file of data"
        message = f"the path of target `{chosen}` is {what}, not a DuckDB file"
        hint = f"write `path: warehouse/{spec.name}.duckdb`"
        problems = [Problem("SK005", message, (Label(place),), hint)]
    if problems:
        return None, problems
    return Target(chosen, "duckdb", path), []


def default_target(spec: ProjectFile) -> str:
    """The name of the target of a run that names none."""
    targets = spec.targets or {}
    if "target" in spec.model_fields_set:
        return spec.target
    return "dev" if "dev" in targets or len(targets) != 1 else next(iter(targets))
