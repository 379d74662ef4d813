import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from segkit.engines.published import open_published
from segkit.engines.workspace import open_workspace
from segkit.errors import EngineError


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
