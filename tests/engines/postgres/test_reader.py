"""PostgreSQL as a target that is read, on a server of our own with a login that may only SELECT."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from segkit import pipeline
from segkit.core.columns import Kind
from segkit.engines.open import engine_of
from segkit.errors import ConfigError, EngineError, SegkitError
from segkit.pipeline import Options
from segkit.pipeline.stand_ins import open_relations, open_shown
from segkit.project.load import load_project
from segkit.project.nodes import Target
from tests.engines.postgres.shop import ENCODED, PASSWORD, ROOT, TARGETS, YAML, Server
from tests.macros.test_macros import CALLS, CALLS_OF_LINES, LINES_MODEL
from tests.macros.test_macros import HERE as MACRO_CSVS

pytestmark = pytest.mark.warehouse

SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="module")
def shop(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example over tables of the server; its fits are as a build on DuckDB made them."""
    server.schema("shop")
    for table in ("customers", "orders"):
        server.load(f"shop.{table}", f"FROM '{ROOT}/warehouse/seeds/{table}.csv'")
    directory = tmp_path_factory.mktemp("shop")
    for part in ("sql", "warehouse/seeds", "warehouse/fits"):
        shutil.copytree(ROOT / part, directory / part)
    yaml = YAML.replace("SCHEMA", "shop")
    (directory / "segkit.yml").write_text(yaml, encoding="utf-8")
    return directory


def make_project(directory: Path, schema: str, files: dict[str, str]) -> Path:
    (directory / "sql").mkdir(parents=True)
    yaml = TARGETS.replace("SCHEMA", schema) + files.pop("segkit.yml", "")
    (directory / "segkit.yml").write_text(yaml, encoding="utf-8")
    for name, text in files.items():
        (directory / "sql" / name).write_text(text, encoding="utf-8")
    return directory


