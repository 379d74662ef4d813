"""Whatever the type of an id, a table comes back from its copy as it was."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from shutil import copytree, rmtree

import pytest

from segkit.engines.duckdb import history_copies
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.engines.duckdb.history_copies import restore_history, save_histories
from segkit.engines.duckdb.publisher import open_workspace
from segkit.engines.registered import HISTORY
from segkit.errors import ConfigError, EngineError, SegkitError
from tests.pipeline.faults import faults

VALUES = {
    "BIGINT": "9223372036854775807",
    "UTINYINT": "255",
    "HUGEINT": "-170141183460469231731687303715884105728",
    "DECIMAL(38,0)": "99999999999999999999999999999999999999",
    "VARCHAR": "'O''Neill; [x]*?'",
    "VARCHAR COLLATE NOCASE": "'Anna'",
    "UUID": "'12345678-1234-5678-1234-567812345678'",
    "DATE": "DATE '2026-01-01'",
    "TIMESTAMP": "TIMESTAMP '2026-01-01 01:02:03.000004'",
    "DOUBLE": "'nan'::DOUBLE",
    "BOOLEAN": "true",
}


def build(
    path: Path,
    *,
    type_: str = "BIGINT",
    value: str = "1",
    name: str = "id",
    flow: float | None = None,
) -> None:
    with open_workspace(path, project="shop", carry_over=False) as workspace:
        workspace.run_ddl(f'CREATE OR REPLACE TABLE s_history ("{name}" {type_}, n INTEGER)')
        workspace.execute(f"INSERT INTO s_history VALUES ({value}, 1), (NULL, 2)")
        workspace.register("main", "s_history", HISTORY, "s")
        workspace.run_ddl(
            "CREATE OR REPLACE TABLE s_flows AS SELECT 'x' AS a, 1.5::DOUBLE AS b WHERE false"
        )
        if flow is not None:
            workspace.execute(f"INSERT INTO s_flows VALUES ('x', {flow})")
        workspace.register("main", "s_flows", HISTORY, "s")
        workspace.publish()


@pytest.mark.parametrize("type_", VALUES)
def test_types_come_back(tmp_path: Path, type_: str) -> None:
    folder = tmp_path / "copies [a]"
    path = tmp_path / "shop.duckdb"
    build(path, type_=type_, value=VALUES[type_], name='my ""id""')
    kept = save_histories(path, "shop", folder, tmp_path)
    assert kept == {"s.parquet", "s_flows.parquet"}
    with open_workspace(path, project="shop", carry_over=True) as old:
        rows, columns = old.query("FROM s_history"), old.columns("s_history")
    with open_workspace(tmp_path / "new.duckdb", project="shop", carry_over=False) as new:
        assert restore_history(new, "s", "shop", folder, "copies")
        found = new.query("FROM s_history")
        assert repr(found) == repr(rows) and new.columns("s_history") == columns
        assert new.carry_histories() == ("s",)
        assert new.query("FROM s_flows") == []
        new.lock_down()
    names = sorted(path.name for path in folder.iterdir())
    assert names == [".gitignore", "s.parquet", "s_flows.parquet"]


@pytest.mark.parametrize("few", [0, 2, 3, 100])
def test_texts_of_many_rows_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    path = tmp_path / "shop.duckdb"
    monkeypatch.setattr(history_copies, "_MANY", 1)
    monkeypatch.setattr(history_copies, "_FEW", few)
    with open_workspace(path, project="shop", carry_over=False) as workspace:
        workspace.run_ddl(
            "CREATE TABLE s_history AS SELECT i::VARCHAR AS id, nullif(['', 'a', 'O''N ]', '-']"
            "[i % 4 + 1], '-') AS segment_id, NULL::VARCHAR AS nobody FROM range(500) AS r (i)"
        )
        workspace.register("main", "s_history", HISTORY, "s")
        rows, columns = workspace.query("FROM s_history"), workspace.columns("s_history")
        workspace.publish()
    stamps = set()
    for _ in range(2):
        save_histories(path, "shop", tmp_path / "copies", tmp_path)
        (file,) = (tmp_path / "copies").glob("*.parquet")
        stamps.add(file.stat().st_ino)
    assert len(stamps) == 1  # the second one said the same to the byte
    with open_workspace(tmp_path / "new.duckdb", project="shop", carry_over=False) as new:
        assert new.query(f"FROM '{file}'") == rows
        assert restore_history(new, "s", "shop", tmp_path / "copies", "copies")
        assert new.query("FROM s_history") == rows and new.columns("s_history") == columns


@pytest.mark.parametrize(
    ("rows", "texts", "is_listed"),
    [(100_000, 100, True), (99_999, 100, False), (100_000, 101, False)],
)
def test_few_texts_of_many_rows_are_written_as_a_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int, texts: int, is_listed: bool
) -> None:
    """From 100,000 rows on, and up to 100 texts; the file itself looks as any other."""
    path = tmp_path / "shop.duckdb"
    with open_workspace(path, project="shop", carry_over=False) as workspace:
        workspace.run_ddl(
            f"CREATE TABLE s_history AS SELECT i AS id, (i % {texts})::VARCHAR AS segment_id"
            f" FROM range({rows}) AS r (i)"
        )
        workspace.register("main", "s_history", HISTORY, "s")
        workspace.publish()
    done: list[str] = []
    execute = DuckDBEngine.execute

    def listen(self: DuckDBEngine, sql: str) -> None:
        done.append(sql)
        execute(self, sql)

    monkeypatch.setattr(DuckDBEngine, "execute", listen)
    save_histories(path, "shop", tmp_path / "copies", tmp_path)
    (copied,) = (sql for sql in done if sql.startswith("COPY "))
    assert ("AS ENUM(" in copied) == is_listed


def test_what_says_the_same_stays_and_what_cannot_be_read_is_written_anew(tmp_path: Path) -> None:
    path, folder = tmp_path / "shop.duckdb", tmp_path / "copies"
    build(path)
    save_histories(path, "shop", folder, tmp_path)
    stamps = {p.name: p.stat().st_ino for p in folder.iterdir()}
    save_histories(path, "shop", folder, tmp_path)
    assert {p.name: p.stat().st_ino for p in folder.iterdir()} == stamps
    (folder / "s_flows.parquet").write_bytes(b"no Parquet")
    build(path, value="2")
    save_histories(path, "shop", folder, tmp_path)
    with open_workspace(tmp_path / "new.duckdb", project="shop", carry_over=False) as new:
        assert restore_history(new, "s", "shop", folder, "copies")
        assert new.query("FROM s_history") == [(2, 1), (None, 2)]


def test_of_another_project_nothing_is_copied(tmp_path: Path) -> None:
    build(tmp_path / "shop.duckdb")
    assert save_histories(tmp_path / "shop.duckdb", "other", tmp_path / "x", tmp_path) == set()
    assert not (tmp_path / "x").exists()


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    build(tmp_path / "shop.duckdb")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "copies").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="SK007"):
        save_histories(tmp_path / "shop.duckdb", "shop", tmp_path / "copies", tmp_path)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_where_there_is_no_copy(tmp_path: Path) -> None:
    with open_workspace(tmp_path / "new.duckdb", project="shop", carry_over=False) as new:
        assert not restore_history(new, "s", "shop", tmp_path, "copies")


def test_a_damaged_byte_is_an_error_or_means_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    build(tmp_path / "shop.duckdb", type_="VARCHAR", value="'anna'")
    save_histories(tmp_path / "shop.duckdb", "shop", folder, tmp_path)
    file = folder / "s.parquet"
    whole, refused = file.read_bytes(), 0
    for at in range(0, len(whole), 37):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        with open_workspace(tmp_path / "new.duckdb", project="shop", carry_over=False) as new:
            try:
                restore_history(new, "s", "shop", folder, "copies")
            except EngineError as error:
                assert error.problems[0].code == "SK609" and "s.parquet" in str(error)
                refused += 1
            else:
                assert new.query("FROM s_history") == [("anna", 1), (None, 2)]
    assert refused > 5


def test_a_digest_is_of_the_bytes_that_were_written(tmp_path: Path) -> None:
    """None that an engine reckons: another version of it would say another number."""
    folder = tmp_path / "copies"
    build(tmp_path / "shop.duckdb", value="7")
    save_histories(tmp_path / "shop.duckdb", "shop", folder, tmp_path)
    for name in ("s.parquet", "s_flows.parquet"):
        written = (folder / name).read_bytes()
        (noted,) = re.findall(rb'"digest": "([0-9a-f]{64})"', written)
        blank = written.replace(b'"digest": "' + noted, b'"digest": "' + b"0" * 64)
        assert sha256(blank).hexdigest() == noted.decode()
    again = (folder / "s.parquet").read_bytes()
    (folder / "s.parquet").write_bytes(again.replace(b'"rows": 2', b'"rows": 3'))
    assert state(folder, tmp_path) is None


def test_a_copy_of_before_there_were_digests_of_bytes_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    said = {"project": "shop", "node": "s", "format": 1, "duckdb": "v1.0.0", "digest": "5"}
    flows = said | {"table": "s_flows", "columns": {"a": "VARCHAR", "b": "DOUBLE"}, "rows": 1}
    head = said | {
        "table": "s_history",
        "columns": {"id": "BIGINT", "n": "INTEGER"},
        "rows": 2,
        "tables": {"s_flows": "5", "s_history": "5"},
    }
    with DuckDBEngine() as engine:
        for name, note, rows in (
            ("s_flows", flows, "SELECT 'x' AS a, 1.5::DOUBLE AS b"),
            ("s", head, "SELECT 7::BIGINT AS id, 1 AS n UNION ALL SELECT NULL, 2"),
        ):
            engine.execute(
                f"COPY ({rows}) TO '{folder}/{name}.parquet'"
                f" (FORMAT parquet, KV_METADATA {{segkit: '{json.dumps(note)}'}})"
            )
    assert state(folder, tmp_path) == [(7, 1), (None, 2), ("x", 1.5)]


def state(folder: Path, room: Path) -> list[tuple[object, ...]] | None:
    """What a database that is lost would have back; None where that is refused."""
    path = room / "new.duckdb"
    path.unlink(missing_ok=True)
    with open_workspace(path, project="shop", carry_over=False) as new:
        try:
            if not restore_history(new, "s", "shop", folder, "copies"):
                return None
        except EngineError as error:
            assert error.problems[0].code == "SK609"
            return None
        return [*new.query("FROM s_history"), *new.query("FROM s_flows")]


@pytest.mark.slow
@pytest.mark.parametrize("is_first", [True, False])
def test_whichever_operation_fails_a_copy_is_of_one_build_or_refused(
    tmp_path: Path, is_first: bool
) -> None:
    path, folder, before = (tmp_path / name for name in ("shop.duckdb", "copies", "before"))
    old = None
    before.mkdir()
    if not is_first:
        build(path, flow=1.5)
        save_histories(path, "shop", before, tmp_path)
        old = state(before, tmp_path)
    build(path, value="2", flow=2.5)
    new = [(2, 1), (None, 2), ("x", 2.5)]
    outcomes = []
    for at in range(1, 200):
        rmtree(folder, ignore_errors=True)
        copytree(before, folder)
        with faults("error", at) as found, suppress(SegkitError, OSError):
            save_histories(path, "shop", folder, tmp_path)
        kept = state(folder, tmp_path)
        assert kept in (None, old, new), (at, found.what)
        outcomes.append(kept)
        if found.count < at:
            break
        save_histories(path, "shop", folder, tmp_path)
        assert state(folder, tmp_path) == new, (at, found.what)
        names = sorted(path.name for path in folder.iterdir())
        assert names == [".gitignore", "s.parquet", "s_flows.parquet"], (at, found.what)
    assert len(outcomes) > 8
    assert outcomes[0] == old and outcomes[-1] == new
