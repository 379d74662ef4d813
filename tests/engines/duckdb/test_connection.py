import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

import segkit
from segkit.core.columns import Kind
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.engines.duckdb.foreign_files import open_file
from segkit.engines.duckdb.published_file import open_published
from segkit.engines.duckdb.publisher import open_workspace
from segkit.errors import EngineError


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine() as scratch:
        scratch.execute("CREATE TABLE customers (id INTEGER, age DECIMAL(10, 2), name VARCHAR)")
        scratch.execute("INSERT INTO customers VALUES (1, 20, 'a'), (2, NULL, 'b')")
        yield scratch


def refused(engine: DuckDBEngine, sql: str) -> EngineError:
    with pytest.raises(EngineError) as caught:
        engine.query(sql)
    return caught.value


def test_query_returns_all_rows_and_takes_parameters(engine: DuckDBEngine) -> None:
    assert engine.query("SELECT id FROM customers WHERE id > $1 ORDER BY id", (0,)) == [(1,), (2,)]
    assert engine.query("SELECT 1") == [(1,)]


def test_batches_are_all_rows_in_order_and_then_the_connection_is_free(
    engine: DuckDBEngine,
) -> None:
    batches = list(engine.batches("SELECT range AS n FROM range(25000) ORDER BY n"))
    assert [n for batch in batches for (n,) in batch] == list(range(25000))
    assert len(batches) > 1
    assert list(engine.batches("SELECT 1 WHERE false")) == []
    assert engine.query("SELECT 1") == [(1,)]


def test_an_error_in_batches_is_one_of_the_engine(engine: DuckDBEngine) -> None:
    with pytest.raises(EngineError) as caught:
        next(engine.batches("SELECT id,\n  bar\nFROM customers"))
    assert caught.value.position == (2, 3)
    late = "SELECT CASE WHEN n > 200000 THEN error('late') END FROM range(300000) AS t(n)"
    with pytest.raises(EngineError, match="late"):
        list(engine.batches(late))
    assert engine.query("SELECT 1") == [(1,)]


def test_batches_need_not_be_read_to_the_end() -> None:
    with DuckDBEngine() as scratch:
        assert len(next(scratch.batches("SELECT * FROM range(1000000)"))) < 1_000_000


def test_nothing_is_drawn_on_stdout_amid_the_rows(engine: DuckDBEngine) -> None:
    assert engine.query("SELECT current_setting('enable_progress_bar')") == [(False,)]


IN_A_NOTEBOOK = """
import sys, types
sys.modules["IPython"] = ipython = types.ModuleType("IPython")
ipython.get_ipython = lambda: types.SimpleNamespace(config={"IPKernelApp": {}})
import duckdb
from segkit.engines.duckdb.connection import DuckDBEngine
try:
    duckdb.connect().execute("SET enable_progress_bar = false")
except duckdb.Error as error:
    print(error)
with DuckDBEngine() as engine:
    print(engine.query("SELECT current_setting('enable_progress_bar')"))
"""


def test_a_notebook_without_widgets_has_no_bar_either() -> None:
    """There DuckDB refuses the setting, which is what it was asked for."""
    command = [sys.executable, "-c", IN_A_NOTEBOOK]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "ipywidgets" not in said:
        pytest.skip("ipywidgets are installed, or this DuckDB does not ask for them")
    assert said.splitlines()[-1] == "[(False,)]"


def test_a_time_has_the_same_date_on_every_machine(engine: DuckDBEngine) -> None:
    assert engine.query("SELECT current_setting('TimeZone')") == [("UTC",)]


def test_columns_and_existence(engine: DuckDBEngine) -> None:
    engine.execute("CREATE SCHEMA crm; CREATE VIEW crm.v AS SELECT age, name FROM customers")
    columns = engine.columns('"crm"."v"')
    assert [(c.name, c.type.sql, c.type.kind) for c in columns] == [
        ("age", "DECIMAL(10,2)", Kind.DECIMAL),
        ("name", "VARCHAR", Kind.TEXT),
    ]
    assert engine.exists("crm", "V")
    assert engine.exists("main", "customers")
    assert not engine.exists("main", "v")