def run(server: Server, directory: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process that cannot import duckdb."""
    blocked = directory / "blocked" / "duckdb"
    blocked.mkdir(parents=True, exist_ok=True)
    (blocked / "__init__.py").write_text("raise ImportError('duckdb is blocked')\n")
    return subprocess.run(
        [sys.executable, "-c", "from segkit.cli.main import main; main()", *words],
        cwd=directory,
        env={
            **os.environ,
            "SHOP_PG_URL": server.url(),
            "PYTHONPATH": f"{blocked.parent}{os.pathsep}{ROOT}",
        },
        capture_output=True,
        text=True,
        timeout=300,
    )


def as_told(fit: Path) -> dict[str, Any]:
    """A fit without what the engine's own names for types and the target are."""
    told: dict[str, Any] = json.loads(fit.read_text(encoding="utf-8"))
    for key in ("target", "checksum"):
        told.pop(key, None)
    for feature in told["features"]:
        del feature["type"]
    return told


# fits ---------------------------------------------------------------------------------------------


def test_the_example_has_the_fit_of_duckdb(server: Server, shop: Path, tmp_path: Path) -> None:
    project = tmp_path / "shop"
    shutil.copytree(shop, project)
    shutil.rmtree(project / "warehouse/fits/shopper_segments")
    done = run(server, project, "fit", "shopper_segments")
    assert done.returncode == 0, done.stderr
    assert "Next: segkit build" in done.stdout + done.stderr
    made = project / "warehouse/fits/shopper_segments"
    committed = ROOT / "warehouse/fits/shopper_segments"
    assert as_told(made / "v0001.json") == as_told(committed / "v0001.json")
    baseline = "v0001.baseline.json"
    assert (made / baseline).read_bytes() == (committed / baseline).read_bytes()
    for file in project.rglob("*"):
        if file.is_file() and file.suffix in (".json", ".sql", ".yml"):
            assert PASSWORD not in (text := file.read_text(encoding="utf-8"))
            assert ENCODED not in text


SEGMENTS = """\
segments:
  - name: s
    from: {source}
    key: {key}
    features: [{features}]
    clusters: {{k_max: 5, seed: 1}}
"""


def both_fits(
    server: Server, directory: Path, schema: str, select: str, segments: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fit of the same rows on the server and on DuckDB; the source is ``crm.rows``."""
    server.schema(schema)
    server.load(f"{schema}.rows", select)
    told = []
    for target, place in (("pg", f"relation: {schema}.rows"), ("duck", "path: data/rows.parquet")):
        sources = f"sources: [{{name: crm, tables: [{{name: rows, {place}}}]}}]\n"
        files = {"segkit.yml": sources, "segments.yml": segments}
        project = make_project(directory / target, schema, files)
        (project / "data").mkdir()
        duckdb.sql(select).write_parquet(str(project / "data/rows.parquet"))
        pipeline.fit_challengers(Options(project, target=target), ("s",), False)
        told.append(as_told(project / "warehouse/fits/s/v0001.json"))
    return told[0], told[1]


RETAIL = """\
SELECT CAST(CAST("CustomerID" AS DECIMAL(10, 1)) AS INTEGER) AS customer_id,
  date_diff('day', CAST(max("InvoiceDate") AS DATE), DATE '2011-12-10') AS recency_days,
  count(DISTINCT "InvoiceNo") AS orders,
  CAST(sum(CAST("Quantity" AS INTEGER) * CAST("UnitPrice" AS DECIMAL(10, 3))) AS DECIMAL(12, 3))
    AS total_spend
FROM '{path}'
WHERE "CustomerID" IS NOT NULL AND "InvoiceNo" NOT LIKE 'C%'
  AND CAST("Quantity" AS INTEGER) > 0 AND CAST("UnitPrice" AS DOUBLE) > 0
GROUP BY ALL
"""


@pytest.mark.skipif(not SHARED.is_dir(), reason="the public data sets are not in ../shared/data")
def test_online_retail_has_the_fit_of_duckdb(
    server: Server, reader_url: str, tmp_path: Path
) -> None:
    features = "recency_days, {column: orders, scale: log}, {column: total_spend, scale: log}"
    segments = SEGMENTS.format(source="crm.rows", key="customer_id", features=features)
    select = RETAIL.format(path=SHARED / "online_retail.parquet")
    on_server, on_file = both_fits(server, tmp_path, "retail", select, segments)
    assert on_server == on_file
    assert on_server["rows"] == 4338


ODD = """\
SELECT i AS "Customer Id",
  CASE WHEN i % 50 = 0 THEN NULL WHEN i % 401 = 0 THEN 'nan'::DOUBLE
    WHEN i % 403 = 0 THEN 'inf'::DOUBLE WHEN i % 409 = 0 THEN '-inf'::DOUBLE
    ELSE (i * 7919 % 1000) / 8 + 1000 * (i % 3) END AS "Spend €",
  CAST((i * 104729 % 997) / 16 AS FLOAT) AS "order",
  CASE WHEN i % 7 = 0 THEN NULL ELSE ['Ä', 'a', 'Z', 'it''s', '']['1'::INT + i % 5] END AS "a""b",
  i % 4 = 0 AS flag,
  CAST(i % 11 AS DECIMAL(5, 1)) AS tens
FROM range(1, 1201) AS t(i)
"""


def test_missing_values_and_awkward_names_have_the_fit_of_duckdb(
    server: Server, reader_url: str, tmp_path: Path
) -> None:
    features = """'Spend €', order, {column: 'a"b', kind: category}, flag, tens"""
    segments = SEGMENTS.format(source="crm.rows", key="Customer Id", features=features)
    on_server, on_file = both_fits(server, tmp_path, "odd", ODD, segments)
    assert on_server == on_file
    path = tmp_path / "pg"
    query = pipeline.compile_node(Options(path), "s", check=True, as_relation=None)
    server.execute("SET search_path TO odd")
    assert server.connection.execute(query).fetchall() == []
    server.execute("RESET search_path")


CHOSEN = """\
SELECT i AS id, i * 37 % 101 AS visits, (i * 7919 % 997) / 4 AS spend,
  DATE '2026-01-01' - CAST(i % 400 AS INTEGER) AS seen,
  CASE WHEN i % 3 = 0 THEN '1,234.5' ELSE '17' END AS amount, 'x' || i % 5 AS word, i % 2 AS later
FROM range(1, 901) AS t(i)
"""
WHERE = """\
segments:
  - name: s
    from: crm.rows
    key: id
    where: "word LIKE 'x%' AND visits // 2 > 10 AND seen >= DATE '2025-01-01'"
    metrics: [later]
    clusters: {k_max: 3}
buckets:
  - name: b
    from: crm.rows
    key: id
    columns:
      - {name: q, column: spend, edges: [50, 100]}
      - name: r
        column: visits
        rules: [{label: even, when: "visits % 2 = 0 AND lower(word) = 'x1'"}]
        else: rest
"""


def test_conditions_in_duckdbs_words_are_translated(
    server: Server, reader_url: str, tmp_path: Path
) -> None:
    segments = WHERE.replace("        column: visits\n", "")
    on_server, on_file = both_fits(server, tmp_path, "chosen", CHOSEN, segments)
    assert on_server == on_file
    assert 0 < on_server["rows"] < 900
    assert on_server["usefulness"]
    found = []
    for target in ("pg", "duck"):
        project = load_project(tmp_path / target, target=target)
        with open_relations(project, "b") as engine:
            found.append(engine.query("SELECT r, q, count(*) FROM b GROUP BY r, q ORDER BY 1, 2"))
    assert found[0] == found[1]
    assert len(found[0]) == 6
    pipeline.explain_segmentation(Options(tmp_path / "pg"), "s")


def test_a_condition_that_does_not_run_is_said_with_its_place(
    server: Server, reader_url: str, tmp_path: Path
) -> None:
    server.schema("wrongly")
    server.load("wrongly.rows", "SELECT 1 AS id, 'a' AS word, 2 AS x")
    files = {
        "segkit.yml": "sources: [{name: crm, tables: [{name: rows, relation: rows}]}]\n",
        "segments.yml": SEGMENTS.format(source="crm.rows", key="id", features="x")
        + '    where: "no_such_function(word) > 1"\n',
    }
    project = make_project(tmp_path / "p", "wrongly", files)
    with pytest.raises(ConfigError) as caught:
        pipeline.fit_challengers(Options(project), ("s",), False)
    (problem,) = caught.value.problems
    assert problem.code == "SK206"
    assert "no_such_function" in problem.message
    assert problem.place is not None
    assert (problem.place.path, problem.place.line) == ("sql/segments.yml", 7)


def test_enumerations_and_blanks_are_categories(
    server: Server, reader_url: str, tmp_path: Path
) -> None:
    server.schema("kinds")
    server.execute("CREATE TYPE kinds.mood AS ENUM ('sad', 'glad')")
    server.execute(
        "CREATE TABLE kinds.rows AS SELECT i AS id, (ARRAY['sad', 'glad'])[1 + i % 2]::kinds.mood"
        " AS mood, (ARRAY['a', 'bb', NULL])[1 + i % 3]::CHAR(4) AS letters, i % 5 AS x"
        " FROM generate_series(1, 400) AS t (i)"
    )
    server.execute("GRANT SELECT ON kinds.rows TO reader")
    features = "{column: mood, kind: category}, {column: letters, kind: category}, x"
    files = {
        "segkit.yml": "sources: [{name: crm, tables: [{name: rows, relation: rows}]}]\n",
        "segments.yml": SEGMENTS.format(source="crm.rows", key="id", features=features),
    }
    project = make_project(tmp_path / "p", "kinds", files)
    (learned,) = pipeline.fit_challengers(Options(project), ("s",), False)
    assert [f.levels for f in learned.fit.features] == [("glad", "sad"), ("a", "bb"), ()]
    server.execute("SET search_path TO kinds")
    try:
        server.execute(pipeline.compile_node(Options(project), "s").split(";\n\n")[0])
        check = pipeline.compile_node(Options(project), "s", check=True, as_relation="s")
        assert server.connection.execute(check).fetchall() == []
    finally:
        server.execute("RESET search_path")


def test_nan_of_a_numeric_is_missing(server: Server, reader_url: str, tmp_path: Path) -> None:
    server.schema("exact")
    server.execute(
        "CREATE TABLE exact.rows AS SELECT i AS id, CASE WHEN i % 100 = 0 THEN 'NaN' "
        "ELSE CAST(i % 10 AS NUMERIC) * 10 END::NUMERIC(8, 2) AS x, "
        "CASE WHEN i % 150 = 0 THEN 'Infinity' ELSE CAST(i AS NUMERIC) / 7 END AS y "
        "FROM generate_series(1, 600) AS t (i)"
    )
    server.execute("GRANT SELECT ON exact.rows TO reader")
    sources = "sources: [{name: crm, tables: [{name: rows, relation: exact.rows}]}]\n"
    segments = SEGMENTS.format(source="crm.rows", key="id", features="x, y")
    project = make_project(
        tmp_path / "p", "exact", {"segkit.yml": sources, "segments.yml": segments}
    )
    (learned,) = pipeline.fit_challengers(Options(project), ("s",), False)
    said = [(fact.column, fact.n) for fact in learned.fit.warnings if fact.code == "not_finite"]
    assert said == [("x", 6), ("y", 4)]
    query = pipeline.compile_node(Options(project), "s", check=True)
    assert "'NaN'" in query
    server.execute("SET search_path TO exact")
    assert server.connection.execute(query).fetchall() == []
    server.execute("RESET search_path")


def test_of_a_million_rows_the_sample_is_fetched(
    server: Server, reader_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from segkit.engines.postgres import reader as postgres

    server.schema("large")
    server.execute(
        "CREATE TABLE large.rows AS SELECT i AS id, i % 97 AS a, CAST(i % 1009 AS DOUBLE PRECISION)"
        " / 8 AS b, i % 3 AS m FROM generate_series(1, 1000000) AS t (i)"
    )
    server.execute("GRANT SELECT ON large.rows TO reader")
    sources = "sources: [{name: crm, tables: [{name: rows, relation: large.rows}]}]\n"
    segments = SEGMENTS.format(source="crm.rows", key="id", features="a, b")
    segments = segments.replace("k_max: 5", "k: 2, k_max: 2") + "    metrics: [m]\n"
    project = make_project(
        tmp_path / "p", "large", {"segkit.yml": sources, "segments.yml": segments}
    )
    fetched = []
    ask = postgres.PostgresReader._received

    def counted(self: Any, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        rows = ask(self, sql, parameters)
        fetched.append(len(rows))
        return rows

    monkeypatch.setattr(postgres.PostgresReader, "_received", counted)
    (learned,) = pipeline.fit_challengers(Options(project), ("s",), False)
    assert learned.fit.rows == 1_000_000
    assert 45_000 <= sum(fetched) <= 60_000


def test_an_edited_model_is_learned_from_without_being_published(
    server: Server, reader_url: str, tmp_path: Path
) -> None:
    server.schema("edited")
    server.load("edited.people", "SELECT i AS id, i % 100 AS age FROM range(600) AS t(i)")
    segments = SEGMENTS.format(source="grown_ups", key="id", features="age")
    files = {
        "grown_ups.sql": "SELECT id, age FROM {{ source('raw', 'people') }} WHERE age >= 18;\n",
        "segkit.yml": "sources: [{name: raw, tables: [{name: people, relation: people}]}]\n",
        "segments.yml": segments,
    }
    project = make_project(tmp_path / "p", "edited", files)
    relations = "SELECT count(*) FROM pg_class"
    before = server.connection.execute(relations).fetchone()
    (first,) = pipeline.fit_challengers(Options(project), ("s",), False)
    model = project / "sql/grown_ups.sql"
    model.write_text(model.read_text(encoding="utf-8").replace("18", "50"), encoding="utf-8")
    (second,) = pipeline.fit_challengers(Options(project), ("s",), False)
    assert (first.fit.rows, second.fit.rows) == (492, 300)
    (compared,) = pipeline.diff_rules(Options(project), "s", warn=lambda problem: None)
    assert (compared.before, compared.after, compared.columns[0].rows) == ("v0001", "v0002", 300)
    assert second.moves is not None and second.moves.columns == compared.columns
    assert server.connection.execute(relations).fetchone() == before


# verbs, with duckdb out of reach ------------------------------------------------------------------

VERBS = {
    "ls": "shopper_segments",
    "debug": "PostgreSQL, schema shop",
    "compile shopper_segments": "CREATE OR REPLACE VIEW shopper_segments",
    "compile shopper_segments --check --sample 20": "no row back = exact",
    "compile customer_buckets --check": "no row back = exact",
    "explain": "Worth having?",
    "explain shopper_segments --id C00001": "Customer C00001 is in",
    "show shopper_segments --limit 2 --output csv": "C00001,",
    "show shopper_segments --where \"segment_id = 'B'\" --limit 1": "Total spend $322-$2,130",
    "test --log-format json": "spend_adds_up",
    "diff shopper_segments customer_buckets.spend_tier": "both crossed",
    "adjust shopper_segments 'orders < 7 -> 8'": "Nothing is changed",
}


@pytest.mark.parametrize("words", VERBS)
def test_a_verb_needs_no_duckdb_and_tells_no_secret(server: Server, shop: Path, words: str) -> None:
    import shlex

    done = run(server, shop, *shlex.split(words))
    assert done.returncode == 0, done.stderr
    assert VERBS[words] in done.stdout + done.stderr
    written = [path.read_text() for path in (shop / "target").rglob("*") if path.is_file()]
    for text in (done.stdout, done.stderr, *written):
        assert PASSWORD not in text
        assert ENCODED not in text


@pytest.mark.parametrize(
    ("name", "order"), [("shopper_segments_profile", 1), ("customer_buckets", 1)]
)
def test_what_is_shown_has_the_figures_of_duckdb(
    reader_url: str, shop: Path, name: str, order: int
) -> None:
    found = []
    for target in ("pg", "duck"):
        project = load_project(shop, target=target)
        base = name.removesuffix("_profile")
        with open_relations(project, base) as engine:
            columns = [column.name for column in engine.columns(name)]
            rows = engine.query(f"SELECT * FROM {name} ORDER BY {order}")
        plain = [
            [float(v) if not isinstance(v, str) and v is not None else v for v in row]
            for row in rows
        ]
        found.append((columns, plain))
    (columns, rows), (other_columns, others) = found
    assert columns == other_columns
    assert len(rows) == len(others)
    at_rule = columns.index("rule") if "rule" in columns else None
    for row, other in zip(rows, others, strict=True):
        expected = [pytest.approx(v, rel=1e-12) if isinstance(v, float) else v for v in other]
        if at_rule is not None:  # it is SQL of its engine
            del row[at_rule], expected[at_rule]
        assert row == expected


def test_the_view_that_is_pasted_says_what_the_rules_say(
    server: Server, reader_url: str, shop: Path
) -> None:
    options = Options(shop)
    server.execute("SET search_path TO shop")
    try:
        for model in ("stg_customers", "stg_orders", "customer_features"):
            server.execute(pipeline.compile_node(options, model))
        server.execute(pipeline.compile_node(options, "shopper_segments"))
        check = pipeline.compile_node(
            options, "shopper_segments", check=True, as_relation="shopper_segments"
        )
        assert server.connection.execute(check).fetchall() == []
        assert server.connection.execute("SELECT count(*) FROM shopper_segments").fetchone() == (
            4128,
        )
    finally:
        for view in ("shopper_segments", "customer_features", "stg_orders", "stg_customers"):
            server.execute(f"DROP VIEW IF EXISTS {view}")
        server.execute("RESET search_path")


# errors -------------------------------------------------------------------------------------------


@contextmanager
def silent_port() -> Iterator[int]:
    """A port where somebody listens and says nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        yield listener.getsockname()[1]


def refused(directory: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> SegkitError:
    """The error of a look at the example, which comes within 5 s and tells no secret."""
    monkeypatch.setenv("SHOP_PG_URL", url)
    began = time.monotonic()
    with pytest.raises(SegkitError) as caught:
        pipeline.explain_segmentation(Options(directory), "shopper_segments")
    assert time.monotonic() - began < 5
    said = repr([caught.value.problems, getattr(caught.value, "sql", None), str(caught.value)])
    chain = repr([caught.value.__cause__, caught.value.__suppress_context__])
    for secret in (PASSWORD, ENCODED, url):
        assert not secret or secret not in said + chain
    return caught.value


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: s.url(password="wrong-s3cret"), "the login or its password is wrong"),
        (lambda s: s.url().replace("host=/", "host=/nowhere/"), "no server answers there"),
        (lambda s: f"postgresql://reader:{ENCODED}@127.0.0.1:1/postgres", "no server answers"),
        (lambda s: s.url().replace("/postgres?", "/nothing?"), "there is no such database"),
        (lambda s: f"{s.url()}&wrong={PASSWORD}", "the `url` of target `pg` cannot be read"),
        (lambda s: f"host {PASSWORD}", "the `url` of target `pg` cannot be read"),
    ],
)
def test_a_server_that_is_not_reached(
    server: Server, shop: Path, monkeypatch: pytest.MonkeyPatch, change: Any, said: str
) -> None:
    error = refused(shop, change(server), monkeypatch)
    assert error.problems[0].code == "SK601"
    assert said in error.problems[0].message
    assert "wrong-s3cret" not in repr(error.problems)


