from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.engines.duckdb.publisher import DuckDBWorkspace, open_workspace
from segkit.monitor.audiences import entered_sql, first_moment, left_sql, new_rules
from tests.publish.histories import D1, D2, D3, N1, N2, N3, at

D4, N4 = datetime(2026, 4, 1), datetime(2026, 4, 1)
Rows = list[tuple[object, ...]]


def entered(workspace: DuckDBWorkspace, moment: datetime) -> Rows:
    return workspace.query(f"FROM ({entered_sql(workspace, 'S', moment)}) ORDER BY ALL")


def left(workspace: DuckDBWorkspace, moment: datetime) -> Rows:
    return workspace.query(f"FROM ({left_sql(workspace, 'S', moment)}) ORDER BY ALL")


def test_moving_coming_and_going(workspace: DuckDBWorkspace) -> None:
    at(workspace, D1, {"moves": "A", "stays": "A", "goes": "A"})
    at(workspace, D2, {"moves": "B", "stays": "A", "new": "B"})
    assert entered(workspace, D2) == [("moves", "B", N2, "A"), ("new", "B", N2, None)]
    assert left(workspace, D2) == [("goes", "A", N2, None), ("moves", "A", N2, "B")]


def test_the_moment_itself_counts_and_is_utc(workspace: DuckDBWorkspace) -> None:
    at(workspace, D1, {"a": "A"})
    at(workspace, D2, {"a": "B"})
    here = D2.astimezone(timezone(timedelta(hours=5)))
    assert entered(workspace, here) == entered(workspace, N2) == [("a", "B", N2, "A")]
    assert left(workspace, here) == left(workspace, N2) == [("a", "A", N2, "B")]
    for later in (here + timedelta(microseconds=1), D3):
        assert entered(workspace, later) == left(workspace, later) == []


def test_who_was_there_when_the_history_began_did_not_enter(workspace: DuckDBWorkspace) -> None:
    assert not workspace.exists("main", "S_history")
    at(workspace, D1, {})
    assert first_moment(workspace, "S") is None
    at(workspace, D2, {"a": "A"})
    at(workspace, D3, {"a": "A", "b": "A"})
    assert first_moment(workspace, "S") == N2
    assert entered(workspace, D1) == [("b", "A", N3, None)]


def test_who_moved_away_and_back_has_not_left_but_has_entered(workspace: DuckDBWorkspace) -> None:
    at(workspace, D1, {"a": "A", "b": "A"})
    at(workspace, D2, {"a": "B"})
    at(workspace, D3, {"a": "A", "b": "A"})
    assert entered(workspace, D1) == [("a", "A", N3, "B"), ("b", "A", N3, None)]
    assert left(workspace, D1) == [("a", "B", N3, "A")]


def test_two_moves_are_two_segments_left_and_one_entered(workspace: DuckDBWorkspace) -> None:
    at(workspace, D1, {"a": "A"})
    at(workspace, D2, {"a": "B"})
    at(workspace, D3, {"a": "C"})
    assert entered(workspace, D1) == [("a", "C", N3, "B")]
    assert left(workspace, D1) == [("a", "A", N2, "C"), ("a", "B", N3, "C")]  # C is where they are
    assert left(workspace, D3) == [("a", "B", N3, "C")]


def test_a_segment_left_twice_was_left_the_last_time(workspace: DuckDBWorkspace) -> None:
    for day, segment in ((D1, "A"), (D2, "B"), (D3, "A"), (D4, "B")):
        at(workspace, day, {"a": segment})
    assert left(workspace, D1) == left(workspace, D4) == [("a", "A", N4, "B")]


def test_a_new_fit_that_keeps_the_segment_is_no_move(workspace: DuckDBWorkspace) -> None:
    at(workspace, D1, {"a": "A", "b": "B"})
    at(workspace, D2, {"a": "A", "b": "A"}, version=2)
    at(workspace, D3, {"a": "A", "b": "A", "c": "A"}, version=2)
    assert entered(workspace, D1) == [("b", "A", N2, "B"), ("c", "A", N3, None)]
    assert left(workspace, D1) == [("b", "B", N2, "A")]
    assert new_rules(workspace, "S", D1) == [(N2, 2)]
    assert new_rules(workspace, "S", D3) == []


def test_a_return_after_a_new_fit_is_not_when_it_took_over(workspace: DuckDBWorkspace) -> None:
    at(workspace, D1, {"a": "A", "b": "B"})
    at(workspace, D2, {"a": "A"}, version=2)
    at(workspace, D3, {"a": "A", "b": "B"}, version=2)
    assert new_rules(workspace, "S", D1) == [(N2, 2)]


def test_twice_at_one_time_and_history_rewritten(workspace: DuckDBWorkspace) -> None:
    at(workspace, D1, {"a": "A"})
    at(workspace, D3, {"a": "B"})
    at(workspace, D3, {"a": "A"})
    assert entered(workspace, D1) == left(workspace, D1) == []
    at(workspace, D2, {"a": "C"}, rewrite=True)
    assert entered(workspace, D1) == [("a", "C", N2, "A")]


@pytest.mark.parametrize("key", ["since", "left_at", "id", "stay", 'it\'s a "key"'])
def test_any_name_of_the_key(workspace: DuckDBWorkspace, key: str) -> None:
    at(workspace, D1, {"a": "A"}, key=key)
    at(workspace, D2, {"a": "B"}, key=key)
    assert entered(workspace, D1) == [("a", "B", N2, "A")]
    assert left(workspace, D1) == [("a", "A", N2, "B")]
    assert new_rules(workspace, "S", D1) == []


_STATE = st.dictionaries(st.sampled_from("abc"), st.sampled_from("AB"), max_size=3)


@settings(max_examples=10)
@given(st.lists(st.tuples(_STATE, st.integers(1, 2)), min_size=1, max_size=6))
def test_as_a_walk_through_the_builds_tells(
    tmp_path_factory: pytest.TempPathFactory, builds: list[tuple[dict[str, str], int]]
) -> None:
    days = [N1 + timedelta(days=n) for n in range(len(builds))]
    path: Path = tmp_path_factory.mktemp("a") / "shop.duckdb"
    with open_workspace(path, project="shop", carry_over=False) as workspace:
        for day, (state, version) in zip(days, builds, strict=True):
            at(workspace, day, state, version)
        began = next((day for day, (state, _) in zip(days, builds, strict=True) if state), None)
        for moment in days:
            came, went = set(), {}
            for id_ in "abc":
                path_ = [None, *(state.get(id_) for state, _ in builds)]
                moves = [
                    (day, old, new)
                    for day, old, new in zip(days, path_, path_[1:], strict=False)
                    if old != new
                ]
                day, old, new = moves[-1] if moves else (N1, None, None)
                if new and day >= moment and day != began:
                    came.add((id_, new, day, old))
                for day, old, _ in moves:
                    if old and day >= moment and old != path_[-1]:
                        went[id_, old] = (day, path_[-1])
            assert set(entered(workspace, moment)) == came
            assert set(left(workspace, moment)) == {(*who, *how) for who, how in went.items()}
