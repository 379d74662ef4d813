"""Files of a project: found in a stable order, read as text, kept inside the project."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from segkit.errors import Label, Place, Problem
from segkit.project.safe_files import read_regular

YAML_SUFFIXES = (".yml", ".yaml")
SQL_SUFFIXES = (".sql",)
SEED_SUFFIXES = (".csv", ".parquet")
# what a project is read from, beside segkit.yml
READ_FOLDERS: Mapping[str, tuple[str, ...]] = {
    "sql": (*SQL_SUFFIXES, *YAML_SUFFIXES),
    "macros": SQL_SUFFIXES,
    "warehouse/seeds": SEED_SUFFIXES,
}

# in a checkout what segkit brings along lies beside its package, in the wheel inside
_PACKAGE = Path(__file__).resolve().parent.parent
# what DuckDB takes for another kind of database, or for one elsewhere
_SERVICES = ("md:", "motherduck:", "ducklake:", "sqlite:", "postgres:", "mysql:", "quack:")


def is_address(written: str) -> bool:
    """True if a path is that of something elsewhere, and no file of this machine."""
    return "://" in written or written.lower().startswith(_SERVICES)


def leads_out(path: Path, directory: Path) -> bool:
    """True if the path, its symlinks followed, does not lie under the project."""
    try:
        return not path.resolve().is_relative_to(directory.resolve())
    except (OSError, RuntimeError):  # a symlink that points at itself
        return True


def folders_with_files(directory: Path) -> tuple[str, ...]:
    """Those of ``READ_FOLDERS`` that hold something to read (git keeps no empty folders)."""
    files = ProjectFiles(directory)
    return tuple(
        folder for folder, suffixes in READ_FOLDERS.items() if files.find(folder, suffixes)
    )


@dataclass(frozen=True)
class ProjectFiles:
    """The files of the project in ``directory``; ``problems`` takes what is wrong with them."""

    directory: Path
    problems: list[Problem] = field(default_factory=list)

    def shown(self, path: Path) -> str:
        """The path as errors show it: relative to the project, with ``/``."""
        return path.relative_to(self.directory).as_posix()

    def find(self, folder: str, suffixes: tuple[str, ...]) -> list[Path]:
        """Return the files below ``folder`` by name, without hidden ones.

        A link that leads out, or nowhere, and a folder that cannot be listed are
        problems: what cannot be read is not empty. No folder at all has no files.
        """
        files = []
        for path in self._walk(self.directory / folder):
            if path.suffix.lower() not in suffixes:
                if path.is_symlink() and not path.exists():  # it may have been a folder
                    what = "is a link to something that is not there"
                    self._report("SK002", path, what, "mend or remove the link")
            elif leads_out(path, self.directory):
                self._report_outside(path)
            elif not _is_text(self.shown(path)):
                label = Label(Place(self.shown(path)))
                message = "the name of a file or its folder has a byte in it that is not UTF-8"
                self.problems.append(Problem("SK005", message, (label,), "rename it"))
            else:
                files.append(path)
        return sorted(files, key=self.shown)

    def _walk(self, folder: Path) -> Iterator[Path]:
        seen: set[str] = set()
        unlisted: list[OSError] = []
        for name, folders, files in os.walk(folder, followlinks=True, onerror=unlisted.append):
            here = Path(name)
            if leads_out(here, self.directory):
                self._report_outside(here)
                folders.clear()
                continue
            real = os.path.realpath(here)
            if real in seen:  # a symlink to a folder above: each file is read once
                folders.clear()
                continue
            seen.add(real)
            folders[:] = sorted(entry for entry in folders if not entry.startswith("."))
            yield from (here / file for file in sorted(files) if not file.startswith("."))
        for error in unlisted:
            is_gone = isinstance(error, FileNotFoundError) and not os.path.lexists(error.filename)
            if not is_gone:
                self._report_unlisted(error)

    def read(self, path: Path) -> str | None:
        """Return the text of a UTF-8 file, lines ending in a line feed; None if it is not read."""
        try:
            data = read_regular(path)
        except OSError as error:
            self._report("SK002", path, f"cannot be read: {_reason(error)}")
            return None
        return self.text(path, data)

    def text(self, path: Path, data: bytes) -> str | None:
        """Return the bytes of a file as ``read`` does."""
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = data[: error.start]
            line = before.count(b"\n") + 1
            column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
            self._report("SK002", path, "is not UTF-8 text", "save it as UTF-8", line, column)
            return None
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def _report_unlisted(self, error: OSError) -> None:
        hint = "look at its permissions: what cannot be read is not taken for empty"
        if isinstance(error, NotADirectoryError):
            hint = "a file stands where a folder belongs: move it away"
        elif isinstance(error, FileNotFoundError):
            hint = "it is a link to a folder that is not there: mend or remove it"
        what = f"cannot be listed: {_reason(error)}"
        self._report("SK002", Path(error.filename), what, hint)

    def _report_outside(self, path: Path) -> None:
        what = "is a link that leads out of the project"
        self._report("SK007", path, what, "put the file itself there")

    def _report(
        self, code: str, path: Path, what: str, hint: str | None = None, *position: int
    ) -> None:
        shown = self.shown(path)
        label = Label(Place(shown, *position))
        self.problems.append(Problem(code, f"{shown} {what}", (label,), hint))


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def _is_text(name: str) -> bool:
    """Whether a name can be written down: bytes that are no UTF-8 are surrogates in Python."""
    return not any("\ud800" <= c <= "\udfff" for c in name)


def check_inside(
    written: str, directory: Path, place: Place, *, may_lead_out: bool
) -> tuple[Path, list[Problem]]:
    """Return a path that stands in a file of the project as an absolute path.

    ``may_lead_out``: an absolute path, or one with ``..``, was meant to; a
    symlink out of the project never is.
    """
    path = directory / written
    meant = may_lead_out and (Path(written).is_absolute() or ".." in Path(written).parts)
    hint: str | None = None
    if written.strip().lower().startswith(":memory:"):
        message = "a database in memory is gone when the command ends: nobody could read it"
        hint = "name a file, such as `warehouse/shop.duckdb`"
    elif is_address(written):
        message = "a path must be of a file on this machine, not a URL"
        hint = "copy the file into the project"
    elif "\0" in written:
        message = "a path cannot hold a NUL character"
    elif not meant and leads_out(path, directory):
        message = "this path leads out of the project"
        hint = "declare the file under `sources` in segkit.yml"
        if may_lead_out:
            hint = "follow the link, and write where it leads"
    else:
        return Path(os.path.normpath(path)), []
    return directory, [Problem("SK007", message, (Label(place),), hint)]


def builtin_macros_directory() -> Path:
    """The folder of the macros that every project has."""
    inside = _PACKAGE / "macros"
    return inside if inside.is_dir() else _PACKAGE.parent / "macros"


def starter_directory() -> Path:
    """The folder of the project that ``segkit init`` copies."""
    inside = _PACKAGE / "starter"
    return inside if inside.is_dir() else _PACKAGE.parent