def test_a_server_that_says_nothing(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with silent_port() as port:
        url = f"postgresql://reader:{ENCODED}@127.0.0.1:{port}/postgres"
        assert "no server answers there" in refused(shop, url, monkeypatch).problems[0].message


def test_without_the_driver_the_extra_is_named(
    server: Server, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    problem = refused(shop, server.url(), monkeypatch).problems[0]
    assert problem.help == "pip install 'segkit[postgres]'"


def test_a_missing_right_is_named(
    server: Server, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.execute("GRANT USAGE ON SCHEMA shop TO stranger")
    problem = refused(shop, server.url("stranger"), monkeypatch).problems[0]
    assert problem.message == "the login of the target may not read shop.customers"
    assert problem.labels[0].place.path == "warehouse/seeds/customers.csv"
    assert problem.help == "have it granted: GRANT SELECT ON shop.customers TO ..."
    server.execute("GRANT SELECT ON ALL TABLES IN SCHEMA shop TO stranger")
    server.execute("REVOKE USAGE ON SCHEMA shop FROM stranger")
    problem = refused(shop, server.url("stranger"), monkeypatch).problems[0]
    assert "GRANT USAGE ON SCHEMA shop TO" in (problem.help or "")
    server.execute("REVOKE ALL ON ALL TABLES IN SCHEMA shop FROM stranger")


def test_a_schema_that_hides_the_tables(server: Server, reader_url: str, tmp_path: Path) -> None:
    server.schema("empty")
    server.schema("hidden")
    server.load("hidden.people_here", "SELECT 1 AS id, 2 AS x")
    server.execute("ALTER ROLE reader SET search_path TO hidden")
    files = {
        "m.sql": "SELECT id, x\nFROM people_here",
        "segments.yml": SEGMENTS.format(source="m", key="id", features="x"),
    }
    try:
        project = make_project(tmp_path / "p", "empty", files)
        with pytest.raises(EngineError) as caught:
            pipeline.fit_challengers(Options(project), ("s",), False)
        problem = caught.value.problems[0]
        assert problem.message == 'relation "people_here" does not exist'
        assert problem.help == "there is hidden.people_here: name it with its schema"
        assert (problem.labels[0].place.path, problem.labels[0].place.line) == ("sql/m.sql", 2)
        (project / "segkit.yml").write_text(TARGETS.replace("SCHEMA", "nothing_there"))
        with pytest.raises(EngineError, match="there is no schema `nothing_there`"):
            pipeline.fit_challengers(Options(project), ("s",), False)
    finally:
        server.execute("ALTER ROLE reader RESET search_path")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{name: people, relation: people_}", "there is no table shop.people_ in PostgreSQL"),
    ],
)
def test_a_source_that_is_not_there(
    reader_url: str, shop: Path, tmp_path: Path, source: str, said: str
) -> None:
    files = {
        "segkit.yml": f"sources:\n  - name: raw\n    tables:\n      - {source}\n",
        "segments.yml": SEGMENTS.format(source="raw.people", key="id", features="x"),
    }
    project = make_project(tmp_path / "p", "shop", files)
    (project / "data").mkdir()
    (project / "data/p.csv").write_text("id,x\n1,2\n")
    with pytest.raises(SegkitError) as caught:
        pipeline.fit_challengers(Options(project), ("s",), False)
    assert caught.value.problems[0].message == said
    place = caught.value.problems[0].labels[0].place
    assert (place.path, place.line) == ("segkit.yml", 9)


# the reader itself --------------------------------------------------------------------------------


@pytest.fixture
def draft(server: Server, shop: Path) -> Iterator[Any]:
    target = Target("pg", "postgres", url=server.url(), schema="shop")
    with engine_of(target).open_draft("shop") as found:
        yield found


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT 1; SELECT 2", "SK404"),
        ("INSERT INTO customers DEFAULT VALUES RETURNING 1", "SK403"),
        ("WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone", "SK403"),
        ("SELECT 1 AS x INTO made", "SK403"),
        ("SELEC 1", "SK404"),
    ],
)
def test_what_is_not_one_select_is_refused(draft: Any, sql: str, code: str) -> None:
    with pytest.raises(EngineError, match=code):
        draft.check_select(sql)
    assert draft.query("SELECT 1") == [(1,)]  # the snapshot is as it was


