import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import duckdb
import pytest

from segkit.engines.duckdb import publisher as module
from segkit.engines.duckdb.published_file import open_published
from segkit.engines.duckdb.publisher import DuckDBWorkspace, open_workspace
from segkit.engines.locks import Patience
from segkit.engines.registered import HISTORY
from segkit.errors import EngineError, PublishError, SegkitError
from segkit.project.safe_files import OwnFolder

ROWS = "SELECT range AS id, {n} AS n FROM range(1000)"


def build(path: Path, n: int = 1, *, carry_over: bool = False, project: str = "shop") -> None:
    with open_workspace(
        path, project=project, carry_over=carry_over, patience=Patience(20)
    ) as workspace:
        fill(workspace, n)
        workspace.publish()


def fill(workspace: DuckDBWorkspace, n: int) -> None:
    workspace.lock_down()
    workspace.create_table("crm", "customers", ROWS.format(n=n), "crm.customers")
    workspace.create_view(
        "main", "v", "WITH a AS (SELECT id, n FROM crm.customers) SELECT id, n FROM a", "v"
    )
    workspace.run_ddl("COMMENT ON VIEW v IS 'all of them'")


def read(path: Path, sql: str = "SELECT count(*), min(n), max(n) FROM v") -> list[object]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return list(connection.execute(sql).fetchall())


def is_clean(path: Path) -> bool:
    """Nothing but the file itself."""
    return [entry.name for entry in path.parent.iterdir() if entry.name != path.name] == []


def run(code: str, *arguments: object, wait_for: str | None = None) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if wait_for is not None:
        assert process.stdout is not None
        assert process.stdout.readline() == f"{wait_for}\n"
    return process


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "warehouse").mkdir()
    return tmp_path / "warehouse" / "shop.duckdb"


# -- segkit's own file --------------------------------------------------------------------------


def test_a_new_file(path: Path) -> None:
    with open_workspace(path, project="shop", carry_over=False) as workspace:
        assert workspace.mode == "renamed"
        fill(workspace, 1)
        assert not path.exists()
        workspace.publish()
    assert read(path) == [(1000, 1, 1)]
    assert is_clean(path)
    assert read(path, "SELECT comment FROM duckdb_views() WHERE view_name = 'v'") == [
        ("all of them",)
    ]


def test_the_registry(path: Path) -> None:
    build(path)
    build(path, 2)
    assert read(path, "FROM _segkit ORDER BY ALL") == [
        ("shop", "crm", "customers", "table", "crm.customers", 2),
        ("shop", "main", "_segkit", "registry", "", 2),
        ("shop", "main", "v", "view", "v", 2),
    ]


@pytest.mark.parametrize("forgets", [False, True])
def test_histories_stay_and_nothing_else_does(path: Path, forgets: bool) -> None:
    build(path)
    with open_workspace(path, project="shop", carry_over=True) as workspace:
        workspace.run_ddl("CREATE TABLE s_history AS SELECT 7 AS id")
        workspace.register("main", "s_history", HISTORY, "s")
        workspace.create_table("other", "t", "SELECT 'left over' AS x", "t")
        workspace.publish()
    with open_workspace(path, project="shop", carry_over=False, forgets=forgets) as workspace:
        assert not workspace.exists("main", "v")
        assert (
            workspace.query(
                "SELECT 1 FROM duckdb_schemas() WHERE schema_name = 'other'"
                f" AND database_name = '{module.TARGET}'"
            )
            == []
        )
        assert workspace.carry_table("s_history")
        fill(workspace, 3)
        workspace.publish()
    assert read(path, "FROM s_history") == [(7,)]
    assert read(path) == [(1000, 3, 3)]
    assert read(path, "SELECT relation_name FROM _segkit ORDER BY 1") == [
        ("_segkit",),
        ("customers",),
        ("s_history",),
        ("v",),
    ]
    assert (b"left over" in path.read_bytes()) <= (not forgets)


