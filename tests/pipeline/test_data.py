"""Data as they come: odd names, odd values, too few rows; a file that others use too."""

from __future__ import annotations

import os
import shutil
import subprocess
import textwrap
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from segkit.dialects.spelling import identifier, identifiers
from segkit.dialects.table import DUCKDB
from segkit.errors import ConfigError
from segkit.pipeline import Options, compile_node, explain_customer, run_build
from segkit.results import BuildResult
from tests.conftest import (
    HEADER,
    SEGMENTS_YML,
    TWO_SEGMENTS_YML,
    MakeProject,
    build_first,
    customers,
    write_csv,
)

T0, T1 = datetime(2026, 1, 1), datetime(2026, 2, 1)


def build(project: Path, as_of: datetime = T0) -> BuildResult:
    return run_build(Options(project, as_of=as_of))


def codes(result: BuildResult) -> set[str]:
    return {p.code for n in result.nodes if n.status in ("error", "fail") for p in n.problems}


def query(project: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(project / "warehouse/shop.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def with_values(column: int, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The customers, with the first values of a column replaced."""
    rows = [list(row) for row in customers()]
    for row, value in zip(rows, values, strict=False):
        row[column] = value
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([], "SK301"),
        (customers(3), "SK302"),
        ([(f"{i}", 30 + i % 2, 40.5, 1.5) for i in range(50)], "SK303"),
        (with_values(0, [None, None]), "SK304"),
        (with_values(0, ["0002"]), "SK305"),
        (with_values(1, [None] * 240), "SK306"),
        (with_values(2, [1e16]), "SK307"),
        (with_values(2, ["inf", "inf", "-inf"]), "SK308"),
    ],
)
def test_data_that_cannot_be_segmented_is_named(
    make_project: MakeProject, rows: list[tuple[Any, ...]], code: str
) -> None:
    project = make_project(rows, {"sql/buckets.yml": None})
    try:
        found = codes(build(project))
    except ConfigError as error:
        found = {problem.code for problem in error.problems}
    assert found == {code}
    assert not (project / "warehouse/shop.duckdb").exists()


@pytest.mark.parametrize("missing", [pytest.param("median", marks=pytest.mark.slow), "unassigned"])
def test_missing_and_non_finite_values_go_where_it_was_said(
    make_project: MakeProject, missing: str
) -> None:
    segments = TWO_SEGMENTS_YML + f"    missing: {missing}\n"
    project = make_project(with_values(2, ["nan", "inf"]), {"sql/segments.yml": segments})
    result = build(project)
    assert result.ok, [p.message for n in result.nodes for p in n.problems]
    unknown = query(
        project,
        "SELECT DISTINCT segment_id = 'unassigned', segment_order = 0"
        " FROM shopper_segments WHERE income IS NULL OR NOT isfinite(income)",
    )
    assert unknown == [(missing == "unassigned",) * 2]
    bands = query(
        project,
        "SELECT DISTINCT income_band, income_band_order FROM customer_buckets"
        " JOIN customer_features USING (customer_id) WHERE income IS NULL OR NOT isfinite(income)",
    )
    assert bands == [("Unknown", 0)]
    assert query(project, "SELECT sum(n) FROM shopper_segments_profile") == [(240,)]


def test_a_constant_feature_warns_and_stays_in_the_view(make_project: MakeProject) -> None:
    segments = TWO_SEGMENTS_YML + "    missing: unassigned\n"
    project = make_project(with_values(1, [33] * 240), {"sql/segments.yml": segments})
    result = build(project)
    assert result.ok, codes(result)
    assert any("age" in warning for warning in result.segmentations[0].warnings)
    assert query(project, "SELECT DISTINCT age FROM shopper_segments") == [(33,)]
    assert explain_customer(Options(project), None, "0001", {}).segment_id != "unassigned"


def test_a_published_segmentation_can_become_empty(make_project: MakeProject) -> None:
    project = make_project()
    assert build_first(project).ok
    write_csv(project / "data/customers.csv", customers(1), HEADER)
    assert build(project, T1).ok
    assert query(project, "SELECT count(*) FROM shopper_segments") == [(1,)]
    assert query(project, "SELECT count(*), sum(n) FROM shopper_segments_profile") == [(4, 1)]
    closed = "SELECT count(*) FROM shopper_segments_history WHERE valid_to = TIMESTAMP '2026-02-01'"
    assert query(project, closed) == [(239,)]


NAMES = ["order", "Größe (€)", 'a"b', "x'; drop table t; --", "🙂", "n" * 100, "Select", "a b.c"]


