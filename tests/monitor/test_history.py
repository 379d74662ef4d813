from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.engines.duckdb.publisher import DuckDBWorkspace, open_workspace
from segkit.errors import PublishError
from segkit.monitor.history import update_profile_history
from tests.publish.histories import D1, D2, D3, N1, N2, N3, at


def history(workspace: DuckDBWorkspace) -> list[tuple[object, ...]]:
    return workspace.query('FROM main."S_history"')


def test_the_columns(workspace: DuckDBWorkspace) -> None:
    at(workspace, D1, {"1": "A"}, key_type="BIGINT")
    assert [(c.name, c.type.sql) for c in workspace.columns('"S_history"')] == [
        ("Customer Id", "BIGINT"),
        ("segment_id", "VARCHAR"),
        ("fit_version", "INTEGER"),
        ("valid_from", "TIMESTAMP"),
        ("valid_to", "TIMESTAMP"),
    ]
    assert ("S_history", "history", "S") in [
        (row.name, row.type, row.node) for row in workspace.registered()
    ]


def test_moving_leaving_and_coming(workspace: DuckDBWorkspace) -> None:
    at(workspace, D1, {"c": "A", "a": "A", "b": "B"})
    at(workspace, D2, {"a": "B", "b": "B", "d": "A"})
    at(workspace, D3, {"a": "B", "b": "B", "c": "A", "d": "A"})
    assert history(workspace) == [
        ("a", "A", 1, N1, N2),
        ("b", "B", 1, N1, None),
        ("c", "A", 1, N1, N2),
        ("a", "B", 1, N2, None),
        ("d", "A", 1, N2, None),
        ("c", "A", 1, N3, None),
    ]


def test_a_new_fit_ends_every_stay(workspace: DuckDBWorkspace) -> None:
    at(workspace, D1, {"a": "A", "b": "B"})
    at(workspace, D2, {"a": "A", "b": "A"}, version=2)
    assert history(workspace) == [
        ("a", "A", 1, N1, N2),
        ("b", "B", 1, N1, N2),
        ("a", "A", 2, N2, None),
        ("b", "A", 2, N2, None),
    ]


def test_twice_at_one_time_changes_nothing(workspace: DuckDBWorkspace) -> None:
    at(workspace, D1, {"a": "A", "b": "B"})
    at(workspace, D2, {"a": "B", "b": "B"})
    before = history(workspace)
    at(workspace, D2, {"a": "B", "b": "B"})
    assert history(workspace) == before


def test_other_data_at_the_last_time_restates_it(workspace: DuckDBWorkspace) -> None:
    at(workspace, D1, {"a": "A", "b": "B"})
    at(workspace, D2, {"a": "B", "c": "C"})
    at(workspace, D2, {"a": "A", "b": "C"})
    assert history(workspace) == [
        ("a", "A", 1, N1, None),
        ("b", "B", 1, N1, N2),
        ("b", "C", 1, N2, None),
    ]


def test_earlier_is_refused_unless_rewritten(workspace: DuckDBWorkspace) -> None:
    at(workspace, D1, {"a": "A"})
    at(workspace, D3, {"a": "B"})
    before = history(workspace)
    with pytest.raises(PublishError, match=r"SK604.*2026-02-01.*2026-03-01"):
        at(workspace, D2, {"a": "C"})
    assert history(workspace) == before
    at(workspace, D2, {"a": "C"}, rewrite=True)
    assert history(workspace) == [("a", "A", 1, N1, N2), ("a", "C", 1, N2, None)]


def test_a_build_at_which_nobody_moved_counts_as_the_last(workspace: DuckDBWorkspace) -> None:
    at(workspace, D1, {"a": "A"})
    at(workspace, D3, {"a": "A"})
    profile_at(workspace, D3, [("A", 1, 1.0)])
    with pytest.raises(PublishError, match="SK604"):
        at(workspace, D2, {"a": "A"})


def test_moments_are_utc(workspace: DuckDBWorkspace) -> None:
    at(workspace, datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), {"a": "A"})
    at(workspace, N1, {"a": "A"})
    assert history(workspace) == [("a", "A", 1, N1, None)]


