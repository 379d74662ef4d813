"""Real DuckDB files, written and held by other processes where that is the point."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from segkit.dialects.spelling import identifier
from segkit.dialects.spelling import relation as relation_sql
from segkit.dialects.table import DUCKDB
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.engines.duckdb.foreign_files import FileRelation, copy_relation, list_relations
from segkit.engines.duckdb.publisher import open_workspace
from segkit.engines.locks import Patience
from segkit.errors import ConfigError, EngineError, SegkitError

HOLD = """
import sys, time, duckdb
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
time.sleep(float(sys.argv[2]))
"""
DIE = """
import os, sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("INSERT INTO customers VALUES (6, 60, 'b')")
os._exit(9)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Tables and views in two schemas; two of the views are more than their file."""
    path = tmp_path / "dev.duckdb"
    (tmp_path / "notes.csv").write_text("id\n1\n", encoding="utf-8")
    with duckdb.connect(path) as connection:
        connection.execute(f"ATTACH '{tmp_path / 'other.db'}' AS other")
        for statement in (
            "CREATE TYPE tier AS ENUM ('a', 'b')",
            "CREATE TABLE customers AS"
            " SELECT i AS id, i * 10 AS age, 'a'::tier AS tier FROM range(5) t(i)",
            'CREATE TABLE "Big ""one""" AS SELECT 1 AS id',
            "CREATE SCHEMA staging",
            "CREATE MACRO older(x) AS x + 1",
            "CREATE VIEW staging.stg AS SELECT id, older(age) AS age FROM dev.main.customers",
            "CREATE VIEW adults AS SELECT * FROM customers WHERE age >= 20",
            f"CREATE VIEW of_a_file AS SELECT * FROM read_csv('{tmp_path / 'notes.csv'}')",
            "CREATE TABLE other.t AS SELECT 1 AS id",
            "CREATE VIEW of_another AS SELECT * FROM other.t",
            "CREATE TABLE gone AS SELECT 1 AS id",
            "CREATE VIEW of_nothing AS SELECT * FROM gone",
            "DROP TABLE gone",
            "CREATE TABLE texts AS SELECT 'x' AS n",
            'CREATE TABLE strange AS SELECT 1 AS id, 2 AS "a\nb"',
            "CREATE VIEW fails AS SELECT CAST(n AS INTEGER) AS n FROM texts",
        ):
            connection.execute(statement)
    return path


def digest(path: Path) -> tuple[str, ...]:
    files = (path, Path(f"{path}.wal"))
    return tuple(hashlib.sha256(f.read_bytes()).hexdigest() if f.exists() else "" for f in files)


def copied(path: Path, name: str, schema: str = "main") -> list[tuple[object, ...]]:
    with DuckDBEngine() as engine:
        count = copy_relation(engine, path, schema, name, "copied")
        rows = engine.query("SELECT * FROM copied ORDER BY ALL")
        assert len(rows) == count
        databases = engine.query("SELECT database_name FROM duckdb_databases() WHERE NOT internal")
        assert databases == [("memory",)]
        return rows


def refusal(path: Path, name: str = "customers") -> str:
    with pytest.raises(ConfigError) as caught:
        copied(path, name)
    problem = caught.value.problems[0]
    return f"{problem.code} {problem.message} | {problem.help}"


@pytest.fixture
def writer(path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), "60"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_what_is_in_a_file(path: Path) -> None:
    found = list_relations(path)
    assert [relation.shown for relation in found] == [
        'Big "one"',
        "adults",
        "customers",
        "fails",
        "of_a_file",
        "of_another",
        "of_nothing",
        "strange",
        "texts",
        "staging.stg",
    ]
    assert found[2] == FileRelation("main", "customers", "table", 5)
    assert found[-1] == FileRelation("staging", "stg", "view", None)


def test_tables_and_views_are_copied_and_the_file_stays_as_it_is(path: Path) -> None:
    before = digest(path)
    assert copied(path, "customers")[1] == (1, 10, "a")
    assert copied(path, "CUSTOMERS") == copied(path, "customers")
    assert copied(path, 'Big "one"') == [(1,)]
    assert copied(path, "adults") == [(2, 20, "a"), (3, 30, "a"), (4, 40, "a")]
    assert copied(path, "stg", "staging")[0] == (0, 1)
    assert digest(path) == before
    assert sorted(p.name for p in path.parent.iterdir()) == ["dev.duckdb", "notes.csv", "other.db"]


@pytest.mark.parametrize("name", ["memory.duckdb", "TEMP.db", "segkit_copy.db", "..", "a b's.x"])
def test_whatever_the_file_is_called(path: Path, name: str) -> None:
    other = path.with_name(f"{name}.db" if name == ".." else name)
    path.rename(other)
    assert copied(other, "adults")[0] == (2, 20, "a")
    assert copied(other, "stg", "staging")[0] == (0, 1)