def test_a_column_says_how_its_texts_are_compared(engine: DuckDBEngine) -> None:
    engine.execute('CREATE TABLE t (a VARCHAR COLLATE nocase, b VARCHAR, "C d" VARCHAR)')
    engine.execute("CREATE VIEW v AS SELECT *, lower(a) AS l, b COLLATE noaccent AS n FROM t")
    assert {c.name: c.type.sql for c in engine.columns("v")} == {
        "a": "VARCHAR COLLATE nocase",
        "b": "VARCHAR",
        "C d": "VARCHAR",
        "l": "VARCHAR COLLATE nocase",
        "n": "VARCHAR COLLATE noaccent",
    }
    assert {c.type.kind for c in engine.columns("v")} == {Kind.TEXT}
    assert [c.name for c in engine.columns("v") if c.type.is_plain_text] == ["b", "C d"]


def test_columns_of_a_query_do_not_run_it(engine: DuckDBEngine) -> None:
    columns = engine.columns_of_query("SELECT error('it ran') IS NULL AS boom, id FROM customers;")
    assert [c.name for c in columns] == ["boom", "id"]
    with pytest.raises(EngineError, match="SK403"):
        engine.columns_of_query("SELECT 1; DROP TABLE customers")
    assert engine.exists("main", "customers")


@pytest.mark.parametrize(
    ("sql", "position", "words"),
    [
        ("SELECT foo FROM customers", (1, 8), 'not found in FROM clause! Candidate bindings: "'),
        ("SELECT id,\n  bar\nFROM customers", (2, 3), '"bar" not found'),
        ("SELECT\tid,\tbar FROM customers", (1, 12), '"bar" not found'),
        ("SELECT 'é日本😀', bar FROM customers", (1, 16), '"bar" not found'),
        ("SELECT 'é日本'\n, '日', bar FROM customers", (2, 8), '"bar" not found'),
        ("selec 1", (1, 1), "syntax error"),
        ("SELECT id FROM custmers", (1, 16), 'Did you mean "customers"?'),
        (
            f"SELECT {'id AS a_long_alias, ' * 40}bar, {'id, ' * 40}id FROM customers",
            (1, 8 + 20 * 40),
            '"bar" not found',
        ),
    ],
)
def test_errors_point_at_the_sql(
    engine: DuckDBEngine, sql: str, position: tuple[int, int], words: str
) -> None:
    error = refused(engine, sql)
    assert error.problems[0].code == "SK404"
    assert error.position == position
    assert error.sql == sql
    message = error.problems[0].message
    assert words in message
    assert "\n" not in message
    assert "Error:" not in message
    assert "LINE" not in message


def test_columns_of_a_query_point_into_the_query(engine: DuckDBEngine) -> None:
    with pytest.raises(EngineError) as caught:
        engine.columns_of_query("SELECT id,\n  nope FROM customers")
    assert caught.value.position == (2, 3)
    with pytest.raises(EngineError) as caught:
        engine.columns_of_query("SELECT id,\n\n 1 2 3")
    assert caught.value.position == (3, 4)


@given(
    st.text(
        alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\0'"), max_size=30
    )
)
def test_position_is_right_after_any_text(text: str) -> None:
    before = f"SELECT '{text}', "
    with pytest.raises(EngineError) as caught:
        _SCRATCH.query(f"{before}nope FROM (SELECT 1 AS one)")
    assert caught.value.position == (
        before.count("\n") + 1,
        len(before) - (before.rfind("\n") + 1) + 1,
    )


_SCRATCH = DuckDBEngine()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "SELECT 1;",
        "-- why\nSELECT 1 -- because",
        "FROM customers",
        "WITH x AS (SELECT 1 AS a) SELECT a FROM x UNION ALL SELECT 2",
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) FROM r",
        "VALUES (1)",
        'SELECT \'"type":"INSERT_QUERY_NODE"\' AS "DROP_NODE"',
        "SELECT " + " + ".join(["1"] * 500) + " AS deep",
        "SELECT list_transform([1], lambda x: x + 1) AS l",
    ],
)
def test_a_select_is_accepted(engine: DuckDBEngine, sql: str) -> None:
    engine.check_select(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "-- nothing",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE customers",
        "DROP TABLE customers",
        "CREATE TABLE t AS SELECT 1",
        "WITH x AS (INSERT INTO customers VALUES (3, 3, 'c') RETURNING *) SELECT * FROM x",
        "WITH x AS (DELETE FROM customers RETURNING *) SELECT * FROM x",
        "WITH x AS (UPDATE customers SET age = 1 RETURNING *) SELECT * FROM x",
        "SELECT * FROM (WITH x AS (DELETE FROM customers RETURNING *) SELECT * FROM x)",
        "PIVOT customers ON name",
        "SET threads = 1",
        "COPY customers TO '/tmp/x.csv'",
        "ATTACH '/tmp/x.duckdb' AS x",
        "INSTALL httpfs",
        "CALL pragma_version()",
        "PRAGMA version",
        "EXPLAIN SELECT 1",
        "SELECT $1",
    ],
)
def test_everything_else_is_refused(engine: DuckDBEngine, sql: str) -> None:
    with pytest.raises(EngineError, match="SK403"):
        engine.check_select(sql)
    assert engine.query("SELECT count(*), count(age) FROM customers") == [(2, 1)]


