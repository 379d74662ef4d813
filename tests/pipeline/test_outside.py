"""Attempts to read a file, or to reach the network, from what stands in a project."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from segkit.cli.main import main
from tests.conftest import SEGMENTS_YML, MakeProject
from tests.outside import SECRET, Watch, canaries, watched

# DIR is the folder of the canaries
ATTEMPTS = {
    "csv": "SELECT * FROM read_csv('DIR/c.csv')",
    "csv_auto": "SELECT * FROM read_csv_auto('DIR/c.csv')",
    "csv_single": "SELECT * FROM read_single_csv_file('DIR/c.csv')",
    "sniffed": "SELECT * FROM sniff_csv('DIR/c.csv')",
    "text": "SELECT * FROM read_text('DIR/c.csv')",
    "blob": "SELECT * FROM read_blob('DIR/c.csv')",
    "json": "SELECT * FROM read_json('DIR/c.json')",
    "json_auto": "SELECT * FROM read_json_auto('DIR/c.json')",
    "json_objects": "SELECT * FROM read_json_objects('DIR/c.json')",
    "ndjson": "SELECT * FROM read_ndjson('DIR/c.json')",
    "parquet": "SELECT * FROM read_parquet('DIR/c.parquet')",
    "parquet_scan": "SELECT * FROM parquet_scan(['DIR/c.parquet'])",
    "parquet_schema": "SELECT * FROM parquet_schema('DIR/c.parquet')",
    "parquet_metadata": "SELECT * FROM parquet_metadata('DIR/c.parquet')",
    "parquet_kv": "SELECT * FROM parquet_kv_metadata('DIR/c.parquet')",
    "parquet_bloom": "SELECT * FROM parquet_bloom_probe('DIR/c.parquet', 'a', 1)",
    "duckdb": "SELECT * FROM read_duckdb('DIR/c.duckdb')",
    "glob": "SELECT * FROM glob('DIR/*')",
    "quoted": "SELECT * FROM \"SNIFF_CSV\"('DIR/c.csv')",
    "qualified": "SELECT * FROM system.main.sniff_csv('DIR/c.csv')",
    "named": "SELECT * FROM sniff_csv(path := 'DIR/c.csv')",
    "method": "SELECT 'DIR/c.csv'.read_text() AS a",
    "from_first": "FROM sniff_csv('DIR/c.csv') SELECT Delimiter",
    "cte": "WITH x AS (SELECT * FROM sniff_csv('DIR/c.csv')) SELECT * FROM x",
    "cte_unused": "WITH x AS (SELECT * FROM sniff_csv('DIR/c.csv')) SELECT 1 AS a",
    "subquery": "SELECT (SELECT max(Delimiter) FROM sniff_csv('DIR/c.csv')) AS a",
    "exists": "SELECT 1 AS a WHERE EXISTS (SELECT 1 FROM sniff_csv('DIR/c.csv'))",
    "lateral": "SELECT * FROM range(1) AS r, LATERAL (SELECT * FROM sniff_csv('DIR/c.csv'))",
    "union": "SELECT 'a' AS a UNION ALL SELECT Delimiter FROM sniff_csv('DIR/c.csv')",
    "join": "SELECT 1 AS a FROM range(1) AS r LEFT JOIN sniff_csv('DIR/c.csv') ON true",
    "pivot": "SELECT * FROM (PIVOT sniff_csv('DIR/c.csv') ON Quote IN ('a') USING count(*))",
    "unpivot": "SELECT * FROM (UNPIVOT sniff_csv('DIR/c.csv') ON Quote, Escape)",
    "describe": "SELECT * FROM (DESCRIBE SELECT * FROM sniff_csv('DIR/c.csv'))",
    "describe_file": "SELECT * FROM (DESCRIBE 'DIR/c.csv')",
    "summarize": "SELECT * FROM (SUMMARIZE 'DIR/c.csv')",
    "lambda": "SELECT list_transform([1], lambda x: (SELECT count(*) FROM glob('DIR/*'))) AS a",
    "window": "SELECT sum((SELECT count(*) FROM glob('DIR/*'))) OVER () AS a",
    "recursive": "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r,"
    " sniff_csv('DIR/c.csv') WHERE n < 2) SELECT * FROM r",
    "replacement": "SELECT * FROM 'DIR/c.csv'",
    "replacement_quoted": 'SELECT * FROM "DIR/c.parquet"',
    "replacement_glob": "SELECT * FROM 'DIR/*.csv'",
    "replacement_json": "SELECT * FROM 'DIR/c.json'",
    "replacement_duckdb": "SELECT * FROM 'DIR/c.duckdb'",
    "query": "SELECT * FROM query('FROM ''DIR/c.csv''')",
    "query_of_text": "SELECT * FROM query('FR' || 'OM ''DIR/c.csv''')",
    "query_of_variable": "SELECT * FROM query(getvariable('later'))",
    "query_table": "SELECT * FROM query_table('DIR/c.csv')",
    "histogram": "SELECT * FROM histogram('DIR/c.csv', a)",
    "planned": "SELECT json_serialize_plan('FROM ''DIR/c.csv''') AS a",
    "serialized": "SELECT * FROM json_execute_serialized_sql("
    "json_serialize_sql('FROM ''DIR/c.csv'''))",
    "secrets": "SELECT * FROM duckdb_secrets()",
    "settings": "SELECT current_setting('secret_directory') AS a",
    "settings_view": "SELECT * FROM pg_catalog.pg_settings",
    "logs": "SELECT * FROM duckdb_logs",
    "log": "SELECT write_log('x') AS a",
    "profile": "SELECT * FROM enable_profiling(save_location := 'DIR/new.json')",
    "excel": "SELECT * FROM read_xlsx('DIR/c.csv')",
    "spatial": "SELECT * FROM st_read('DIR/c.csv')",
    "delta": "SELECT * FROM delta_scan('DIR')",
    "postgres": "SELECT * FROM postgres_scan('host=127.0.0.1', 'public', 't')",
    "sqlite": "SELECT * FROM sqlite_scan('DIR/c.duckdb', 't')",
    "http": "SELECT * FROM 'https://127.0.0.1:9/c.csv'",
    "http_csv": "SELECT * FROM read_csv('http://127.0.0.1:9/c.csv')",
    "http_sniff": "SELECT * FROM sniff_csv('http://127.0.0.1:9/c.csv')",
    "s3": "SELECT * FROM 's3://bucket/c.parquet'",
    "attached": 'SELECT * FROM "DIR/c.duckdb".main.t',
    "previous": "SELECT * FROM segkit_previous.main._segkit",
}
# refused before anything is built: they are no SELECT
STATEMENTS = {
    "attach": "ATTACH 'DIR/c.duckdb' AS c",
    "copy": "COPY (SELECT 1) TO 'DIR/new.csv'",
    "copy_from": "COPY t FROM 'DIR/c.csv'",
    "export": "EXPORT DATABASE 'DIR/new'",
    "install": "INSTALL httpfs",
    "load": "LOAD 'DIR/c.duckdb'",
    "set": "SET enable_external_access = true",
    "pragma": "PRAGMA enable_profiling",
    "call": "CALL sniff_csv('DIR/c.csv')",
    "import": "IMPORT DATABASE 'DIR'",
    "macro": "CREATE MACRO leak() AS TABLE FROM sniff_csv('DIR/c.csv')",
    "second": "SELECT 1; SELECT * FROM sniff_csv('DIR/c.csv')",
    "secret": "CREATE SECRET (TYPE s3)",
}
Say = Callable[..., tuple[int, str]]


@dataclass(frozen=True)
class Outside:
    folder: Path
    watch: Watch

    def sql(self, text: str) -> str:
        return text.replace("DIR", str(self.folder))

    def check_unread(self, said: str) -> None:
        assert self.watch.opened() == set()
        assert SECRET not in said
        assert sorted(path.name for path in self.folder.iterdir()) == [
            *("c.csv", "c.duckdb", "c.json", "c.parquet")
        ]
        self.watch.opened()  # by this look


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    folder = canaries(tmp_path / "outside")
    with watched(folder) as watch:
        yield Outside(folder, watch)


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Run the program; return its exit code and what it printed."""

    def run(*words: str | Path) -> tuple[int, str]:
        capsys.readouterr()
        code = main([str(word) for word in words])
        return code, "".join(capsys.readouterr())

    return run


