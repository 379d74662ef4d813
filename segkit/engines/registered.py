"""What is on record of a relation that segkit made in a target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SELF = "registry"
HISTORY = "history"  # never dropped: nothing else holds what it knows
FOLDER = "folder"  # not a relation: its name is "sql", its schema is empty
STATE = "state"  # not a relation: of which state the relations of a node were made

Name = tuple[str, str]


@dataclass(frozen=True)
class Registered:
    """A relation that segkit made. ``type`` is table, view, history, registry or folder."""

    project: str
    schema: str
    name: str
    type: str
    node: str
    run: int

    @property
    def folded(self) -> Name:
        return fold(self.schema, self.name)

    @property
    def is_dropped_when_stale(self) -> bool:
        return self.type in ("table", "view")


def fold(schema: str, name: str) -> Name:
    """The name as DuckDB compares it."""
    return schema.lower(), name.lower()


def state_row(node: str) -> str:
    """Under which name the state of a node is on record."""
    return f"{STATE} of {node}"


def states(rows: Iterable[Registered], project: str) -> Mapping[str, str]:
    """What the relations of each node of a project were made of, by its name."""
    start = len(state_row(""))
    return {
        row.name[start:]: row.node for row in rows if row.project == project and row.type == STATE
    }