@pytest.mark.parametrize(
    "sql", ["CREATE TEMP TABLE t (x INT)", "DELETE FROM orders", "SELECT nextval('s')"]
)
def test_nothing_can_be_written(server: Server, draft: Any, sql: str) -> None:
    server.execute("CREATE SEQUENCE IF NOT EXISTS shop.s; GRANT ALL ON SEQUENCE shop.s TO reader")
    server.execute("GRANT DELETE ON shop.orders TO reader")
    with pytest.raises(EngineError, match="read-only transaction"):
        draft.query(sql)
    server.execute("REVOKE DELETE ON shop.orders FROM reader")


def test_one_snapshot_is_read(server: Server, draft: Any) -> None:
    count = "SELECT count(*) FROM customers"
    before = draft.query(count)
    server.execute("INSERT INTO shop.customers (customer_id) VALUES ('new')")
    try:
        assert draft.query(count) == before
        with pytest.raises(EngineError):
            draft.query("SELECT 1 / 0")
        assert draft.query(count) == before
    finally:
        server.execute("DELETE FROM shop.customers WHERE customer_id = 'new'")


def test_stand_ins_take_the_place_of_relations(draft: Any) -> None:
    draft.stand_in("main", "orders", "SELECT 1 AS one -- the last line\n;")
    draft.stand_in(
        "main", "more", "WITH t AS (SELECT one + 1 AS two FROM orders) SELECT two FROM t"
    )
    assert draft.query("SELECT * FROM orders") == [(1,)]
    assert draft.query("WITH a AS (SELECT two FROM more) SELECT two FROM a") == [(2,)]
    assert draft.query("WITH orders AS (SELECT two FROM more) SELECT two FROM orders") == [(2,)]
    assert [c.name for c in draft.columns("more")] == ["two"]
    with pytest.raises(EngineError) as caught:
        draft.query("WITH a AS (SELECT two FROM more)\nSELECT wrong FROM a")
    assert caught.value.position == (2, 8)
    with pytest.raises(EngineError) as caught:
        draft.query("SELECT two,\n  wrong FROM more")
    assert caught.value.position == (2, 3)
    with draft.hold("kept", "SELECT two FROM more"):
        assert draft.query("SELECT two FROM kept WHERE two = ? AND '?' = '?'", [2]) == [(2,)]
    with pytest.raises(EngineError, match="kept"):
        draft.query("SELECT * FROM kept")


