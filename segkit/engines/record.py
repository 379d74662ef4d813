"""What a ``Publisher`` has on record of the relations of its project, whatever the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from segkit.engines.registered import (
    FOLDER,
    HISTORY,
    SELF,
    STATE,
    Name,
    Registered,
    fold,
    note_name,
    notes,
)


class OwnRecord:
    """The part of a ``Publisher`` that asks and keeps the record.

    It lies in memory; an engine writes it when all is made, and says how a relation is
    dropped.
    """

    project: str
    previously: tuple[Registered, ...]  # of this project, in what is published
    dropped: tuple[Registered, ...] = ()
    _rows: dict[Name, Registered]  # of the state in the making
    _run_number: int

    def drop_ours(self, schema: str, name: str) -> None:
        raise NotImplementedError

    def register(self, schema: str, name: str, type_: str, node: str) -> None:
        row = Registered(self.project, schema, name, type_, node, self._run_number)
        self._rows[row.folded] = row

    def unregister(self, schema: str, name: str) -> None:
        self._rows.pop(fold(schema, name), None)

    def registered(self) -> tuple[Registered, ...]:
        """This project's relations, the registry itself left out."""
        rows = (row for row in self._rows.values() if row.type != SELF)
        return tuple(sorted(rows, key=lambda row: (row.schema, row.name)))

    def drop_stale(self, keep: set[tuple[str, str]]) -> None:
        kept = {fold(*name) for name in keep}
        for row in self.registered():
            if row.folded not in kept and row.is_dropped_when_stale:
                self.drop_ours(row.schema, row.name)
        self.dropped = tuple(row for row in self.shown_previously() if row.folded not in kept)

    def shown_previously(self) -> tuple[Registered, ...]:
        return tuple(row for row in self.previously if row.is_dropped_when_stale)

    def histories_of(self, node: str) -> tuple[str, ...]:
        return tuple(r.name for r in self.previously if r.type == HISTORY and r.node == node)

    def folders_previously(self) -> tuple[str, ...]:
        return tuple(row.name for row in self.previously if row.type == FOLDER)

    def note_state(self, node: str, state: str) -> None:
        self.register("", note_name(STATE, node), STATE, state)

    def noted_states(self) -> Mapping[str, str]:
        return notes(self.registered(), self.project)

    def states_previously(self) -> Mapping[str, str]:
        return notes(self.previously, self.project)

    def note_folders(self, folders: Sequence[str]) -> None:
        for row in self.registered():
            if row.type == FOLDER:
                self.unregister(row.schema, row.name)
        for folder in folders:
            self.register("", folder, FOLDER, "")
