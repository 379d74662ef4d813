"""What is on record of a project's own relations, whatever the engine keeps it in."""

from __future__ import annotations

from segkit.engines.record import OwnRecord
from segkit.engines.registered import Registered


class Record(OwnRecord):
    def __init__(self, *rows: tuple[str, str]) -> None:
        self.project = "shop"
        self.previously = tuple(self._row(name, type_) for name, type_ in rows)
        self._rows = {row.folded: row for row in self.previously}
        self._run_number = 2

    def _row(self, name: str, type_: str) -> Registered:
        return Registered(self.project, "main", name, type_, "people", 1)

    def drop_ours(self, schema: str, name: str) -> None:
        self.unregister(schema, name)


def test_what_is_not_kept_goes_but_for_histories() -> None:
    record = Record(("people", "view"), ("orders", "table"), ("people_history", "history"))
    record.drop_stale({("main", "PEOPLE")})
    assert [row.name for row in record.dropped] == ["orders"]
    assert {row.name for row in record.registered()} == {"people", "people_history"}
    assert [row.name for row in record.shown_previously()] == ["people", "orders"]
    assert record.histories_of("people") == ("people_history",)


def test_states_and_folders_are_noted_anew() -> None:
    record = Record(("sql/old", "folder"))
    record.note_state("people", "one")
    record.note_state("people", "two")
    record.note_folders(["sql/new"])
    assert record.noted_states() == {"people": "two"}
    assert record.states_previously() == {}
    assert record.folders_previously() == ("sql/old",)
    assert [row.name for row in record.registered() if row.type == "folder"] == ["sql/new"]