def problems_of(said: str) -> dict[str, dict[str, Any]]:
    """What was said as JSON, by the file that it is said of."""
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    return {p["places"][0]["path"]: p for p in lines if p["event"] == "problem" and p["places"]}


@pytest.mark.parametrize("materialized", ["view", "table"])
def test_no_model_reads_outside(
    outside: Outside, make_project: MakeProject, say: Say, materialized: str
) -> None:
    """Each on its own, all in one build: every one fails, none is published, no file is opened."""
    head = f"{{{{ config(materialized='{materialized}') }}}}\n"
    models = {
        f"sql/{name}.sql": f"{head}{outside.sql(sql)}\n"
        for name, sql in {**ATTEMPTS, **STATEMENTS}.items()
    }
    assert len(models) >= 40
    project = make_project(files={**models, "sql/buckets.yml": None, "sql/segments.yml": None})
    code, said = say("--project-dir", project, "--log-format", "json", "build")
    outside.check_unread(said)
    assert code == 1
    problems = problems_of(said)
    for name in {**ATTEMPTS, **STATEMENTS}:
        problem = problems[f"sql/{name}.sql"]
        expected = {"SK403"} if name in STATEMENTS else {"SK407", "SK404"}
        assert problem["code"] in expected, (name, problem)
        assert problem["places"][0]["line"] >= 2, (name, problem)
        assert "extensions.duckdb.org" not in problem["message"], name
    sniffed = problems["sql/sniffed.sql"]
    assert sniffed["code"] == "SK407"
    assert "`sniff_csv`" in sniffed["message"]
    assert (sniffed["places"][0]["line"], sniffed["places"][0]["column"]) == (2, 15)
    assert not (project / "warehouse/shop.duckdb").exists()


