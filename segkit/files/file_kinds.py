"""Kinds of files with data, by what their names end with."""

from __future__ import annotations

import re

SHEETS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
JSON = (".json", ".ndjson", ".jsonl")
SUFFIXES = (".csv", ".tsv", ".txt", ".gz", ".parquet", *JSON, *SHEETS)
PATTERN = re.compile(r"[*?\[]")  # in a name: files of one shape
