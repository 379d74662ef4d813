"""Kinds of files with data, by what their names end with."""

from __future__ import annotations

import re
from pathlib import Path

SHEETS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
JSON = (".json", ".ndjson", ".jsonl")
SUFFIXES = (".csv", ".tsv", ".txt", ".gz", ".parquet", *JSON, *SHEETS)
_OTHERS = {  # how a file begins whose name says that it is CSV
    r'\ufeff?\s*(\[\s*)?\{\s*"[^"]*"\s*:': "it looks like JSON: call it .json",
    r"\ufeff?\s*(?i:<(!doctype|html|\?xml|table)\b)": "it looks like HTML: save the table as CSV",
}
PATTERN = re.compile(r"[*?\[]")  # in a name: files of one shape


def kind_of(path: Path) -> str:
    """What the name ends with; rows.json.gz is .json.

    >>> kind_of(Path("a.CSV.gz")), kind_of(Path("a.gz"))
    ('.csv', '.gz')
    """
    packed = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    return (packed.suffix or path.suffix).lower()


def other_kind(head: str) -> str | None:
    """What to do with a text that is no table, by how it begins.

    >>> other_kind('[{"id": 1}]'), other_kind("id,n")
    ('it looks like JSON: call it .json', None)
    """
    return next((hint for begin, hint in _OTHERS.items() if re.match(begin, head)), None)