def test_views_answer_under_another_name_and_as_another_catalog(path: Path, tmp_path: Path) -> None:
    with open_workspace(path, project="shop", carry_over=False) as workspace:
        fill(workspace, 1)
        workspace.create_view("main", "w", f"SELECT n FROM {module.TARGET}.main.v", "w")
        workspace.publish()
    moved = tmp_path / "else" / "other name.db"
    moved.parent.mkdir()
    shutil.move(path, moved)
    assert read(moved) == [(1000, 1, 1)]
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{moved}' AS bi (READ_ONLY)")
        assert connection.execute("SELECT count(*) FROM bi.main.w").fetchall() == [(1000,)]
        definitions = connection.execute(
            "SELECT string_agg(sql, '') FROM duckdb_views() WHERE NOT internal"
        ).fetchall()[0][0]
        assert module.TARGET not in definitions


@pytest.mark.old_client
def test_an_old_client_reads_it(path: Path, tmp_path: Path) -> None:
    python = os.environ.get("SEGKIT_OLD_DUCKDB_PYTHON")
    if not python:
        pytest.skip("SEGKIT_OLD_DUCKDB_PYTHON does not name a Python with DuckDB 1.4")
    for carry_over in (False, True):
        build(path, 1, carry_over=carry_over)
        moved = tmp_path / "renamed.db"
        shutil.copy(path, moved)
        code = """
            import sys, duckdb
            assert duckdb.__version__.startswith("1."), duckdb.__version__
            c = duckdb.connect(sys.argv[1], read_only=True)
            print(c.execute("SELECT count(*), max(n) FROM v").fetchall())
            print(c.execute("SELECT count(*) FROM _segkit").fetchall())
            c = duckdb.connect()
            c.execute(f"ATTACH '{sys.argv[1]}' AS bi (READ_ONLY)")
            print(c.execute("SELECT max(id) FROM bi.main.v").fetchall())
        """
        done = subprocess.run(
            [python, "-c", textwrap.dedent(code), str(moved)], capture_output=True, text=True
        )
        assert done.stdout == "[(1000, 1)]\n[(3,)]\n[(999,)]\n", done.stderr


def test_leaving_without_publish_changes_nothing(path: Path) -> None:
    build(path)
    before = path.read_bytes()
    with open_workspace(path, project="shop", carry_over=False) as workspace:
        fill(workspace, 2)
    assert path.read_bytes() == before
    with (
        pytest.raises(KeyboardInterrupt),
        open_workspace(path, project="shop", carry_over=True) as workspace,
    ):
        fill(workspace, 2)
        raise KeyboardInterrupt
    assert path.read_bytes() == before
    assert is_clean(path)
    build(path, 3)
    assert read(path) == [(1000, 3, 3)]


def test_a_failing_statement_spoils_nothing_else(path: Path) -> None:
    build(path)
    with open_workspace(path, project="shop", carry_over=True) as workspace:
        workspace.lock_down()
        with pytest.raises(EngineError) as caught:
            workspace.create_table(
                "crm", "customers", "SELECT 1 AS id,\n CAST('x' AS INTEGER) AS n", "crm.customers"
            )
        assert caught.value.position == (2, 2)
        with pytest.raises(EngineError, match="SK404"):
            workspace.query("SELECT nope")
        with pytest.raises(EngineError, match="SK403"):
            workspace.create_view("main", "v", "SELECT 1 AS a; DROP TABLE crm.customers", "v")
        workspace.create_view("main", "w", "SELECT 1 AS one", "w")
        workspace.publish()
    assert read(path) == [(1000, 1, 1)]
    assert read(path, "FROM w") == [(1,)]


def test_carry_over_starts_from_what_is_published(path: Path) -> None:
    build(path)
    with open_workspace(path, project="shop", carry_over=True) as workspace:
        workspace.create_view("main", "w", "SELECT max(id) AS last FROM v", "w")
        workspace.publish()
    assert read(path, "FROM w") == [(999,)]
    assert {row[0] for row in read(path, "SELECT relation_name FROM _segkit")} == {  # type: ignore[index]
        "_segkit",
        "customers",
        "v",
        "w",
    }


