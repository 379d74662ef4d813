"""The table that somebody names: a file of data, one in a DuckDB file, one of the project here."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from segkit.engines.base import FileBench, FileRelation
from segkit.engines.open import list_relations, save_table
from segkit.errors import ConfigError, Problem
from segkit.files.csv_options import NOTHING_SAID, FileOptions
from segkit.files.file_kinds import PATTERN, SUFFIXES
from segkit.files.reading import Reading
from segkit.pipeline.run_options import Options, open_project
from segkit.project.new_project import DataOrigin, safe_name
from segkit.project.safe_files import special_kind
from segkit.publish.relations import MAIN, published_as

_OF_FILES = ("http", "https", "ftp", "sftp", "s3", "s3a", "gs", "az", "abfs", "abfss", "hdfs")
_LISTED = 12
_DUCKDB_SUFFIXES = (".duckdb", ".db", ".ddb")


@dataclass(frozen=True)
class GivenData:
    """A file of data, or a relation of a DuckDB file."""

    path: Path
    relation: FileRelation | None = None
    options: FileOptions = NOTHING_SAID
    is_read: bool = False  # a file of texts: what its columns are is decided
    server: DataOrigin | None = None  # what it is a copy of

    def load(self, engine: FileBench, into: str) -> Reading | None:
        """Make the table ``into`` (SQL) of it; how it was read, if it is a file of texts."""
        if self.relation is None:
            return engine.load_file(self.path, into, self.options).reading
        engine.copy_relation(self.path, self.relation.schema, self.relation.name, into)
        return None

    @property
    def name(self) -> str:
        stem = PATTERN.sub("", self.path.name.partition(".")[0])
        return safe_name(stem if self.relation is None else self.relation.name)

    def of_server(self) -> DataOrigin:
        """What it is a copy of."""
        assert self.server is not None
        return self.server

    def origin(self, seen_from: Path | None) -> DataOrigin:
        """As a project in that folder names it; None: by the whole path."""
        path = str(self.path) if seen_from is None else _relative(self.path, seen_from)
        if self.relation is None:
            return DataOrigin(path, self.name, options=self.options)
        plain = self.relation.name.isidentifier() and self.relation.name.isascii()
        table = self.relation.name if plain else self.name
        return DataOrigin(path, table, self.relation.schema, self.relation.name)


def fetch_table(url_env: str, what: str, path: Path) -> GivenData:
    """A copy of a table or view of a server, in a new DuckDB file.

    Raises ConfigError if the variable is not set, or there is no such table.
    """
    url = os.environ.get(url_env, "")
    if "://" in url_env or not url:
        message = f"--url-env {url_env}: that environment variable is not set"
        if "://" in url_env:
            message = "--url-env is a url, not the name of an environment variable that holds one"
        raise _usage(message, "export SHOP_PG_URL=..., and say --url-env SHOP_PG_URL")
    schema, relation = save_table(url, what, path)
    (copy,) = list_relations(path)
    origin = DataOrigin("", safe_name(relation), schema, relation, url_env=url_env)
    return GivenData(path, copy, server=origin)


def find_data(
    options: Options, what: str, table: str | None, said: FileOptions = NOTHING_SAID
) -> GivenData:
    """The data that somebody names; ``said`` is what they say of how a file is written."""
    scheme, is_url, _ = what.partition("://")
    if is_url and scheme.lower() in _OF_FILES:
        message = f"{scheme}:// is on another machine: segkit reads files of this one"
        raise ConfigError(Problem("SK106", message, help="download it, and name the file"))
    if is_url:
        message = "a url as an argument ends up in the shell's history, with its password"
        hint = "export SHOP_PG_URL=..., and say: segkit try raw.orders --url-env SHOP_PG_URL"
        raise _usage(message, hint)
    path = Path(what)
    kind = special_kind(path)
    if kind is not None:
        message = f"{path} is {kind}, not a file: it is read more than once"
        raise ConfigError(Problem("SK106", message, help="save it as a file first"))
    if path.suffix.lower() in SUFFIXES:
        if table is not None:
            raise _usage(f"--table {table}: {path.name} is one table", "leave out --table")
        is_pattern = PATTERN.search(path.name) and any(path.parent.glob(path.name))
        if not path.is_file() and not is_pattern:
            raise _no_such_file(path)
        return GivenData(path.resolve(), options=said)
    if said != NOTHING_SAID:
        raise _usage(
            f"{what} is no file of texts: its columns have types", "leave out --csv, --type"
        )
    if path.is_file():
        return GivenData(path.resolve(), _relation(path, table))
    if os.sep in what or path.suffix.lower() in _DUCKDB_SUFFIXES:
        raise _no_such_file(path)
    return _published(options, what)


def _relation(path: Path, table: str | None) -> FileRelation:
    found = list_relations(path)
    listed = ", ".join(relation.shown for relation in found[:_LISTED])
    if table is None:
        if len(found) == 1:
            return found[0]
        message = f"{path.name} has {len(found)} tables and views: which one?"
        if not found:
            raise ConfigError(Problem("SK106", f"{path.name} has no table", help="look elsewhere"))
        raise _usage(message, f"--table {shlex.quote(found[0].shown)}; it has {listed}")
    same = [r for r in found if table.lower() in (r.shown.lower(), f"main.{r.shown}".lower())]
    if not same:
        raise ConfigError(
            Problem("SK101", f"{path.name} has no table {table}", help=f"it has {listed}")
        )
    return same[0]


def _published(options: Options, name: str) -> GivenData:
    """A relation of the target of the project here, by its node's name or its own."""
    try:
        project = open_project(options)
    except ConfigError as error:
        if all(problem.code == "SK008" for problem in error.problems):
            message = f"{name} is no file here, and there is no project whose table it could be"
            hint = "name a .csv, .parquet or DuckDB file"
            raise ConfigError(Problem("SK106", message, help=hint)) from None
        raise
    schema, relation = published_as(project, name)
    shown = relation if schema == MAIN else f"{schema}.{relation}"
    file = project.target.file
    if file is None:
        message = f"{name} is no file here, and target `{project.target.name}` is a server"
        hint = "`segkit try raw.orders --url-env SHOP_PG_URL` tries a table of a server"
        raise ConfigError(Problem("SK106", message, help=hint))
    return GivenData(file, _relation(file, shown))


def _relative(path: Path, folder: Path) -> str:
    """From a folder to a path, as it is written in a file that moves with both."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive
        return path.as_posix()


def _no_such_file(path: Path) -> ConfigError:
    folder = path.parent
    near = sorted(p.name for p in folder.glob("*") if p.suffix.lower() in SUFFIXES)
    hint = f"in {folder}: {', '.join(near[:_LISTED])}" if near else "look at the path"
    return ConfigError(Problem("SK106", f"there is no file {path}", help=hint))


def _usage(message: str, help_: str) -> ConfigError:
    return ConfigError(Problem("SK702", message, help=help_))