@pytest.mark.parametrize("carry_over", [False, True])
def test_it_survives_builds(tmp_path: Path, carry_over: bool) -> None:
    path = tmp_path / "shop.duckdb"
    for day, segment in ((D1, "A"), (D2, "B")):
        with open_workspace(path, project="shop", carry_over=carry_over) as workspace:
            workspace.lock_down()
            at(workspace, day, {"a": segment})
            profile_at(workspace, day, [(segment, 1, 1.0)])
            found = (history(workspace), workspace.query('FROM "S_profile_history"'))
            workspace.drop_stale({(row.schema, row.name) for row in workspace.registered()})
            workspace.publish()
    assert found[0] == [("a", "A", 1, N1, N2), ("a", "B", 1, N2, None)]
    assert [row[:3] for row in found[1]] == [(N1, "A", 1), (N2, "B", 1)]


_STATE = st.dictionaries(st.sampled_from("abcd"), st.sampled_from("AB"), max_size=4)


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), _STATE, st.integers(1, 2)), min_size=1, max_size=6))
def test_every_moment_can_be_looked_up(
    tmp_path_factory: pytest.TempPathFactory, builds: list[tuple[int, dict[str, str], int]]
) -> None:
    """Replay builds, also earlier ones; the history answers for each moment that still counts."""
    path = tmp_path_factory.mktemp("h") / "shop.duckdb"
    states: dict[int, dict[str, tuple[str, int]]] = {}
    with open_workspace(path, project="shop", carry_over=False) as workspace:
        for day, segments, version in builds:
            at(workspace, D1 + timedelta(days=day), segments, version, rewrite=True)
            states = {other: state for other, state in states.items() if other < day}
            states[day] = {id_: (segment, version) for id_, segment in segments.items()}
        for day, state in states.items():
            rows = workspace.query(
                'SELECT "Customer Id", segment_id, fit_version FROM "S_history"'
                " WHERE valid_from <= $1 AND (valid_to IS NULL OR valid_to > $1)",
                (N1 + timedelta(days=day),),
            )
            assert sorted(rows) == sorted((id_, *stay) for id_, stay in state.items())
        assert workspace.query('SELECT count(*) FROM "S_history" WHERE valid_from >= valid_to') == [
            (0,)
        ]


def profile_at(
    workspace: DuckDBWorkspace,
    as_of: datetime,
    rows: list[tuple[str, int, float]],
    metrics: tuple[str, ...] = (),
) -> None:
    columns = "".join(
        f', CAST(n * 10 AS HUGEINT) AS "{m}_sum", 10.0 AS "{m}_mean", share AS "{m}_share"'
        for m in metrics
    )
    values = ", ".join(str(row) for row in rows)
    workspace.create_view(
        "main",
        "S_profile",
        f"SELECT segment_id, 'x' AS segment_name, n, share{columns}"
        f" FROM (VALUES {values}) AS t(segment_id, n, share)",
        "S",
    )
    update_profile_history(
        workspace,
        segmentation="S",
        profile='"S_profile"',
        metrics=metrics,
        as_of=as_of,
    )


def test_profile_history(workspace: DuckDBWorkspace) -> None:
    profile_at(workspace, D1, [("B", 1, 0.25), ("A", 3, 0.75)])
    profile_at(workspace, D2, [("A", 4, 1.0)], ("spend", "Net Margin"))
    expected = [
        (N1, "A", 3, 0.75, None, None, None, None),
        (N1, "B", 1, 0.25, None, None, None, None),
        (N2, "A", 4, 1.0, "spend", 40.0, 10.0, 1.0),
        (N2, "A", 4, 1.0, "Net Margin", 40.0, 10.0, 1.0),
    ]
    assert workspace.query('FROM "S_profile_history"') == expected
    profile_at(workspace, D2, [("A", 4, 1.0)], ("spend", "Net Margin"))
    assert workspace.query('FROM "S_profile_history"') == expected
    profile_at(workspace, D1, [("A", 9, 1.0)])
    assert workspace.query('SELECT as_of, n FROM "S_profile_history"') == [(N1, 9)]