@pytest.mark.old_client
def test_views_of_an_older_duckdb_hold_the_name_of_its_file(tmp_path: Path) -> None:
    python = os.environ.get("SEGKIT_OLD_DUCKDB_PYTHON")
    if not python:
        pytest.skip("SEGKIT_OLD_DUCKDB_PYTHON does not name a Python with DuckDB 1.4")
    code = """
import os, sys, duckdb
assert duckdb.__version__.startswith("1."), duckdb.__version__
connection = duckdb.connect(sys.argv[1])
connection.execute("CREATE TABLE t AS SELECT i AS id FROM range(4) r(i)")
connection.execute("CREATE MACRO next(x) AS x + 1")
connection.execute("CREATE SCHEMA s")
connection.execute("CREATE VIEW s.v AS SELECT next(id) AS id FROM dev.main.t")
connection.execute("CREATE VIEW w AS SELECT id FROM s.v")
connection.execute("CHECKPOINT")
connection.execute("INSERT INTO t VALUES (9)")
os._exit(9)
"""
    path = tmp_path / "dev.duckdb"
    subprocess.run([python, "-c", code, str(path)], check=False)
    before = digest(path)
    assert all(before)
    assert copied(path, "t") == [(0,), (1,), (2,), (3,), (9,)]
    assert copied(path, "v", "s") == copied(path, "w") == [(1,), (2,), (3,), (4,), (10,)]
    assert digest(path) == before


def test_a_log_of_a_process_that_died_is_read_and_left(path: Path) -> None:
    subprocess.run([sys.executable, "-c", DIE, str(path)], check=False)
    before = digest(path)
    assert all(before)
    assert copied(path, "customers")[-1] == (6, 60, "b")
    assert digest(path) == before


def test_a_name_of_the_target_does_not_stand_in_for_one_that_the_file_lacks(path: Path) -> None:
    with DuckDBEngine() as engine:
        engine.execute("CREATE TABLE gone AS SELECT 'the target''s' AS id")
        engine.execute("CREATE MACRO older(x) AS 'the target''s'")
        with pytest.raises(ConfigError) as caught:
            copy_relation(engine, path, "main", "of_nothing", "copied")
        assert "gone does not exist" in caught.value.problems[0].message
        copy_relation(engine, path, "staging", "stg", "copied")
        assert engine.query("SELECT max(age) FROM copied") == [(41,)]
        assert engine.query("SELECT current_database()") == [("memory",)]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("of_a_file", "file system operations are disabled"),
        ("of_another", 'schema "other" does not exist'),
        ("fails", "Could not convert"),
        ("strange", "a control character in the column name 'a\\nb'"),
    ],
)
def test_a_view_that_is_more_than_its_file(path: Path, name: str, said: str) -> None:
    text = refusal(path, name)
    assert text.startswith(f"SK106 dev.duckdb: {name}")
    assert said in text


NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=12
)
VALUES = st.sampled_from(
    ["1", "NULL", "'it''s'", "DATE '2026-01-01'", "0.1", "'nan'::DOUBLE", "[1, 2]", "{'a': 1}"]
)


@settings(max_examples=15)
@given(NAMES, NAMES, NAMES, st.lists(VALUES, max_size=3))
def test_whatever_it_is_called(schema: str, name: str, column: str, values: list[str]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "dev.duckdb"
        found = relation_sql(name, schema, DUCKDB)
        rows = " UNION ALL ".join(
            f"SELECT {value} AS {identifier(column, DUCKDB)}" for value in values
        )
        with duckdb.connect(path) as connection:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(schema, DUCKDB)}")
            try:
                connection.execute(f"CREATE TABLE {found} AS {rows or 'SELECT 1 AS x LIMIT 0'}")
            except duckdb.Error:  # values of types that do not go together
                assume(False)
            expected = connection.execute(f"SELECT * FROM {found}").fetchall()
        with DuckDBEngine() as engine:
            assert copy_relation(engine, path, schema, name, "copied") == len(expected)
            assert repr(engine.query("SELECT * FROM copied")) == repr(expected)


def test_a_name_that_is_not_there(path: Path) -> None:
    assert refusal(path, "custommers") == (
        "SK101 dev.duckdb has no table or view `custommers` | did you mean `customers`? it has "
        'Big "one", adults, customers, fails, of_a_file, of_another, of_nothing, strange, texts, '
        "staging.stg"
    )
    with duckdb.connect(path.with_name("none.duckdb")) as connection:
        connection.execute("CHECKPOINT")
    text = refusal(path.with_name("none.duckdb"))
    assert text == "SK101 none.duckdb has no table or view `customers` | it has none at all"


