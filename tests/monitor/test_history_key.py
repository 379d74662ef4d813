"""Customers are the same people when the type of their id is another."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from segkit.engines.duckdb.publisher import DuckDBWorkspace, open_workspace
from segkit.errors import PublishError
from segkit.monitor.audiences import entered_sql
from tests.publish.histories import D1, D2, D3, N1, N2, at


def history(workspace: DuckDBWorkspace) -> list[tuple[object, ...]]:
    return workspace.query('FROM main."S_history" ORDER BY valid_from, 1')


def type_of_ids(workspace: DuckDBWorkspace) -> str:
    return workspace.columns('"S_history"')[0].type.sql


def test_a_text_id_joins_and_nobody_is_somebody_else(workspace: DuckDBWorkspace) -> None:
    assert at(workspace, D1, {"1": "A", "2": "B", "3": "B"}, key_type="BIGINT") == ()
    (warning,) = at(workspace, D2, {"1": "A", "2": "A", "X17": "B"})
    assert (warning.code, warning.severity) == ("SK105", "warning")
    assert warning.message == (
        "Customer Id was BIGINT in S_history and is VARCHAR now: "
        "ids are compared as texts, and 2 of 3 are there again"
    )
    assert type_of_ids(workspace) == "VARCHAR"
    assert history(workspace) == [
        ("1", "A", 1, N1, None),
        ("2", "B", 1, N1, N2),
        ("3", "B", 1, N1, N2),
        ("2", "A", 1, N2, None),
        ("X17", "B", 1, N2, None),
    ]
    assert at(workspace, D3, {"1": "A", "2": "A", "X17": "B"}) == ()


def test_the_text_id_leaves_again(workspace: DuckDBWorkspace) -> None:
    at(workspace, D1, {"1": "A", "X17": "B"})
    (warning,) = at(workspace, D2, {"1": "A", "2": "A"}, key_type="BIGINT")
    assert "was VARCHAR in S_history and is BIGINT now" in warning.message
    assert "`types: {Customer Id: VARCHAR}`" in str(warning.help)
    assert history(workspace) == [
        ("1", "A", 1, N1, None),
        ("X17", "B", 1, N1, N2),
        ("2", "A", 1, N2, None),
    ]
    entered = workspace.query(f"SELECT 1 FROM ({entered_sql(workspace, 'S', D2)})")
    assert len(entered) == 1  # an id that is no number is no error
    assert type_of_ids(workspace) == "VARCHAR"


@pytest.mark.parametrize(
    ("then", "now", "kept"),
    [
        ("INTEGER", "BIGINT", "BIGINT"),
        ("BIGINT", "INTEGER", "BIGINT"),
        ("UINTEGER", "HUGEINT", "HUGEINT"),
        ("BIGINT", "DECIMAL(38,0)", "DECIMAL(38,0)"),
        ("DECIMAL(4,0)", "SMALLINT", "SMALLINT"),
    ],
)
def test_whole_numbers_stay_numbers_of_the_wider_type(
    workspace: DuckDBWorkspace, then: str, now: str, kept: str
) -> None:
    at(workspace, D1, {"1": "A"}, key_type=then)
    assert at(workspace, D2, {"1": "A", "17": "A"}, key_type=now) == ()
    assert type_of_ids(workspace) == kept
    assert [row[2:] for row in history(workspace)] == [(1, N1, None), (1, N2, None)]


def test_another_text_type_is_compared_as_text(workspace: DuckDBWorkspace) -> None:
    id_ = "6d3d0f4b-0a0e-4d57-8a5e-2f2b7e3d9c11"
    at(workspace, D1, {id_: "A"}, key_type="UUID")
    at(workspace, D2, {id_: "A", "X17": "A"})
    assert [row[0] for row in history(workspace)] == [id_, "X17"]


@pytest.mark.parametrize(
    ("then", "now", "ids"),
    [
        ("VARCHAR", "BIGINT", ("0001", "1")),  # padded: another text
        ("VARCHAR", "DATE", ("2026-01-01", "2026-01-01")),
        ("BIGINT", "DOUBLE", ("1", "1")),
        ("DECIMAL(9,2)", "VARCHAR", ("1", "1")),
    ],
)
def test_ids_of_another_kind_are_refused(
    workspace: DuckDBWorkspace, then: str, now: str, ids: tuple[str, str]
) -> None:
    at(workspace, D1, {ids[0]: "A"}, key_type=then)
    before = history(workspace)
    with pytest.raises(
        PublishError, match=r"SK105.*Customer Id \(.*\), but the key is now"
    ) as info:
        at(workspace, D2, {ids[1]: "A"}, key_type=now)
    noted = [note for problem in info.value.problems for note in problem.notes]
    assert ("not one of the 1 ids" in str(noted)) == (ids[0] == "0001")
    assert history(workspace) == before


def test_another_name_is_refused_but_not_another_case(workspace: DuckDBWorkspace) -> None:
    at(workspace, D1, {"1": "A"})
    with pytest.raises(PublishError, match=r"SK105.*now id \(VARCHAR\)"):
        at(workspace, D2, {"1": "A"}, key="id")
    assert at(workspace, D2, {"1": "A"}, key="CUSTOMER ID") == ()
    assert history(workspace) == [("1", "A", 1, N1, None)]


@pytest.mark.parametrize("is_shared", [False, True])
def test_the_history_is_kept_in_both_kinds_of_files(tmp_path: Path, is_shared: bool) -> None:
    path = tmp_path / "shop.duckdb"
    if is_shared:
        with duckdb.connect(str(path)) as connection:
            connection.execute("CREATE TABLE theirs (a INTEGER)")
    for day, ids, type_ in ((D1, ("1", "2"), "BIGINT"), (D2, ("1", "X17"), "VARCHAR")):
        with open_workspace(path, project="shop", carry_over=True) as workspace:
            workspace.lock_down()
            at(workspace, day, dict.fromkeys(ids, "A"), key_type=type_)
            workspace.prepare()
            workspace.publish()
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute('FROM "S_history" ORDER BY ALL').fetchall()
    assert found == [
        ("1", "A", 1, N1, None),
        ("2", "A", 1, N1, N2),
        ("X17", "A", 1, N2, None),
    ]