@pytest.fixture
def own_types(server: Server) -> None:
    server.execute("DROP TYPE IF EXISTS public.mood CASCADE")
    server.execute("CREATE TYPE public.mood AS ENUM ('sad', 'glad')")
    server.execute("DROP DOMAIN IF EXISTS public.cents")
    server.execute("CREATE DOMAIN public.cents AS NUMERIC(9, 2)")


def test_types_are_understood(own_types: None, draft: Any) -> None:
    select = (
        "SELECT 1::SMALLINT AS a, 1::BIGINT AS b, 1.5::NUMERIC(5, 2) AS c, 1.5::NUMERIC AS d, "
        "0.1::REAL AS e, 0.1::FLOAT8 AS f, 'x'::CHAR(3) AS g, 'x'::VARCHAR(9) AS h, "
        "'glad'::public.mood AS i, 1::public.cents AS j, DATE '2026-01-01' AS k, "
        "TIMESTAMPTZ '2026-01-01 12:00+02' AS l, TRUE AS m, '{1}'::INT[] AS n"
    )
    kinds = {column.name: column.type.kind for column in draft.columns_of_query(select)}
    assert kinds == {
        **dict.fromkeys("ab", Kind.INTEGER),
        **dict.fromkeys("cj", Kind.DECIMAL),
        **dict.fromkeys("df", Kind.DOUBLE),
        "e": Kind.FLOAT,
        **dict.fromkeys("ghi", Kind.TEXT),
        "k": Kind.DATE,
        "l": Kind.TIMESTAMP,
        "m": Kind.BOOLEAN,
        "n": Kind.OTHER,
    }
    row = draft.query(select)[0]
    assert row[4] == 0.10000000149011612
    assert row[8] == "glad"
    assert row[11].isoformat() == "2026-01-01T10:00:00+00:00"