def test_what_is_no_duckdb_file(path: Path, tmp_path: Path) -> None:
    assert "SK106 none.db: there is no such file" in refusal(tmp_path / "none.db")
    assert f"SK106 {tmp_path.name}: a folder, not a DuckDB file" in refusal(tmp_path)
    (tmp_path / "empty.db").touch()
    assert "SK106 empty.db: not a DuckDB file, but an empty one" in refusal(tmp_path / "empty.db")
    # DuckDB would look for an extension on the network
    (tmp_path / "sqlite.db").write_bytes(b"SQLite format 3\0" + b"\0" * 4096)
    assert "SK106 sqlite.db: not a DuckDB file, but an SQLite database" in refusal(
        tmp_path / "sqlite.db"
    )
    (tmp_path / "rows.zip").write_bytes(b"PK\3\4" + b"\0" * 4096)
    zipped = refusal(tmp_path / "rows.zip")
    assert "but a zip archive | unpack it, and name the file that was in it" in zipped
    (tmp_path / "rows.feather").write_bytes(b"ARROW1\0\0" + b"\0" * 4096)
    assert "but an Arrow file | write it as Parquet: pandas.read_feather(...)" in refusal(
        tmp_path / "rows.feather"
    )
    (tmp_path / "rows.dat").write_bytes(b"id x" * 2048)
    assert "not a DuckDB file | other files are told by their names: .csv," in refusal(
        tmp_path / "rows.dat"
    )
    damaged = bytearray(path.read_bytes())
    damaged[20] ^= 255
    (tmp_path / "damaged.db").write_bytes(damaged)
    text = refusal(tmp_path / "damaged.db")
    assert "SK106 damaged.db: it is damaged, or not whole: Corrupt database file" in text
    assert "put a good copy in its place" in text


def test_an_encrypted_file(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute("SET force_mbedtls_unsafe = 'true'")
        connection.execute(f"ATTACH '{tmp_path / 'x.db'}' AS x (ENCRYPTION_KEY 'the key')")
        connection.execute("CREATE TABLE x.customers AS SELECT 1 AS id")
    assert "SK106 x.db: it is encrypted, and segkit has no key to give" in refusal(
        tmp_path / "x.db"
    )


def test_a_writer_is_named(path: Path, writer: subprocess.Popen[str]) -> None:
    for read in (lambda: list_relations(path), lambda: copied(path, "customers")):
        with pytest.raises(EngineError) as caught:
            read()
        problem = caught.value.problems[0]
        assert problem.code == "SK601"
        assert problem.message == f"dev.duckdb is in use by process {writer.pid}"


def test_our_own_process_writes_in_it_and_keeps_its_lock(path: Path) -> None:
    """A file's locks are the process's: whoever opens and closes it drops them all."""
    with duckdb.connect(path) as connection:
        with pytest.raises(EngineError) as caught:
            copied(path, "customers")
        assert caught.value.problems[0].message == "dev.duckdb is in use by this process"
        other = subprocess.run(
            [sys.executable, "-c", HOLD, str(path), "0"], capture_output=True, text=True
        )
        assert "Conflicting lock is held" in other.stderr
        connection.execute("INSERT INTO customers VALUES (7, 70, 'a')")
    assert copied(path, "customers")[-1] == (7, 70, "a")


def test_a_writer_is_waited_for(path: Path, writer: subprocess.Popen[str]) -> None:
    told: list[str] = []

    def end_it(text: str) -> None:
        told.append(text)
        writer.kill()

    with DuckDBEngine() as engine:
        assert copy_relation(engine, path, "main", "customers", "c", Patience(30, end_it)) == 5
    assert told == [f"waiting for process {writer.pid}, which has dev.duckdb open"]


@pytest.mark.parametrize("in_place", [False, True])
def test_into_a_workspace(path: Path, tmp_path: Path, in_place: bool) -> None:
    target = tmp_path / "shop.duckdb"
    if in_place:
        with duckdb.connect(target) as connection:
            connection.execute("CREATE TABLE theirs AS SELECT 1 AS x")
    with open_workspace(target, project="shop", carry_over=False) as workspace:
        assert workspace.mode == ("in place" if in_place else "renamed")
        workspace.execute("CREATE SCHEMA raw")
        for name, count in (("adults", 3), ("customers", 5)):
            assert copy_relation(workspace, path, "main", name, f"raw.{name}") == count
            workspace.register("raw", name, "table", name)
        # no lock is left: the file's owner writes while the build goes on
        subprocess.run([sys.executable, "-c", HOLD, str(path), "0"], check=True)
        workspace.lock_down()
        with pytest.raises(SegkitError, match="disabled"):
            workspace.query_aside(f"ATTACH '{path}' AS x")
        with pytest.raises(SegkitError, match="disabled"):
            workspace.query_aside(f"SELECT * FROM read_blob('{path}')")
        workspace.publish()
    with duckdb.connect(target, read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM raw.adults").fetchall() == [(3,)]
    assert not [p.name for p in tmp_path.iterdir() if "building" in p.name]


def test_a_writer_that_is_waited_for_spoils_no_transaction(
    path: Path, tmp_path: Path, writer: subprocess.Popen[str]
) -> None:
    target = tmp_path / "shop.duckdb"
    with duckdb.connect(target) as connection:
        connection.execute("CREATE TABLE theirs AS SELECT 1 AS x")
    with open_workspace(target, project="shop", carry_over=False) as workspace:
        with pytest.raises(EngineError):
            copy_relation(workspace, path, "main", "customers", "copied")
        writer.kill()
        writer.wait()
        copy_relation(workspace, path, "main", "customers", "copied")
        workspace.register("main", "copied", "table", "raw.customers")
        workspace.publish()
    with duckdb.connect(target, read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM copied").fetchall() == [(5,)]
