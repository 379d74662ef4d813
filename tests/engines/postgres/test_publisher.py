"""A build on PostgreSQL: the same rows and figures as on DuckDB, and safe to read meanwhile."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest

from segkit import pipeline
from segkit.errors import SegkitError
from segkit.pipeline import Options
from segkit.pipeline.report import report_project
from segkit.survey import sample
from tests.engines.postgres.proxy import __file__ as PROXY
from tests.engines.postgres.shop import (
    ENCODED,
    MONTHS,
    PASSWORD,
    ROOT,
    TARGETS,
    YAML,
    Server,
    build,
    compare,
    replace_in,
    rows_of,
    server_as,
    start,
    state,
)
from tests.pipeline.test_retail import DATA
from tests.pipeline.test_retail_months import MONTHS as RETAIL_MONTHS
from tests.pipeline.test_retail_months import YML, write

pytestmark = pytest.mark.warehouse

# the same as on DuckDB ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def both(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The example, built for three months on both."""
    directory = tmp_path_factory.mktemp("both")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOP_PG_URL", server.url("builder"))
        for target in ("pg", "duck"):
            project = directory / target
            for part in ("sql", "warehouse/seeds", "warehouse/fits"):
                shutil.copytree(ROOT / part, project / part)
            text = YAML.replace("target: pg", f"target: {target}").replace("SCHEMA", "analytics")
            (project / "segkit.yml").write_text(text, encoding="utf-8")
            for as_of in MONTHS:
                assert build(project, as_of).ok
        yield directory


def test_the_example_has_the_rows_of_duckdb(server: Server, both: Path) -> None:
    assert len(compare(server, both / "duck/warehouse/shop.duckdb", "analytics")) == 15


@pytest.mark.slow
def test_a_backfill_is_that_of_duckdb(server: Server, url: str, tmp_path: Path) -> None:
    for target in ("duck", "pg"):
        shop = tmp_path / target
        for part in ("sql", "warehouse/seeds", "warehouse/fits"):
            shutil.copytree(ROOT / part, shop / part)
        yaml = YAML.replace("target: pg", f"target: {target}").replace("SCHEMA", "past")
        (shop / "segkit.yml").write_text(yaml)
        moment = datetime.fromisoformat(f"{MONTHS[-1]}T00:00:00+00:00")
        assert pipeline.run_build(Options(shop, as_of=moment, backfill="2m")).published
    assert len(compare(server, tmp_path / "duck/warehouse/shop.duckdb", "past")) == 15


@pytest.mark.slow
def test_the_price_test_has_the_readout_of_duckdb(server: Server, url: str, tmp_path: Path) -> None:
    for target in ("duck", "pg"):
        shop = tmp_path / target
        for name in ("sql", "macros", "warehouse/seeds", "warehouse/fits"):
            shutil.copytree(ROOT / name, shop / name)
        shutil.copytree(ROOT / "docs/price_test", shop, dirs_exist_ok=True)
        yaml = YAML.replace("target: pg", f"target: {target}").replace("SCHEMA", "price")
        (shop / "segkit.yml").write_text(yaml)
        for as_of in (MONTHS[0], "2026-03-09"):
            assert build(shop, as_of).published
    names = compare(server, tmp_path / "duck/warehouse/shop.duckdb", "price")
    assert {"price_assignment", "price_policy", "price_readout"} <= set(names)


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.skipif(not DATA.exists(), reason="the retailer's data are not at hand")
def test_online_retail_month_by_month(server: Server, url: str, tmp_path: Path) -> None:
    shop = write(tmp_path / "retail")
    text = TARGETS.replace("name: shop", "name: retail").replace("SCHEMA", "retail")
    yaml = text + YML.partition("\n")[2]
    for target in ("duck", "pg"):  # the first learns
        (shop / "segkit.yml").write_text(yaml.replace("target: pg", f"target: {target}"))
        for month in RETAIL_MONTHS:
            assert pipeline.run_build(Options(shop, as_of=month, report=False)).ok
    assert len(compare(server, shop / "warehouse/shop.duckdb", "retail")) == 11


@pytest.mark.parametrize("since", ["entered_since", "left_since", "changed_since"])
def test_who_moved_is_shown_as_on_duckdb(both: Path, url: str, since: str) -> None:
    moment = datetime.fromisoformat("2026-01-15T00:00:00+00:00")
    rows = []
    for target in ("pg", "duck"):
        with pipeline.show_rows(
            Options(both / target),
            "shopper_segments",
            limit=None,
            where=None,
            talk=lambda _: None,
            **{since: moment},
        ) as table:
            rows.append(sorted(str([str(value) for value in row]) for row in table.rows))
    assert rows[0] == rows[1]
    assert rows[0]