def test_rows_come_in_batches(draft: Any) -> None:
    batches = list(draft.batches("SELECT i FROM generate_series(1, 25000) AS t (i)"))
    assert [len(batch) for batch in batches] == [10_000, 10_000, 5_000]
    assert batches[2][-1] == (25_000,)


def test_ctrl_c_ends_the_query_on_the_server(server: Server, draft: Any) -> None:
    began = time.monotonic()
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            draft.query("SELECT pg_sleep(30)")
    finally:
        timer.cancel()
        signal.signal(signal.SIGINT, handler)
    assert time.monotonic() - began < 10
    left = (
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%'"
        " AND state = 'active' AND pid <> pg_backend_pid()"
    )
    assert server.connection.execute(left).fetchone() == (0,)


# macros -------------------------------------------------------------------------------------------


# a REAL is compared as the double that it is: 0.7 is a little less than 0.7
@pytest.mark.parametrize("name", [*(n for n in CALLS if n != "bucket_floats"), *CALLS_OF_LINES])
def test_a_macro_gives_there_what_it_gives_on_duckdb(
    server: Server, reader_url: str, tmp_path: Path, name: str
) -> None:
    server.schema("macros")
    changed = {
        "rfm_features_named": 'RENAME ("Invoice" AS invoice) ',  # names have their case there
        "days_between_infinity": "REPLACE (CAST(a AS VARCHAR) AS a) ",  # Python has no such date
    }
    select = f"SELECT * {changed.get(name, '')}FROM '{MACRO_CSVS / f'{name}.csv'}'"
    server.load(f"macros.{name}", select)
    if name in CALLS:
        model = f"SELECT *, {{{{ {CALLS[name]} }}}} AS actual FROM {{{{ source('s', 't') }}}}"
        model = re.sub(r"AS FLOAT\)", "AS REAL)", model)
    else:
        call, customer = CALLS_OF_LINES[name]
        model = LINES_MODEL.format(call=call, name=name, customer=customer)
        model = re.sub(r"ref\('\w+'\)", "source('s', 't')", model)
    files = {
        "called.sql": model,
        "segkit.yml": 'vars: {as_of: "2026-01-10"}\n'
        f"sources: [{{name: s, tables: [{{name: t, relation: {name}}}]}}]\n",
    }
    project = load_project(make_project(tmp_path / "p", "macros", files))
    with open_shown(project, "called") as engine:
        rows = engine.query("SELECT expected, actual FROM called")
    assert rows
    for expected, actual in rows:
        if isinstance(actual, int | float) and not isinstance(actual, bool):
            assert float(actual) == pytest.approx(float(expected))
        else:
            assert actual == expected


def test_winsorize_stays_fast_with_many_rows(reader_url: str, tmp_path: Path, shop: Path) -> None:
    select = "SELECT {{ winsorize('i') }} AS w FROM generate_series(1, 100000) AS t (i)"
    project = load_project(make_project(tmp_path / "p", "shop", {"many.sql": select}))
    with open_shown(project, "many") as engine:
        began = time.monotonic()
        assert engine.query("SELECT min(w), max(w) FROM many") == [(1000.99, 99000.01)]
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    "sql",
    [
        "with base as (select * from base) select * from base",
        "WITH base AS MATERIALIZED (SELECT 1) SELECT * FROM base",
        "/* x */ WITH b AS (SELECT * FROM base) SELECT * FROM b",
    ],
)
def test_a_query_with_steps_of_its_own_stays_one_query(draft: Any, sql: str) -> None:
    draft.stand_in("main", "base", "SELECT 1 AS one")
    assert draft.query(sql)[0][0] == 1
