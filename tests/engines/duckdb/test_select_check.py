"""Every function that DuckDB's catalogue lists is allowed for a reason, or refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

from segkit.dialects.spelling import literal
from segkit.dialects.table import DUCKDB
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.engines.duckdb.select_check import (
    ALLOWED,
    CATALOGUE_SQL,
    REFUSED,
    check_reads,
    select_tree,
)
from segkit.errors import EngineError
from tests.outside import canaries, watched

# What each of them would do; a DuckDB that brings another one has it refused, and this test fails.
REFUSED_SCALARS = {
    *("current_setting", "getvariable"),  # what the client that reads has set
    *("nextval", "currval", "setval", "setseed", "write_log"),  # they write
    *("current_query", "current_query_id", "current_connection_id"),  # about who reads
    *("current_transaction_id", "txid_current", "stats", "vector_type"),
    "sleep_ms",
    "json_serialize_plan",
}
CALLS = ("{path}", "[{path}]", "{path}, {path}", "{path}, {path}, 'a'", "{query}", "{serialized}")


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine() as scratch:
        scratch.execute(
            "CREATE TABLE t AS SELECT 1 AS a, 2.5 AS b, 'x' AS s, DATE '2020-01-01' AS d,"
            " TIMESTAMP '2020-01-01' AS ts, [1, 2] AS l, {'k': 1} AS st, MAP {'a': 1} AS m,"
            " '{\"a\": 1}'::JSON AS j, true AS f, TIMESTAMPTZ '2020-01-01' AS tz"
        )
        yield scratch


@pytest.fixture(scope="module")
def catalogue() -> dict[str, set[str]]:
    """Kinds of each function by its name in small letters; of a scalar with its stability."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT lower(function_name), function_type || coalesce(' ' || stability, '')"
            " FROM duckdb_functions() WHERE function_type <> 'pragma'"
        ).fetchall()
    kinds: dict[str, set[str]] = {}
    for name, kind in rows:
        kinds.setdefault(name, set()).add(kind)
    return kinds


def refusal(engine: DuckDBEngine, sql: str) -> EngineError:
    with pytest.raises(EngineError, match="SK407") as caught:
        engine.check_select(sql)
    return caught.value


def test_every_function_of_the_catalogue_is_allowed_for_a_reason_or_refused(
    catalogue: dict[str, set[str]],
) -> None:
    """A function of FROM has to be listed; so has one that is more than its arguments."""
    assert len(catalogue) > 1000
    tables = {name for name, kinds in catalogue.items() if "table" in kinds}
    unsteady = {
        name
        for name, kinds in catalogue.items()
        if kinds
        & {
            f"{t} {s}"
            for t in ("scalar", "aggregate", "window")
            for s in ("VOLATILE", "CONSISTENT_WITHIN_QUERY")
        }
    }
    assert unsteady - set(ALLOWED) == REFUSED_SCALARS - set(REFUSED)
    with duckdb.connect() as connection:
        judged = frozenset(name for (name,) in connection.execute(CATALOGUE_SQL).fetchall())
    assert judged == tables | unsteady
    # the rest is a macro, in which the plan is looked at, or made of its arguments alone
    rest = {kind for name in set(catalogue) - judged for kind in catalogue[name]}
    assert rest == {
        *("aggregate CONSISTENT", "scalar CONSISTENT", "window CONSISTENT"),
        *("macro", "table_macro"),
    }
    assert set(ALLOWED) <= judged
    assert set(REFUSED) <= set(catalogue) - judged
    assert all(ALLOWED.values()) and all(REFUSED.values())


def test_each_of_them_is_judged_so(catalogue: dict[str, set[str]]) -> None:
    with duckdb.connect() as connection:
        judged = frozenset(name for (name,) in connection.execute(CATALOGUE_SQL).fetchall())
        for name in catalogue:
            sql = f'SELECT "{name}"(1)'
            tree = select_tree(connection, sql)
            expected = name in REFUSED or (name in judged and name not in ALLOWED)
            try:
                check_reads(sql, tree, lambda sql: '{"error":false}', judged)
                assert not expected, name
            except EngineError as error:
                assert expected, name
                assert (error.problems[0].code, error.position) == ("SK407", (1, 8))
                assert f"`{name}`" in error.problems[0].message


def test_what_a_later_duckdb_brings_is_refused() -> None:
    tree = '{"type":"TABLE_FUNCTION","query_location":5,"function":{"function_name":"read_moon"}}'
    with pytest.raises(EngineError, match="`read_moon` may not be called") as caught:
        check_reads("FROM\nread_moon()", tree, lambda sql: "{}", frozenset(("read_moon",)))
    assert caught.value.position == (2, 1)


def calls(folder: Path) -> list[str]:
    """Arguments that name a file, alone, in a query, and in a query that DuckDB has parsed."""
    found: dict[str, None] = {}
    with duckdb.connect() as connection:
        for kind in ("csv", "parquet", "duckdb", "*"):
            path = str(folder / f"c.{kind}")
            query = f"FROM {literal(path, DUCKDB)}"
            tree = connection.execute("SELECT json_serialize_sql($1)", [query]).fetchall()[0][0]
            texts = {"path": path, "query": query, "serialized": tree}
            quoted = {name: literal(text, DUCKDB) for name, text in texts.items()}
            found |= dict.fromkeys(call.format(**quoted) for call in CALLS)
    return list(found)


