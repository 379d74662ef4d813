"""An old CASE goes into a project: types are known, rows compared, nothing half written."""

from __future__ import annotations

from pathlib import Path

import pytest

from segkit import build
from segkit.errors import ConfigError
from segkit.pipeline import ImportOptions, Options, import_sql, show_rows
from segkit.pipeline.import_ import Imported
from segkit.project.load import load_project
from tests.conftest import MakeProject, customers

OLD = """\
SELECT
  customer_id,
  CASE
    WHEN age < 30 THEN '<30'
    WHEN age < 50 THEN '30-49'
    WHEN age >= 50 THEN '50+'
  END AS age_group,
  CASE WHEN income > 60 THEN 'High' WHEN income > 30 THEN 'Mid' ELSE 'Low' END AS income_tier,
  CASE WHEN spend <= 60 THEN 'a' WHEN spend > 100 THEN 'b' END AS spend_band
FROM customer_features
"""
WITH_NAN = """\
SELECT customer_id, age, income,
  CASE WHEN customer_id = '0001' THEN 'nan'::DOUBLE ELSE spend END AS spend
FROM {{ source('crm', 'customers') }}
"""


def imported(project: Path, old: str = OLD, **given: object) -> Imported:
    file = project / "old.sql"
    file.write_text(old, encoding="utf-8")
    return import_sql(Options(project_dir=project), ImportOptions(file, **given))  # type: ignore[arg-type]


def refusal(project: Path, old: str = OLD, **given: object) -> ConfigError:
    with pytest.raises(ConfigError) as refused:
        imported(project, old, **given)
    return refused.value


def test_what_is_saved_is_built_and_says_the_same(make_project: MakeProject) -> None:
    project = make_project()
    made = imported(project, name="tiers", save=True)
    assert made.saved == Path("sql/tiers.yml")
    assert made.rows == 240
    assert [(c.name, c.way) for c in made.columns] == [
        ("age_group", "edges"),
        ("income_tier", "rules"),
        ("spend_band", "rules"),
    ]
    assert build(project, select=["+tiers"]).ok
    options = Options(project_dir=project)
    with show_rows(options, "tiers", limit=None, where=None, talk=print) as table:
        rows = {row[0]: dict(zip(table.columns, row, strict=True)) for row in table.rows}
    with show_rows(options, "customer_features", limit=None, where=None, talk=print) as table:
        features = list(table.rows)
    assert len(rows) == 240
    for key, age, income, spend in features:
        row = rows[key]
        assert row["age_group"] == ("<30" if age < 30 else "30-49" if age < 50 else "50+")
        high = income is not None and income > 60
        middle = income is not None and income > 30
        assert row["income_tier"] == ("High" if high else "Mid" if middle else "Low")
        gap = "a" if spend <= 60 else "b" if spend > 100 else "No bucket"
        assert row["spend_band"] == gap


def test_findings_count_the_rows(make_project: MakeProject) -> None:
    made = imported(make_project())
    gap = sum(60 < spend <= 100 for *_, spend in customers())
    assert gap > 10
    assert [(p.code, str(p.place), p.notes) for p in made.problems] == [
        ("SK215", "old.sql:8:70", ("9 of 240 rows are NULL there",)),
        ("SK202", "old.sql:9:3", (f"{gap} of 240 rows fall in the gap",)),
    ]
    assert not (make_project() / "sql/old.yml").exists()


def test_nothing_is_overwritten(make_project: MakeProject) -> None:
    project = make_project()
    imported(project, save=True)
    before = (project / "sql/old.yml").read_text("utf-8")
    problem = refusal(project, OLD.replace("'Low'", "'None'"), save=True).problems[0]
    assert "sql/old.yml exists" in problem.message
    assert (project / "sql/old.yml").read_text("utf-8") == before


def test_what_the_project_does_not_load_is_taken_back(make_project: MakeProject) -> None:
    project = make_project()
    problem = refusal(project, name="customer_buckets", save=True).problems[0]
    assert problem.code == "SK102"
    assert "was not written" in problem.message
    assert not (project / "sql/customer_buckets.yml").exists()
    load_project(project)


@pytest.mark.parametrize("path", ["old.yml", "sql/old.txt", "../sql/old.yml"])
def test_a_file_that_no_project_reads_is_not_written(make_project: MakeProject, path: str) -> None:
    project = make_project()
    assert "below sql/" in refusal(project, save_to=Path(path)).problems[0].message
    assert not (project / path).exists()


