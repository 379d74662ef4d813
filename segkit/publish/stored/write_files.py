"""Text files that are renamed into place, so that none is ever half-written."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

from segkit.engines.leftovers import temporary_name
from segkit.project.safe_files import OwnFolder


def write_files(files: Mapping[Path, str], root: Path) -> tuple[Path, ...]:
    """Write each file whose bytes differ, all temporaries first, then the renames.

    Returns the paths that changed. A crash between two renames leaves whole
    files, some old and some new; the next build reconciles them.

    ``root``: the project's folder: below it nothing is written through a link.

    Raises ConfigError: SK007 for a link, SK002 for a pipe or a device in a file's place.
    Raises OSError with the file's name; no temporary is left.
    """
    with ExitStack() as stack:
        folders: dict[Path, OwnFolder] = {}
        staged: list[tuple[OwnFolder, str, Path]] = []
        try:
            for path, text in files.items():
                if path.parent not in folders:
                    folders[path.parent] = stack.enter_context(OwnFolder(path.parent, root))
                folder, data = folders[path.parent], text.encode("utf-8")
                if folder.read(path.name) == data:
                    continue
                temporary = temporary_name(path.name)
                folder.remove(temporary)
                staged.append((folder, temporary, path))
                folder.write(temporary, data)
            for folder, temporary, path in staged:
                folder.replace(temporary, path.name)
            for folder in {id(folder): folder for folder, _, _ in staged}.values():
                folder.sync()
        except BaseException:
            for folder, temporary, _ in staged:
                with suppress(OSError):  # the first error is the one to be told
                    folder.remove(temporary)
            raise
    return tuple(path for _, _, path in staged)
