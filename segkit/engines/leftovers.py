"""What runs that were killed left behind: found by its name, and swept by the next one."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from segkit.errors import ConfigError
from segkit.project.safe_files import OwnFolder, link_problem, names_in

_TEMPORARY = re.compile(r"\..+\.(\d+)\.tmp\Z", re.DOTALL)
_SPILLED = re.compile(r"segkit-(?:try-)?(\d+)-\w+(?:\.tmp(?:-\w+)?)?\Z")
# where segkit writes; the database's own folder is swept when it is opened
_FOLDERS = ("warehouse/fits", "warehouse/views", "target")


def temporary_name(name: str) -> str:
    """The name under which a file is written before it is renamed to ``name``."""
    return f".{name}.{os.getpid()}.tmp"


def spill_path() -> Path:
    """A folder to spill to that nobody has, and nobody can have laid a link at."""
    return Path(tempfile.gettempdir()) / f"segkit-{os.getpid()}-{secrets.token_hex(6)}.tmp"


def beside(goal: Path) -> str:
    """How the name begins of a folder that is to become ``goal``."""
    return f".{goal.name}.segkit-{os.getpid()}-"


def sweep_beside(goal: Path) -> None:
    """Remove the folders that were to become ``goal``, of dead processes."""
    begun = re.compile(re.escape(f".{goal.name}.segkit-") + r"(\d+)-\w+\Z")
    for name in names_in(goal.parent):
        match = begun.match(name)
        if match and not is_alive(int(match[1])):
            with OwnFolder(goal.parent, goal.parent) as folder:
                folder.remove(name)


def is_alive(process: int) -> bool:
    """Whether a process of that number runs."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def sweep(directory: Path) -> tuple[Path, ...]:
    """Remove what dead runs left in the project and in the folder for spilling; return it.

    Only while holding the project's lock: whoever writes fits and views has it.

    Raises
    ------
    ConfigError
        SK007 for every link in a folder that segkit writes in: said now, not
        after a build.
    """
    links: list[Path] = []
    found = [path for folder in _FOLDERS for path in _temporaries(directory / folder, links)]
    if links:
        shown = (path.relative_to(directory).as_posix() for path in links)
        raise ConfigError([link_problem(path) for path in shown])
    for path in found:
        with OwnFolder(path.parent, directory) as folder:
            folder.remove(path.name)
    return (*found, *_sweep_spilled())


def _temporaries(folder: Path, links: list[Path]) -> Iterator[Path]:
    if folder.parent.is_symlink():  # of fits and views: warehouse
        folder = folder.parent
    if folder.is_symlink():
        links += [] if folder in links else [folder]
        return
    for name, folders, files in os.walk(folder, onerror=_raise):
        here = Path(name)
        links += [here / entry for entry in (*folders, *files) if (here / entry).is_symlink()]
        yield from (here / file for file in files if _is_left(file))


def _is_left(name: str) -> bool:
    """A temporary file of nobody who still writes it. Our own number: of one before us."""
    match = _TEMPORARY.match(name)
    return match is not None and (int(match[1]) == os.getpid() or not is_alive(int(match[1])))


def _raise(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _sweep_spilled() -> Iterator[Path]:
    """Folders of ours, in a folder that everybody writes in."""
    try:
        with os.scandir(tempfile.gettempdir()) as entries:
            found = [entry for entry in entries if _SPILLED.match(entry.name)]
    except PermissionError:  # one may be let write there and not look
        return
    for entry in found:
        match = _SPILLED.match(entry.name)
        assert match is not None
        if is_alive(int(match[1])) or not entry.is_dir(follow_symlinks=False):
            continue
        try:
            is_ours = entry.stat(follow_symlinks=False).st_uid == os.getuid()
        except FileNotFoundError:  # another build was faster
            continue
        if is_ours:  # a folder that stays is in nobody's way
            shutil.rmtree(entry.path, ignore_errors=True)
            yield Path(entry.path)