def test_awkward_names_work_everywhere(make_project: MakeProject) -> None:
    key, *features = NAMES
    rows = [(row[0], *(row[1] + i for i in range(len(features)))) for row in customers()]
    quoted = ", ".join("'" + name.replace("'", "''") + "'" for name in features)
    project = make_project(
        files={
            "segkit.yml": "name: shop\n",
            "sql/features/customer_features.sql": None,
            "sql/buckets.yml": None,
            "sql/segments.yml": (
                f"segments:\n  - name: shopper_segments\n    from: data/odd.csv\n    key: {key}\n"
                f"    features: [{quoted}]\n    clusters: {{k: 3, k_max: 3}}\n"
                "buckets:\n  - name: odd_buckets\n    from: data/odd.csv\n    key: order\n"
                "    columns:\n      - {name: b, column: 'x''; drop table t; --', edges: [30]}\n"
            ),
        }
    )
    write_csv(project / "data/odd.csv", rows, NAMES)
    result = build(project)
    assert result.ok, [p.message for n in result.nodes for p in n.problems]
    shown = query(project, f"SELECT {identifiers(NAMES, DUCKDB)} FROM shopper_segments")
    assert sorted(shown) == sorted(rows)
    assert build(project).ok
    sql = compile_node(Options(project), "shopper_segments", from_relation='"other"."t"')
    with duckdb.connect() as plain:
        plain.execute("CREATE SCHEMA other")
        columns = ", ".join(f"{identifier(name, DUCKDB)} VARCHAR" for name in NAMES[:1])
        columns += "".join(f", {identifier(name, DUCKDB)} BIGINT" for name in features)
        plain.execute(f"CREATE TABLE other.t ({columns})")
        plain.executemany(f"INSERT INTO other.t VALUES ({', '.join('?' * len(NAMES))})", rows)
        plain.execute(sql)
        pasted = plain.execute("SELECT * FROM shopper_segments ORDER BY 1").fetchall()
    assert pasted == query(project, "SELECT * FROM shopper_segments ORDER BY 1")


@pytest.mark.slow  # test_scores.py builds in such a file, tests/wrong has SK603
def test_somebody_elses_file_keeps_its_tables(make_project: MakeProject) -> None:
    project = make_project(
        files={
            "segkit.yml": (
                "name: shop\nsources:\n  - name: crm\n    tables:\n"
                "      - {name: customers, relation: raw.customers}\n"
            ),
            "sql/segments.yml": TWO_SEGMENTS_YML,
        }
    )
    (project / "warehouse").mkdir()
    with duckdb.connect(str(project / "warehouse/shop.duckdb")) as theirs:
        theirs.execute("CREATE SCHEMA raw")
        path = project / "data/customers.csv"
        theirs.execute(f"CREATE TABLE raw.customers AS FROM read_csv('{path}')")
        theirs.execute("CREATE TABLE theirs AS SELECT 42 AS answer")
    assert build(project).ok
    assert query(project, "SELECT count(*) FROM shopper_segments") == [(240,)]
    (project / "sql/theirs.sql").write_text("SELECT 1 AS mine")
    result = build(project, T1)
    assert codes(result) == {"SK603"}
    assert query(project, "SELECT answer FROM theirs") == [(42,)]
    assert query(project, "SELECT max(as_of) FROM shopper_segments_profile_history") == [(T0,)]


def test_a_model_can_read_the_segments(make_project: MakeProject) -> None:
    project = make_project(
        files={
            "sql/marts/by_segment.sql": (
                "{{ config(materialized='table') }}\n"
                "SELECT s.segment_name, p.share, count(*) AS n\n"
                "FROM {{ ref('shopper_segments') }} AS s\n"
                "JOIN {{ ref('shopper_segments_profile') }} AS p USING (segment_id)\n"
                "GROUP BY ALL\n"
            ),
            "sql/segments.yml": TWO_SEGMENTS_YML,
        }
    )
    result = build(project)
    assert result.ok, [p.message for n in result.nodes for p in n.problems]
    assert query(project, "SELECT sum(n) FROM by_segment") == [(240,)]


@pytest.mark.slow  # what is chosen is in tests/learn, and through a build in test_try.py
def test_the_smallest_project_chooses_and_says_so(make_project: MakeProject) -> None:
    line = "{name: shoppers, from: data/customers.csv, key: customer_id}"
    project = make_project(
        files={
            "segkit.yml": f"name: shop\nsegments: [{line}]\n",
            "sql/features/customer_features.sql": None,
            "sql/buckets.yml": None,
            "sql/segments.yml": None,
        }
    )
    result = build(project)
    assert result.ok
    assert any("age" in text for text in result.segmentations[0].assumptions)
    assert query(project, "SELECT sum(n) FROM shoppers_profile") == [(240,)]


