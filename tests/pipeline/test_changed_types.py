"""A column of another type than at the fit: the rules still mean something, or it is said."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from segkit.cli.main import main
from segkit.pipeline import Options, run_build
from segkit.results import BuildResult
from tests.conftest import T1, MakeProject, build_first
from tests.pipeline.test_build import problems

CASE = Path(__file__).parents[3] / "shared" / "cases" / "category_turned_numeric"
SEGMENTS = """\
segments:
  - name: shopper_segments
    from: customer_features
    key: customer_id
    features: FEATURES
    clusters: {k: 2, k_max: 2, seed: 1}
"""


def model(column: str) -> str:
    return (
        f"SELECT customer_id, age, income, {column} AS c\nFROM {{{{ source('crm', 'customers') }}}}"
    )


def rebuilt(make_project: MakeProject, then: str, now: str, features: str) -> BuildResult:
    """The second build, of a column ``c`` that was one thing and is another."""
    directory = make_project(
        files={
            "sql/features/customer_features.sql": model(then),
            "sql/segments.yml": SEGMENTS.replace("FEATURES", features),
            "sql/buckets.yml": None,
        }
    )
    first = build_first(directory)
    assert first.ok, problems(first)
    path = directory / "sql/features/customer_features.sql"
    path.write_text(model(now), encoding="utf-8")
    return run_build(Options(directory, as_of=T1))


CATEGORY = "[income, {column: c, kind: category, weight: 9}]"
FLAG = "[income, {column: c, weight: 9}]"
NUMBER = "[income, {column: c, weight: 9}]"
OTHER_VALUES = [
    ("CASE WHEN age < 40 THEN 'IT' ELSE 'FR' END", "age", CATEGORY, "VARCHAR", "BIGINT"),
    pytest.param(
        *("CASE WHEN age < 40 THEN '07' ELSE '08' END", "age % 9", CATEGORY),
        *("VARCHAR", "BIGINT"),
        marks=pytest.mark.slow,
    ),
    ("age < 40", "CAST(age < 40 AS INTEGER)", FLAG, "BOOLEAN", "INTEGER"),
    ("age", "age < 40", NUMBER, "BIGINT", "BOOLEAN"),
    pytest.param(
        *("CASE WHEN age < 40 THEN 'IT' ELSE 'FR' END", "age < 40", CATEGORY),
        *("VARCHAR", "BOOLEAN"),
        marks=pytest.mark.slow,
    ),
]


@pytest.mark.parametrize(("then", "now", "features", "was", "is_"), OTHER_VALUES)
def test_values_of_another_kind_are_said(
    make_project: MakeProject, then: str, now: str, features: str, was: str, is_: str
) -> None:
    result = rebuilt(make_project, then, now, features)
    assert not result.ok and not result.published
    (found,) = [p for node in result.nodes for p in node.problems if p.severity == "error"]
    assert (found.code, found.message) == ("SK105", f"c was {was} in v0001 and is {is_} now")
    assert "`segkit fit shopper_segments --promote`" in str(found.help)
    assert found.place and found.place.path == "sql/segments.yml"


SAME_VALUES = [
    ("age", "CAST(age AS DOUBLE)", NUMBER),
    ("age", "CAST(age AS DECIMAL(9, 3))", NUMBER),
    ("CAST(age AS DOUBLE)", "CAST(age AS SMALLINT)", NUMBER),
    ("CAST(age < 40 AS INTEGER)", "CAST(age < 40 AS BIGINT)", CATEGORY),
    # every level can still come, as it was printed
    ("CAST(age < 40 AS INTEGER)", "CAST(CAST(age < 40 AS INTEGER) AS VARCHAR)", CATEGORY),
    ("CAST(CAST(age < 40 AS INTEGER) AS VARCHAR)", "CAST(age < 40 AS INTEGER)", CATEGORY),
]


@pytest.mark.slow
@pytest.mark.parametrize(("then", "now", "features"), SAME_VALUES)
def test_the_same_values_in_another_type_stay_where_they_are(
    make_project: MakeProject, then: str, now: str, features: str
) -> None:
    result = rebuilt(make_project, then, now, features)
    assert result.ok, problems(result)
    with duckdb.connect(str(result.path), read_only=True) as connection:
        sql = "SELECT count(*), count(DISTINCT customer_id) FROM shopper_segments_history"
        rows, customers = connection.execute(sql).fetchall()[0]
    assert rows == customers, "somebody moved"


@pytest.mark.slow  # four calls, by their parts in the tests above
@pytest.mark.skipif(not CASE.is_dir(), reason="the case is not at hand")
def test_the_case_from_outside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = tmp_path / "p"
    shutil.copytree(CASE, project)
    assert main(["build", "--project-dir", str(project), "--as-of", "2026-01-01"]) == 0
    shutil.copy(project / "day2.csv", project / "data/c.csv")
    capsys.readouterr()
    assert main(["build", "--project-dir", str(project), "--as-of", "2026-02-01"]) == 1
    said = capsys.readouterr().err
    assert "country was VARCHAR in v0001 and is BIGINT now" in said and "SK404" not in said
    assert main(["fit", "s", "--promote", "--project-dir", str(project)]) == 0
    assert main(["build", "--project-dir", str(project), "--as-of", "2026-02-01"]) == 0
