"""A real dbt project, run by dbt itself, as a source; needs a Python with dbt-duckdb.

It is named in SEGKIT_DBT_PYTHON, and has a DuckDB of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from segkit.errors import ConfigError
from segkit.pipeline import Options, compile_node, debug_project, run_build
from segkit.results import BuildResult, Event, Listener, ignore
from tests.conftest import BUCKETS_YML, HEADER, SEGMENTS_YML, customers, write_csv
from tests.engines.duckdb.test_foreign_files import digest

pytestmark = pytest.mark.dbt

T0, T1 = datetime(2026, 1, 1), datetime(2026, 2, 1)
DBT = "from dbt.cli.main import cli; cli()"
# what makes a model slow: dbt has its file open all the while
WORK = "(SELECT max(hash(i)) FROM range({{ var('work', 1) }}) AS t(i)) IS NOT NULL"
FILES = {
    "shop/dbt_project.yml": """\
name: shop
version: "1.0"
profile: jaffle
target-path: "{{ env_var('SHOP_TARGET_PATH', 'build') }}"
models:
  shop:
    staging: {+schema: staging}
    marts: {+materialized: table, +schema: marts}
""",
    "shop/profiles.yml": """\
jaffle:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: "{{ env_var('SHOP_DB', 'data/dev.duckdb') }}"
      threads: 1
      retries: {connect_attempts: 6}
    memory: {type: duckdb}
""",
    "shop/models/staging/stg_customers.sql": (
        "SELECT customer_id, age, income, spend FROM {{ ref('raw_customers') }}\n"
    ),
    "shop/models/staging/adults.sql": (
        "{{ config(materialized='ephemeral') }}\n"
        "SELECT * FROM {{ ref('stg_customers') }} WHERE age >= 18\n"
    ),
    "shop/models/marts/customers.sql": f"SELECT * FROM {{{{ ref('adults') }}}} WHERE {WORK}\n",
    "shop/models/models.yml": """\
sources:
  - {name: seeds, schema: main, tables: [{name: raw_customers}]}
models:
  - name: customers
    description: One row a customer
    columns: [{name: customer_id, data_tests: [unique, not_null]}]
""",
    "segments/segkit.yml": "name: segments\nsources:\n  - {name: dbt, dbt_project: ../shop}\n",
    "segments/sql/customer_features.sql": (
        "SELECT customer_id, age, income, spend FROM {{ source('dbt', 'customers') }}\n"
    ),
    "segments/sql/buckets.yml": BUCKETS_YML.replace("customer_features", "dbt.stg_customers"),
    "segments/sql/segments.yml": SEGMENTS_YML,
}


def command(*arguments: str) -> list[str]:
    python = os.environ.get("SEGKIT_DBT_PYTHON")
    if not python:
        pytest.skip("SEGKIT_DBT_PYTHON does not name a Python with dbt-duckdb")
    return [python, "-c", DBT, *arguments, "--no-use-colors"]


def dbt(folder: Path, *arguments: str) -> str:
    done = subprocess.run(command(*arguments), cwd=folder / "shop", capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two projects beside each other, and dbt's built."""
    folder = tmp_path_factory.mktemp("projects")
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    (folder / "shop/data").mkdir()
    write_csv(folder / "shop/seeds/raw_customers.csv", customers(), HEADER)
    assert "ERROR=0" in dbt(folder, "build")
    return folder


def build(folder: Path, as_of: datetime = T0, listen: Listener = ignore) -> BuildResult:
    return run_build(Options(folder / "segments", as_of=as_of), listen)