def test_without_carry_over_only_carried_tables_remain(path: Path) -> None:
    for carry_over in (False, True):
        with open_workspace(path, project="shop", carry_over=False) as workspace:
            workspace.create_table("main", "S_history", "SELECT 1 AS id", "S")
            workspace.register("main", "S_history", "history", "S")
            workspace.create_table("main", "gone", "SELECT 1 AS id", "gone")
            workspace.publish()
        with open_workspace(path, project="shop", carry_over=carry_over) as workspace:
            workspace.lock_down()
            assert workspace.carry_table("s_HISTORY")
            assert workspace.carry_table("S_history")
            assert not workspace.carry_table("never")
            workspace.drop_stale({("main", "S_history")})
            workspace.publish()
        assert read(path, 'FROM "S_history"') == [(1,)]
        assert read(path, "SELECT relation_name, relation_type FROM _segkit ORDER BY 1") == [
            ("S_history", "history"),
            ("_segkit", "registry"),
        ]
        assert read(path, "SELECT table_name FROM duckdb_tables() ORDER BY 1") == [
            ("S_history",),
            ("_segkit",),
        ]


def test_a_view_may_become_a_table_and_back(path: Path) -> None:
    for make in ("create_table", "create_view", "create_table"):
        with open_workspace(path, project="shop", carry_over=True) as workspace:
            getattr(workspace, make)("main", "x", "SELECT 1 AS a", "x")
            workspace.publish()
        assert read(path, "FROM x") == [(1,)]


def test_load_source(path: Path, tmp_path: Path) -> None:
    source = tmp_path / "customers.csv"
    for content, rows in (("id\n0001\n", 1), ("id\n0001\n0002\n", 2)):
        source.write_text(content)
        with open_workspace(path, project="shop", carry_over=True) as workspace:
            assert workspace.load_source("crm", "customers", source, "crm.customers").rows == rows
            workspace.lock_down()
            with pytest.raises(EngineError, match="disabled by configuration"):
                workspace.query(f"FROM '{source}'")
            with pytest.raises(EngineError, match="disabled by configuration"):
                workspace.query(f"FROM glob('{path.parent}/*')")
            workspace.publish()
        source.unlink()
        assert len(read(path, "FROM crm.customers")) == rows


def test_a_view_that_breaks_is_not_published(path: Path) -> None:
    build(path)
    before = path.read_bytes()
    with open_workspace(path, project="shop", carry_over=True) as workspace:
        workspace.create_table("crm", "customers", "SELECT 1 AS id", "crm.customers")
        with pytest.raises(PublishError, match="view v cannot be read"):
            workspace.publish()
    assert path.read_bytes() == before
    assert is_clean(path)


def test_a_view_on_the_previous_file_is_not_published(path: Path) -> None:
    build(path)
    before = path.read_bytes()
    with open_workspace(path, project="shop", carry_over=False) as workspace:
        workspace.create_view("main", "w", f"SELECT n FROM {module.PREVIOUS}.main.v", "w")
        with pytest.raises(PublishError, match=r"view \w cannot be read"):
            workspace.publish()
    assert path.read_bytes() == before
    assert is_clean(path)


