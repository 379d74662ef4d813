"""Kinds of files with data, by what their names end with."""

from __future__ import annotations

import re
from pathlib import Path

SHEETS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
JSON = (".json", ".ndjson", ".jsonl")
SUFFIXES = (".csv", ".tsv", ".txt", ".gz", ".parquet", *JSON, *SHEETS)
PATTERN = re.compile(r"[*?\[]")  # in a name: files of one shape


def kind_of(path: Path) -> str:
    """What the name ends with; rows.json.gz is .json.

    >>> kind_of(Path("a.CSV.gz")), kind_of(Path("a.gz"))
    ('.csv', '.gz')
    """
    packed = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    return (packed.suffix or path.suffix).lower()
