"""Rows as a file that DuckDB writes, by way of the folder that it spills to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from segkit.dialects.spelling import literal
from segkit.dialects.table import DUCKDB
from segkit.engines.base import RowFormat

_BLOCK = 1 << 20  # bytes
# without a sign for comments a text is quoted for what it holds alone, and not for a '#'
_OPTIONS = {"csv": "FORMAT csv, HEADER false, COMMENT ''", "parquet": "FORMAT parquet"}


def copied_rows(
    run: Callable[[str], None], select: str, form: RowFormat, folder: Path
) -> Iterator[bytes]:
    """Yield the file block by block; nothing of it is left behind."""
    is_ours = not folder.exists()
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"rows-{token_hex(6)}"
    try:
        run(f"COPY (\n{select}\n) TO {literal(str(path), DUCKDB)} ({_OPTIONS[form]})")
        with path.open("rb") as file:
            yield from iter(lambda: file.read(_BLOCK), b"")
    finally:
        path.unlink(missing_ok=True)
        if is_ours:
            with suppress(OSError):  # what else is spilled there goes with the connection
                folder.rmdir()
