"""Numbers, categories, flags and NULLs through whole builds; where, labels, unseen levels."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import duckdb
import pytest

from segkit.core.fact_english import reason_sentence
from segkit.core.tree import OneOf, splits
from segkit.errors import Problem
from segkit.pipeline import explain_customer, explain_segmentation, fit_challengers
from segkit.pipeline.compile import compile_node
from segkit.pipeline.run_options import Options
from segkit.publish.stored.fits import fit_path, read_fit
from tests.conftest import T1, MakeProject, build_first, write_csv
from tests.pipeline.test_build import build, problems, query

REGIONS = tuple(f"r{i:02}" for i in range(12))
MODEL = """\
SELECT customer_id, age, spend, region, is_member, store, is_test, team
FROM {{ source('crm', 'customers') }}
"""
SEGMENTS = """\
segments:
  - name: shopper_segments
    from: customer_features
    key: customer_id
    where: "NOT is_test"
    features:
      - age
      - {column: spend, scale: log, unit: $}
      - {column: region, kind: category, weight: 3}
      - {column: store, kind: category}
      - is_member
    clusters: {k: 5, k_max: 5, seed: 1}
    missing: MISSING
"""
HEADER = ("customer_id", "age", "spend", "region", "is_member", "store", "is_test", "team")


def mixed(n: int = 600, seed: int = 4) -> list[tuple[Any, ...]]:
    draw = random.Random(seed)
    rows: list[tuple[Any, ...]] = []
    for i in range(n):
        group = draw.randrange(4)
        near = REGIONS[group * 3 : group * 3 + 3]
        region = draw.choice(near if draw.random() < 0.8 else REGIONS)
        rows.append(
            (
                f"{i + 1:04d}",
                None if i % 31 == 3 else round(draw.gauss(30 + 15 * (group % 2), 6)),
                round(draw.lognormvariate(4 + group // 2, 0.5), 2),
                None if i % 37 == 5 else region,
                None if i % 41 == 7 else draw.random() < 0.2 + 0.5 * (group % 2),
                None if i % 43 == 9 else 1 + draw.randrange(4),
                i % 50 == 49,
                ("red", "blue")[group // 2],
            )
        )
    return rows


# for what depends on where a customer with a missing value goes
either = pytest.mark.parametrize(
    "project", ["median", pytest.param("unassigned", marks=pytest.mark.slow)], indirect=True
)


@pytest.fixture
def project(make_project: MakeProject, request: pytest.FixtureRequest) -> Path:
    missing = getattr(request, "param", "median")
    directory = make_project(
        files={
            "sql/features/customer_features.sql": MODEL,
            "sql/buckets.yml": None,
            "sql/segments.yml": SEGMENTS.replace("MISSING", missing),
        }
    )
    write_csv(directory / "data/customers.csv", mixed(), HEADER)
    return directory


def add_rows(project: Path, *rows: tuple[Any, ...]) -> None:
    write_csv(project / "data/customers.csv", [*mixed(), *rows], HEADER)


@either
def test_a_mixed_build_is_proved_and_no_single_column_decides(project: Path) -> None:
    result = build_first(project)
    assert result.ok, problems(result)
    assert query(project, "SELECT count(*) FROM shopper_segments") == [(588,)]
    (segmentation,) = result.segmentations
    assert segmentation.parity_cases > 50
    fit = read_fit(fit_path(project / "warehouse/fits", "shopper_segments", 1))
    tested = {split.column for split in splits(fit.tree)}
    assert "region" in tested and len(tested) >= 2
    sql = (project / "warehouse/views/shopper_segments.sql").read_text()
    assert "WHERE NOT is_test" in sql
    assert "region IN (" in sql or "region = '" in sql
    profile = query(
        project, "SELECT region_mode, region_mode_share, age_mean FROM shopper_segments_profile"
    )
    assert {mode for mode, _, _ in profile} <= {*REGIONS, None}
    assert all(0 < share <= 1 for _, share, _ in profile if share is not None)
    text = " ".join(s.rules[0] for s in explain_segmentation(Options(project), None).segments)
    assert "region r" in text


@either
def test_an_unseen_level_goes_where_the_most_frequent_goes_and_is_counted(project: Path) -> None:
    assert build_first(project).ok
    fit = read_fit(fit_path(project / "warehouse/fits", "shopper_segments", 1))
    mode = next(f.mode for f in fit.features if f.column == "region")
    add_rows(
        project,
        ("x1", 33, 80, "atlantis", True, 2, False, "red"),
        ("x2", 33, 80, mode, True, 2, False, "red"),
        ("x3", 33, 80, "atlantis", True, 99, True, "red"),  # left out by where
        ("x4", 33, 80, mode, True, 99, False, "red"),
    )
    result = build(project, T1)
    assert result.ok, problems(result)
    found = dict(
        query(
            project,
            "SELECT customer_id, segment_id FROM shopper_segments WHERE customer_id LIKE 'x%'",
        )
    )
    assert found.keys() == {"x1", "x2", "x4"}
    assert found["x1"] == found["x2"]
    (segmentation,) = result.segmentations
    said = " | ".join(segmentation.warnings)
    assert f"1 customer has a region that v0001 has not seen (atlantis): counted as {mode}" in said
    path = explain_customer(Options(project), None, "x1", {})
    assert path.segment_id == found["x1"]
    there = explain_customer(Options(project), None, "x1", {"region": mode, "is_member": "true"})
    assert there.segment_id == found["x2"]
    gone = explain_customer(Options(project), None, "x1", {"age": "null"})
    expected = "unassigned" if "unassigned" in (project / "sql/segments.yml").read_text() else None
    assert gone.segment_id == (expected or gone.segment_id)


@either
def test_the_compiled_sql_gives_the_same_rows_elsewhere(project: Path) -> None:
    assert build_first(project).ok
    published = query(project, "SELECT customer_id, segment_id FROM shopper_segments ORDER BY 1")
    view = compile_node(
        Options(project), "shopper_segments", from_relation="people", as_relation="pasted"
    )
    expression = compile_node(Options(project), "shopper_segments", expression=True)
    with duckdb.connect() as elsewhere:
        path = project / "data/customers.csv"
        elsewhere.execute(
            f"CREATE TABLE people AS FROM read_csv('{path}', "
            "types = {'customer_id': 'VARCHAR', 'spend': 'DOUBLE'})"
        )
        elsewhere.execute(view)
        pasted = elsewhere.execute("SELECT customer_id, segment_id FROM pasted ORDER BY 1")
        assert pasted.fetchall() == published
        by_hand = elsewhere.execute(
            f"SELECT customer_id, {expression} FROM people WHERE NOT is_test ORDER BY 1"
        )
        assert by_hand.fetchall() == published


def test_who_leaves_by_where_leaves_the_history(project: Path) -> None:
    assert build_first(project).ok
    rows = [(*row[:6], True, row[7]) if row[0] == "0001" else row for row in mixed()]
    write_csv(project / "data/customers.csv", rows, HEADER)
    assert build(project, T1).ok
    stays = query(
        project,
        "SELECT valid_from, valid_to FROM shopper_segments_history WHERE customer_id = '0001'",
    )
    assert [end for _, end in stays] == [T1]


def test_where_is_part_of_the_definition(project: Path) -> None:
    assert build_first(project).ok
    text = (project / "sql/segments.yml").read_text()
    (project / "sql/segments.yml").write_text(
        text.replace("NOT is_test", "NOT is_test AND age > 0")
    )
    result = build(project, T1)
    assert not result.ok
    notes = [note for node in result.nodes for p in node.problems for note in p.notes]
    assert "changed: where: NOT is_test -> NOT is_test AND age > 0" in notes


@pytest.mark.slow  # tests/learn/names/test_identity.py has who keeps which id
def test_a_refit_keeps_ids_where_the_categories_changed(project: Path) -> None:
    assert build_first(project).ok
    before = dict(query(project, "SELECT customer_id, segment_id FROM shopper_segments"))
    text = (project / "sql/segments.yml").read_text()
    (project / "sql/segments.yml").write_text(text.replace("      - is_member\n", ""))
    (learned,) = fit_challengers(Options(project), (), True)
    assert learned.fit.version == 2
    assert build(project, T1).ok
    after = dict(query(project, "SELECT customer_id, segment_id FROM shopper_segments"))
    kept = sum(before[key] == after[key] for key in before) / len(before)
    assert kept > 0.6


def test_given_labels_through_a_build(project: Path) -> None:
    text = SEGMENTS.replace("    clusters: {k: 5, k_max: 5, seed: 1}\n", "    labels: team\n")
    (project / "sql/segments.yml").write_text(text.replace("MISSING", "median"))
    result = build(project)
    assert result.ok, problems(result)
    names = query(project, "SELECT segment_name FROM shopper_segments_profile ORDER BY 1")
    assert names == [("blue",), ("red",)]
    assert (
        "of rows are not as in team"
        in (project / "warehouse/views/shopper_segments.sql").read_text()
    )
    fit = explain_segmentation(Options(project), None).fit
    assert reason_sentence(fit.clusters.reason) == "2 clusters as given in team"
    assert explain_customer(Options(project), None, "0001", {}).kmeans is None


def test_the_tree_of_a_category_is_written_as_a_list(project: Path) -> None:
    assert build_first(project).ok
    fit = read_fit(fit_path(project / "warehouse/fits", "shopper_segments", 1))
    lists = [split.test.levels for split in splits(fit.tree) if isinstance(split.test, OneOf)]
    modes = {f.column: f.mode for f in fit.features if f.is_category}
    assert lists
    assert all(levels == tuple(sorted(levels)) for levels in lists)
    for split in splits(fit.tree):
        if isinstance(split.test, OneOf):
            assert modes[split.column] not in split.test.levels


def test_what_was_translated_is_said(project: Path) -> None:
    assert build_first(project).ok
    (project / "sql/odd.yml").write_text(
        "buckets:\n  - name: odd\n    from: customer_features\n    key: customer_id\n"
        "    columns:\n      - name: a\n        else: z\n"
        "        rules: [{label: x, when: \"substr(region, 2, 2) = '01'\"}]\n",
        encoding="utf-8",
    )
    said: list[Problem] = []
    compile_node(Options(project), "odd", dialect="postgres", warn=said.append)
    assert [(p.code, p.severity) for p in said] == [("SK803", "warning")]
    assert "is translated for PostgreSQL, not proved" in said[0].message
