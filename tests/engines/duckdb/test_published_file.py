import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from segkit.engines.duckdb.foreign_files import list_relations
from segkit.engines.duckdb.published_file import open_published
from segkit.engines.duckdb.publisher import open_workspace
from segkit.errors import ConfigError, EngineError


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.duckdb"
    with open_workspace(path, project="shop", carry_over=False) as workspace:
        workspace.create_table("main", "t", "SELECT range AS a FROM range(5000)", "t")
        workspace.create_view("main", "v", "SELECT a FROM t", "v")
        workspace.publish()
    return path


def refused(path: Path) -> tuple[str, str]:
    with pytest.raises(EngineError) as caught:
        open_published(path).close()
    problem = caught.value.problems[0]
    assert problem.help
    return problem.code, problem.message


def test_read_only_and_locked_down(shop: Path) -> None:
    before = shop.read_bytes()
    with open_published(shop) as engine:
        assert engine.query("SELECT count(*) FROM v") == [(5000,)]
        assert [c.name for c in engine.columns("main.v")] == ["a"]
        for sql in (
            "CREATE TABLE x (i INTEGER)",
            "DELETE FROM t",
            "FROM '/etc/passwd'",
            f"FROM read_blob('{shop.parent}/other')",
            "SET threads = 1",
        ):
            with pytest.raises(EngineError):
                engine.query(sql)
        assert engine.query("SELECT count(*) FROM t") == [(5000,)]
    assert shop.read_bytes() == before


def test_two_readers_in_one_process(shop: Path) -> None:
    with open_published(shop) as one, open_published(shop) as two:
        assert one.query("SELECT max(a) FROM v") == two.query("SELECT max(a) FROM v")


def test_nothing_there(tmp_path: Path) -> None:
    (tmp_path / "empty.duckdb").touch()
    duckdb.connect(str(tmp_path / "plain.duckdb")).execute("CREATE TABLE t (i INTEGER)").close()
    for name in ("none.duckdb", "empty.duckdb", "plain.duckdb"):
        code, message = refused(tmp_path / name)
        assert code == "SK605"
        assert name in message


def test_no_duckdb_file(tmp_path: Path) -> None:
    (tmp_path / "text.duckdb").write_text("hello " * 5000)
    (tmp_path / "folder.duckdb").mkdir()
    for name in ("text.duckdb", "folder.duckdb"):
        code, message = refused(tmp_path / name)
        assert code == "SK601"
        assert name in message


@pytest.mark.parametrize("size", [100, 4096, 8192, 12288, 20000])
def test_a_truncated_file(shop: Path, size: int) -> None:
    shop.write_bytes(shop.read_bytes()[:size])
    assert refused(shop)[0] == "SK601"


def test_flipped_bytes_are_noticed(shop: Path) -> None:
    content = shop.read_bytes()
    for offset in range(4096 * 3 + 50, len(content), len(content) // 12):
        damaged = bytearray(content)
        damaged[offset] ^= 0x55
        shop.write_bytes(bytes(damaged))
        try:
            with open_published(shop) as engine:
                rows = engine.query("SELECT count(*), sum(a) FROM v")
        except EngineError as error:
            assert error.problems[0].code == "SK601"
        else:
            assert rows == [(5000, sum(range(5000)))]


def test_a_writer_is_named(shop: Path) -> None:
    code = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]);"
        "print('open', flush=True); sys.stdin.read()"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", code, str(shop)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "open\n"
        error, message = refused(shop)
        assert error == "SK601"
        assert f"process {writer.pid}" in message
    finally:
        writer.communicate()


OPENINGS: tuple[Callable[[Path], object], ...] = (
    open_published,
    lambda path: open_workspace(path, project="p", carry_over=True),
)