CARRIERS = {
    "rule": """\
buckets:
  - name: b
    from: customer_features
    key: customer_id
    columns:
      - {name: c, rules: [{label: A, when: "ATTEMPT"}], else: B}
""",
    "bucket_where": """\
buckets:
  - name: b
    from: customer_features
    key: customer_id
    where: "ATTEMPT"
    columns:
      - {name: c, column: age, edges: [25]}
""",
    "gate": """\
buckets:
  - name: b
    from: customer_features
    key: customer_id
    columns:
      - {name: r, rfm: {recency: age, frequency: income, monetary: spend}, not_scored: "ATTEMPT"}
""",
}
CONDITIONS = (
    "(SELECT count(*) FROM sniff_csv('DIR/c.csv')) > 0",
    "EXISTS (FROM glob('DIR/*'))",
    "age IN (SELECT a FROM 'DIR/c.csv')",
    "json_serialize_plan('FROM ''DIR/c.csv''') LIKE '%a%'",
    "current_setting('threads') > 0",
    "age > 1) UNION ALL (SELECT 1 FROM read_text('DIR/c.csv')",
)


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("condition", CONDITIONS)
def test_no_condition_reads_outside(
    outside: Outside, make_project: MakeProject, say: Say, carrier: str, condition: str
) -> None:
    text = CARRIERS[carrier].replace("ATTEMPT", outside.sql(condition))
    project = make_project(files={"sql/buckets.yml": text, "sql/segments.yml": None})
    code, said = say("--project-dir", project, "build")
    outside.check_unread(said)
    assert code in (1, 2), said
    assert "sql/buckets.yml:" in said and "SK901" not in said
    assert not (project / "warehouse/shop.duckdb").exists()


