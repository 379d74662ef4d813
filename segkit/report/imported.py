"""What an import made, in a few lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

_WAYS = {"edges": "by edges", "bands": "by bands", "rules": "by rules"}


class ImportedColumn(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def way(self) -> str: ...
    @property
    def buckets(self) -> int: ...
    @property
    def probes(self) -> int: ...
    @property
    def odd(self) -> int: ...


class Imported(Protocol):
    """What is said of it; ``rows`` of the relation were compared, too, None if there are none."""

    @property
    def name(self) -> str: ...
    @property
    def columns(self) -> Sequence[ImportedColumn]: ...
    @property
    def notes(self) -> Sequence[str]: ...
    @property
    def rows(self) -> int | None: ...
    @property
    def relation(self) -> str: ...
    @property
    def saved(self) -> Path | None: ...


def render_import(made: Imported) -> str:
    """Return the lines that stand beside the YAML: remarks, the proof, the next step."""
    lines = list(made.notes)
    cases = sum(column.probes for column in made.columns)
    listed = ", ".join(f"{c.name} ({c.buckets} {_WAYS[c.way]})" for c in made.columns)
    rows = "" if made.rows is None else f" and on {made.rows:,} rows of {made.relation}"
    lines.append(f"{made.name}: {listed}")
    odd = sum(column.odd for column in made.columns)
    are = "is" if odd == 1 else "are"
    but = f"; {odd} with NaN or infinity {are} not, as said above" if odd else ""
    plural = "s" * (cases != 1)
    lines.append(f"Equal to the CASE on {cases:,} edge case{plural}{rows}{but}.")
    if made.saved is not None:
        lines.append(f"created {made.saved.as_posix()}\nNext: segkit build -s {made.name}")
    return "\n".join(lines)