def file_readers(folder: Path, catalogue: dict[str, set[str]]) -> dict[str, str]:
    """Calls by function that do open a file of the folder, where nothing is locked."""
    found: dict[str, str] = {}
    given = calls(folder)
    with watched(folder) as watch, duckdb.connect() as connection:
        connection.execute("SET autoinstall_known_extensions = false")
        connection.execute("SET autoload_known_extensions = false")
        for name, kinds in catalogue.items():
            if name in ("sleep_ms", "pg_sleep") or name.startswith(("enable_", "collate", "icu_")):
                continue
            is_table = any(kind.startswith("table") for kind in kinds)
            # of an overload no other argument is a file, so that few of them are tried
            for call in given if is_table else given[: len(CALLS)]:
                sql = f'SELECT {"* FROM " if is_table else ""}"{name}"({call})'
                with suppress(duckdb.Error):
                    connection.execute(sql).fetchall()
                if watch.opened():
                    found[name] = sql
                    break
    return found


@pytest.mark.slow
def test_every_function_that_reads_a_file_is_refused_and_reads_nothing(
    tmp_path: Path, engine: DuckDBEngine, catalogue: dict[str, set[str]]
) -> None:
    """Found by trying all of them, not by their names."""
    folder = canaries(tmp_path / "canary")
    readers = file_readers(folder, catalogue)
    assert len(readers) >= 30
    assert {"sniff_csv", "read_text", "glob", "query", "json_serialize_plan"} <= set(readers)
    with watched(folder) as watch:
        for sql in readers.values():
            refusal(engine, sql)
            for kind in ("VIEW", "TABLE"):
                refusal(engine, f"WITH x AS ({sql}) SELECT count(*) AS {kind} FROM x")
        assert watch.opened() == set()


@pytest.mark.parametrize(
    ("sql", "position", "said"),
    [
        ("FROM sniff_csv('x')", (1, 6), "`sniff_csv` may not be called"),
        ("SELECT 'é日',\n  json_serialize_plan('FROM x')", (2, 3), "`json_serialize_plan` may"),
        ('FROM "SYSTEM".main."SNIFF_CSV"(\'x\')', (1, 6), "`sniff_csv` may not"),
        ("SELECT 'x.csv'.read_text()", (1, 16), "`read_text` may not"),
        ("SELECT (SELECT max(content) FROM read_text('x')) AS c", (1, 34), "`read_text` may not"),
        ("FROM t JOIN 'é.csv' ON true", (1, 13), "`é.csv` is a file, or no table of that name"),
        ("FROM t, 'https://a.example/c.csv'", (1, 9), "`https://a.example/c.csv` is a file"),
        ("FROM query_table('c.csv')", (1, 6), "`query_table` may not"),
        ("FROM histogram('c.csv', a)", (1, 6), "`c.csv` is a file"),
        ("FROM (DESCRIBE 'c.csv')", (1, 6), "`c.csv` is a file"),
        ("SELECT\n* FROM read_xlsx('x')", (2, 8), "`read_xlsx` needs the extension excel"),
        ("FROM duckdb_logs", (1, 6), "`duckdb_logs` calls `duckdb_logs`"),
        ("FROM pg_catalog.pg_settings", (1, 6), "`pg_settings` calls `duckdb_settings`"),
        ("SELECT\n getvariable('x')", (2, 2), "`getvariable` may not"),
    ],
)
def test_a_refusal_names_the_function_or_file_and_its_place(
    engine: DuckDBEngine, sql: str, position: tuple[int, int], said: str
) -> None:
    error = refusal(engine, sql)
    assert error.problems[0].message.startswith(said)
    assert error.problems[0].help
    assert error.position == position


@pytest.mark.parametrize(
    ("sql", "position", "caller"),
    [
        ("FROM v", (1, 6), "`v`"),
        ("SELECT 1 AS a FROM\n  t,\n  v", (3, 3), "`v`"),
        ('FROM s."W w"', (1, 6), "`W w`"),
        ("FROM leak()", (1, 1), "a macro"),
        ("SELECT peek(a) AS a FROM t", (1, 1), "a macro"),
    ],
)
def test_what_views_and_macros_hide_is_seen(
    engine: DuckDBEngine, sql: str, position: tuple[int, int], caller: str
) -> None:
    """They are other people's, in a target that segkit shares with them."""
    engine.execute("CREATE VIEW v AS FROM sniff_csv('/etc/passwd')")
    engine.execute('CREATE SCHEMA s; CREATE VIEW s."W w" AS SELECT t.a FROM t, v')
    engine.execute("CREATE MACRO leak() AS TABLE FROM v")
    engine.execute("CREATE MACRO peek(x) AS (SELECT count(*) + x FROM v)")
    engine.execute("CREATE MACRO twice(x) AS 2 * x")
    engine.check_select("SELECT twice(a) AS a FROM t")
    error = refusal(engine, sql)
    assert error.problems[0].message.startswith(f"{caller} calls `sniff_csv`")
    assert error.position == position