def test_no_where_of_a_segmentation_reads_outside(
    outside: Outside, make_project: MakeProject, say: Say
) -> None:
    for condition in CONDITIONS:
        where = f'    where: "{outside.sql(condition)}"\n'
        text = SEGMENTS_YML.replace("    features:\n", f"{where}    features:\n")
        project = make_project(files={"sql/segments.yml": text})
        code, said = say("--project-dir", project, "build")
        outside.check_unread(said)
        assert code in (1, 2) and "sql/segments.yml:" in said and "SK901" not in said, said


def test_no_data_test_and_no_condition_of_show_reads_outside(
    outside: Outside, make_project: MakeProject, say: Say
) -> None:
    tests = {
        f"sql/tests/{name}.sql": outside.sql(sql) + " -- {{ ref('customer_features') }}\n"
        for name, sql in ATTEMPTS.items()
    }
    project = make_project(files={"sql/segments.yml": None})
    assert say("--project-dir", project, "build")[0] == 0
    for path, text in tests.items():
        (project / path).parent.mkdir(exist_ok=True)
        (project / path).write_text(text, encoding="utf-8")
    code, said = say("--project-dir", project, "--log-format", "json", "test")
    outside.check_unread(said)
    assert code == 1
    assert set(tests) <= set(problems_of(said))
    for condition in CONDITIONS:
        words = ("show", "customer_buckets", "--where", outside.sql(condition))
        code, said = say("--project-dir", project, *words)
        outside.check_unread(said)
        assert code == 2 and "--where" in said and "SK901" not in said, said


def test_an_import_reads_nothing(outside: Outside, make_project: MakeProject, say: Say) -> None:
    project = make_project(files={"sql/segments.yml": None, "sql/buckets.yml": None})
    for condition in CONDITIONS:
        sql = f"SELECT CASE WHEN {outside.sql(condition)} THEN 'a' ELSE 'b' END AS c FROM t"
        (project / "given.sql").write_text(sql, encoding="utf-8")
        code, said = say("--project-dir", project, "import", project / "given.sql")
        outside.check_unread(said)
        assert "SK901" not in said, said
        assert code in (1, 2), said


def test_a_view_of_a_shared_target_hides_nothing(
    outside: Outside, make_project: MakeProject, say: Say
) -> None:
    """Other people's views and macros in the target's file are looked into."""
    project = make_project(
        files={
            "segkit.yml": "name: shop\ntarget: dev\ntargets:\n"
            "  dev: {type: duckdb, path: warehouse/shop.duckdb}\n"
            "sources:\n  - {name: raw, tables: [{name: v, relation: main.v}]}\n",
            "sql/features/customer_features.sql": "SELECT Delimiter AS d\nFROM\n"
            "  {{ source('raw', 'v') }}\n",
            "sql/macros.sql": "SELECT 1 AS a\nFROM leak()\n",
            "sql/buckets.yml": None,
            "sql/segments.yml": None,
        }
    )
    (project / "warehouse").mkdir()
    with duckdb.connect(project / "warehouse/shop.duckdb") as connection:
        connection.execute(outside.sql("CREATE VIEW v AS FROM sniff_csv('DIR/c.csv')"))
        connection.execute(outside.sql("CREATE MACRO leak() AS TABLE FROM glob('DIR/*')"))
    outside.watch.opened()
    code, said = say("--project-dir", project, "build")
    outside.check_unread(said)
    assert code == 1
    assert "error[SK407]: `v` calls `sniff_csv`, which may not be called" in said
    assert "--> sql/features/customer_features.sql:3:3" in said
    assert "error[SK407]: `DIR/*` is a file".replace("DIR", str(outside.folder)) in said