@pytest.mark.parametrize("step", ["_probe", "_verify", "_swap", "sync"])
def test_a_publish_that_fails_leaves_the_old_state(
    path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(path)
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(*((OwnFolder, step) if step == "sync" else (DuckDBWorkspace, step)), fail)
    with (
        pytest.raises(OSError, match="no space"),
        open_workspace(path, project="shop", carry_over=False) as workspace,
    ):
        fill(workspace, 2)
        workspace.publish()
    assert path.read_bytes() == before
    assert is_clean(path)


def test_a_file_of_another_project_is_refused(path: Path) -> None:
    build(path)
    with pytest.raises(PublishError, match=r"SK603.*'shop', not to 'store'"):
        open_workspace(path, project="store", carry_over=False)
    assert is_clean(path)


@pytest.mark.parametrize("content", [b"hello " * 5000, b"x"])
def test_a_damaged_file_is_refused_and_kept(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(EngineError, match="SK601"):
        open_workspace(path, project="shop", carry_over=False)
    assert path.read_bytes() == content
    assert is_clean(path)


def test_a_log_that_a_writer_left_is_not_lost(path: Path) -> None:
    build(path)
    code = """
        import duckdb, os, sys
        c = duckdb.connect(sys.argv[1])
        c.execute("INSERT INTO crm.customers VALUES (1000, 1)")
        os._exit(1)
    """
    run(code, path).wait()
    assert Path(f"{path}.wal").exists()
    with open_workspace(path, project="shop", carry_over=True) as workspace:
        workspace.publish()
    assert read(path) == [(1001, 1, 1)]
    assert is_clean(path)


def test_stale_files_are_removed(path: Path) -> None:
    for name in ("building-1", "building-1.wal", "building-999999"):
        path.with_name(f".{path.name}.{name}").touch()
    spill = path.with_name(f".{path.name}.building-1.tmp")
    spill.mkdir()
    (spill / "duckdb_temp_storage-0.tmp").touch()
    build(path)
    assert is_clean(path)


# -- processes ----------------------------------------------------------------------------------

KILLED = """
    import sys, time
    from pathlib import Path
    from segkit.engines.duckdb.publisher import open_workspace
    from segkit.engines.locks import Patience
    path, mode = Path(sys.argv[1]), sys.argv[2]
    carry, wait = mode == "copy", Patience(5)
    with open_workspace(path, project="shop", carry_over=carry, patience=wait) as workspace:
        print("open", flush=True)
        n = 0
        while True:
            n += 1
            workspace.create_table("crm", "customers",
                                   f"SELECT range AS id, {n} AS n FROM range(100000)", "c")
            workspace.create_view("main", "v", "SELECT id, n FROM crm.customers", "v")
"""


@pytest.mark.parametrize(
    ("mode", "delay"),
    [
        ("new", 0.15),
        ("copy", 0.0),
        pytest.param("new", 0.0, marks=pytest.mark.slow),
        pytest.param("copy", 0.15, marks=pytest.mark.slow),
    ],
)
def test_kill_leaves_the_old_file_answering(path: Path, mode: str, delay: float) -> None:
    build(path)
    before = path.read_bytes()
    process = run(KILLED, path, mode, wait_for="open")
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert path.read_bytes() == before
    assert read(path) == [(1000, 1, 1)]
    build(path, 2)
    assert read(path) == [(1000, 2, 2)]
    assert is_clean(path)


READER = """
    import sys, time
    from pathlib import Path
    import duckdb
    print("ready", flush=True)
    seen, end = set(), time.monotonic() + 60
    while 8 not in seen and time.monotonic() < end:
        with duckdb.connect(sys.argv[1], read_only=True) as c:
            row = c.execute("SELECT count(*), min(n), max(n) FROM v").fetchall()[0]
        assert row[0] == 1000 and row[1] == row[2], row
        seen.add(row[1])
    assert 8 in seen
    print("fine")
"""


@pytest.mark.slow  # a long-lived reader and a killed build are below and above
def test_readers_see_no_error_while_builds_go_on(path: Path) -> None:
    build(path, 0)
    readers = [run(READER, path, wait_for="ready") for _ in range(2)]
    for n in range(1, 9):
        build(path, n, carry_over=n % 2 == 0)
    for reader in readers:
        assert reader.communicate(timeout=60)[0] == "fine\n"


def test_a_long_lived_reader_keeps_its_state(path: Path) -> None:
    build(path, 1)
    with open_published(path) as old:
        build(path, 2)
        assert old.query("SELECT max(n) FROM v") == [(1,)]
        with open_published(path) as new:
            assert new.query("SELECT max(n) FROM v") == [(2,)]
        build(path, 3, carry_over=True)
    assert read(path) == [(1000, 3, 3)]


@pytest.mark.slow  # four processes; that one waits is in test_locks.py
def test_two_builds_at_once(path: Path) -> None:
    code = """
        import sys
        from pathlib import Path
        from segkit.engines.duckdb.publisher import open_workspace
        from segkit.engines.locks import Patience
        name, wait = sys.argv[2], Patience(60)
        with open_workspace(Path(sys.argv[1]), project="shop", carry_over=True, patience=wait) as w:
            w.create_table("main", name, "SELECT 1 AS a", name)
            w.publish()
    """
    processes = [run(code, path, f"t{n}") for n in range(4)]
    for process in processes:
        assert process.communicate(timeout=60)[0] == ""
    assert len(read(path, "FROM _segkit WHERE relation_type = 'table'")) == 4
    assert is_clean(path)


def test_the_second_build_gives_up_and_names_the_first(path: Path) -> None:
    process = run(KILLED, path, "new", wait_for="open")
    try:
        said: list[str] = []
        with pytest.raises(PublishError, match=f"SK602.*process {process.pid}"):
            open_workspace(
                path, project="shop", carry_over=False, patience=Patience(0.2, said.append)
            )
        assert said == [f"waiting for the build of process {process.pid}"]
    finally:
        process.kill()
        process.communicate()


# -- a file with other people's tables -----------------------------------------------------------


@pytest.fixture
def shared(path: Path) -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA raw; CREATE TABLE raw.orders AS SELECT 7 AS id")
        connection.execute("CREATE TABLE mine AS SELECT 8 AS id")
    return path


def test_in_place(shared: Path) -> None:
    for n in (1, 2):
        with open_workspace(shared, project="shop", carry_over=False) as workspace:
            assert workspace.mode == "in place"
            fill(workspace, n)
            workspace.create_view("main", "o", "SELECT id FROM raw.orders", "o")
            workspace.publish()
        assert read(shared) == [(1000, n, n)]
        assert read(shared, "FROM o") == [(7,)]
        assert read(shared, "FROM mine") == [(8,)]
        assert is_clean(shared)
    with open_workspace(shared, project="shop", carry_over=False) as workspace:
        workspace.drop_stale({("main", "o")})
        workspace.publish()
    assert read(shared, "SELECT view_name FROM duckdb_views() WHERE NOT internal") == [("o",)]
    assert read(shared, "FROM mine") == [(8,)]


def test_our_own_file_in_which_somebody_made_a_table_is_kept(path: Path) -> None:
    build(path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE mine AS SELECT 8 AS id")
    build(path, 2)
    assert read(path) == [(1000, 2, 2)]
    assert read(path, "FROM mine") == [(8,)]


def test_somebody_elses_relation_is_never_replaced(shared: Path) -> None:
    for make in (
        lambda w: w.create_view("main", "MINE", "SELECT 1 AS a", "mine"),
        lambda w: w.create_table("raw", "orders", "SELECT 1 AS a", "orders"),
        lambda w: w.drop_ours("main", "mine"),
        lambda w: w.carry_table("mine"),
    ):
        with (
            pytest.raises(PublishError, match="SK603"),
            open_workspace(shared, project="shop", carry_over=False) as workspace,
        ):
            workspace.create_view("main", "before", "SELECT 1 AS a", "before")
            make(workspace)
    with pytest.raises(duckdb.CatalogException):
        read(shared, "FROM before")
    assert read(shared, "FROM mine") == [(8,)]


def test_in_place_what_somebody_put_in_the_place_of_ours_is_theirs(shared: Path) -> None:
    build(shared)
    with duckdb.connect(str(shared)) as connection:
        connection.execute("DROP VIEW v; CREATE TABLE v AS SELECT 42 AS precious")
    with pytest.raises(PublishError, match=r"SK603.*relation main\.v that segkit did not make"):
        build(shared, 2)
    with (
        open_workspace(
            shared, project="shop", carry_over=False, patience=Patience(20)
        ) as workspace,
        pytest.raises(PublishError, match="SK603"),
    ):
        workspace.drop_stale(keep=set())
    assert read(shared, "SELECT precious FROM v") == [(42,)]


def test_in_place_a_failure_is_never_taken_for_a_publish(shared: Path) -> None:
    """DuckDB answers COMMIT of an aborted transaction as if it had happened."""
    with open_workspace(shared, project="shop", carry_over=False) as workspace:
        fill(workspace, 1)
        with pytest.raises(EngineError):
            workspace.query("SELECT CAST(id || 'x' AS INTEGER) FROM v")
        with pytest.raises(PublishError, match=r"nothing was published.*convert"):
            workspace.publish()
    assert read(shared, "SELECT count(*) FROM duckdb_tables()") == [(2,)]
    assert is_clean(shared)


def test_in_place_kill(shared: Path) -> None:
    build(shared, 1)
    process = run(KILLED, shared, "new", wait_for="open")
    time.sleep(0.1)
    process.kill()
    process.communicate()
    assert read(shared) == [(1000, 1, 1)]
    build(shared, 2)
    assert read(shared) == [(1000, 2, 2)]
    assert is_clean(shared)


def test_in_place_waits_for_whoever_has_the_file(shared: Path) -> None:
    code = """
        import duckdb, sys
        c = duckdb.connect(sys.argv[1], read_only=True)
        print("open", flush=True)
        sys.stdin.read()
    """
    reader = run(code, shared, wait_for="open")
    said: list[str] = []
    with pytest.raises(SegkitError, match=rf"SK601.*in use by process {reader.pid}"):
        open_workspace(
            shared, project="shop", carry_over=False, patience=Patience(0.3, said.append)
        )
    assert said == [f"waiting for process {reader.pid}, which has shop.duckdb open"]
    assert reader.stdin is not None
    threading.Timer(0.3, reader.stdin.close).start()
    build(shared, 1)
    reader.wait(10)
    assert read(shared) == [(1000, 1, 1)]


def test_two_projects_share_a_file(shared: Path) -> None:
    build(shared, 1, project="shop")
    with open_workspace(shared, project="store", carry_over=False) as workspace:
        assert workspace.registered() == ()
        workspace.create_view("main", "w", "SELECT 1 AS a", "w")
        workspace.drop_stale({("main", "w")})
        with pytest.raises(PublishError, match="SK603"):
            workspace.create_view("main", "v", "SELECT 1 AS a", "v")
        workspace.publish()
    assert read(shared) == [(1000, 1, 1)]


def test_a_file_with_mixed_line_ends_is_loaded_in_a_transaction(tmp_path: Path) -> None:
    """The strict reader refuses it; that must not abort what the second try runs in."""
    source = tmp_path / "customers.csv"
    source.write_bytes(b"id,x\r\n1,2\r\n3,4\n5,6\n")
    with open_workspace(
        tmp_path / "shop.duckdb", project="shop", carry_over=False, patience=Patience(20)
    ) as workspace:
        assert workspace.load_source("crm", "customers", source, "crm.customers").rows == 3
        assert workspace.query("SELECT sum(x) FROM crm.customers") == [(12,)]


def test_what_a_block_takes_back_is_not_on_record_either(path: Path) -> None:
    """The record is kept in memory until all is made: it has to go back with the tables."""
    with open_workspace(path, project="shop", carry_over=False) as workspace:
        fill(workspace, 1)
        before = workspace.registered()
        with pytest.raises(EngineError), workspace.atomic():
            workspace.create_table("main", "late", "SELECT 1 AS a", "late")
            workspace.drop_ours("main", "v")
            workspace.execute("SELECT wrong")
        assert workspace.registered() == before
        assert not workspace.exists("main", "late") and workspace.exists("main", "v")