def foreign(kind: str, path: Path) -> None:
    """Write what is no database of segkit's, as other programs and accidents leave it."""
    heads = {
        "sqlite": b"SQLite format 3\0" + b"\0" * 8000,
        "dump": b"PGDMP\1\16" + b"x" * 4000,
        "csv": b"id,n\n1,a\n",
        "parquet": b"PAR1" + b"x" * 4000 + b"PAR1",
        "zip": b"PK\3\4" + b"x" * 400,
        "gzip": b"\x1f\x8b\x08" + b"x" * 400,
    }
    if kind in heads:
        path.write_bytes(heads[kind])
        return
    with duckdb.connect() as connection:
        connection.execute("SET force_mbedtls_unsafe = 'true'")
        key = "ENCRYPTION_KEY 'the key'" if kind == "encrypted" else "STORAGE_VERSION 'v1.0.0'"
        connection.execute(f"ATTACH '{path}' AS x ({key})")
        connection.execute("CREATE TABLE x.t AS SELECT i FROM range(3000) r(i)")
    data = bytearray(path.read_bytes())
    if kind == "cut":
        data = data[:9000]
    elif kind == "newer":
        data[12:20] = (10**6).to_bytes(8, "little")
        path.write_bytes(data)
        with duckdb.connect() as connection, pytest.raises(duckdb.Error) as caught:
            connection.execute(f"ATTACH '{path}' AS x (READ_ONLY)")
        sum_ = re.search(r"computed checksum (\d+)", str(caught.value))
        assert sum_
        data[0:8] = int(sum_[1]).to_bytes(8, "little")
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("sqlite", "not a DuckDB file, but an SQLite database"),
        ("dump", "not a DuckDB file, but a dump of PostgreSQL"),
        ("csv", "not a DuckDB file"),
        ("parquet", "not a DuckDB file, but a Parquet file"),
        ("zip", "not a DuckDB file, but a zip archive"),
        ("gzip", "not a DuckDB file, but a file that gzip has packed"),
        ("encrypted", "it is encrypted, and segkit has no key to give"),
        ("cut", "it is damaged, or not whole: Could not read enough bytes from file"),
        ("newer", "it was written by a newer DuckDB"),
    ],
)
def test_a_file_that_is_not_ours_is_named_and_left_alone(
    tmp_path: Path, kind: str, said: str
) -> None:
    """At the target's path and as a source: one sentence, and no look into the network."""
    path = tmp_path / "shop.duckdb"
    foreign(kind, path)
    before = path.read_bytes()
    for open_it in (
        open_published,
        lambda path: open_workspace(path, project="p", carry_over=True),
    ):
        with pytest.raises(EngineError) as caught:
            open_it(path)
        problem = caught.value.problems[0]
        assert problem.code == "SK601"
        assert problem.message.startswith(f"shop.duckdb cannot be opened: {said}")
        assert "or set another `path:` for the target" in (problem.help or "")
    with pytest.raises(ConfigError) as of_a_source:
        list_relations(path)
    assert of_a_source.value.problems[0].code == "SK106"
    assert of_a_source.value.problems[0].message.startswith(f"shop.duckdb: {said}")
    assert of_a_source.value.problems[0].help
    assert path.read_bytes() == before
    assert not Path(f"{path}.wal").exists()


@pytest.mark.parametrize("is_empty", [False, True])
def test_a_log_without_its_database_is_not_applied_to_a_new_one(
    tmp_path: Path, is_empty: bool
) -> None:
    path, log = tmp_path / "shop.duckdb", tmp_path / "shop.duckdb.wal"
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS a")
        connection.execute("CHECKPOINT")
        connection.execute("INSERT INTO t VALUES (2)")
        kept = log.read_bytes()
    path.unlink()
    log.write_bytes(kept)
    if is_empty:
        path.touch()
    for open_it in (
        open_published,
        lambda path: open_workspace(path, project="p", carry_over=True),
    ):
        with pytest.raises(EngineError, match="SK601") as caught:
            open_it(path)
        assert "the log of a database that is gone" in caught.value.problems[0].message
    assert log.read_bytes() == kept
    assert path.exists() == is_empty
