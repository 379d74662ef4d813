"""A dbt project from outside: which DuckDB file its profile opens, and its manifest's relations.

Three files are read, and no code of dbt's: dbt_project.yml, profiles.yml and
manifest.json. Problems point at segkit.yml: a line of a profile may hold a password.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

import yaml

from segkit.errors import ConfigError, Label, Problem
from segkit.project.jinja.render import Renderer
from segkit.project.nodes import DbtProject, DbtRelation, database_name
from segkit.project.schema.documents import SourceSpec
from segkit.project.yaml.marks import Entry
from segkit.project.yaml.near_names import did_you_mean_text

_MAX_YAML_BYTES = 1_000_000
# dbt-duckdb writes 'x.parquet' or read_csv(...) there for a source that is a file, dbt null
# for a model that is ephemeral
_RELATION = re.compile(r"[^'(]*\.[^'(]*")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):")
_MADE = ("model", "seed", "snapshot")


def read_dbt_project(
    directory: Path, spec: SourceSpec, entry: Entry
) -> tuple[DbtProject | None, set[str]]:
    """Return the dbt project that a source is, and what is secret in its files.

    None where it cannot be read, which is reported. Secrets are values of
    environment variables: not to be shown.
    """
    reader = _Reader(directory, spec.dbt_project or "", spec.dbt_target, entry, Renderer({}))
    project = None
    try:
        project = reader.read()
    except ConfigError as stop:
        entry.problems.extend(stop.problems)
    return project, reader.renderer.secrets


@dataclass(frozen=True)
class _Reader:
    """``shown`` is the folder as segkit.yml writes it; ``target`` None: the profile's own."""

    directory: Path
    shown: str
    target: str | None
    entry: Entry
    renderer: Renderer

    def read(self) -> DbtProject:
        settings = self._settings()
        target, output = self._output(settings)
        path = self._database(target, output)
        return DbtProject(
            name=str(settings.get("name") or self.directory.name),
            shown=self.shown,
            target=target,
            path=path,
            database=database_name(path),
            relations=_relations(self._manifest(settings)),
        )

    def _settings(self) -> Mapping[str, Any]:
        path = self.directory / "dbt_project.yml"
        if self.directory.is_file():
            self._stop(f"{self.shown} is a file", "name the folder with dbt_project.yml in it")
        if not path.is_file():
            there = "no dbt_project.yml in it" if self.directory.is_dir() else "no such folder"
            hint = "name the folder of a dbt project; a path starts at segkit.yml's folder"
            self._stop(f"{self.shown} is not a dbt project: there is {there}", hint)
        return self._yaml(path)

    # the profile --------------------------------------------------------------

    def _output(self, settings: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        """The target's name, and what the profile says of it."""
        name = self._text(settings.get("profile"), "dbt_project.yml")
        if not name:
            self._stop(
                f"dbt_project.yml in {self.shown} names no profile", "add `profile: ...` there"
            )
        path, profiles = self._profiles()
        profile = profiles.get(name)
        if not isinstance(profile, dict):
            known = [key for key in profiles if key != "config"]
            hint = f"{did_you_mean_text(name, known)} profiles there: {', '.join(known) or 'none'}"
            self._stop(f"{self._shown(path)} has no profile `{name}`", hint.strip())
        outputs = _mapping(profile.get("outputs"))
        target = self.target or self._text(profile.get("target"), path.name) or "default"
        output = outputs.get(target)
        if not isinstance(output, dict):
            self._stop(
                f"the dbt profile `{name}` has no target `{target}`",
                f"targets there: {', '.join(map(str, outputs)) or 'none'}",
                "dbt_target" if self.target else "dbt_project",
            )
        return target, output

    def _profiles(self) -> tuple[Path, Mapping[str, Any]]:
        """As dbt looks for it, when it is run in the project's folder."""
        given = os.environ.get("DBT_PROFILES_DIR")
        folders = [Path(given)] if given else [self.directory, Path.home() / ".dbt"]
        for folder in folders:
            if (folder / "profiles.yml").is_file():
                return folder / "profiles.yml", self._yaml(folder / "profiles.yml")
        self._stop(
            f"there is no profiles.yml for the dbt project in {self.shown}",
            f"looked in {' and '.join(self._shown(folder) for folder in folders)}; "
            "DBT_PROFILES_DIR names another folder",
        )

    def _database(self, target: str, output: Mapping[str, Any]) -> Path:
        """The file that the target opens. No value of the profile is repeated here."""
        kind = self._text(output.get("type"), "profiles.yml")
        if kind != "duckdb":
            self._stop(
                f"dbt's target `{target}` is of type {kind or 'nothing'}, and segkit reads duckdb",
                "set `dbt_target` to a target on DuckDB; sources of other types are yet to come",
            )
        written = self._text(output.get("path"), "profiles.yml") or ":memory:"
        scheme = _SCHEME.match(written.lower())
        if written.startswith(":memory:"):
            self._stop(
                f"dbt's target `{target}` is a database in memory: nothing is left of it",
                "give it a `path` in profiles.yml, and run `dbt build`",
            )
        if scheme:
            what = "MotherDuck" if scheme[1] in ("md", "motherduck") else f"`{scheme[0]}`"
            self._stop(
                f"dbt's target `{target}` is on {what}, not in a file of this machine",
                "set `dbt_target` to a target with the `path` of a file",
            )
        # dbt changes into the project's folder before it opens anything
        return Path(os.path.normpath(self.directory / Path(written).expanduser()))

    # the manifest -------------------------------------------------------------

    def _manifest(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        folder = os.environ.get("DBT_TARGET_PATH")
        folder = folder or self._text(settings.get("target-path"), "dbt_project.yml") or "target"
        path = self.directory / folder / "manifest.json"
        shown = self._shown(path)
        run = f"run `dbt parse` or `dbt build` in {self.shown}"
        if not path.is_file():
            self._stop(f"there is no {shown}", run)
        try:
            manifest = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            self._stop(f"{shown} cannot be read: it is not whole, or not JSON", run)
        if not isinstance(manifest, dict) or not isinstance(manifest.get("nodes"), dict):
            self._stop(f"{shown} is not a manifest of dbt", run)
        adapter = _mapping(manifest.get("metadata")).get("adapter_type")
        if adapter not in (None, "duckdb"):
            self._stop(f"{shown} was made for {adapter}, and segkit reads duckdb", run)
        return manifest

    # reading ------------------------------------------------------------------

    def _yaml(self, path: Path) -> Mapping[str, Any]:
        """dbt's own files: not ours to be strict about."""
        try:
            text = path.read_bytes()
            data = yaml.safe_load(text) if len(text) <= _MAX_YAML_BYTES else None
        except (OSError, RecursionError, ValueError, yaml.YAMLError) as error:
            mark = getattr(error, "problem_mark", None)
            line = f", line {mark.line + 1}" if mark else ""
            self._stop(
                f"{self._shown(path)}{line}: cannot be read as YAML", "`dbt debug` tells more"
            )
        if not isinstance(data, dict):
            self._stop(f"{self._shown(path)} holds no settings of dbt", "`dbt debug` tells more")
        return data

    def _text(self, value: Any, file: str) -> str:
        """A value as dbt sees it: ``env_var`` and the like are rendered."""
        if value is None:
            return ""
        text = str(value)
        if "{{" in text or "{%" in text:
            text, found = self.renderer.render_value(text, self.entry.place("dbt_project"))
            if found:
                raise ConfigError(replace(found[0], notes=(f"in {file} of the dbt project",)))
        return text

    def _shown(self, path: Path) -> str:
        if path.is_relative_to(self.directory):
            return (Path(self.shown) / path.relative_to(self.directory)).as_posix()
        home = Path.home()
        return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)

    def _stop(self, message: str, help: str, key: str = "dbt_project") -> NoReturn:
        raise ConfigError(Problem("SK107", message, (Label(self.entry.place(key)),), help=help))


def _relations(manifest: Mapping[str, Any]) -> dict[str, tuple[DbtRelation, ...]]:
    """By the names that ``ref`` and ``source`` have for them: a version has one of its own."""
    found: dict[str, tuple[DbtRelation, ...]] = {}
    for part in ("nodes", "sources"):
        for unique_id, node in _mapping(manifest.get(part)).items():
            if not isinstance(node, dict):
                continue
            if part == "nodes" and node.get("resource_type") not in _MADE:
                continue
            name, version = str(node.get("name")), node.get("version")
            names = [name] if version in (None, node.get("latest_version")) else []
            names += [] if version is None else [f"{name}_v{version}"]
            relation = _relation(unique_id, name, node)
            found |= {each: (*found.get(each, ()), relation) for each in names}
    return found


def _relation(unique_id: str, name: str, node: Mapping[str, Any]) -> DbtRelation:
    is_ephemeral = _mapping(node.get("config")).get("materialized") == "ephemeral"
    return DbtRelation(
        unique_id=unique_id,
        database=str(node.get("database")),
        schema=str(node.get("schema")),
        name=str(node.get("alias") or node.get("identifier") or name),
        exists=not is_ephemeral and bool(_RELATION.fullmatch(str(node.get("relation_name")))),
        description=str(node.get("description") or ""),
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    """What should be a mapping, and is an empty one where it is not."""
    return value if isinstance(value, dict) else {}