def test_a_refusal_does_not_abort_a_transaction(engine: DuckDBEngine) -> None:
    engine.execute("BEGIN")
    engine.execute("CREATE TABLE t AS SELECT 1 AS a")
    for sql in ("selec", "DROP TABLE t", "SELECT 1; SELECT 2"):
        with pytest.raises(EngineError):
            engine.check_select(sql)
    engine.execute("COMMIT")
    assert engine.exists("main", "t")


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[DuckDBEngine]:
    (tmp_path / "inside.csv").write_text("a\n1\n")
    duckdb.connect(str(tmp_path / "other.duckdb")).close()
    (tmp_path / "link.csv").symlink_to("/etc/passwd")
    with DuckDBEngine() as scratch:
        scratch.execute("CREATE TABLE t AS SELECT 1 AS a")
        scratch.lock_down()
        yield scratch


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_blob('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM '{folder}/inside.csv'",
        "SELECT * FROM read_csv('{folder}/inside.csv')",
        "SELECT * FROM read_csv('{folder}/link.csv')",
        "SELECT * FROM read_csv('{folder}/../{name}/inside.csv')",
        "SELECT * FROM read_parquet('{folder}/x.parquet')",
        "SELECT * FROM read_json('{folder}/x.json')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM sniff_csv('{folder}/inside.csv')",
        "SELECT * FROM 'https://example.com/x.csv'",
        "SELECT * FROM query('FROM ''/etc/passwd''')",
        "SELECT * FROM query_table('/etc/passwd')",
        "ATTACH '{folder}/other.duckdb' AS other",
        "ATTACH '{folder}/new.duckdb' AS other",
        "COPY t TO '{folder}/out.csv'",
        "COPY t FROM '{folder}/inside.csv'",
        "EXPORT DATABASE '{folder}/out'",
        "IMPORT DATABASE '{folder}/out'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "LOAD '{folder}/x.duckdb_extension'",
        "SET threads = 1",
        "SET enable_external_access = true",
        "SET GLOBAL allowed_directories = ['/']",
        "RESET lock_configuration",
        "PRAGMA enable_profiling",
        "SET temp_directory = '/'",
    ],
)
def test_locked_down(locked: DuckDBEngine, tmp_path: Path, sql: str) -> None:
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(EngineError):
        locked.query(sql.format(folder=tmp_path, name=tmp_path.name))
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert locked.query("SELECT a FROM t") == [(1,)]


def test_python_variables_are_no_tables(locked: DuckDBEngine) -> None:
    import pandas

    frame = pandas.DataFrame({"a": [1]})
    with pytest.raises(EngineError, match="frame"):
        locked.query("SELECT * FROM frame")
    assert len(frame) == 1


def test_a_locked_engine_still_works(locked: DuckDBEngine) -> None:
    locked.lock_down()
    locked.check_select("SELECT a FROM t")
    assert [c.name for c in locked.columns_of_query("SELECT a AS b FROM t")] == ["b"]
    locked.execute("CREATE VIEW v AS SELECT a FROM t")
    assert locked.query("SELECT a FROM v") == [(1,)]


