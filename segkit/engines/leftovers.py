"""What runs that were killed left behind: found by its name, and swept by the next one."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from segkit.errors import ConfigError, Problem
from segkit.project.safe_files import OwnFolder, names_in, problem_of

_TEMPORARY = re.compile(r"\..+\.(\d+)\.tmp\Z", re.DOTALL)
# to the letter: in a folder that everybody writes in, a name that only looks like it is not ours
_SPILLED = re.compile(r"segkit-(?:try-(\d+)-[a-z0-9_]{8}|(\d+)-[0-9a-f]{12}\.tmp)\Z")
# where segkit writes; the database's own folder is swept when it is opened
_FOLDERS = ("warehouse/fits", "warehouse/views", "warehouse/history", "target")


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

    Raises ConfigError: SK007 for every link in a folder that segkit writes in, SK002 for every pipe
    or device: said now, not after a build.
    """
    problems: list[Problem] = []
    found: list[Path] = []
    for folder in _FOLDERS:
        for path in _entries(directory, folder):
            problem = problem_of(path.lstat().st_mode, path.relative_to(directory).as_posix())
            problems += [problem] if problem and problem not in problems else []
            found += [path] if problem is None and _is_left(path.name) else []
    if problems:
        raise ConfigError(problems)
    for path in found:
        with OwnFolder(path.parent, directory) as parent:
            parent.remove(path.name)
    return (*found, *_sweep_spilled())


def _entries(directory: Path, folder: str) -> Iterator[Path]:
    """The steps from the project to the folder, and all that is in it; no link is followed."""
    here = directory
    for part in folder.split("/"):
        here = here / part
        if not os.path.lexists(here):
            return
        yield here
        if here.is_symlink():
            return
    for name, folders, files in os.walk(here, onerror=_raise):
        yield from (Path(name) / entry for entry in (*folders, *files))


def _is_left(name: str) -> bool:
    """A temporary file of nobody who still writes it. Our own number: of one before us."""
    match = _TEMPORARY.match(name)
    return match is not None and (int(match[1]) == os.getpid() or not is_alive(int(match[1])))


def _raise(error: OSError) -> None:
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
        if is_alive(int(match[1] or match[2])) or not entry.is_dir(follow_symlinks=False):
            continue
        try:
            is_ours = entry.stat(follow_symlinks=False).st_uid == os.getuid()
        except FileNotFoundError:  # another build was faster
            continue
        if is_ours:  # a folder that stays is in nobody's way
            shutil.rmtree(entry.path, ignore_errors=True)
            yield Path(entry.path)
