"""segkit.yml: variables, and the target of this run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from segkit.errors import Label, Place, Problem
from segkit.files.file_kinds import SUFFIXES
from segkit.project.jinja.render import Renderer
from segkit.project.nodes import Target
from segkit.project.project_files import check_inside, is_address
from segkit.project.schema.documents import ProjectFile
from segkit.project.yaml.marks import Entry
from segkit.project.yaml.near_names import did_you_mean_text

_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_PASSWORD = re.compile(r"://[^/@\s]*:([^/\s]+)@|password\s*=\s*([^\s&]+)", re.IGNORECASE)


def render_document(
    entry: Entry, target: str | None, given: Mapping[str, Any]
) -> tuple[str | None, dict[str, Any], set[str]]:
    """Render the Jinja in segkit.yml's values, in place.

    Only the target of this run is rendered: the others may need secrets that
    this machine does not have.

    Returns
    -------
    target, vars, secrets
    """
    data = entry.value if isinstance(entry.value, dict) else {}
    first = Renderer(given)
    declared = data.get("vars")
    if isinstance(declared, dict):
        data["vars"] = declared = _render(first, declared, entry.at("vars"))
    variables = {**(declared if isinstance(declared, dict) else {}), **given}
    second = Renderer(variables)
    for key in data:
        if key not in ("vars", "targets"):
            data[key] = _render(second, data[key], entry.at(key))
    targets = data.get("targets")
    if target is None and isinstance(data.get("target"), str):
        target = data["target"]
    if isinstance(targets, dict):
        target = _usual_target(targets) if target is None else target
        if target in targets:
            targets[target] = _render(second, targets[target], entry.at("targets", target))
    secrets = first.secrets | second.secrets
    _report_passwords(targets, entry, secrets)
    return target, variables, secrets


def _report_passwords(targets: Any, entry: Entry, secrets: set[str]) -> None:
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
            message = f"the `url` of target `{name}` has a password in it"
            hint = f"keep it in the environment: url: \"{{{{ env_var('{variable}') }}}}\"; "
            hint += "and give the login another password if the file was ever shared"
            entry.report("SK005", message, Place(entry.document.path), help=hint)
            entry.document.trapped.add(("targets", name, "url"))


def _passwords(url: str) -> list[str]:
    """The passwords in a url, in the texts inside of its Jinja as well."""
    inside = (
        text for part in _JINJA.findall(url) for pair in _QUOTED.findall(part) for text in pair
    )
    texts = [_JINJA.sub("", url), *inside]
    return [found[1] or found[2] for text in texts for found in _PASSWORD.finditer(text)]


def _render(renderer: Renderer, value: Any, entry: Entry) -> Any:
    if isinstance(value, dict):
        return {key: _render(renderer, inner, entry.at(key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [_render(renderer, item, entry.at(i)) for i, item in enumerate(value)]
    if isinstance(value, str) and ("{{" in value or "{%" in value):
        rendered, found = renderer.render_value(value, entry.place())
        entry.problems.extend(found)
        if found:  # said already: nothing more about this value
            entry.document.trapped.add(entry.path)
        return rendered
    return value


def choose_target(
    spec: ProjectFile, entry: Entry, directory: Path, name: str | None, *, is_option: bool
) -> Target | None:
    """Return the target of this run. ``is_option``: its name came from the command line."""
    chosen, targets = name or "dev", spec.targets
    known = ["dev"] if targets is None else list(targets)
    if chosen not in known:
        near = did_you_mean_text(chosen, known)
        place = entry.key_place("targets") if is_option else entry.place("target")
        labels = [Label(place, near)] if targets is not None or not is_option else []
        code = "SK702" if is_option else "SK101"
        hint = f"targets in segkit.yml: {', '.join(known)}"
        entry.report(code, f"there is no target `{chosen}`", *labels, help=hint)
        return None
    if targets is None:
        written, place = f"warehouse/{spec.name}.duckdb", Place(entry.document.path)
    elif targets[chosen].type == "postgres":
        declared = targets[chosen]
        schema = declared.schema_ or "public"
        return Target(chosen, "postgres", url=declared.url or "", schema=schema)
    else:
        written, place = targets[chosen].path or "", entry.place("targets", chosen, "path")
    path, problems = check_inside(written, directory, place, may_lead_out=True)
    hint = f"write `path: warehouse/{spec.name}.duckdb`"
    if is_address(written):
        hint += "; it can be copied to where it is read"
        problems = [replace(problem, help=hint) for problem in problems]
    elif not problems and (path.is_dir() or path.suffix.lower() in SUFFIXES):
        what = "a folder" if path.is_dir() else "a file of data"
        message = f"the path of target `{chosen}` is {what}, not a DuckDB file"
        problems = [Problem("SK005", message, (Label(place),), hint)]
    entry.problems.extend(problems)
    return None if problems else Target(chosen, "duckdb", path)


def default_target(spec: ProjectFile) -> str:
    """The name of the target of a run that names none."""
    return spec.target if "target" in spec.model_fields_set else _usual_target(spec.targets or {})


def _usual_target(targets: Mapping[str, Any]) -> str:
    return "dev" if "dev" in targets or len(targets) != 1 else next(iter(targets))
