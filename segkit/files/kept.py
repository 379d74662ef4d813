"""How a file was read at the last build, as it is put on record beside its table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from hashlib import file_digest
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

from pydantic import TypeAdapter, ValidationError

from segkit.files.csv_options import FileOptions
from segkit.files.file_columns import ColumnReading
from segkit.files.reading import Reading

_FORMAT = 2  # of what is decided, and of the record: another one is not looked at


@dataclass(frozen=True)
class FileState:
    """Files to the byte; ``stamps`` (inode, size, time of writing) tell of a change meanwhile."""

    contents: tuple[tuple[str, str], ...]
    stamps: tuple[tuple[int, int, int], ...]

    @classmethod
    def of(cls, paths: Sequence[Path]) -> Self:
        """The files as they are now: every byte is read."""
        stamps = _stamps(paths)
        return cls(tuple((path.name, _checksum(path)) for path in paths), stamps)

    def is_of(self, paths: Sequence[Path]) -> bool:
        """True if nobody has written to the files since."""
        return self.stamps == _stamps(paths)


def _stamps(paths: Sequence[Path]) -> tuple[tuple[int, int, int], ...]:
    stats = [path.stat() for path in paths]
    return tuple((stat.st_ino, stat.st_size, stat.st_mtime_ns) for stat in stats)


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Kept:
    """``table`` tells the rows of the table apart from all others; ``made_by`` is the version."""

    made_by: str
    said: str
    contents: tuple[tuple[str, str], ...]
    table: str
    reading: Reading

    @classmethod
    def of(cls, options: FileOptions, state: FileState, table: str, reading: Reading) -> Self:
        """What is to be kept of a reading: no path of this machine, and no news."""
        file = replace(reading.file, path=Path(reading.file.path.name))
        reading = replace(reading, file=file, changed=())
        return cls(_made_by(), options.yaml(), state.contents, table, reading)

    def text(self) -> str:
        """As JSON, the same for the same reading."""
        return json.dumps(asdict(self), default=_plain, ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str, options: FileOptions) -> Kept | None:
        """What ``text`` wrote; None if other rules decided it, or if something else was said."""
        try:
            found = _adapter().validate_json(text)
        except ValidationError:
            return None
        is_same = found.made_by == _made_by() and found.said == options.yaml()
        return found if is_same else None


def last_columns(text: str | None, options: FileOptions) -> tuple[ColumnReading, ...]:
    """How the columns were read, by what is on record of a file; empty if nothing is."""
    found = None if text is None else Kept.from_text(text, options)
    return () if found is None else found.reading.columns


def _made_by() -> str:
    return f"{version('segkit')}/{_FORMAT}"


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else str(value)


@cache
def _adapter() -> TypeAdapter[Kept]:
    return TypeAdapter(Kept)