def test_what_cannot_be_planned_is_refused_too(engine: DuckDBEngine) -> None:
    planned = json.dumps({"error": True, "error_type": "internal", "error_message": "no plan"})
    planned = planned.replace('": ', '":')
    with pytest.raises(EngineError, match="no plan"):
        check_reads("FROM t", "{}", lambda sql: planned, frozenset())


def test_a_text_that_looks_like_a_call_is_a_text(engine: DuckDBEngine) -> None:
    engine.check_select("""SELECT '"function_name":"read_text"' AS "sniff_csv", 'x.csv' AS f""")
    engine.check_select('SELECT "read_text"."a" FROM t AS read_text')


HONEST = """\
FROM t ASOF JOIN t AS u ON t.ts >= u.ts
FROM t POSITIONAL JOIN t AS u
SELECT (SELECT max(b) FROM t AS u WHERE u.a = t.a) AS m FROM t
SELECT * FROM t WHERE EXISTS (SELECT 1 FROM t AS u WHERE u.a = t.a) AND a IN (SELECT a FROM t)
WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) FROM r
WITH x AS MATERIALIZED (FROM t) FROM x, x AS y
SELECT * FROM t USING SAMPLE 10%
SELECT row_number() OVER (PARTITION BY s ORDER BY d), lag(a) OVER (ORDER BY d) FROM t
SELECT quantile_cont(b, [0.2, 0.4]), mode(s), list(a ORDER BY b), arg_max(a, b) FROM t
SELECT string_agg(s, ','), histogram(a), count(DISTINCT a) FILTER (WHERE f) FROM t
SELECT a, grouping(a), sum(b) FROM t GROUP BY ROLLUP (a)
SELECT * FROM (PIVOT t ON s IN ('x', 'y') USING sum(a))
SELECT * FROM (UNPIVOT (SELECT a, b FROM t) ON a, b INTO NAME k VALUE v)
SELECT * FROM t, LATERAL (SELECT a + 1) AS u(z)
SELECT * EXCLUDE (a) REPLACE (b + 1 AS b) FROM t
SELECT * FROM t QUALIFY row_number() OVER (PARTITION BY a ORDER BY b) = 1
SELECT list_transform(l, lambda x: x + a), list_reduce(l, lambda x, y: x + y) FROM t
SELECT [x * 2 FOR x IN l IF x > 1], unnest(l), unnest(st) FROM t
SELECT j ->> 'a', json_extract(j, '$.a'), from_json(j, '{"a":"INT"}') FROM t
SELECT strftime(d, '%Y'), strptime('2020', '%Y'), ts AT TIME ZONE 'Europe/Berlin' FROM t
SELECT time_bucket(INTERVAL 1 DAY, ts), age(ts), tz::DATE, extract(epoch FROM ts) FROM t
SELECT regexp_replace(s, '(.)', '\\1', 'g'), s SIMILAR TO 'x', s COLLATE nocase FROM t
SELECT TRY_CAST(s AS INTEGER), try(ln(0)), if(f, 1, 2), coalesce(a, b), nullif(a, b) FROM t
SELECT st.k, m['a'], l[1:2], s[1], md5(s), hash(s), printf('%d', a) FROM t
SELECT DISTINCT ON (a) * FROM t ORDER BY a, b
FROM t UNION BY NAME SELECT 1 AS z
SELECT * FROM t SEMI JOIN t AS u USING (a)
SELECT * FROM range(3), generate_series(1, 2), unnest([1, 2])
SELECT * FROM json_each('{"a": 1}'), repeat(1, 3)
SELECT * FROM (SUMMARIZE t)
SELECT * FROM (DESCRIBE t)
FROM histogram(t, a)
FROM information_schema.columns
SELECT table_name FROM duckdb_tables()
SELECT current_date, now(), random(), uuid(), error('no')
SELECT date_diff('day', d, DATE '2026-01-01'), last_day(d), d + INTERVAL (a) DAY FROM t"""


@pytest.mark.parametrize("sql", HONEST.split("\n"))
def test_what_projects_write_is_accepted(engine: DuckDBEngine, sql: str) -> None:
    engine.check_select(sql)


def test_every_example_of_the_catalogue_that_runs_is_accepted(engine: DuckDBEngine) -> None:
    """What DuckDB shows of its functions can be planned: nothing is refused for that."""
    accepted = 0
    for (example,) in engine.query("SELECT DISTINCT unnest(examples) FROM duckdb_functions()"):
        sql = f"SELECT {example}"
        try:
            engine.query(f"DESCRIBE {sql}")
        except EngineError:
            continue
        try:
            engine.check_select(sql)
            accepted += 1
        except EngineError as error:
            assert error.problems[0].code == "SK407", example
    assert accepted > 400