def test_interrupting_a_query() -> None:
    # a child inherits that SIGINT is ignored, as nohup and a job in the background have it
    code = """
        import os, signal, threading
        from segkit.engines.duckdb.connection import DuckDBEngine
        signal.signal(signal.SIGINT, signal.default_int_handler)
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        try:
            DuckDBEngine().query("SELECT sum(sqrt(a.range + b.range)) FROM"
                                 " range(10000000) a, range(1000000) b")
        except KeyboardInterrupt:
            print("interrupted")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=30
    )
    assert done.stdout == "interrupted\n", done.stderr


def test_columns_are_called_as_a_client_gets_them() -> None:
    """DESCRIBE says ``Age`` of ``"Age" AS age``, in a query and in a view of it."""
    with DuckDBEngine() as engine:
        engine.execute('CREATE TABLE t ("Age" INTEGER, b INTEGER)')
        select = 'SELECT "Age" AS age, b AS "B", b + 1 AS "Q" FROM t;'
        engine.execute(f"CREATE VIEW v AS {select}")
        for columns in (engine.columns_of_query(select), engine.columns("v")):
            assert [column.name for column in columns] == ["age", "B", "Q"]


OFF = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_persistent_secrets": False,
}


def settings_of(engine: DuckDBEngine) -> dict[str, object]:
    return {name: engine.query(f"SELECT current_setting('{name}')")[0][0] for name in OFF}


def test_no_connection_of_any_kind_looks_for_extensions(tmp_path: Path) -> None:
    """From the first statement on: an SQLite file, attached, would be enough to begin."""
    path = tmp_path / "shop.duckdb"
    seen = {}
    with DuckDBEngine() as scratch:
        seen["scratch"] = settings_of(scratch)
        with scratch._connection.cursor() as cursor:
            rows = [cursor.execute(f"SELECT current_setting('{n}')").fetchall() for n in OFF]
            seen["cursor"] = {name: row[0][0] for name, row in zip(OFF, rows, strict=True)}
    with open_workspace(path, project="shop", carry_over=False) as workspace:
        seen["workspace"] = settings_of(workspace)
        workspace.create_table("main", "t", "SELECT 1 AS a", "t")
        workspace.publish()
    with open_published(path) as published:
        seen["published"] = settings_of(published)
    with open_file(path) as source:
        seen["source"] = settings_of(source)
    assert seen == dict.fromkeys(seen, OFF)
    assert len(seen) == 5


def test_there_is_one_place_that_connects() -> None:
    package = Path(segkit.__file__).parent
    found = [
        f"{path.relative_to(package).as_posix()}: {line.strip()}"
        for path in sorted(package.rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"\bduckdb\.(connect|sql|query|execute|read_\w+|from_\w+)\(", line)
        or re.search(r"from duckdb import|DuckDBPyConnection\(", line)
    ]
    assert found == [
        "engines/duckdb/connection.py: "
        'self._connection = duckdb.connect(":memory:", config=_CONFIG)'
    ]


def test_what_the_package_brings_works_without_extensions(
    engine: DuckDBEngine, tmp_path: Path
) -> None:
    """Time zones, JSON and Parquet are part of the wheel."""
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT 1 AS a) TO '{tmp_path / 'x.parquet'}' (FORMAT parquet)")
    loaded = engine.query("SELECT extension_name FROM duckdb_extensions() WHERE loaded ORDER BY 1")
    assert {"core_functions", "icu", "json", "parquet"} <= {name for (name,) in loaded}
    assert engine.load_file(tmp_path / "x.parquet", "x").rows == 1
    berlin = "TIMESTAMPTZ '2026-07-01 00:00:00+00' AT TIME ZONE 'Europe/Berlin'"
    assert engine.query(f"SELECT CAST({berlin} AS VARCHAR)") == [("2026-07-01 02:00:00",)]
    assert engine.query("SELECT CAST('{\"a\": 1}' AS JSON) ->> 'a'") == [("1",)]
    assert engine.query("SELECT 'b' COLLATE de < 'Ä' COLLATE de") == [(False,)]


def test_project_sql_runs_on_a_locked_connection_only() -> None:
    with DuckDBEngine() as scratch:
        scratch.check_select("SELECT 1 AS a")
        with pytest.raises(EngineError, match="configuration"):
            scratch.execute("SET enable_external_access = true")


def test_what_may_be_held_is_always_said(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = "SELECT current_setting('memory_limit'), current_setting('temp_directory')"
    monkeypatch.setenv("SEGKIT_MEMORY_LIMIT", "100MiB")
    with DuckDBEngine() as small:
        assert small.query(asked) == [("100.0 MiB", str(small.spill_directory))]
    monkeypatch.delenv("SEGKIT_MEMORY_LIMIT")
    with DuckDBEngine() as usual:
        ((held, _),) = usual.query(asked)
    ((most,),) = duckdb.connect().execute("SELECT current_setting('memory_limit')").fetchall()
    assert float(held.split()[0]) < 0.7 * float(most.split()[0])
    assert held.split()[1] == most.split()[1]
