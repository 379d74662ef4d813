"""Files of a project: found in a stable order, read as text, kept inside the project."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
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

# what DuckDB takes for another kind of database, or for one elsewhere
_SERVICES = ("md:", "motherduck:", "ducklake:", "sqlite:", "postgres:", "mysql:", "quack:")


def is_address(written: str) -> bool:
    """True if a path is that of something elsewhere, and no file of this machine."""
    return "://" in written or written.lower().startswith(_SERVICES)


def shown_path(path: Path, directory: Path) -> str:
    """The path as errors show it: relative to the project, with ``/``."""
    return path.relative_to(directory).as_posix()


def leads_out(path: Path, directory: Path) -> bool:
    """True if the path, its symlinks followed, does not lie under the project."""
    try:
        return not path.resolve().is_relative_to(directory.resolve())
    except (OSError, RuntimeError):  # a symlink that points at itself
        return True


def folders_with_files(directory: Path) -> tuple[str, ...]:
    """Those of ``READ_FOLDERS`` that hold something to read (git keeps no empty folders)."""
    return tuple(
        folder
        for folder, suffixes in READ_FOLDERS.items()
        if find_files(directory, folder, suffixes)[0]
    )


def find_files(
    directory: Path, folder: str, suffixes: tuple[str, ...]
) -> tuple[list[Path], list[Problem]]:
    """Return the files below ``folder`` by name, without hidden ones; and what is wrong.

    That is a link that leads out, or nowhere, and a folder that cannot be
    listed: what cannot be read is not empty. No folder at all has no files.
    """
    problems: list[Problem] = []
    files = []
    for path in _walk(directory / folder, directory, problems):
        if path.suffix.lower() not in suffixes:
            if path.is_symlink() and not path.exists():
                problems.append(_nowhere(path, directory))  # it may have been a folder
            continue
        if leads_out(path, directory):
            problems.append(_outside(path, directory))
        elif not _is_text(shown_path(path, directory)):
            problems.append(_no_text(path, directory))
        else:
            files.append(path)
    return sorted(files, key=lambda path: shown_path(path, directory)), problems


def _walk(folder: Path, directory: Path, problems: list[Problem]) -> Iterator[Path]:
    seen: set[str] = set()
    unlisted: list[OSError] = []
    if _is_gone(folder):
        return
    for name, folders, files in os.walk(folder, followlinks=True, onerror=unlisted.append):
        here = Path(name)
        if leads_out(here, directory):
            problems.append(_outside(here, directory))
            folders.clear()
            continue
        real = os.path.realpath(here)
        if real in seen:  # a symlink to a folder above: each file is read once
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(entry for entry in folders if not entry.startswith("."))
        for file in sorted(files):
            if not file.startswith("."):
                yield here / file
    problems += [_unreadable(error, directory) for error in unlisted]


def _is_gone(folder: Path) -> bool:
    """Whether there is no such folder, and not one that may not be looked at."""
    try:
        folder.lstat()
    except FileNotFoundError:
        return True
    except OSError:
        pass
    return False


def _unreadable(error: OSError, directory: Path) -> Problem:
    path = Path(error.filename)
    reason = (error.strerror or type(error).__name__).lower()
    message = f"{shown_path(path, directory)} cannot be listed: {reason}"
    hint = "look at its permissions: what cannot be read is not taken for empty"
    if isinstance(error, NotADirectoryError):
        hint = "a file stands where a folder belongs: move it away"
    elif isinstance(error, FileNotFoundError):
        hint = "it is a link to a folder that is not there: mend or remove it"
    return Problem("SK002", message, (Label(Place(shown_path(path, directory))),), hint)


def _nowhere(path: Path, directory: Path) -> Problem:
    shown = shown_path(path, directory)
    message = f"{shown} is a link to something that is not there"
    return Problem("SK002", message, (Label(Place(shown)),), help="mend or remove the link")


def _outside(path: Path, directory: Path) -> Problem:
    message = f"{shown_path(path, directory)} is a link that leads out of the project"
    label = Label(Place(shown_path(path, directory)))
    return Problem("SK007", message, (label,), "put the file itself there")


def _is_text(name: str) -> bool:
    """Whether a name can be written down: bytes that are no UTF-8 are surrogates in Python."""
    return not any("\ud800" <= c <= "\udfff" for c in name)


def _no_text(path: Path, directory: Path) -> Problem:
    message = "the name of a file or its folder has a byte in it that is not UTF-8"
    return Problem("SK005", message, (Label(Place(shown_path(path, directory))),), "rename it")


def read_text(path: Path, directory: Path) -> tuple[str | None, list[Problem]]:
    """Return the text of a UTF-8 file, lines ending in a line feed, or why it cannot be read."""
    place = Place(shown_path(path, directory))
    try:
        data = read_regular(path)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        return None, [Problem("SK002", f"{place.path} cannot be read: {reason}", (Label(place),))]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        message = f"{place.path} is not UTF-8 text"
        label = Label(Place(place.path, line, column))
        return None, [Problem("SK002", message, (label,), "save it as UTF-8")]
    return text.replace("\r\n", "\n").replace("\r", "\n"), []


def check_inside(
    written: str, directory: Path, place: Place, *, may_lead_out: bool
) -> tuple[Path, list[Problem]]:
    """Return a path that stands in a file of the project as an absolute path.

    ``may_lead_out``: an absolute path, or one with ``..``, was meant to; a
    symlink out of the project never is.
    """
    problem = None
    if written.strip().lower().startswith(":memory:"):
        message = "a database in memory is gone when the command ends: nobody could read it"
        hint = "name a file, such as `warehouse/shop.duckdb`"
        problem = Problem("SK007", message, (Label(place),), hint)
    elif is_address(written):
        message = "a path must be of a file on this machine, not a URL"
        problem = Problem("SK007", message, (Label(place),), "copy the file into the project")
    elif "\0" in written:
        problem = Problem("SK007", "a path cannot hold a NUL character", (Label(place),))
    else:
        path = directory / written
        meant = Path(written).is_absolute() or ".." in Path(written).parts
        if not (may_lead_out and meant) and leads_out(path, directory):
            hint = (
                "follow the link, and write where it leads"
                if may_lead_out
                else "declare the file under `sources` in segkit.yml"
            )
            problem = Problem("SK007", "this path leads out of the project", (Label(place),), hint)
        else:
            return Path(os.path.normpath(path)), []
    return directory, [problem]
