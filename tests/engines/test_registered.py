"""What is on record of a relation, and what of it may be dropped."""

from __future__ import annotations

import pytest

from segkit.engines.registered import Registered, fold, note_name, notes


@pytest.mark.parametrize(
    ("type_", "dropped"),
    [("table", True), ("view", True), ("history", False), ("registry", False), ("folder", False)],
)
def test_only_tables_and_views_are_dropped(type_: str, dropped: bool) -> None:
    row = Registered("shop", "Main", "Scores", type_, "scores", 3)
    assert row.is_dropped_when_stale is dropped
    assert row.folded == fold("MAIN", "sCORES") == ("main", "scores")


def test_the_states_of_a_project_by_node() -> None:
    def row(project: str, name: str, type_: str, state: str) -> Registered:
        return Registered(project, "", name, type_, state, 1)

    rows = [
        row("shop", note_name("state", "people"), "state", "v0001"),
        row("shop", "people", "view", "people"),
        row("other", note_name("state", "people"), "state", "v0009"),
    ]
    assert notes(rows, "shop") == {"people": "v0001"}