def test_a_relation_that_is_not_there_is_refused(make_project: MakeProject) -> None:
    project = make_project()
    problem = refusal(project, OLD.replace("customer_features", "mart.customer_feature")).problems[
        0
    ]
    assert (problem.code, str(problem.place)) == ("SK101", "old.sql:10:6")
    assert "did you mean --from customer_features?" in str(problem.help)


@pytest.mark.parametrize("relation", ["data/customers.csv", "crm.customers", "CUSTOMERS"])
def test_a_source_or_a_file_is_read(make_project: MakeProject, relation: str) -> None:
    if relation == "CUSTOMERS":
        refusal(make_project(), relation=relation)
        return
    made = imported(make_project(), relation=relation)
    assert (made.rows, made.relation) == (240, relation)


def test_rows_that_would_move_are_refused(make_project: MakeProject) -> None:
    """NaN is a number to a CASE, and missing to segkit: said for edge cases, refused for rows."""
    project = make_project(files={"sql/features/customer_features.sql": WITH_NAN})
    problem = refusal(project).problems[0]
    assert (problem.code, str(problem.place)) == ("SK217", "old.sql:9:3")
    assert problem.message.startswith("1 of 240 rows of customer_features")


def test_rows_that_where_would_lose_are_refused(make_project: MakeProject) -> None:
    old = (
        "SELECT customer_id, CASE WHEN age < 30 THEN 'a' ELSE 'b' END AS band\n"
        "FROM customer_features\nWHERE "
    )
    project = make_project(files={"sql/features/customer_features.sql": WITH_NAN})
    made = imported(project, old + "age > 30")
    assert made.rows is not None and 0 < made.rows < 240
    assert 'where: "age > 30"' in made.yaml
    problem = refusal(project, old + "spend > 0").problems[0]
    assert (problem.code, str(problem.place)) == ("SK217", "old.sql:3:7")
    assert problem.message == "WHERE lets 240 rows in, and `where` of a bucket set 239"


def test_a_wrong_column_or_key_is_named(make_project: MakeProject) -> None:
    project = make_project()
    found = refusal(project, OLD.replace("age < 30", "aeg < 30")).problems
    assert [(p.code, p.labels[0].text) for p in found] == [("SK104", "did you mean `age`?")]
    assert refusal(project, key="id").problems[0].code == "SK104"
    bare = OLD.replace("  customer_id,\n", "")
    assert "--key customer_id" in str(refusal(project, bare).problems[0].help)
    assert imported(project, bare, key="CUSTOMER_ID").yaml.count("key: customer_id\n") == 1


@pytest.mark.parametrize(
    ("plain", "key"),
    [
        ("id", "id"),
        ("spend, customer_id", "customer_id"),
        ("paid, CustomerID", "CustomerID"),
        ("user_id, order_id", "user_id"),
        ("spend, user_id, order_id", None),
        ("paid", None),
    ],
)
def test_the_key_is_found_or_asked_for(tmp_path: Path, plain: str, key: str | None) -> None:
    old = f"SELECT {plain}, CASE WHEN a < 1 THEN 'x' ELSE 'y' END AS b FROM t"
    if key is None:
        assert "--key" in str(refusal(tmp_path, old).problems[0].help)
    else:
        assert f"key: {key}\n" in imported(tmp_path, old).yaml


def test_a_type_is_for_what_nobody_knows(make_project: MakeProject) -> None:
    problem = refusal(make_project(), types={"age": "INTEGER"}).problems[0]
    assert "the project knows that it is BIGINT" in problem.message
    old = "SELECT id, CASE WHEN a < 1 THEN 'x' ELSE 'y' END AS b FROM t"
    apart = make_project().parent
    assert "no CASE looks at it" in refusal(apart, old, types={"b": "INTEGER"}).problems[0].message
    wrong = refusal(apart, old, types={"a": "INTEGR"}).problems[0]
    assert (wrong.code, "INTEGR" in wrong.message) == ("SK216", True)


def test_types_of_the_project_are_known(make_project: MakeProject) -> None:
    """Between two integers there is no gap, and "30-49" is a label of edges."""
    between = (
        "SELECT customer_id, CASE WHEN age BETWEEN 18 AND 29 THEN '18-29' "
        "WHEN age BETWEEN 30 AND 49 THEN '30-49' WHEN age > 49 THEN '50+' "
        "WHEN age < 18 THEN '<18' END AS age_group FROM customer_features"
    )
    made = imported(make_project(), between)
    assert made.columns[0].way == "edges"
    assert "edges: [18, 30, 50]" in made.yaml
    assert not made.problems