def published(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    path = folder / "segments/warehouse/segments.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_a_mart_that_dbt_made_is_segmented(made: Path) -> None:
    before = digest(made / "shop/data/dev.duckdb")
    result = build(made)
    assert result.ok, [p.message for n in result.nodes for p in n.problems]
    assert digest(made / "shop/data/dev.duckdb") == before
    assert published(made, "SELECT count(*) FROM shopper_segments") == [(240,)]
    assert published(made, "SELECT count(*) FROM customer_buckets") == [(240,)]
    manifest = json.loads((made / "segments/target/manifest.json").read_text())
    nodes = manifest["nodes"]
    assert nodes["source.segments.dbt.customers"]["description"] == "One row a customer"
    # dbt puts the schema of the profile before that of the model
    assert {
        name: (n["config"]["database"]["schema"], n["config"]["database"]["file"])
        for name, n in nodes.items()
        if n["resource_type"] == "source"
    } == {
        "source.segments.dbt.customers": ("main_marts", "../shop/data/dev.duckdb"),
        "source.segments.dbt.stg_customers": ("main_staging", "../shop/data/dev.duckdb"),
    }
    check = next(c for c in debug_project(Options(made / "segments")) if c.name == "source dbt")
    assert check.ok
    assert check.detail.startswith("dbt project shop, target dev: ")


def test_the_text_of_a_segmentation_is_a_model_as_it_stands(made: Path) -> None:
    assert build(made).ok
    for name in ("shopper_segments", "customer_buckets"):
        model = "customers" if name == "shopper_segments" else "stg_customers"
        text = compile_node(
            Options(made / "segments"),
            name,
            dialect="duckdb",
            bare=True,
            from_relation=f"{{{{ ref('{model}') }}}}",
        )
        (made / f"shop/models/{name}.sql").write_text(text, encoding="utf-8")
    try:
        assert "ERROR=0" in dbt(made, "build")
    finally:
        for name in ("shopper_segments", "customer_buckets"):
            (made / f"shop/models/{name}.sql").unlink()
    with duckdb.connect(str(made / "shop/data/dev.duckdb"), read_only=True) as connection:
        for name in ("shopper_segments", "customer_buckets"):
            columns = [row[0] for row in connection.execute(f"DESCRIBE {name}").fetchall()]
            sql = f"SELECT {', '.join(columns)} FROM {name} ORDER BY customer_id"
            found = connection.execute(sql).fetchall()
            assert found == published(made, sql) and len(found) == 240


def test_dbt_writes_while_our_views_are_read(made: Path) -> None:
    assert build(made).ok
    code = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True)\n"
        "for line in sys.stdin:\n"
        "    print(c.execute('SELECT count(*) FROM shopper_segments').fetchall(), flush=True)"
    )
    path = made / "segments/warehouse/segments.duckdb"
    reader = subprocess.Popen(
        [sys.executable, "-c", code, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert reader.stdin is not None
    assert reader.stdout is not None

    def read() -> str:
        assert reader.stdin is not None
        assert reader.stdout is not None
        reader.stdin.write("\n")
        reader.stdin.flush()
        return reader.stdout.readline()

    try:
        assert read() == "[(240,)]\n"
        seeds = made / "shop/seeds/raw_customers.csv"
        write_csv(seeds, customers(200), HEADER)
        assert "ERROR=0" in dbt(made, "build")
        assert read() == "[(240,)]\n"
        assert build(made, T1).ok
        assert published(made, "SELECT count(*) FROM shopper_segments") == [(200,)]
        assert read() == "[(240,)]\n"  # what it has opened
        write_csv(seeds, customers(), HEADER)
        assert "ERROR=0" in dbt(made, "build")
    finally:
        reader.communicate()


def test_segkit_waits_for_dbt(made: Path) -> None:
    told: list[str] = []
    running = subprocess.Popen(
        command("run", "--vars", '{"work": 400000000}'),
        cwd=made / "shop",
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until_dbt_works(running, made / "shop/data/dev.duckdb")

        def listen(event: Event) -> None:
            if event.kind == "info" and "waiting" in event.text:
                told.append(event.text)

        assert build(made, T1, listen).ok
    finally:
        output, _ = running.communicate()
    assert running.returncode == 0, output
    assert told == [f"waiting for process {running.pid}, which has dev.duckdb open"]


def wait_until_dbt_works(running: subprocess.Popen[str], file: Path) -> None:
    """Until dbt is in its slow model, with the file open.

    dbt opens and closes the file several times in a run: who opens it to find out whether it is
    held is in dbt's way, and an earlier moment may be one of the short ones.
    """
    assert running.stdout is not None
    for line in running.stdout:
        if "START sql table model main_marts.customers" in line:
            break
    opened = Path(f"/proc/{running.pid}/fd")
    while not any(os.path.realpath(link) == str(file.resolve()) for link in opened.iterdir()):
        assert running.poll() is None, "dbt ended before it was met"
        time.sleep(0.01)


def test_names_that_dbt_has_no_relation_for(made: Path, tmp_path: Path) -> None:
    (tmp_path / "sql").mkdir()
    for name, said in (
        ("adults", "dbt makes no relation of model.shop.adults: it is ephemeral"),
        ("custommers", "the dbt project `shop` has no model"),
        ("raw_customers", ""),  # a seed, and a source on the same table
    ):
        (tmp_path / "segkit.yml").write_text(
            f"name: x\nsources: [{{name: dbt, dbt_project: {made / 'shop'}}}]\n"
        )
        (tmp_path / "sql/m.sql").write_text(f"SELECT * FROM {{{{ source('dbt', '{name}') }}}}")
        if not said:
            assert run_build(Options(tmp_path)).ok
            continue
        with pytest.raises(ConfigError) as caught:
            run_build(Options(tmp_path))
        assert caught.value.problems[0].message.startswith(said)
