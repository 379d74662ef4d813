"""What is on record of a relation that segkit made in a target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SELF = "registry"
HISTORY = "history"  # never dropped: nothing else holds what it knows
FOLDER = "folder"  # not a relation: its name is "sql", its schema is empty
STATE = "state"  # not a relation: of which state the relations of a node were made
READING = "reading"  # not a relation: how the file of a node was read
NOTES = (FOLDER, STATE, READING)

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
    def is_relation(self) -> bool:
        return self.type not in NOTES

    @property
    def is_dropped_when_stale(self) -> bool:
        return self.type in ("table", "view")


def fold(schema: str, name: str) -> Name:
    """The name as DuckDB compares it."""
    return schema.lower(), name.lower()


def note_name(type_: str, node: str) -> str:
    """Under which name the state of a node, or its reading, is on record."""
    return f"{type_} of {node}"


def notes(rows: Iterable[Registered], project: str, type_: str = STATE) -> Mapping[str, str]:
    """What is on record of each node of a project, by its name."""
    start = len(note_name(type_, ""))
    return {
        row.name[start:]: row.node for row in rows if row.project == project and row.type == type_
    }