@pytest.mark.parametrize("most", [100_000, 1_500], ids=["all", "sample"])
def test_a_page_has_the_figures_of_duckdb(
    both: Path, url: str, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(sample, "MOST", most)
    found = [
        [asdict(each.survey) for each in report_project(Options(both / target)).segmentations]
        for target in ("pg", "duck")
    ]
    for one, other in zip(figures(found[0]), figures(found[1]), strict=True):
        assert one == (pytest.approx(other, abs=1e-9) if isinstance(other, float) else other)


def figures(value: object) -> Iterator[object]:
    """All that stands in dicts and sequences, in order."""
    parts = value.items() if isinstance(value, Mapping) else value
    if isinstance(parts, str) or not isinstance(parts, Iterable):
        yield value
    else:
        for part in parts:
            yield from figures(part)


def test_comments_are_those_of_duckdb(server: Server, both: Path) -> None:
    with duckdb.connect(str(both / "duck/warehouse/shop.duckdb"), read_only=True) as there:
        expected = there.execute(
            "SELECT table_name, column_name, comment FROM duckdb_columns()"
            " UNION ALL SELECT view_name, NULL, comment FROM duckdb_views()"
            " UNION ALL SELECT table_name, NULL, comment FROM duckdb_tables()"
        ).fetchall()
    found = rows_of(
        server,
        "SELECT c.relname, a.attname::text, d.description FROM pg_description d"
        " JOIN pg_class c ON c.oid = d.objoid AND c.relnamespace = 'analytics'::regnamespace"
        " LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = nullif(d.objsubid, 0)",
    )
    assert sorted(found, key=str) == sorted((row for row in expected if row[2]), key=str)


def test_a_second_build_changes_nothing(server: Server, both: Path, url: str) -> None:
    before = state(server, "analytics")
    assert build(both / "pg", MONTHS[-1]).published
    assert state(server, "analytics") == before


def test_segkit_test_runs_on_what_is_published(both: Path, url: str) -> None:
    moment = datetime.fromisoformat(f"{MONTHS[-1]}T00:00:00+00:00")
    assert pipeline.run_tests(Options(both / "pg", as_of=moment)).ok


def test_stored_codes_have_the_rows_of_the_view(server: Server, small: Path) -> None:
    schema = small.name
    names = ("groups", "groups_profile", "groups_history")
    before = [rows_of(server, f"SELECT * FROM {schema}.{name} ORDER BY 1") for name in names]
    replace_in(
        small / "sql/all.yml", "clusters: {k: 3}", "clusters: {k: 3}\n    materialized: table"
    )
    assert build(small).published
    assert before == [
        rows_of(server, f"SELECT * FROM {schema}.{name} ORDER BY 1") for name in names
    ]
    codes = rows_of(server, f"SELECT id, segment_order FROM {schema}.groups__codes ORDER BY 1")
    assert codes == [(row[0], row[-1]) for row in before[0]]
    one = state(server, schema)
    assert build(small).published
    assert state(server, schema) == one, "no row version, no text of a view"
    replace_in(small / "sql/all.yml", "materialized: table", "materialized: view")
    assert build(small).published
    assert "groups__codes" not in state(server, schema)
    assert before == [
        rows_of(server, f"SELECT * FROM {schema}.{name} ORDER BY 1") for name in names
    ]


# readers ------------------------------------------------------------------------------------------


CONSISTENT = (
    "SELECT (SELECT min(spend) FROM {0}.people), (SELECT max(spend) FROM {0}.people),"
    " (SELECT count(*) FROM {0}.people), (SELECT max(spend) FROM {0}.groups),"
    " (SELECT sum(n) FROM {0}.groups_profile)"
)


@pytest.mark.slow
@pytest.mark.long
def test_readers_see_the_old_or_the_new_whatever_is_killed(server: Server, small: Path) -> None:
    """kill -9 at 20 moments, with 10 readers looking: each sees one build, whole."""
    schema = small.name
    seen: list[tuple[Any, ...]] = []
    failures: list[BaseException] = []
    done = threading.Event()
    with server_as(server, "builder") as looker:
        looker.execute(f"GRANT USAGE ON SCHEMA {schema} TO reader")
        looker.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO reader")

    def look() -> None:
        try:
            with server_as(server, "reader") as connection:
                while not done.is_set():
                    seen.extend(connection.execute(CONSISTENT.format(schema)).fetchall())
                    time.sleep(0.02)
        except BaseException as error:
            failures.append(error)

    readers = [threading.Thread(target=look) for _ in range(10)]
    for reader in readers:
        reader.start()
    spend = 0
    chance = random.Random(1)
    usual = 6.0
    killed = 0
    try:
        for _ in range(20):
            spend += 1000
            rows = "".join(f"{i},{20 + i % 50},{spend}\n" for i in range(200))
            (small / "data.csv").write_text("id,age,spend\n" + rows)
            began = time.monotonic()
            process = start(small, server)
            time.sleep(usual * chance.uniform(0.3, 1.05))
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                killed += 1
            else:
                usual = time.monotonic() - began
            process.communicate()
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert not failures and killed >= 10
    for least, most, n, shown, profiled in seen:
        assert n == 200 and profiled == 200
        assert least == most == shown or (least, most) == (0, shown)  # or the first data
    assert build(small).published


@pytest.mark.slow
@pytest.mark.long
def test_a_reader_that_stays_keeps_no_other_waiting(server: Server, small: Path) -> None:
    schema = small.name
    server.execute(f"GRANT USAGE ON SCHEMA {schema} TO reader")
    server.execute(f"GRANT SELECT ON {schema}.bands TO reader")
    replace_in(small / "sql/all.yml", "edges: [30, 50]", "edges: [30, 55]")
    waits: list[float] = []
    with server_as(server, "reader") as stays, server_as(server, "reader") as other:
        stays.execute("BEGIN")
        stays.execute(f"SELECT count(*) FROM {schema}.bands")
        process = start(small, server)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            began = time.monotonic()
            other.execute(f"SELECT count(*) FROM {schema}.bands").fetchall()
            waits.append(time.monotonic() - began)
            time.sleep(0.05)
        assert process.poll() is None  # it waits
        stays.execute("COMMIT")
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "waiting for session" in said and "reader" in said
    assert 0.5 < max(waits) < 2.5


@contextmanager
def breaking_at_commit(server: Server, *, is_sent: bool) -> Iterator[str]:
    """A folder with a socket of the server, where the first COMMIT gets no answer."""
    words = ["sent"] if is_sent else []
    with TemporaryDirectory() as at:  # not pytest's: a socket's path is short
        command = [sys.executable, PROXY, server.host, at, *words]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as proxy:
            _wait_for_line(proxy, "listening")
            yield at
            proxy.kill()


@pytest.mark.parametrize("is_sent", [True, False])
def test_an_answer_to_commit_that_is_lost(
    server: Server, small: Path, monkeypatch: pytest.MonkeyPatch, is_sent: bool
) -> None:
    replace_in(small / "data.csv", "\n7,27,259\n", "\n7,27,9999\n")
    with breaking_at_commit(server, is_sent=is_sent) as at:
        monkeypatch.setenv("SHOP_PG_URL", server.url("builder").replace(server.host, at))
        result = build(small)
    assert (result.published, result.ok) == (is_sent, is_sent)
    found = rows_of(server, f"SELECT spend FROM {small.name}.groups WHERE id = 7")
    assert found == [(9999 if is_sent else 259,)]
    said = [p.message for node in result.nodes for p in node.problems]
    assert is_sent or any("the connection to the server was lost" in text for text in said), said
    monkeypatch.setenv("SHOP_PG_URL", server.url("builder"))
    assert build(small).published  # nobody has the lock


def test_a_transaction_that_was_open_reads_the_old_rows(server: Server, small: Path) -> None:
    schema = small.name
    with server_as(server, "builder") as reader:
        reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT 1")
        replace_in(small / "data.csv", "\n7,27,259\n", "\n7,27,9999\n")
        assert build(small).published
        sql = f"SELECT spend FROM {schema}.groups WHERE id = 7"
        assert reader.execute(sql).fetchall() == [(259,)]
        reader.execute("COMMIT")
        assert reader.execute(sql).fetchall() == [(9999,)]


@pytest.mark.slow
def test_two_builds_at_once_come_one_after_the_other(server: Server, small: Path) -> None:
    other = small.parent / "other"
    shutil.copytree(small, other)  # so that no lock of the project's own is in the way
    replace_in(small / "sql/all.yml", "edges: [30, 50]", "edges: [30, 55]")
    with server_as(server, "builder") as reader:  # keeps the first build from publishing
        reader.execute("BEGIN")
        reader.execute(f"SELECT count(*) FROM {small.name}.bands")
        first = start(small, server)
        _wait_for_line(first, "waiting for session")
        second = start(other, server)
        assert "waiting for the build of session" in _wait_for_line(second, "waiting for")
        reader.execute("COMMIT")
    said = [process.communicate(timeout=120)[0] for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], said


def _wait_for_line(process: subprocess.Popen[str], text: str) -> str:
    assert process.stdout is not None
    return next(line for line in process.stdout if text in line)


# a table of a server, without a project -----------------------------------------------------------


def test_a_table_of_the_server_is_tried_and_saved(
    server: Server, small: Path, tmp_path: Path
) -> None:
    at_once = pipeline.try_data(Options(), str(small / "data.csv"))
    save = tmp_path / "saved"
    what = f"{small.name}.crm__data"
    found = pipeline.try_data(Options(), what, url_env="SHOP_PG_URL", save=save)
    assert [s.n for s in found.result.segments] == [s.n for s in at_once.result.segments]
    yaml = (save / "segkit.yml").read_text(encoding="utf-8")
    assert "env_var('SHOP_PG_URL')" in yaml and f"relation: {what}" in yaml
    assert not any(ENCODED in file.read_text() for file in save.rglob("*") if file.is_file())
    replace_in(save / "segkit.yml", "schema: public", f"schema: {small.name}_own")
    server.execute(f"CREATE SCHEMA {small.name}_own AUTHORIZATION builder")
    assert build(save).published
    n = f"SELECT count(*) FROM {small.name}_own.{found.result.name}"
    assert rows_of(server, n) == [(200,)]


@pytest.mark.parametrize(
    ("what", "url_env", "said"),
    [
        ("postgresql://me:secret@host/db", None, "a url as an argument"),
        ("orders", "postgresql://me:secret@host/db", "--url-env is a url"),
        ("orders", "NOT_SET", "--url-env NOT_SET: that environment variable is not set"),
        ("no_such_table", "SHOP_PG_URL", "there is no table no_such_table in PostgreSQL"),
    ],
)
def test_what_cannot_be_tried(url: str, what: str, url_env: str | None, said: str) -> None:
    with pytest.raises(SegkitError, match=said) as caught:
        pipeline.try_data(Options(), what, url_env=url_env)
    assert "secret" not in str(caught.value)


def test_the_text_of_a_segmentation_is_a_dbt_model(
    server: Server, small: Path, tmp_path: Path
) -> None:
    python = os.environ.get("SEGKIT_DBT_POSTGRES_PYTHON")
    if python is None:
        pytest.skip("SEGKIT_DBT_POSTGRES_PYTHON does not name a Python with dbt-postgres")
    schema, shop = small.name, tmp_path / "dbt"
    files = {
        "dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: shop\n",
        "profiles.yml": (
            "shop: {target: pg, outputs: {pg: {type: postgres, user: builder, port: 5432,"
            f" host: {server.host}, password: '{PASSWORD}', dbname: postgres, threads: 1,"
            f" schema: {schema}_dbt}}}}}}\n"
        ),
        "models/people.sql": f"SELECT * FROM {schema}.people\n",
    }
    for name in ("groups", "bands"):
        files[f"models/{name}.sql"] = pipeline.compile_node(
            Options(small),
            name,
            dialect="postgres",
            bare=True,
            from_relation="{{ ref('people') }}",
        )
    for name, text in files.items():
        (shop / name).parent.mkdir(parents=True, exist_ok=True)
        (shop / name).write_text(text, encoding="utf-8")
    words = [python, "-c", "from dbt.cli.main import cli; cli()", "build"]
    done = subprocess.run(
        [*words, "--profiles-dir", ".", "--no-send-anonymous-usage-stats"],
        cwd=shop,
        capture_output=True,
        text=True,
    )
    assert "ERROR=0" in done.stdout, done.stdout + done.stderr
    for name in ("groups", "bands"):
        made, ours = (
            rows_of(server, f"SELECT * FROM {at}.{name} ORDER BY id")
            for at in (f"{schema}_dbt", schema)
        )
        assert made == ours
        assert len(made) == 200
