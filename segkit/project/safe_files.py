"""Files on disk, with care: no link is written through, and nothing but a file is read.

A project is often somebody else's work, cloned or unpacked. A link in it
(``target -> ~/docs``) must not make segkit write, truncate, create or delete
what lies elsewhere; a named pipe must not make it wait for ever. Only what lies
below the project's folder is judged: that folder may itself be reached through
links, as /tmp is on macOS.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from segkit.errors import ConfigError, Label, Place, Problem

_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
# O_NONBLOCK: opening a named pipe waits for its other end otherwise
_OPEN = os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY


def special_kind(path: Path) -> str | None:
    """What the path is if it is neither file nor folder ("a named pipe"); links are followed."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return None
    return _kind_of(mode)


def _kind_of(mode: int) -> str | None:
    return next((kind for test, kind in _KINDS if test(mode)), None)


def read_regular(path: Path) -> bytes:
    """Return the bytes of a file. Links are followed.

    Raises OSError, also for a pipe, a socket or a device, which are not waited for.
    """
    if _is_open_pipe(path):
        return path.read_bytes()
    _refuse_special(path.stat().st_mode, path)
    handle = os.open(path, os.O_RDONLY | _OPEN)
    with os.fdopen(handle, "rb") as file:
        _refuse_special(os.fstat(handle).st_mode, path)
        return file.read()


def _is_open_pipe(path: Path) -> bool:
    """Whether it is a pipe of this process: ``segkit import <(...)``. Its other end is there."""
    here = any(map(path.is_relative_to, ("/dev/fd", "/proc/self/fd"))) or path.match("/dev/stdin")
    return here and stat.S_ISFIFO(path.stat().st_mode)


def _refuse_special(mode: int, path: Path) -> None:
    kind = _kind_of(mode)
    if kind is not None:
        raise OSError(errno.EINVAL, f"it is {kind}, not a file", str(path))
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))


def is_there(path: Path) -> bool:
    """Whether the path leads to something.

    Raises OSError where that cannot be told: what may not be looked at is not absent.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def names_in(folder: Path) -> list[str]:
    """Names in the folder, sorted; none where there is no such folder.

    Raises OSError if it cannot be listed: what cannot be read is not empty.
    """
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries)
    except FileNotFoundError:
        if folder.is_symlink():
            raise
        return []


class OwnFolder:
    """A folder that segkit writes in, held open: all is done by its descriptor.

    So a folder that becomes a link while segkit works changes nothing.

    ``path``: made if it is not there.
    ``root``: where judging begins: no step from here to ``path`` may be a link.
    ``create``: where it is False, FileNotFoundError for what is not there.

    Raises ConfigError: SK007, naming the link.
    """

    def __init__(self, path: Path, root: Path, *, create: bool = True) -> None:
        self.path, self.root = path, root
        if create and not root.is_dir():
            root.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        here = root
        try:
            for part in path.relative_to(root).parts:
                here = here / part
                deeper = self._step(part, here, create)
                os.close(self._handle)
                self._handle = deeper
        except BaseException:
            os.close(self._handle)
            raise

    def _step(self, part: str, here: Path, create: bool) -> int:
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        self._check(part, here)
        with _naming(here):
            try:
                return os.open(part, flags, dir_fd=self._handle)
            except FileNotFoundError:
                if not create:
                    raise
            with suppress(FileExistsError):  # another process was faster
                os.mkdir(part, dir_fd=self._handle)
            return os.open(part, flags, dir_fd=self._handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)

    def names(self) -> list[str]:
        with _naming(self.path), os.scandir(self._handle) as entries:
            return sorted(entry.name for entry in entries)

    def stat(self, name: str) -> os.stat_result | None:
        """Of the entry itself, not of where it leads; None where there is none."""
        with _naming(self.path / name):
            try:
                return os.stat(name, dir_fd=self._handle, follow_symlinks=False)
            except FileNotFoundError:
                return None

    def check(self, name: str) -> None:
        """Refuse a link (SK007), a pipe, a socket and a device (SK002) of that name."""
        self._check(name, self.path / name)

    def _check(self, name: str, path: Path) -> None:
        found = self.stat(name)
        shown = path.relative_to(self.root).as_posix()
        problem = problem_of(found.st_mode, shown) if found else None
        if problem is not None:
            raise ConfigError(problem)

    def open(self, name: str, flags: int) -> int:
        """A descriptor of a file in the folder; with O_CREAT it is made."""
        path = self.path / name
        self.check(name)
        with _naming(path):
            flags |= _OPEN | os.O_NOFOLLOW
            handle = os.open(name, flags, 0o666, dir_fd=self._handle)
        try:
            _refuse_special(os.fstat(handle).st_mode, path)
        except BaseException:
            os.close(handle)
            raise
        return handle

    def read(self, name: str) -> bytes | None:
        """The file's bytes; None where there is none."""
        try:
            handle = self.open(name, os.O_RDONLY)
        except FileNotFoundError:
            return None
        with os.fdopen(handle, "rb") as file:
            return file.read()

    def write(self, name: str, data: bytes) -> None:
        """Make a new file, down to the disk: whole, or not at all.

        Raises FileExistsError if there is one of that name.
        """
        handle = self.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            with _naming(self.path / name), os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(handle)
        except BaseException:
            with suppress(OSError):  # the first error is the one to be told
                self.remove(name)
            raise

    def copy_in(self, source: Path, name: str) -> None:
        """Make a new file with the bytes of ``source``."""
        handle = self.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        with os.fdopen(handle, "wb") as file, source.open("rb") as original:
            shutil.copyfileobj(original, file, 1 << 20)

    def replace(self, old: str, new: str) -> None:
        with _naming(self.path / new):
            os.replace(old, new, src_dir_fd=self._handle, dst_dir_fd=self._handle)

    def sync(self, name: str | None = None) -> None:
        """See to it that a file, or with None the folder's list of names, is on the disk."""
        if name is None:
            with _naming(self.path):
                os.fsync(self._handle)
            return
        handle = self.open(name, os.O_RDONLY)
        try:
            with _naming(self.path / name):
                os.fsync(handle)
        finally:
            os.close(handle)

    def remove(self, name: str) -> None:
        """Remove what has that name, if anything: of a link the link, of a folder all in it."""
        found = self.stat(name)
        with _naming(self.path / name), suppress(FileNotFoundError):
            if found is not None and stat.S_ISDIR(found.st_mode):
                shutil.rmtree(name, dir_fd=self._handle)
            elif found is not None:
                os.unlink(name, dir_fd=self._handle)


def problem_of(mode: int, shown: str) -> Problem | None:
    """Why segkit does not write to what has that mode (not followed): SK007, SK002, or None."""
    place = (Label(Place(shown)),)
    if stat.S_ISLNK(mode):
        hint = "remove the link, or put the file or folder itself there"
        return Problem("SK007", f"{shown} is a link, and segkit writes through none", place, hint)
    kind = _kind_of(mode)
    if kind is None:
        return None
    return Problem(
        "SK002", f"{shown} is {kind}, not a file: segkit writes there", place, "remove it"
    )


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Errors name the whole path: by a descriptor the system knows the last name at most."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise
