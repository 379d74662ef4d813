"""Text files that are renamed into place, so that none is ever half-written."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def write_files(files: Mapping[Path, str]) -> tuple[Path, ...]:
    """Write each file whose bytes differ, all temporaries first, then the renames.

    Returns the paths that changed. A crash between two renames leaves whole
    files, some old and some new; the next build reconciles them.
    """
    staged: list[tuple[Path, Path]] = []
    for path, text in files.items():
        data = text.encode("utf-8")
        if path.is_file() and path.read_bytes() == data:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        staged.append((temporary, path))
    for temporary, path in staged:
        temporary.replace(path)
    return tuple(path for _, path in staged)