@pytest.mark.old_client
def test_duckdb_1_4_reads_views_comments_and_profile(
    make_project: MakeProject, tmp_path: Path
) -> None:
    python = os.environ.get("SEGKIT_OLD_DUCKDB_PYTHON")
    if not python:
        pytest.skip("SEGKIT_OLD_DUCKDB_PYTHON does not name a Python with DuckDB 1.4")
    project = make_project(with_values(2, ["nan", "inf"]))
    assert build(project).ok
    moved = shutil.move(project / "warehouse/shop.duckdb", tmp_path / "moved.db")
    shutil.rmtree(project)
    code = """
        import sys, duckdb
        assert duckdb.__version__.startswith("1.4"), duckdb.__version__
        c = duckdb.connect(sys.argv[1], read_only=True)
        print(c.execute("SELECT sum(n) FROM shopper_segments_profile").fetchall())
        print(c.execute("SELECT count(DISTINCT segment_name) FROM shopper_segments").fetchall())
        print(c.execute("SELECT count(DISTINCT age_band) FROM customer_buckets").fetchall())
        print(c.execute("SELECT comment FROM duckdb_views() WHERE view_name = 'shopper_segments'"
            " UNION ALL SELECT comment FROM duckdb_columns() WHERE table_name = 'shopper_segments'"
            " AND column_name = 'segment_name'").fetchall())
    """
    done = subprocess.run(
        [python, "-c", textwrap.dedent(code), str(moved)], capture_output=True, text=True
    )
    assert done.stdout.splitlines() == [
        "[(240,)]",
        "[(4,)]",
        "[(4,)]",
        "[('4 customer segments (fit v0001)',), ('what the segment is called',)]",
    ], done.stderr


@pytest.mark.old_client
def test_duckdb_1_4_reads_rules_scores_and_categories(
    make_project: MakeProject, tmp_path: Path
) -> None:
    python = os.environ.get("SEGKIT_OLD_DUCKDB_PYTHON")
    if not python:
        pytest.skip("SEGKIT_OLD_DUCKDB_PYTHON does not name a Python with DuckDB 1.4")
    buckets = """\
        buckets:
          - name: scores
            from: customer_features
            key: customer_id
            where: "age > 0"
            columns:
              - name: stage
                rules:
                  - {label: Young, when: "age < 40"}
                  - {label: Rich, when: "age >= 40 AND spend > 300"}
                else: Other
              - {name: quintile, column: spend, quantiles: 5}
              - name: rfm
                rfm: {recency: age, frequency: income, monetary: spend, not_scored: "spend < 10"}
                names: full
    """
    model = (
        "SELECT customer_id, age, income, spend, 'r' || age // 10 AS decade FROM "
        "{{ source('crm', 'customers') }}"
    )
    project = make_project(
        files={
            "sql/buckets.yml": textwrap.dedent(buckets),
            "sql/features/customer_features.sql": model,
            "sql/segments.yml": SEGMENTS_YML.replace(
                "      - age\n", "      - {column: decade, kind: category, weight: 5}\n"
            ),
        }
    )
    result = build(project)
    assert result.ok, [p.message for n in result.nodes for p in n.problems]
    queries = (
        "SELECT * FROM scores ORDER BY 1",
        "SELECT segment_id, n, decade_mode, decade_mode_share FROM shopper_segments_profile",
    )
    expected = [str(query(project, sql)) for sql in queries]
    code = "import sys, duckdb\nc = duckdb.connect(sys.argv[1], read_only=True)\n" + "".join(
        f"print(c.execute({sql!r}).fetchall())\n" for sql in queries
    )
    moved = shutil.move(project / "warehouse/shop.duckdb", tmp_path / "moved.db")
    done = subprocess.run([python, "-c", code, str(moved)], capture_output=True, text=True)
    assert done.stdout.splitlines() == expected, done.stderr


def test_a_source_file_that_is_not_there_is_named_with_its_place(
    make_project: MakeProject,
) -> None:
    project = make_project()
    (project / "data/customers.csv").unlink()
    with pytest.raises(ConfigError) as caught:
        build(project)
    assert [(p.code, str(p.place)) for p in caught.value.problems] == [("SK106", "segkit.yml:8:16")]


def test_the_name_of_the_registry_is_taken(make_project: MakeProject) -> None:
    project = make_project(files={"sql/_segkit.sql": "SELECT 1 AS a"})
    with pytest.raises(ConfigError) as caught:
        build(project)
    assert [(p.code, str(p.place)) for p in caught.value.problems] == [
        ("SK102", "sql/_segkit.sql:1:1")
    ]
